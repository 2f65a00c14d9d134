"""Rules of dates: they exist, lie in the past, and agree with each other and with the patient's age.

A date that can be read in two orders contradicts something only where both readings do.
"""

import re
from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise

from jsl_pipeline.clinical import Found, WrittenDate, find_dates
from jsl_pipeline.schemas import DateValue, Issue, Medication
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info, missing

_OLDEST = 130  # years
_DATED_AHEAD = timedelta(days=366)  # as for the record: a document may be dated ahead by mistake

_TO = re.compile(
    r"[\s,;.)]*(?:-|–|—|\b(?:to|until|till?|through|thru|up to|ends?|ending|end date|stop(?:s|ped)?|finish(?:es)?)\b)"
    r"[\s:(]*(?:on\b)?\s*",
    re.IGNORECASE,
)


def dates_possible(case: Reviewed) -> Iterator[Issue]:
    """Dates exist in the calendar, lie in the past, and can be read in one way."""
    born, dated = case.record.patient.dob, case.record.date
    births, days = _births(case), _days(case)
    yield from _date_issues("patient.dob", "patient_dob", born, births, case.today)
    yield from _date_issues("date", "date", dated, days, case.today)
    if births and case.today.year - max(births).year > _OLDEST:
        yield doubt("patient_dob_impossible", "patient.dob", "The date of birth is too long ago.")
    if births and days and max(days) < min(births):
        yield doubt("date_before_birth", "date", "The document is dated before the patient's birth.")


def age_fits_birth(case: Reviewed) -> Iterator[Issue]:
    """The age is the one that the date of birth gives on the document's date, give or take a year.

    Without a date of the document any time since birth is possible.
    """
    age, births, days = case.record.patient.age, _births(case), _days(case)
    if age is None or not births:
        return
    oldest = max(_years(born, day) for born in births for day in days or [case.today])
    youngest = min(_years(born, day) for born in births for day in days) if days else 0
    if age > oldest + 1 or age < youngest - 1:
        yield doubt("patient_age_contradicts_dob", "patient.age", "Age and date of birth differ by more than a year.")


def course_ends_after_start(case: Reviewed) -> Iterator[Issue]:
    """A course that is written from one date to another ends after it begins.

    Dates in the wrong order are read from two rows, or one of them is misread.
    """
    for field, medication in case.medications:
        if any(_backwards(text, case.today) for text in _directions(medication)):
            yield doubt("course_ends_before_start", f"{field}.duration", "The course ends before it begins.")


def _backwards(text: str, today: date) -> bool:
    found = find_dates(text, today + _DATED_AHEAD)
    return any(_TO.fullmatch(text, one.end, other.start) and _ends_first(one, other) for one, other in pairwise(found))


def _ends_first(one: Found[WrittenDate], other: Found[WrittenDate]) -> bool:
    """Both dates read in the same order, whichever is possible."""
    orders = ((one.value.day_first, other.value.day_first), (one.value.month_first, other.value.month_first))
    ends_first = [end < start for start, end in orders if start and end]
    return bool(ends_first) and all(ends_first)


def _directions(medication: Medication) -> list[str]:
    return [text for text in (medication.duration, medication.frequency, medication.instructions) if text]


def _date_issues(field: str, name: str, value: DateValue | None, days: list[date], today: date) -> Iterator[Issue]:
    if value is None:
        return
    if days and min(days) > today:
        yield doubt(f"{name}_in_future", field, "The date lies in the future.")
    elif not days and next(iter(find_dates(value.raw)), None) is None:
        yield missing(f"{name}_not_understood", field, "The date was not understood.")
    elif not days:
        yield doubt(f"{name}_impossible", field, "There is no such day in the calendar.")
    elif value.iso is None:
        yield info(f"{name}_ambiguous", field, "Day and month can be read in either order.")


def _births(case: Reviewed) -> list[date]:
    return _possible(case.record.patient.dob, case.today)


def _days(case: Reviewed) -> list[date]:
    return _possible(case.record.date, case.today + _DATED_AHEAD)


def _possible(value: DateValue | None, latest: date) -> list[date]:
    """The day that is meant, or those that may be."""
    if value is None:
        return []
    if value.iso:
        return [date.fromisoformat(value.iso)]
    written = next((span.value for span in find_dates(value.raw, latest)), None)
    return [day for day in (written.day_first, written.month_first) if day] if written else []


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))
