"""Doses: the amount taken at a time, counted in tablets, puffs, drops or millilitres."""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical.found import AMOUNT, TO, Found, before, found, number


@dataclass(frozen=True, slots=True)
class Dose:
    """From `low` to `high` of `unit`; the two are equal unless a range is written. Volumes are in mL."""

    low: float
    high: float
    unit: str


_UNITS: dict[str, str] = {
    r"tab(?:s|lets?|[1i]ets?|l?ets?)?\.?|talbets?": "tablet",
    r"cap(?:s|sules?)?\.?": "capsule",
    r"pills?": "pill",
    r"puffs?|inhalations?|actuations?": "puff",
    r"drops?|gtts?": "drop",
    r"sprays?": "spray",
    r"mls?\.?|millilit(?:re|er)s?|cc": "mL",
    r"tsps?|teaspoon(?:ful)?s?": "teaspoon",
    r"tbsps?|tablespoon(?:ful)?s?": "tablespoon",
    r"spoon(?:s?ful)?s?": "spoon",
    r"units?|[i1l]u": "unit",
    r"patch(?:es)?": "patch",
    r"sachets?": "sachet",
    r"suppositor(?:y|ies)": "suppository",
    r"lozenges?": "lozenge",
    r"ampoules?|amps?": "ampoule",
    r"vials?": "vial",
    r"applications?|applicatorfuls?": "application",
    r"doses?": "dose",
}
_DOSE = re.compile(
    rf"(?<![\w.,/])(?P<low>{AMOUNT})(?:\s*\(\d+\))?(?:{TO}(?P<high>{AMOUNT}))?"
    rf"\s*(?:(?:x\s*)?(?P<spoon>\d+(?:\.\d+)?)\s*ml\s+(?=spoon))?(?P<unit>{'|'.join(_UNITS)})(?![\w/%])",
    re.IGNORECASE,
)
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


def _dose(match: re.Match[str]) -> Dose:
    unit = next(code for pattern, code in _UNITS.items() if re.fullmatch(pattern, match["unit"], re.IGNORECASE))
    low = number(match["low"])
    high = number(match["high"]) if match["high"] else low
    if match["spoon"]:  # 'three 5ml spoonsful'
        return Dose(low * float(match["spoon"]), high * float(match["spoon"]), "mL")
    return Dose(low, high, unit)
