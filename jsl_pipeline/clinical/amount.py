"""What is taken at a time, in which form, and how: two tablets, 5 ml, by mouth."""

import re

from jsl_pipeline.clinical.numbers import NUMBER
from jsl_pipeline.clinical.span import Found

_FORMS = {
    "tablet": r"tab(?:let)?s?\.?",
    "capsule": r"cap(?:sule|let)?s?\.?",
    "pill": r"pills?",
    "syrup": r"syr(?:up)?s?\.?",
    "suspension": r"susp(?:ension)?\.?",
    "solution": r"(?:oral\s+)?solutions?|soln\.?",
    "drops": r"(?:eye|ear|nasal)?\s*drops?|gtts?\.?",
    "injection": r"inj(?:ection)?s?\.?",
    "inhaler": r"inhalers?|rotacaps?|mdi",
    "spray": r"(?:nasal\s+)?sprays?",
    "cream": r"creams?",
    "ointment": r"oint(?:ment)?s?\.?",
    "gel": r"gels?",
    "lotion": r"lotions?",
    "patch": r"patch(?:es)?",
    "suppository": r"supp(?:ositor(?:y|ies))?\.?",
    "sachet": r"sachets?",
    "lozenge": r"lozenges?",
    "powder": r"powders?",
    "shampoo": r"shampoos?",
    "vial": r"vials?",
    "pen": r"(?:flex\s*)?pens?",
}
_FORM = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _FORMS.items()) + r")(?![\w])", re.I
)
_TAKEN = (
    r"(?:tab(?:let)?s?|cap(?:sule|let)?s?|pills?|puffs?|drops?|gtts?|sprays?|patch(?:es)?|units?|ml|mls|millilit(?:er|re)s?"
    r"|tsp|tbsp|teaspoon(?:ful)?s?|tablespoon(?:ful)?s?|spoon(?:ful)?s?|sachets?|lozenges?|ampoules?|vials?"
    r"|inhalations?|applications?|suppositor(?:y|ies)|scoops?)"
)
_DOSE = re.compile(
    rf"(?<![\w.,/-])(?:{NUMBER}(?:\s*(?:-|to|or)\s*{NUMBER})?|a)\s*(?:x\s*)?(?:\d+(?:\.\d+)?\s*ml\s+)?{_TAKEN}(?![\w])",
    re.I,
)
_ROUTES = {
    "oral": r"(?-i:PO|P\.O\.?)|p/o|orally|oral(?!\s+(?:solution|suspension))|by\s+mouth|per\s+os",
    "intravenous": r"(?-i:IV|I\.V\.?)|intravenous(?:ly)?",
    "intramuscular": r"(?-i:IM|I\.M\.?)|intramuscular(?:ly)?",
    "subcutaneous": r"(?-i:SC|SQ|S\.C\.?)|subcut(?:aneous(?:ly)?)?\.?",
    "sublingual": r"(?-i:SL)|sublingual(?:ly)?|under\s+the\s+tongue",
    "inhaled": r"inhal(?:ed|ation)|by\s+inhalation|nebuli[sz]ed",
    "topical": r"topical(?:ly)?|to\s+(?:the\s+)?(?:affected\s+area|skin)",
    "rectal": r"(?-i:PR)|rectal(?:ly)?|per\s+rectum",
    "vaginal": r"(?-i:PV)|vaginal(?:ly)?",
    "nasal": r"intranasal(?:ly)?|in(?:to)?\s+(?:each|both)\s+nostrils?",
    "ophthalmic": r"(?:in(?:to)?\s+)?(?:(?:each|both|the|left|right)\s+)?(?:affected\s+)?eyes?(?!\s+drops?)",
    "otic": r"(?:in(?:to)?\s+)?(?:each|both|the|left|right)\s+(?:affected\s+)?ears?(?!\s+drops?)",
    "transdermal": r"transdermal(?:ly)?",
}
_ROUTE = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in _ROUTES.items()) + r")(?![\w])", re.I
)


def find_forms(text: str) -> list[Found[str]]:
    """Dosage forms, read as their usual name: `tab.` is `tablet`."""
    return [Found(m.start(), m.end(), m.group(), m.lastgroup or "") for m in _FORM.finditer(text)]


def find_doses(text: str) -> list[Found[str]]:
    """Amounts taken at a time, e.g. `two tablets`, `1-2 puffs`, `5 ml`; the value is the text."""
    return [Found(m.start(), m.end(), m.group(), m.group()) for m in _DOSE.finditer(text)]


def find_routes(text: str) -> list[Found[str]]:
    """Routes, read as their usual name: `PO` is `oral`."""
    return [Found(m.start(), m.end(), m.group(), m.lastgroup or "") for m in _ROUTE.finditer(text)]
