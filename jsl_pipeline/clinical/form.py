"""Dose forms and routes: what a medication comes as, and where it goes."""

import re

from jsl_pipeline.clinical.found import Found, found

_FORMS: dict[str, str] = {
    "tablet": r"tab(?:s|lets?|[1i]ets?|ets?)?|talbets?",
    "capsule": r"cap(?:s|sules?)?",
    "pill": r"pills?",
    "syrup": r"syrups?|syp|syr",
    "suspension": r"(?:oral\s+)?susp(?:ensions?)?",
    "solution": r"(?:oral\s+|nebuli[sz]er\s+)?(?:soln|solutions?)",
    "elixir": r"elixir",
    "injection": r"inj(?:ections?)?|vials?|ampoules?|auto-?injectors?|pre-?filled\s+(?:syringes?|pens?)",
    "cream": r"creams?",
    "ointment": r"oint(?:ments?)?",
    "gel": r"gels?",
    "lotion": r"lotions?",
    "drops": r"(?:eye|ear|nasal|oral)\s+drops|drops|gtts?",
    "inhaler": r"(?:dry\s+powder\s+)?inhalers?|rotacaps?|mdi",
    "spray": r"(?:nasal\s+)?sprays?",
    "patch": r"(?:transdermal\s+)?patch(?:es)?",
    "suppository": r"supp(?:ositor(?:y|ies))?",
    "powder": r"powders?",
    "sachet": r"sachets?",
    "lozenge": r"lozenges?",
    "nebule": r"nebules?|respules?",
    "enema": r"enemas?",
    "shampoo": r"shampoos?",
}
_ROUTES: dict[str, str] = {
    "oral": r"p\.?\s?o\.?(?!\.?\s*box)(?=\W|$)|by mouth|orally|(?:per\s+)?oral(?:\s+route)?",
    "sublingual": r"sublingual(?:ly)?|under the tongue|(?-i:SL|S\.L\.)",
    "intravenous": r"(?<!stage )(?<!grade )(?<!class )(?<!type )(?-i:IV|iv|I\.V\.?|i\.v\.?)|intravenous(?:ly)?",
    "intramuscular": r"(?-i:IM|im|I\.M\.?|i\.m\.?)|intra-?muscular(?:ly)?",
    "subcutaneous": r"(?-i:SC|sc|SQ|S\.C\.?|s\.c\.?)|s/c|sub-?cut(?:aneous(?:ly)?)?",
    "topical": r"topical(?:ly)?|cutaneous|to the (?:affected|skin)(?: area)?|locally",
    "transdermal": r"transdermal(?:ly)?",
    "inhalation": r"inhal(?:ed?|ation)|(?-i:INH)|nebuli[sz](?:ed|ation)",
    "nasal": r"nasal(?:ly)?|(?:in|into|each|per|both) (?:the )?(?:each |left |right )?nostrils?|intra-?nasal(?:ly)?",
    "ophthalmic": r"ophthalmic|(?:in|into|to|each|both) (?:the )?(?:each |both |left |right |affected )?eyes?",
    "otic": r"otic|(?:in|into|to|each|both) (?:the )?(?:each |both |left |right |affected )?ears?",
    "rectal": r"rectal(?:ly)?|per rectum|(?-i:PR)(?!\s*[:=]?\s*\d)",
    "vaginal": r"vaginal(?:ly)?|per vaginam|(?-i:PV)(?!\s*[:=]?\s*\d)",
}


def _vocabulary(words: dict[str, str]) -> re.Pattern[str]:
    named = "|".join(f"(?P<{name}>{pattern})" for name, pattern in words.items())
    return re.compile(rf"(?<![\w'’/-])(?:{named})(?!\w)", re.IGNORECASE)


_FORM = _vocabulary(_FORMS)
_ROUTE = _vocabulary(_ROUTES)


def find_forms(text: str) -> list[Found[str]]:
    """All dose forms in a text, in order, as a common name: 'tab.' is 'tablet', 'Syp' is 'syrup'."""
    return [found(match, match.lastgroup or "") for match in _FORM.finditer(text)]


def find_routes(text: str) -> list[Found[str]]:
    """All routes of administration in a text, in order, as an adjective: 'PO' is 'oral'."""
    return [found(match, match.lastgroup or "") for match in _ROUTE.finditer(text)]
