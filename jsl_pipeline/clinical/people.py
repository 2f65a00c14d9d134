"""What documents say about people: age, gender, weight, telephone numbers."""

import re

from jsl_pipeline.clinical.found import Found, found

_YEARS = re.compile(
    r"(?<![\w.,/-])(?P<age>\d{1,3})\s*-?\s*(?:y(?:ea)?rs?\b|y\s?/?\s?o\b|y\b|year[s]?[ -]?old)", re.IGNORECASE
)
_LABELLED = re.compile(
    r"\bage[d]?(?:\s*/\s*(?:sex|gender))?\s*(?:[:=-]|is|of)?\s*(?P<age>\d{1,3})(?![\d/.-])", re.IGNORECASE
)
_WITH_SEX = re.compile(
    r"(?<![\w/.-])(?P<age>\d{1,3})\s*(?:/\s*)?[MF](?![\w/])|(?<!\w)[MF]\s*/\s*(?P<after>\d{1,3})(?![\w/])"
)
_UNDER_A_YEAR = r"\d{1,2}\s*-?\s*(?:months?|mths?|mo|weeks?|wks?|days?)"
_INFANT = re.compile(
    rf"\s*(?:age[d]?\W*)?{_UNDER_A_YEAR}\W*(?:old)?\s*|.*(?<![\w.]){_UNDER_A_YEAR}[\s-]*old\b.*",
    re.IGNORECASE | re.DOTALL,
)
_BARE = re.compile(r"\s*(?P<age>\d{1,3})\s*\.?\s*")
_MAX_AGE = 130

_GENDERS = {
    "female": r"females?|woman|girl|lady|mrs|miss|ms",
    "male": r"males?|man|boy|gentleman|mr",
    "other": r"non-?binary|intersex|transgender|other",
}
_GENDER = re.compile(
    r"\b(?:" + "|".join(f"(?P<{name}>{words})" for name, words in _GENDERS.items()) + r")\b", re.IGNORECASE
)
# A letter alone is a gender beside an age or a label, or where it is all that is said.
_LETTER = re.compile(
    r"(?<![\w.])\d{1,3}\s*(?:y|yrs?)?\s*/?\s*(?P<after>[MF])(?![\w'’.])|(?<!\w)(?P<before>[MF])\s*/\s*\d{1,3}(?!\w)"
    r"|(?i:\b(?:sex|gender))\W*(?P<labelled>[MF])(?![\w'’])|(?i:^\s*(?P<alone>[mf])\W*$)"
)

_WEIGHT = re.compile(
    r"(?P<value>\d{1,3}(?:[.,]\d{1,2})?)\s*(?P<unit>kgs?|kilo(?:gram(?:me)?)?s?|lbs?|pounds?|st(?:ones?)?)\b(?!\s*/)"
    r"(?:\s*(?P<pounds>\d{1,2})\s*(?:lbs?|pounds?)\b)?",
    re.IGNORECASE,
)
_KG = {"k": 1.0, "l": 0.45359237, "p": 0.45359237, "s": 6.35029318}  # international avoirdupois pound, stone of 14
_MAX_KG = 700

_PHONE = re.compile(
    r"(?<![\w/.-])(?:\+\d{1,3}[\s.-]*)?(?:\(\d{2,5}\)[\s.-]*)?\d{2,5}(?:[\s.-]{1,2}\d{2,6}){1,3}(?![\w/]|-\d)"
)
_PHONE_LABEL = re.compile(
    r"\b(?:ph(?:one)?|tel(?:ephone)?|mob(?:ile)?|cell|contact|call|fax)\b(?:\s*(?:no|number|#))?[\s.:#]*(?P<number>\+?\d{7,15})(?!\d)",
    re.IGNORECASE,
)
_NOT_A_PHONE = re.compile(
    r"\d{3}-\d{2}-\d{4}|\d{4}[.\s-]\d{1,2}[.\s-]\d{1,2}|\d{1,2}[.\s-]\d{1,2}[.\s-]\d{2,4}|\d{1,3}\.\d+"
)
_PHONE_DIGITS = range(7, 16)  # ITU-T E.164: at most 15


def parse_age(text: str) -> int | None:
    """Whole years of an age ('58y', '46-year-old', 'Age: 32', '35 M'); under a year is 0. None if there is none."""
    if _INFANT.fullmatch(text):
        return 0
    match = _YEARS.search(text) or _LABELLED.search(text) or _WITH_SEX.search(text) or _BARE.fullmatch(text)
    if match is None:
        return None
    groups = match.groupdict()
    years = int(groups["age"] or groups["after"])
    return years if years <= _MAX_AGE else None


def parse_gender(text: str) -> str | None:
    """FHIR administrative gender of a sex or title: male, female or other.

    None if none is said, or more than one, as on an unticked form.
    """
    said = {match.lastgroup for match in _GENDER.finditer(text)}
    said |= {"male" if match[match.lastgroup or 0] in "Mm" else "female" for match in _LETTER.finditer(text)}
    return said.pop() if len(said) == 1 else None


def parse_weight_kg(text: str) -> float | None:
    """Kilograms of a weight with a unit ('70 kg', '154 lb', '11 st 4 lb'); None without unit or beyond 700 kg."""
    match = _WEIGHT.search(text)
    if match is None:
        return None
    kilograms = float(match["value"].replace(",", ".")) * _KG[match["unit"][0].lower()]
    if match["pounds"]:
        kilograms += float(match["pounds"]) * _KG["p"]
    return round(kilograms, 2) if 0 < kilograms <= _MAX_KG else None


def find_phones(text: str) -> list[Found[str]]:
    """All telephone numbers in a text, in order, as digits with a leading + if written.

    Bare digits count only after a word such as 'Tel'; dates and social security numbers are none.
    """
    spans = [found(match, _dialled(match.group())) for match in _PHONE.finditer(text)]
    spans = [span for span in spans if not _NOT_A_PHONE.fullmatch(span.text.strip())]
    taken = {span.start for span in spans}
    for match in _PHONE_LABEL.finditer(text):
        if match.start("number") not in taken:
            spans.append(Found(match.start("number"), match.end("number"), match["number"], match["number"]))
    return sorted((span for span in spans if len(span.value.lstrip("+")) in _PHONE_DIGITS), key=lambda span: span.start)


def _dialled(text: str) -> str:
    return ("+" if text.lstrip().startswith("+") else "") + re.sub(r"\D", "", text)
