"""Dates as people write them, and whether a document puts the day or the month first."""

import re
from collections.abc import Iterable
from datetime import date

from jsl_pipeline.clinical.span import Found
from jsl_pipeline.schemas import DateValue

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
_DATE = re.compile(
    r"(?<![\d/.-])(?:"
    r"(?P<y>\d{4})\s?[-/.]\s?(?P<m>\d{1,2})\s?[-/.]\s?(?P<d>\d{1,2})"
    r"|(?P<a>\d{1,2})(?P<sep>\s?[-/.]\s?)(?P<b>\d{1,2})(?:\s?[-/.]\s?)(?P<year>\d{4}|\d{2})"
    rf"|(?P<day1>\d{{1,2}})(?:st|nd|rd|th)?\s*[-/ ,.]?\s*(?P<month1>{_MONTH})\.?\s*[-/ ,.]?\s*(?P<year1>\d{{4}}|\d{{2}})"
    rf"|(?<![a-z])(?P<month2>{_MONTH})\.?\s*(?P<day2>\d{{1,2}})(?:st|nd|rd|th)?\s*,?\s*(?P<year2>\d{{4}})"
    r")(?![\d/]|-\d)",
    re.I,
)
_PIVOT = 69  # two-digit years up to here are 20xx, as in POSIX strptime


def find_dates(text: str) -> list[Found[str]]:
    """Complete dates (day, month and year), left to right; the value is the text."""
    return [Found(m.start(), m.end(), m.group(), m.group()) for m in _DATE.finditer(text) if _possible(m)]


def infer_day_first(texts: Iterable[str]) -> bool | None:
    """Whether numeric dates put the day first, from those that can be read in one way only.

    True if some must be day first and none month first, False for the opposite, None without evidence or with
    both.
    """
    seen: set[bool] = set()
    for text in texts:
        for match in _DATE.finditer(text):
            if match["a"] and _possible(match):
                first, second = int(match["a"]), int(match["b"])
                if first > 12 or second > 12:
                    seen.add(first > 12)
    return seen.pop() if len(seen) == 1 else None


def parse_date(raw: str, day_first: bool | None = None, latest: date | None = None) -> DateValue:
    """A date with its ISO form where only one reading is possible.

    `day_first` is how the document writes dates, if known. `latest` is for dates that cannot lie in the
    future, as a birth: a two-digit year is moved back a century if it would.
    """
    match = next((m for m in _DATE.finditer(raw) if _possible(m)), None)
    if match is None:
        return DateValue(raw=raw)
    readings = {reading for reading in _readings(match, day_first, latest) if reading}
    (only,) = readings if len(readings) == 1 else (None,)
    return DateValue(raw=raw, iso=only.isoformat() if only else None)


def _readings(match: re.Match[str], day_first: bool | None, latest: date | None) -> list[date | None]:
    if match["y"]:
        return [_date(match["y"], int(match["m"]), match["d"], latest)]
    for number in ("1", "2"):
        if match[f"month{number}"]:
            month = _MONTHS.index(match[f"month{number}"][:3].lower()) + 1
            return [_date(match[f"year{number}"], month, match[f"day{number}"], latest)]
    first, second = match["a"], match["b"]
    if int(first) > 12 or int(second) > 12:
        day_first = int(first) > 12
    readings = {True: (int(second), first), False: (int(first), second)}
    wanted = [True, False] if day_first is None else [day_first]
    return [_date(match["year"], *readings[order], latest) for order in wanted]


def _possible(match: re.Match[str]) -> bool:
    return any(_readings(match, None, None))


def _date(year: str, month: int, day: str, latest: date | None) -> date | None:
    full = int(year)
    if len(year) == 2:
        full += 2000 if full <= _PIVOT else 1900
        if latest is not None and (full, month, int(day)) > (latest.year, latest.month, latest.day):
            full -= 100
    try:
        return date(full, month, int(day))
    except ValueError:
        return None
