"""Age, gender, weight and telephone numbers as documents write them."""

import re

from jsl_pipeline.clinical.span import Found

_AGE = re.compile(
    r"(?<!\d)(?P<years>\d{1,3})\s*-?\s*(?:(?:years?|yrs?)\b[\s-]*(?:old|of\s+age)?|y\s*/?\s*o\b\.?|y(?:rs?)?(?![a-z])|yo\b)"
    r"|(?<!\d)(?P<months>\d{1,2})\s*-?\s*(?:months?|mths?|mo\b|m\s*/\s*o)[\s-]*(?:old)?"
    r"|(?<!\d)(?P<weeks>\d{1,2})\s*-?\s*(?:weeks?|days?)[\s-]*old",
    re.I,
)
_MALE = re.compile(r"(?<![a-z])(?:male|man|boy|gentleman|m)(?![a-z])", re.I)
_FEMALE = re.compile(r"(?<![a-z])(?:female|woman|girl|lady|f)(?![a-z])", re.I)
_OTHER = re.compile(r"(?<![a-z])(?:other|non-?binary|transgender|intersex)(?![a-z])", re.I)
_WEIGHT = re.compile(r"(?<![\d.])(\d{1,3}(?:[.,]\d+)?)\s*(kgs?|kilograms?|kilos?|lbs?|pounds?)?(?![a-z\d])", re.I)
_POUND_KG = 0.45359237  # exact, by the international avoirdupois pound of 1959
_PHONE = re.compile(
    r"(?<![\w/.-])(?:\+\d{1,3}[\s.-]?)?(?:\([\do]{2,5}\)[\s.-]*)?\d{2,5}(?:[\s.-]{1,2}\d{2,5}){1,4}(?![\w/])"
    r"|(?<![\w/.-])\+?\d{10,13}(?!\w)",
    re.I,
)


def find_ages(text: str) -> list[Found[int]]:
    """Ages with a unit, in whole years: 58y, 46-year-old, 6 months (0)."""
    return [
        Found(m.start(), m.end(), m.group().strip(), int(m["years"]) if m["years"] else _from_months(m))
        for m in _AGE.finditer(text)
        if not m["years"] or int(m["years"]) <= 130
    ]


def parse_age(text: str) -> int | None:
    """Age in whole years, of a text that is said to be an age: a bare number counts as years."""
    found = find_ages(text)
    if found:
        return found[0].value
    bare = re.search(r"(?<!\d)\d{1,3}(?!\d)", text)
    return int(bare.group()) if bare and int(bare.group()) <= 130 else None


def parse_gender(text: str) -> str | None:
    """FHIR administrative gender of a text that is said to be a sex: male, female, other, or None."""
    for gender, pattern in (("other", _OTHER), ("female", _FEMALE), ("male", _MALE)):
        if pattern.search(text):
            return gender
    return None


def parse_weight_kg(text: str) -> float | None:
    """Weight in kilograms of a text that is said to be a weight; a bare number counts as kilograms."""
    match = _WEIGHT.search(text)
    if match is None:
        return None
    number = float(match[1].replace(",", "."))
    pounds = (match[2] or "").lower().startswith(("lb", "pound"))
    return round(number * _POUND_KG, 1) if pounds else number


def find_phones(text: str) -> list[Found[str]]:
    """Telephone numbers of 7 to 15 digits (E.164's limit), left to right; the value is the text."""
    return [
        Found(m.start(), m.end(), m.group(), m.group())
        for m in _PHONE.finditer(text)
        if 7 <= sum(c.isdigit() or c in "oO" for c in m.group()) <= 15
    ]


def _from_months(match: re.Match[str]) -> int:
    return int(match["months"]) // 12 if match["months"] else 0
