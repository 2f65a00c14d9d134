"""Names of people as documents write them, and words that show that a name is not a person's or not the patient's."""

import re

_WORD = r"(?:[A-Z][\w'’-]*\.?|(?:de|da|das|do|dos|del|della|der|den|di|du|la|le|van|von|ter|bin|ibn|binti|al|el|y)\b)"
NAME = re.compile(rf"{_WORD}(?:\s+{_WORD}){{0,5}}")
"""One to six capitalised words, particles between them."""

FAMILY_FIRST = re.compile(rf"{_WORD}(?:\s+{_WORD})?,\s*{_WORD}(?:\s+{_WORD}){{0,3}}$")
"""`Li, Xiao Ming`."""

TITLE = r"(?i:Mr|Mrs|Ms|Miss|Mx|Master|Mast|Smt|Shri|Sri|Kum)\b\.?"
DOCTOR = (
    r"(?:Dr|DR|dr|Doctor|DOCTOR|Prof|PROF)\b\.?(?:\s*med\b\.?)?"
    r"(?!\s*(?i:unique|details?|info\w*|name|signature|sign|id|no|notes?|number|stamp|copy|visit|use|section)\b)"
)

_DEGREE = (
    r"M\.?\s?D|D\.?\s?O|M\.?\s?B\.?\s?B\.?\s?S|M\.?B\.?Ch\.?B|Ph\.?\s?D|FRC[SPG]P?|MRC[SPG]P?"
    r"|[A-Z]{0,4}NP(?:-C|-BC)?|APRN|DDS|DMD"
)
CREDENTIALS = re.compile(
    rf"[\s,]+(?:{_DEGREE}|NP|PA(?:-C)?|RN|MS|DNB|DM|MCh|BAMS|BHMS|DGO|DCH"
    r"|FAA[A-Z]+|FAC[A-Z]+)\b\.?(?=[\s,)]|$)",
    re.I,
)
"""One degree or licence after a name."""

QUALIFIED = re.compile(
    rf"(?P<name>{_WORD}(?:\s+{_WORD}){{1,3}}?)"
    rf"(?:\s*,\s*(?:{_DEGREE}|NP|PA-C|DNB|BAMS|BHMS)\b\.?(?=[\s,]|$)|\s+(?:{_DEGREE})\.?$)"
)
"""A name that only its degree shows to be a doctor's: `Elena Vasquez, M.D.`"""

INSTITUTION = re.compile(
    r"(?i)\b(?:hospitals?|clinics?|centers?|centres?|healthcare|health|medical|institute|university|pharmacy|laborator\w+"
    r"|praxis|department|dept|surgery|practice|associates|foundation|trust|inc|ltd|llc|nursing\s+home|polyclinic|diagnostics?)\b"
)
"""A word that shows that a name is a place's."""

OTHER_PEOPLE = re.compile(
    r"\b(?:emergency\s*(?:contact|phone|tel|number|name|person)|next\s+of\s+kin|guardian|guarantor|insur|policy|employer|spouse|ref(?:erred|erring|\.)|surgeon|relative"
    r"|witness|pharmac|(?:grand)?(?:father|mother)|husband|wife|attendant|caregiver|care\s*taker|subscriber|nurse"
    r"|usual\s*(?:gp|doctor|physician)|primary\s*care\s*(?:physician|provider|doctor)|pcp|family\s*(?:doctor|physician))",
    re.I,
)
"""Labels and headings of facts about somebody else than patient and prescriber."""


_MISREAD_I = re.compile(r"\bl(?!(?:a|e|as|os)\b)(?=[a-z]{2})")
_LOST_SPACE = re.compile(r"(?<=[a-z]{2})(?<!\bMac)(?<!\bVan)(?<!\bVon)(?<!\bFitz)(?=[A-Z][a-z]{2})")
# Labels that follow a name in its line.
_NAME_END = re.compile(r"\d|[,;(|/]|\s[-–—]\s|\b(?:DOB|D\.O\.B|MRN|UHID|NHS|Age|Sex|Gender|Born|Date|Tel|Phone)\b")


def typographic(name: str) -> str:
    """A name without what recognition does to it.

    A capital I is taken for a small l (`Sandeep lyengar`), and a lone word with a capital inside has lost its space
    (`EmilyDavis`).
    """
    name = _MISREAD_I.sub("I", name)
    return name if " " in name.strip() else _LOST_SPACE.sub(" ", name)


def before_digits(text: str) -> str:
    """The text up to the first digit, separator or label: where a name ends."""
    return _NAME_END.split(text)[0].strip()
