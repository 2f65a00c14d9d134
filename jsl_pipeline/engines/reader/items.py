"""One medication from one piece of text: `1. Tab. Amoxicillin 500 mg 1-0-1 x 5 days after food`."""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical import (
    Found,
    Frequency,
    find_dates,
    find_doses,
    find_forms,
    find_frequencies,
    find_routes,
    find_strengths,
)
from jsl_pipeline.drugs import Status, find_drug
from jsl_pipeline.engines.reader.directions import SEPARATORS, STRENGTH_OF_MANY, parted, read_directions, strength_in
from jsl_pipeline.schemas import MedicationCandidate

_MARK = re.compile(
    r"^\s*(?:[\[(]\s*[xX✓✔]?\s*[\])]\s*|[☐□▢☑☒]\s*|\(?\d{1,2}\s*[.)\]:](?!\d)\s*|[-•*·▪●>o+]\s+|[a-h][.)]\s+)+"
)
_RX = re.compile(r"^\W*(?:Rx|R/|℞)[\s:.]+(?=[A-Za-z])")
_FORM_PREFIX = re.compile(
    r"^(?:tab(?:let)?s?|cap(?:sule)?s?|inj(?:ection)?|sy(?:r(?:up)?|p)|susp(?:ension)?|oint(?:ment)?|cream|drops?|gtts?"
    r"|sol(?:ution)?|gel|neb|lotion|sachet|powder|spray|inhaler|t|c)\b\s*[.:]?\s*(?=[A-Z(])",
    re.I,
)
_LETTER_FORMS = {"t": "tablet", "c": "capsule", "neb": "solution"}
_LEAD_VERB = re.compile(
    r"^(?:please\s+)?(?:take|give|use|apply|inhale|inject|instil|start(?:ed)?(?:\s+on)?|begin|prescribed?|rx|continued?|cont\.?)"
    r"\b\s*:?\s*",
    re.I,
)
# What pharmacies print on a label: `28 Amlodipine 5mg tablets`.
_SUPPLIED = re.compile(
    r"(?i)^(?P<count>\d{1,4})\s+(?:x\s+)?(?=[a-z]{4,}.*\d\s?(?:mg|mcg|micrograms?|g|units?)\b.*\b(?:tablets|capsules|caplets|sachets|patches|suppositories)$)"
)
_DIGIT = re.compile(r"\d")
_OF = re.compile(r"^\s*of\s+", re.I)
# What advice, measurements, forms and sentences begin with.
_NOT_A_DRUG = re.compile(
    r"^(?:limit|reduce|increase|decrease|keep|maintain|ensure|schedule|encourage|recommend\w*|need|must|should|get|try|eat"
    r"|wear|check|monitor|follow|review|avoid|return|repeat|measure|advi[sc]e|refer|x-?ray|ecg|echo|mri|ct|usg|bp|pulse"
    r"|temp(?:erature)?|height|spo2|oxygen|lipid|labs?|signature|date|name|age|sex|dob|patient|address|phone|doctor|dr"
    r"|allerg\w*|diagnos\w*|history|complain\w*|no|none|nil|n/a|not|nkda|denies|reports?|consider\w*|discuss|next|come"
    r"|call|stop|hold|smok\w*|the|this|he|she|her|his|please|your?|if|and|or|for|with|do|don|does|would|could|will|shall|can|we|they|there|lifestyle|respiratory|procedure"
    r"|refills?|qty|disp|sig|quantity|total|page|since|was|is|has|had|on|at|in|to|of|every|once|twice|daily|morning"
    r"|evening|night|take|use|apply|inhale|inject|instil|insert|chew|dissolve|swallow|rinse|tab(?:let)?s?|cap(?:sule)?s?|one|two|each|before|after|as|when|maximum|max|strength|dos(?:e|age))\b",
    re.I,
)
# Advice names these where a medication names a substance.
_ADVICE = re.compile(
    r"\b(?:walk(?:ing)?|exercises?|yoga|diet|meals?|foods?|fluids?|drink(?:ing)?|rest|steam|gargles?|physio\w*|therapy"
    r"|fomentation|ice|massage|bath|sleep|appointment|visit|tests?|scan|levels?|pressure|sugar|weight|glucose|cholesterol"
    r"|h(?:a)?emoglobin|creatinine|rate|count|ratio|smoking|alcohol|dressings?|clinic|hospital|regimen|dosage|hours?"
    r"|to|your?|the|is|are|was|will|should|minutes?|supply|range|result|medications?|medicines?|pain|fever)\b",
    re.I,
)
_NUTRIENT = re.compile(
    r"(?i)(?:total\s+|daily\s+)*(?:proteins?|sodium|salt|sugars?|fats?|carbs?|carbohydrates?|fib(?:re|er)|calor\w+|energy|water|milk|caffeine)"
)
_SENTENCE = re.compile(
    r"(?i)\b(?:on|takes?|taking|took|given|gave|previously|formerly|mother|father|sister|brother|wife|husband|patient|declined"
    r"|refused|stopped|had|was|were|been|who|which|because|into|through)\b"
)
_PIECES = re.compile(r"(?i)\d\s*(?:puffs?|tab(?:let)?s?|cap(?:sule)?s?|drops?|sprays?|gtts?|inhalations?)\b")
_LIMIT = re.compile(r"[<>≤≥]\s*\d")
_NAME = re.compile(r"[A-Za-zÀ-ÿ][\w'’&+/.-]*(?:\s+\(?[\w'’&+/.%#-]+\)?){0,5}")
_STOP = re.compile(
    r"\s[-–—]\s|[:;,|]|\s\(|\bx\s*\d|\b(?:for|take|taken|use|apply|one|two|by mouth|sig|chewable|dispersible"
    r"|effervescent)\b",
    re.I,
)
# A strength whose digits OCR took for letters: `S00mg`, `(2smg)`, `I mg`; or in Australia's unit: `18 microg`.
# It is kept as read, and doubted later.
_LOOSE_STRENGTH = re.compile(r"(?<!\w)\(?\s*([\dlIOoSsZB.]{1,5}\s?(?:mg|mcg|microg))(?![A-Za-z]|\s?/\s?d?[lL]\b)\s*\)?")
# Of insulin, by time of day: `16-0-10 units`. The last of the numbers is no strength.
_UNITS_BY_TIME = re.compile(r"(?i)(?<![\d-])\d{1,3}(?:\s?-\s?\d{1,3}){2,3}\s?(?:units?|iu|u)\b")
_IN_NAME = re.compile(r"[A-Za-z]-$")
_COUNT = re.compile(r"(?i)(?<!omega)\s+(?:[1-4]|one|two|three|four)$")  # how many, before how often
_SUPPLY = re.compile(
    r"(?i)[\s,;(-]*(?:(?P<quantity>(?:\b(?:qty|quantity|disp(?:ense)?|mitte|supply)\b[\s.:#]*|(?<!\w)#\s*(?=\d\d))\d{1,4}"
    r"(?:\s*(?:tab(?:let)?s?|cap(?:sule)?s?|pills?|ml|g)\b)?)|\b(?:refills?|repeats?|rpts?)[\s.:x#]*(?P<refills>\d{1,2})\b)\W*"
)
_AMOUNT_LABEL = re.compile(r"(?i)^(?:qty|quantity|disp(?:ense)?|mitte|supply)[\s.:]*")
_PRICE = re.compile(r"[$€£₹]\s?\d|\bRs\.?\s?\d|\d+\.\d\d(?!\d)\D+\d+\.\d\d(?!\d)")


def parse_item(text: str, certain: bool) -> MedicationCandidate | None:
    """The medication that a text names, or None.

    `certain` says that the text stands where medications are listed; elsewhere a strength and directions must be
    there. A text that only instructs, reports a measurement or bills is no medication.
    """
    if not certain and not _DIGIT.search(text) and not _FORM_PREFIX.match(text):
        return None
    supply = {name: value for match in _SUPPLY.finditer(text) for name, value in match.groupdict().items() if value}
    opening = _open(_SUPPLY.sub(" ", text).strip() if supply else text.strip())
    units = _UNITS_BY_TIME.search(opening.body)
    strengths = [] if units else find_strengths(opening.body)
    loose = None if strengths or STRENGTH_OF_MANY.search(opening.body) else _LOOSE_STRENGTH.search(opening.body)
    name = _name(opening.body, loose)
    if not certain and name[:1].islower() and not opening.marked and find_drug(name).status is not Status.KNOWN:
        return None  # of a sentence
    if not is_drug_name(name) or _PRICE.search(opening.body) or _LIMIT.search(opening.body):
        return None
    rest = opening.body[opening.body.index(name) + len(name) :]
    said = read_directions(rest)
    forms = find_forms(opening.body)
    form, dose = opening.form or (forms[0].value if forms else None), opening.dose or said.dose
    strength = (None if units else strength_in(opening.body)) or (loose[1] if loose else None)
    pieces = opening.form is not None or (dose is not None and _PIECES.search(dose) is not None)
    frequency = said.frequency or (units.group() if units else None)
    evidence = _Evidence(bool(strength), bool(frequency), bool(dose or form), opening.marked, pieces)
    if not evidence.suffices(certain):
        return None
    return MedicationCandidate(
        name=name,
        strength=strength,
        form=form,
        dose=dose,
        frequency=frequency,
        duration=said.duration,
        route=said.route,
        instructions=said.instructions,
        quantity=_AMOUNT_LABEL.sub("", supply["quantity"]) if "quantity" in supply else None,
        refills=supply.get("refills"),
        raw=text.strip(),
    )


def says_strength(text: str) -> bool:
    """Whether a text states a strength, or something that could be read as one."""
    return bool(find_strengths(text)) or _LOOSE_STRENGTH.search(text) is not None


def is_drug_name(name: str) -> bool:
    """Whether a text could name a drug: no advice, no measurement, no date, no statement of how often."""
    return (
        len(name) >= 3
        and len(name.split()) <= 6
        and not _NOT_A_DRUG.match(name)
        and not _ADVICE.search(name)
        and not _NUTRIENT.fullmatch(name)
        and not _SENTENCE.search(name)
        and not _is_route(name)
        and not find_dates(name)
        and not _frequencies(name)
    )


def without_form(name: str) -> tuple[str, str | None]:
    """A name without the form that Indian and British writers put before it, and that form: `Tab. Dolo 650`."""
    body = _MARK.sub("", name)
    prefix = _FORM_PREFIX.match(body)
    if prefix is None:
        return body, None
    word = prefix.group().strip(" .:").lower()
    forms = find_forms(_LETTER_FORMS.get(word, word))
    return body[prefix.end() :], forms[0].value if forms else word


@dataclass(frozen=True)
class _Opening:
    """A text taken apart up to the drug's name."""

    body: str
    marked: bool
    form: str | None
    dose: str | None


@dataclass(frozen=True)
class _Evidence:
    """What a text says besides a name."""

    strength: bool
    frequency: bool
    amount: bool
    marked: bool
    pieces: bool
    """Whether it is counted in, or headed by, a form that only drugs come in."""

    def suffices(self, certain: bool) -> bool:
        if certain:
            return self.strength or self.frequency or self.amount
        if self.strength:
            return self.frequency or self.amount or self.marked
        return self.frequency and self.pieces


def _open(text: str) -> _Opening:
    """Number, form, verb and dose before the name are taken off: `2. Take two tablets of ...`."""
    rx = _RX.match(text)
    text = text[rx.end() :] if rx else text
    marked = rx is not None or _MARK.match(text) is not None
    body, form = without_form(_SUPPLIED.sub("", parted(text)))
    verb = _LEAD_VERB.match(body)
    body = body[verb.end() :] if verb else body
    dose = next((found for found in find_doses(body) if found.start == 0), None)
    if dose is not None:
        body = _OF.sub("", body[dose.end :]).lstrip(SEPARATORS)
    else:
        strength = next((found for found in find_strengths(body) if found.start == 0), None)
        if strength is not None and (of := _OF.match(body[strength.end :])):  # `500 mg of amoxicillin`
            body = f"{body[strength.end + of.end() :]} {strength.text}"
    return _Opening(body, marked, form, dose.text if dose else None)


def _name(body: str, loose: re.Match[str] | None) -> str:
    """The words before the first strength, form, direction or separator."""
    found = (*find_strengths(body), *_frequencies(body))
    if any(span.start == 0 for span in found):
        return ""
    inside = (*find_doses(body), *find_routes(body), *find_forms(body))
    stops = [span.start for span in (*found, *inside) if body[: span.start][-1:] != "#"] + [
        match.start() for match in _STOP.finditer(body)
    ]
    stops += [
        match.start()
        for match in (loose, _UNITS_BY_TIME.search(body), STRENGTH_OF_MANY.search(body))
        if match is not None
    ]
    head = body[: min((stop for stop in stops if stop > 0), default=len(body))].strip(SEPARATORS)
    match = _NAME.match(head)
    return _COUNT.sub("", match.group()).strip(SEPARATORS) if match else ""


def _frequencies(text: str) -> list[Found[Frequency]]:
    """How often, without a time of day that is part of a brand's name: `Telma-AM`."""
    return [found for found in find_frequencies(text) if not _IN_NAME.search(text[: found.start])]


def _is_route(text: str) -> bool:
    """Whether a text is routes and nothing else: `PO/SL`."""
    return all(any(route.text == part for route in find_routes(part)) for part in text.split("/"))
