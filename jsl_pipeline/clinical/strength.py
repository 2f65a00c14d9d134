"""Strengths: how much of a drug one unit holds, e.g. 500mg, 5 mg/5 ml, 2000 IU."""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical.numbers import DIGITS, parse_number
from jsl_pipeline.clinical.span import Found

# As written -> UCUM, the unit code that FHIR uses. `rng` is how OCR reads a blurred `mg`.
_UCUM = {
    "mg": "mg",
    "mgs": "mg",
    "rng": "mg",
    "milligram": "mg",
    "milligrams": "mg",
    "mcg": "ug",
    "mcgs": "ug",
    "ug": "ug",
    "µg": "ug",
    "μg": "ug",
    "microgram": "ug",
    "micrograms": "ug",
    "g": "g",
    "gm": "g",
    "gms": "g",
    "gram": "g",
    "grams": "g",
    "iu": "[iU]",
    "i.u.": "[iU]",
    "i.u": "[iU]",
    "unit": "[U]",
    "units": "[U]",
    "u": "[U]",
    "meq": "meq",
    "mmol": "mmol",
    "%": "%",
}
_UNIT = r"(?:milligrams?|micrograms?|grams?|mcgs?|mgs?|rng|gms?|[uµμ]g|g|i\.u\.?|iu|units?|meq|mmol|%|(?-i:U))"
_PER = (
    r"\s*/\s*(?:\d+(?:\.\d+)?\s*)?"
    r"(?:ml|dose|doses|actuation|puff|spray|hr|hour|h|tab(?:let)?|cap(?:sule)?|g|24\s*h)\b"
)
_STRENGTH = re.compile(
    rf"(?<![\w.,/])(?P<number>{DIGITS})(?P<more>(?:\s*[/+-]\s*{DIGITS})*)\s*-?(?P<unit>{_UNIT})(?![a-z])"
    rf"(?P<more_units>\s*/\s*{DIGITS}\s*{_UNIT}(?![a-z]))?(?P<per>{_PER})?(?!\s*/\s*(?:dl|l|kg|m2|min)\b)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Strength:
    """Amount of drug in one unit. `value` is None for combinations such as 875/125 mg."""

    value: float | None
    unit: str
    """UCUM unit, with what it is per, e.g. `mg`, `ug/dose`, `mg/5mL`."""


def find_strengths(text: str) -> list[Found[Strength]]:
    """Strengths in a text, left to right. Laboratory values per litre or decilitre are none."""
    return [Found(m.start(), m.end(), m.group(), _strength(m)) for m in _STRENGTH.finditer(text)]


def parse_strength(text: str) -> Strength | None:
    """The first strength in a text."""
    found = find_strengths(text)
    return found[0].value if found else None


def _strength(match: re.Match[str]) -> Strength:
    several = match["more"] or match["more_units"]
    per = re.sub(r"\s", "", match["per"] or "").lower().replace("ml", "mL")
    return Strength(None if several else parse_number(match["number"]), _UCUM[match["unit"].lower()] + per)
