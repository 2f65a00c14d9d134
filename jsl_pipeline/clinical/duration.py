"""For how long: for 5 days, x 7d, 2/52, three months."""

import re

from jsl_pipeline.clinical.numbers import NUMBER, parse_number
from jsl_pipeline.clinical.span import Found

# A month is counted as 30 days and a year as 365, as in days' supply.
_DAYS = {"d": 1.0, "w": 7.0, "m": 30.0, "y": 365.0}
_UNIT = r"(?:days?|weeks?|wks?|months?|mths?|years?|yrs?)"
_DURATION = re.compile(
    rf"(?<![\w/.-])(?:(?:for|x|×|during|over)\s*)?(?:the\s+next\s+|a\s+total\s+of\s+)?"
    rf"(?P<number>{NUMBER})(?:\s*(?:-|to)\s*(?P<to>{NUMBER}))?\s*-?\s*(?P<unit>{_UNIT})(?![a-z])"
    r"|(?<![\w/.-])(?:for|x|×)\s*(?P<short>\d{1,3})\s*/?\s*(?P<letter>[dw])(?![a-z])"
    r"|(?<![\w/.-])(?P<over>\d{1,2})\s*/\s*(?P<under>7|52|12)(?![\d/])"
    r"|(?<![\w/.-])for\s+a\s+(?P<single>week|month|fortnight)(?![a-z])",
    re.I,
)
_NOT_BEFORE = re.compile(r"(?:every|each|in|after|per|last|past|since|age[d:]?)\s*$", re.I)
_NOT_AFTER = re.compile(r"\s*(?:old|ago|later|prior|history|of\s+age)\b|-old", re.I)
_SINGLE = {"week": 7.0, "fortnight": 14.0, "month": 30.0}
_UNDER = {"7": 1.0, "52": 7.0, "12": 30.0}


def find_durations(text: str) -> list[Found[float | None]]:
    """Durations in days, left to right; the value is None for a range. `every 3 days`, ages and `2 weeks ago` are none."""
    return [
        Found(match.start(), match.end(), match.group(), _days(match))
        for match in _DURATION.finditer(text)
        if not _NOT_BEFORE.search(text, 0, match.start()) and not _NOT_AFTER.match(text, match.end())
    ]


def parse_duration_days(text: str) -> float | None:
    """Days of the first duration in a text."""
    found = find_durations(text)
    return found[0].value if found else None


def _days(match: re.Match[str]) -> float | None:
    if match["over"]:
        return float(match["over"]) * _UNDER[match["under"]]
    if match["single"]:
        return _SINGLE[match["single"].lower()]
    if match["short"]:
        return float(match["short"]) * _DAYS[match["letter"].lower()]
    number = parse_number(match["number"])
    return None if match["to"] or number is None else number * _DAYS[match["unit"][0].lower()]
