"""Words that show that a drug is named, but not taken: what is thought of, past, stopped or unwanted."""

import re

UNTAKEN = re.compile(
    r"(?i)\b(?:consider\w*|discontinu\w*|stop(?:ped|ping)?|avoid\w*|previous(?:ly)?|formerly|allerg\w*|in\s+the\s+past|if"
    r"|declin\w*|refus\w*|tried|failed|trial\s+of|not|no\s+longer|usual\s+(?:therapy|treatment)|recommend\w*|suggest\w*|weaned|never|den(?:y|ies|ied)|was\s+(?:given|taking|on)|had\s+been|instead|versus|history\s+of"
    r"|(?<!is\s)(?<!being\s)treated\s+with|(?:grand)?(?:mother|father)|son|daughter|sister|brother|wife|husband|partner|spouse|colleague|(?:surgical|family)\s+history|(?:pre|intra|peri)-?operativ\w*|may(?!\s+continue)|preferred|formulary|cover(?:ed|age)|approval|step\s+therapy|alternatives?|might|could|would|intoleran\w*|vaccin\w*|overdose|last\s+(?:dose|dispensed|given|taken)|h[eo]ld(?:ing)?|withh[eo]ld|omit(?:ted)?|paused?)\b"
)
"""In a sentence."""

EARLIER = re.compile(
    r"(?i)\b(?:previous\w*|past|former\w*|prior|last|earlier|history|stopped|allerg\w*|mother|father|brother|sister)\b"
)
"""In a label over or before a drug."""

_STOPPED = re.compile(
    r"(?i)(?:\s[-–—]\s*|[,;(:]\s*)(?:now\s+)?(?:inactive|discontinued|stopped|ceased|on\s+hold|held|cancelled|d/c['’]?d)\b"
)
_UNWANTED = re.compile(
    r"(?i)\b(?:please\s+(?:stop|discontinue)|last\s+(?:used|taken)|(?:was|were|been|is|are)\s+(?:stopped|discontinued|ceased|withheld)|not\s+tolerated|(?<!be\s)(?<!is\s)applied|administered|(?<!be\s)given(?=\W*$)|given\s+(?:in|at|during|today|once)|ineffective|no\s+(?:benefit|effect|response|relief|improvement)|(?:lost|inadequate)\s+response"
    r"|(?:consider|recommend|suggest)(?:s|ed|ing)?)\b"
)


def is_unwanted(line: str) -> bool:
    """Whether a line of a list says that what it names is stopped, or only thought of."""
    return _STOPPED.search(line) is not None or _UNWANTED.search(line) is not None
