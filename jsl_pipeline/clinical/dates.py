"""Dates as people write them, and the order of day and month that a document keeps to."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from jsl_pipeline.clinical.found import Found, found
from jsl_pipeline.schemas import DateValue


@dataclass(frozen=True, slots=True)
class WrittenDate:
    """The calendar date that a writing means in either order; null where that order gives none."""

    day_first: date | None
    month_first: date | None

    @property
    def only(self) -> date | None:
        """The date, if there is but one."""
        if self.day_first is None or self.month_first is None or self.day_first == self.month_first:
            return self.day_first or self.month_first
        return None

    @property
    def shows_order(self) -> bool | None:
        """True if only day-first is possible, False if only month-first, None if it shows nothing."""
        if (self.day_first is None) == (self.month_first is None):
            return None
        return self.day_first is not None


_MONTHS = ["jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"]
_MONTH = (
    r"(?P<month>jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?"
    r"|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?)"
)
_DAY = r"(?P<day>[0-3]?\d)(?:\s?(?:st|nd|rd|th))?"
_YEAR = r"(?P<year>(?:1[89]|20)\d\d|['’]?\d\d(?!\d))"
_SEPARATOR = r"\s*(?P<separator>[/.\-–])\s*"
# A shape and whether its numbers name day and month by themselves.
_ISO = re.compile(
    r"(?<![\w/.-])(?P<year>(?:1[89]|20)\d\d)(?P<separator>[-/.])(?P<month>\d\d?)(?P=separator)(?P<day>\d\d?)(?![\d/-])"
)
_DAY_MONTH = re.compile(rf"(?<![\w/]){_DAY}[\s./,–-]*(?:of\s+)?{_MONTH}[\s.,/–-]*{_YEAR}(?!\w)", re.IGNORECASE)
_MONTH_DAY = re.compile(rf"(?<![a-z]){_MONTH}[\s./-]*{_DAY}(?:\s*[,./-]\s*|\s+){_YEAR}(?!\w)", re.IGNORECASE)
_NUMERIC = re.compile(
    rf"(?<![\w/.])(?<!\d-)(?P<first>[0-3]?\d){_SEPARATOR}(?P<second>[0-3]?\d)\s*(?P=separator)\s*(?P<year>(?:1[89]|20)\d\d|\d\d)"
    r"(?![\w/]|[.-]\d)"
)


def find_dates(text: str, latest: date | None = None) -> list[Found[WrittenDate]]:
    """All dates in a text, in order, impossible ones such as 31/02/2020 included with no date in either order.

    A year of two digits is the last one that is not after `latest`, or by POSIX (69-99 are 19xx) without it.
    """
    spans = [
        found(match, _named(match, latest))
        for pattern in (_ISO, _DAY_MONTH, _MONTH_DAY)
        for match in pattern.finditer(text)
    ]
    for match in _NUMERIC.finditer(text):
        first, second = int(match["first"]), int(match["second"])
        written = WrittenDate(_date(match["year"], second, first, latest), _date(match["year"], first, second, latest))
        spans.append(found(match, written))
    kept: list[Found[WrittenDate]] = []
    for span in sorted(spans, key=lambda each: (each.start, -each.end)):
        if not kept or span.start >= kept[-1].end:
            kept.append(span)
    return kept


def infer_day_first(texts: Iterable[str], at_least: int = 1) -> bool | None:
    """The order that a document writes its dates in: True for day first, None if it does not show or varies.

    `at_least` is how many dates must show it; with 2, one misread or foreign date does not decide for all.
    """
    orders = [span.value.shows_order for text in texts for span in find_dates(text)]
    shown = [order for order in orders if order is not None]
    return shown[0] if len(shown) >= at_least and len(set(shown)) == 1 else None


def parse_date(raw: str, day_first: bool | None, latest: date | None = None) -> DateValue:
    """The first date in `raw`; ISO is null where it is impossible, or ambiguous and the order unknown.

    `latest` as in `find_dates`: give today for a date that cannot lie in the future.
    """
    written = next((span.value for span in find_dates(raw, latest)), None)
    if written is None:
        return DateValue(raw=raw)
    value = written.only
    if value is None and day_first is not None:
        value = written.day_first if day_first else written.month_first
    return DateValue(raw=raw, iso=value.isoformat() if value else None)


def _named(match: re.Match[str], latest: date | None) -> WrittenDate:
    month: str = match["month"].lower()
    number = int(month) if month.isdigit() else _MONTHS.index(month[:3]) + 1
    value = _date(match["year"], number, int(match["day"]), latest)
    return WrittenDate(value, value)


def _date(year: str, month: int, day: int, latest: date | None) -> date | None:
    years = int(year.lstrip("'’"))
    if years < 100:
        years += 2000 if (latest is not None or years < 69) else 1900
        if latest is not None and (years, month, day) > (latest.year, latest.month, latest.day):
            years -= 100
    try:
        return date(years, month, day)
    except ValueError:  # no such day in the calendar
        return None
