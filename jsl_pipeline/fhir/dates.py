"""A written date as a FHIR date, which may be a year, or a year and month, alone."""

import re
from datetime import date

from jsl_pipeline.clinical import find_dates
from jsl_pipeline.schemas import DateValue

_YEAR = r"(?P<year>(?:1[89]|20)\d\d)"
_MONTH = r"(?P<month>0?[1-9]|1[0-2])"
_WITHOUT_DAY = [re.compile(rf"\s*{form}\s*") for form in (_YEAR, rf"{_MONTH}[/.-]{_YEAR}", rf"{_YEAR}[/.-]{_MONTH}")]
_FOUR_DIGITS = re.compile(rf"(?<!\d){_YEAR}(?!\d)")


def partial_date(written: DateValue | None) -> str | None:
    """YYYY-MM-DD where one day is meant; otherwise as much as is certain.

    Of a day and month that could be swapped, the year is certain if it has four digits. An impossible date gives
    nothing, nor does a year of two digits.
    """
    if written is None or written.iso:
        return written.iso if written else None
    for form in _WITHOUT_DAY:
        if said := form.fullmatch(written.raw):
            month = said.groupdict().get("month")
            return f"{said['year']}-{int(month):02}" if month else said["year"]
    found = find_dates(written.raw)
    if len(found) != 1 or not _FOUR_DIGITS.search(found[0].text):
        return None
    years = {_year(found[0].value.day_first), _year(found[0].value.month_first)}
    return years.pop() if len(years) == 1 else None


def _year(day: date | None) -> str | None:
    return f"{day.year:04}" if day else None
