"""Durations: how long a medication is taken."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from jsl_pipeline.clinical.found import COUNT, TO, Found, before, found, number
from jsl_pipeline.schemas.dosage import TimeUnit

DAYS: dict[TimeUnit, float] = {"min": 1 / 1440, "h": 1 / 24, "d": 1.0, "wk": 7.0, "mo": 30.0, "a": 365.0}
"""Days in a unit; a prescription's month is thirty days, as dispensing systems count it."""


@dataclass(frozen=True, slots=True)
class Length:
    """A length of time as written, in UCUM units; `high` is the other end of a range."""

    low: float
    high: float | None
    unit: TimeUnit

    @property
    def days(self) -> float | None:
        """The length in days; null for a range."""
        return self.low * DAYS[self.unit] if self.high is None else None


_PERIOD = r"(?:days?|dyas?|w[ek]{3}s?|wks?|fortnights?|months?|mths?|mos?|years?|yrs?)"
_LEAD = (
    r"(?:for|x|×)\s*(?:(?:an?\s+)?(?:(?:total|maximum|additional)\s+(?:of\s+)?)|up\s+to\s+(?:a\s+maximum\s+of\s+)?)?"
    r"(?:the\s+(?:next|first)\s+|another\s+|a?\s*further\s+|about\s+)?"
)

_WORDED = re.compile(
    rf"(?<![\w.,/-])(?:{_LEAD})?(?P<low>{COUNT}|(?<=for )an?)"
    rf"(?:\s*\({COUNT}\))?(?:{TO}(?P<high>{COUNT}))?\s*(?:more\s+)?-?(?P<period>{_PERIOD})(?!\w)",
    re.IGNORECASE,
)
_HOURS = re.compile(
    rf"(?<!\w)(?:for|x|×)\s*(?P<low>{COUNT}|(?<=for )an?)(?:{TO}(?P<high>{COUNT}))?"
    r"\s*(?P<period>h(?:ou)?rs?|min(?:ute)?s?|(?:night|morning|evening)s?)(?!\w)",
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
FRACTIONS: dict[str, TimeUnit] = {"7": "d", "52": "wk", "12": "mo"}
"""What a length is counted in by its denominator: '5/7' is five days."""

# What makes "3 days" an interval, a moment or an age.
_BEFORE = re.compile(
    r"\b(?:every|each|past|last|previous|prior|after|in|within|since|aged?:?|page|per|over|times an?|once an?)\s*$",
    re.I,
)
_AFTER = re.compile(
    r"\s*-?\s*(?:old|ago|of age|pregnan|gestation|post|history|later|apart|supply|break|gap|rest\b|pause|free\b"
    r"|(?:a|per|each|every)\s+(?:week|month)"
    r"|before|prior|off\b|on\s*[,/&]|on\s+(?:and\s+)?\d)",
    re.IGNORECASE,
)


def find_lengths(text: str) -> list[Found[Length | None]]:
    """All durations in a text, in order; null for an open end ('ongoing'). Hours count where 'for' says so.

    Intervals ('every 3 days'), ages and times past are none.
    """
    spans: list[Found[Length | None]] = [found(match, None) for match in _OPEN.finditer(text)]
    readers: tuple[tuple[re.Pattern[str], Callable[[re.Match[str]], Length]], ...] = (
        (_WORDED, _worded),
        (_HOURS, _worded),
        (_SHORT, _short),
        (_FRACTION, _fraction),
    )
    for pattern, read in readers:
        for match in pattern.finditer(text):
            if not _BEFORE.search(before(match)) and not _AFTER.match(text, match.end()):
                spans.append(found(match, read(match)))
    return sorted(spans, key=lambda span: span.start)


def find_durations(text: str) -> list[Found[float | None]]:
    """All durations in a text, in days, in order; null for a range or an open end ('5-7 days', 'ongoing').

    Intervals ('every 3 days'), ages and times past are none. A month counts 30 days, a year 365.
    """
    return [
        Found(span.start, span.end, span.text, span.value.days if span.value else None)
        for span in find_lengths(text)
        if span.value is None or span.value.unit not in ("min", "h")
    ]


def parse_duration_days(text: str) -> float | None:
    """Days of the first duration in a text."""
    return next((span.value for span in find_durations(text)), None)


def time_unit(word: str) -> TimeUnit:
    """The unit that a word for a period means: 'wks' is 'wk'; a fortnight counts as weeks, see `length`."""
    if re.match("night|morning|evening", word, re.IGNORECASE):
        return "d"
    units: dict[str, TimeUnit] = {"h": "h", "d": "d", "w": "wk", "f": "wk", "m": "mo", "y": "a", "a": "a"}
    return "min" if word.lower().startswith("mi") else units[word[0].lower()]


def length(low: float, high: float | None, word: str) -> Length:
    """So many of a period: two fortnights are four weeks."""
    scale = 2 if word[0].lower() == "f" else 1
    return Length(low * scale, high * scale if high is not None and high > low else None, time_unit(word))


def _worded(match: re.Match[str]) -> Length:
    low = 1.0 if match["low"].lower() in ("a", "an") else number(match["low"])
    return length(low, number(match["high"]) if match["high"] else None, match["period"])


def _short(match: re.Match[str]) -> Length:
    return length(float(match["days"] or match["low"]), None, "d" if match["days"] else match["period"])


def _fraction(match: re.Match[str]) -> Length:
    return Length(float(match["low"]), None, FRACTIONS[match["of"]])
