"""Doses: the amount taken at a time, counted in tablets, puffs or drops, or measured in mL or mg."""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical.found import AMOUNT, TO, Found, before, found, number
from jsl_pipeline.clinical.strength import MASSES


@dataclass(frozen=True, slots=True)
class Dose:
    """From `low` to `high` of `unit`; the two are equal unless a range is written. Volumes are in mL."""

    low: float
    high: float
    unit: str


_UNITS: dict[str, str] = {
    r"tab(?:lets?|[1i]ets?|l?ets?)|tabs?\.?|talbets?|caplets?": "tablet",
    r"capsules?|caps?\.?|softgels?|gelcaps?": "capsule",
    r"pills?": "pill",
    r"puffs?|inhalations?|actuations?": "puff",
    r"drops?|gtts?\.?": "drop",
    r"sprays?": "spray",
    r"mls?\.?|millilit(?:re|er)s?|cc": "mL",
    r"tsps?|tsf|teaspoon(?:ful)?s?": "teaspoon",
    r"tbsps?|tablespoon(?:ful)?s?": "tablespoon",
    r"spoon(?:s?ful)?s?": "spoon",
    r"units?|[i1l]u": "unit",
    r"patch(?:es)?": "patch",
    r"sachets?|packets?": "sachet",
    r"supp(?:s|ositor(?:y|ies))?": "suppository",
    r"pessar(?:y|ies)": "pessary",
    r"lozenges?": "lozenge",
    r"ampoules?|amps?": "ampoule",
    r"vials?": "vial",
    r"applications?|applicator(?:ful)?s?": "application",
    r"doses?": "dose",
}
# Units that only directions use: beside a drug's name they would be something else.
_OF_DIRECTIONS: dict[str, str] = {
    r"injections?": "injection",
    r"scoops?": "scoop",
    r"pumps?": "pump",
    r"strips?|films?": "strip",
    r"wafers?": "wafer",
    r"gumm(?:y|ies)": "gummy",
    r"nebul(?:es?|i[sz]ers?|i[sz]ations?)|respules?": "nebule",
    r"enemas?": "enema",
    r"capfuls?": "capful",
    r"fingertip units?|ftus?": "fingertip unit",
    r"squirts?": "squirt",
    r"plasters?": "plaster",
    r"rings?": "ring",
    r"pieces?": "piece",
    r"(?:auto-?injector\s+|insulin\s+)?pens?|auto-?injectors?": "pen",
    r"(?:pre-?filled\s+)?syringes?": "syringe",
    r"troches?": "troche",
    r"inserts?": "insert",
    r"swabs?": "swab",
    r"pads?": "pad",
    r"dabs?": "dab",
    r"inch(?:es)?": "inch",
    r"cm": "cm",
    r"blisters?": "blister",
    r"cartridges?": "cartridge",
    r"droppers?(?:fuls?)?": "dropperful",
    r"ounces?|oz": "oz",
    r"cups?(?:fuls?)?|glass(?:es)?": "cup",
    r"bottles?": "bottle",
    r"tubes?": "tube",
    r"lit(?:re|er)s?|l": "L",
}
_UCUM = {"mL": "mL", "drop": "[drp]", "L": "L"}

_SPOON = r"(?:(?:x\s*)?(?P<spoon>\d+(?:\.\d+)?)\s*ml\s+(?=spoon))?"
_DOSE = re.compile(
    rf"(?<![\w.,/])(?P<low>{AMOUNT})(?:\s*\(\d+\))?(?:{TO}(?P<high>{AMOUNT}))?"
    rf"\s*{_SPOON}(?P<unit>{'|'.join(_UNITS)})(?![\w/%])",
    re.IGNORECASE,
)
_MEASURES = {**MASSES, **{pattern: unit for pattern, unit in _UNITS.items() if unit != "unit"}, **_OF_DIRECTIONS}
UNIT = "|".join(_MEASURES)
"""Any unit of a dose as written, alternatives to be put in a group."""
_NUMBER = rf"(?:{AMOUNT}|\d[\dOo]{{1,5}})"
_AMOUNT = re.compile(
    rf"(?<![\w.,/])(?<!\d[–-])(?:(?P<most>up\s+to)\s+)?(?P<low>{_NUMBER}|an?(?=\s)|full(?=\s)|whole(?=\s))(?:\s*\((?P<again>{AMOUNT})\))?"
    rf"(?:\s*(?P<low_unit>{UNIT})?{TO}(?P<high>{_NUMBER})(?:\s*\((?P<again_high>{AMOUNT})\))?)?"
    rf"\s*(?:(?:full|whole|level|heaped|rounded|large|small)\s+)?{_SPOON}(?P<unit>{UNIT})(?P<per_kg>\s*(?:/|per)\s*kg(?:\s*/\s*dose)?(?P<a_day>\s*(?:/|per)\s*(?:day|d|24\s*h(?:ou)?rs?)\b)?)?(?![\w%]|\s*/(?!\s*(?:d|24|w)))",
    re.IGNORECASE,
)
_BARE = re.compile(
    rf"(?<![\w.,/#%^<>=+-])(?<!\d )(?:(?P<most>up\s+to)\s+)?(?P<low>{AMOUNT})(?:\s*\((?P<again>{AMOUNT})\))?"
    rf"(?:{TO}(?P<high>{AMOUNT}))?"
    r"(?![\w%/+.,–-]*[\w\x00]|\s\d)",
    re.IGNORECASE,
)
_NUMBER_BEFORE = re.compile(r"(?<![\w/.,])\d+(?:[.,]\d+)?\s$")  # of '20 7 units' nobody can tell which is meant
_NAMED_BEFORE = re.compile(
    r"(?<!take)(?<!give)(?<!inject)(?<!use)(?<=[A-Za-z]{3})\s(?:\d{2,4}|\d{1,4}[/-]\d{1,4}(?:\.\d)?)\s$", re.IGNORECASE
)
"""The 650 of 'Tab Dolo 650 1 tab' belongs to the name."""
# What makes a count of tablets the amount to dispense, or a limit.
_BEFORE = re.compile(
    r"(?:\bqty|quantity|disp(?:ense)?|supply|mitte|pack|total|max(?:imum)?|exceed|more than|[#№])[\s:.#(]*(?:of\s*)?$",
    re.I,
)
_AFTER = re.compile(r"\s*(?:bottles?|tubes?|packs?|ampoules?|syringes?|/)", re.IGNORECASE)


def find_doses(text: str) -> list[Found[Dose]]:
    """All amounts taken at a time, in order. Amounts to dispense, limits and ratios ('mg/5 ml') are none."""
    return [
        found(match, _dose(match))
        for match in _DOSE.finditer(text)
        if not _BEFORE.search(before(match)) and not _AFTER.match(text, match.end())
    ]


def find_amounts(text: str) -> list[Found[Dose | None]]:
    """All amounts with a unit, masses (in UCUM units) and 'a tablet' too; null where one contradicts itself."""
    return [
        found(match, _amount(match))
        for match in _AMOUNT.finditer(text)
        if not _NUMBER_BEFORE.search(before(match))
        or (_NAMED_BEFORE.search(before(match)) and unit_of(match["unit"]) not in MASSES.values())
    ]


def find_bare_amounts(text: str) -> list[Found[Dose | None]]:
    """All numbers, words and ranges without a unit: the 'one or two' of 'one or two four times a day'."""
    return [found(match, _ends(match, "")) for match in _BARE.finditer(text)]


def ucum(unit: str) -> str | None:
    """The UCUM code of a dose's unit; null for what is counted."""
    return _UCUM.get(unit) or (unit if unit.removesuffix("/kg") in MASSES.values() else None)


def unit_of(text: str) -> str:
    """The unit that a UNIT means: 'tabs' is 'tablet', 'mcg' is 'ug'."""
    return _unit(_MEASURES, text)


def _dose(match: re.Match[str]) -> Dose:
    unit = _unit(_UNITS, match["unit"])
    low = number(match["low"])
    high = number(match["high"]) if match["high"] else low
    if match["spoon"]:  # 'three 5ml spoonsful'
        return Dose(low * float(match["spoon"]), high * float(match["spoon"]), "mL")
    return Dose(low, high, unit)


def _amount(match: re.Match[str]) -> Dose | None:
    unit = unit_of(match["unit"])
    if match["a_day"] or (match["low_unit"] and unit_of(match["low_unit"]) != unit):
        return None  # '10 mg/kg/day' is no dose at a time
    said = _ends(match, unit + ("/kg" if match["per_kg"] else ""))
    if said is not None and match["spoon"]:
        return Dose(said.low * float(match["spoon"]), said.high * float(match["spoon"]), "mL")
    return said


def _ends(match: re.Match[str], unit: str) -> Dose | None:
    """Both ends; null where a number said twice differs ('FIVE (6)') or a range falls. 'Up to two' starts at 0."""
    low, high = _value(match["low"]), _value(match["high"]) if match["high"] else None
    groups = match.groupdict()
    for said, value in ((groups["again"], low), (groups.get("again_high"), high)):
        if said and number(said) != value:
            return None
    if high is not None and high < low:
        return None
    if match["most"]:
        return Dose(0.0, low, unit) if high is None else None
    return Dose(low, low if high is None else high, unit)


def _value(words: str) -> float:
    if words.lower() in ("a", "an", "full", "whole"):
        return 1.0
    return number(words.replace("O", "0").replace("o", "0") if words[0].isdigit() else words)


def _unit(units: dict[str, str], text: str) -> str:
    return next(code for pattern, code in units.items() if re.fullmatch(pattern, text, re.IGNORECASE))
