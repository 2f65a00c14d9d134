"""Durations: how long a medication is taken."""

import re

from jsl_pipeline.clinical.found import COUNT, TO, Found, before, found, number

# A prescription's month is thirty days, as dispensing systems count it.
_DAYS = {"d": 1.0, "w": 7.0, "f": 14.0, "m": 30.0, "y": 365.0}
_PERIOD = r"(?:days?|dyas?|w[ek]{3}s?|wks?|fortnights?|months?|mths?|years?|yrs?)"

_WORDED = re.compile(
    rf"(?<![\w.,/-])(?:(?:for|x|×)\s*(?:the\s+next\s+|another\s+|further\s+|about\s+)?)?(?P<low>{COUNT}|(?<=for )an?)"
    rf"(?:{TO}(?P<high>{COUNT}))?\s*(?:more\s+)?-?(?P<period>{_PERIOD})(?!\w)",
    re.IGNORECASE,
)
_SHORT = re.compile(
    r"(?<![\w.,/-])(?:(?:for|x|×)\s*(?P<low>\d{1,3})\s*(?P<period>[dwm])|(?P<days>\d{1,2})\s?d)(?![\w/])", re.I
)
_FRACTION = re.compile(
    r"(?<![\w.,/-])(?:(?:for|x|×)\s*)?(?!24/7)(?P<low>[1-9]|[12]\d|3[01])/(?P<of>7|52|12)(?![\w/%-]|[.,]\d)", re.I
)
_OPEN = re.compile(
    r"\b(?:ongoing|on-going|long[- ]term|indefinite(?:ly)?|lifelong|until finished|until gone)\b", re.IGNORECASE
)
_FRACTION_DAYS = {"7": 1.0, "52": 7.0, "12": 30.0}

# What makes "3 days" an interval, a moment or an age.
_BEFORE = re.compile(
    r"\b(?:every|each|past|last|previous|prior|after|in|within|since|aged?:?|page|per|over|times an?|once an?)\s*$",
    re.I,
)
_AFTER = re.compile(r"\s*-?\s*(?:old|ago|of age|pregnan|gestation|post|history|later|apart|supply)", re.IGNORECASE)


def find_durations(text: str) -> list[Found[float | None]]:
    """All durations in a text, in days, in order; null for a range or an open end ('5-7 days', 'ongoing').

    Intervals ('every 3 days'), ages and times past are none. A month counts 30 days, a year 365.
    """
    spans: list[Found[float | None]] = [found(match, None) for match in _OPEN.finditer(text)]
    for pattern, days in ((_WORDED, _worded_days), (_SHORT, _short_days), (_FRACTION, _fraction_days)):
        for match in pattern.finditer(text):
            if not _BEFORE.search(before(match)) and not _AFTER.match(text, match.end()):
                spans.append(found(match, days(match)))
    return sorted(spans, key=lambda span: span.start)


def parse_duration_days(text: str) -> float | None:
    """Days of the first duration in a text."""
    return next((span.value for span in find_durations(text)), None)


def _worded_days(match: re.Match[str]) -> float | None:
    if match["high"] is not None:
        return None
    count = 1.0 if match["low"].lower() in ("a", "an") else number(match["low"])
    return count * _DAYS[match["period"][0].lower()]


def _short_days(match: re.Match[str]) -> float:
    return float(match["days"] or match["low"]) * _DAYS["d" if match["days"] else match["period"].lower()]


def _fraction_days(match: re.Match[str]) -> float:
    return float(match["low"]) * _FRACTION_DAYS[match["of"]]
