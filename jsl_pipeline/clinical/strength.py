"""Strengths: how much of a drug is in one tablet, millilitre or dose."""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical.found import Found, before, found, number


@dataclass(frozen=True, slots=True)
class Strength:
    """A strength in UCUM units. `value` is null where there is no single number, as in '875/125 mg' or '5-10 mg'.

    A ratio is per one unit: '250 mg/5 ml' is 50 mg/mL.
    """

    value: float | None
    unit: str | None


# Digits as OCR may give them: a zero inside a number often comes as the letter O.
_NUMBER = r"(?:\d[\dOo]{0,8}(?:[.,][\dOo]{1,3}){0,3}|\.\d{1,4})"
MASSES: dict[str, str] = {
    r"m[gq]s?|rng|m9|milligrams?|milligrammes?": "mg",
    r"mcgs?|[µμu]gs?|micro\s?g(?:ram(?:me)?s?)?": "ug",
    r"gms?|g|grams?|grammes?": "g",
    r"[I1l|]\.?\s?U\.?|international\s+units?": "[iU]",
    r"units?|u": "U",
    r"m[Ee]q": "meq",
    r"mmol": "mmol",
}
"""Units of a mass or activity as written, and their UCUM codes."""
_PER: dict[str, str] = {
    r"mls?|millilit(?:re|er)s?": "mL",
    r"doses?|puffs?|actuations?|sprays?": "{dose}",
    r"hours?|hrs?|h": "h",
    r"tab(?:let)?s?": "{tbl}",
    r"g|gm": "g",
}
_UNIT = "(?:" + "|".join(MASSES) + ")"
# Lakh is a hundred thousand; vitamin D is written as '60K IU' in India.
_SCALES = {"million": 1_000_000, "lakh": 100_000, "lac": 100_000, "k": 1_000}
# A number against litres, decilitres or a body weight is a laboratory value or a rate.
_STRENGTH = re.compile(
    rf"(?<![\w.,/])(?P<first>{_NUMBER})(?:\s*(?P<first_unit>{_UNIT})?\s*(?P<join>/|\+|-|–|\bto\b)\s*(?P<second>{_NUMBER}))?"
    rf"\s*(?:(?P<scale>million|lakh|lac|k(?=\s*i\.?u))\s*)?(?P<unit>{_UNIT})(?![\w²])"
    rf"(?!\s*/\s*(?:d[lL]|[lL]\b|kg|m2|m²|min))"
    rf"(?:\s*(?:/|\bper\b|\bin\b)\s*(?P<per_value>{_NUMBER})?\s*(?P<per>{'|'.join(_PER)})(?![\w²]))?",
    re.IGNORECASE,
)
_PERCENT = re.compile(rf"(?<![\w.,/])(?P<value>{_NUMBER})\s*%(?:\s*w/[wv])?")
_MEASURED = re.compile(r"(?:a1c|sat\w*|sp?o2|ejection fraction|\bef|h(?:a)?ematocrit|hct)[^.;\n]{0,20}$", re.IGNORECASE)


def find_strengths(text: str) -> list[Found[Strength]]:
    """All strengths in a text, in order. Laboratory values (mg/dL, mmol/L) and plain volumes are none."""
    spans = [found(match, _strength(match)) for match in _STRENGTH.finditer(text)]
    for match in _PERCENT.finditer(text):
        value = _digits(match["value"])
        if value <= 100 and not _MEASURED.search(before(match)):
            spans.append(found(match, Strength(value, "%")))
    return sorted(spans, key=lambda span: span.start)


def parse_strength(text: str) -> Strength | None:
    """The first strength in a text."""
    return next((span.value for span in find_strengths(text)), None)


def _strength(match: re.Match[str]) -> Strength:
    unit = _code(MASSES, match["unit"])
    if match["second"] is not None:
        first_unit = _code(MASSES, match["first_unit"]) if match["first_unit"] else unit
        return Strength(None, unit if first_unit == unit else None)
    value = _digits(match["first"]) * _SCALES.get((match["scale"] or "").lower(), 1)
    if match["per"] is None:
        return Strength(value, unit)
    per_value = _digits(match["per_value"]) if match["per_value"] else 1.0
    if per_value == 0:
        return Strength(None, unit)
    return Strength(round(value / per_value, 6), f"{unit}/{_code(_PER, match['per'])}")


def _digits(text: str) -> float:
    return number(text.replace("O", "0").replace("o", "0"))


def _code(codes: dict[str, str], text: str) -> str:
    return next(code for pattern, code in codes.items() if re.fullmatch(pattern, text, re.IGNORECASE))
