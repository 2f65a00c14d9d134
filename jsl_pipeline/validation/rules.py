"""What is checked of a record. A rule looks at a document and yields issues; add one by adding it to RULES.

Codes are stable: tables, checks and reviewers count on them. Messages name fields, never their content.
"""

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from jsl_pipeline.clinical import find_dates, find_doses, parse_frequency
from jsl_pipeline.schemas import (
    DateValue,
    Issue,
    Medication,
    Patient,
    PatientRecord,
    Prescription,
    Reading,
    Severity,
)


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A record and what it was made from."""

    record: Prescription | PatientRecord
    readings: Mapping[int, Reading]
    """The pages that were read and understood, by number from 1."""
    today: date


Rule = Callable[[Reviewed], Iterable[Issue]]

_OLDEST = 130  # years
# RapidOCR drops what it is less than half sure of, and is more than 0.7 sure of every line of an ordinary scan.
_UNSURE = 0.7
_GARBLED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d|^\W*[IlOoSsZB]{1,5}\s?(?:mg|mcg)\b")
_MOST_TIMES_A_DAY = 24


def who_and_when(case: Reviewed) -> Iterator[Issue]:
    """The patient, and on a prescription also the prescriber and the date, are stated."""
    patient = case.record.patient
    if patient.name is None:
        yield _missing("patient.name", "The patient is not named.")
    if isinstance(case.record, Prescription):
        if case.record.prescriber.name is None:
            yield _missing("prescriber.name", "No prescriber is named.")
        if case.record.date is None:
            yield _missing("date", "The prescription has no date.")
    elif patient.dob is None and patient.age is None:
        yield _missing("patient.dob", "Neither date of birth nor age is stated.")


def medications_stated(case: Reviewed) -> Iterator[Issue]:
    """A prescription lists medications, each with a strength or dose and a frequency."""
    if not isinstance(case.record, Prescription):
        return
    if not case.record.medications:
        yield _missing("medications", "A prescriber is named, but no medication.")
    for field, medication in _medications(case):
        if medication.strength is None and medication.dose is None:
            yield _missing(f"{field}.strength", "Neither strength nor dose is stated.", "medication_strength_missing")
        if medication.frequency is None and not medication.prn:
            yield _missing(f"{field}.frequency", "No frequency is stated.", "medication_frequency_missing")


def dates_possible(case: Reviewed) -> Iterator[Issue]:
    """Dates exist in the calendar, lie in the past, and can be read in one way."""
    patient, dated = case.record.patient, case.record.date
    yield from _date_issues("patient.dob", "patient_dob", patient.dob, case.today)
    yield from _date_issues("date", "date", dated, case.today)
    if (born := _day(patient.dob)) and case.today.year - born.year > _OLDEST:
        yield _doubt("patient_dob_impossible", "patient.dob", "The date of birth is too long ago.")
    if (born := _day(patient.dob)) and (day := _day(dated)) and day < born:
        yield _doubt("date_before_birth", "date", "The document is dated before the patient's birth.")


def age_fits_birth(case: Reviewed) -> Iterator[Issue]:
    """The age is the one that the date of birth gives on the document's date, give or take a year.

    Without a date of the document any time since birth is possible.
    """
    patient, day = case.record.patient, _day(case.record.date)
    born = _day(patient.dob)
    if born is None or patient.age is None:
        return
    years = _years(born, day or case.today)
    if patient.age > years + 1 or (day is not None and patient.age < years - 1):
        yield _doubt("patient_age_contradicts_dob", "patient.age", "Age and date of birth differ by more than a year.")


def patient_understood(case: Reviewed) -> Iterator[Issue]:
    """Age, sex and weight were understood where they are stated."""
    patient: Patient = case.record.patient
    if patient.age_text and patient.age is None:
        yield _info("patient_age_not_understood", "patient.age", "The age is not a number of years.")
    if patient.sex and patient.gender is None:
        yield _info("patient_sex_not_understood", "patient.sex", "The sex is none that is known.")


def medications_understood(case: Reviewed) -> Iterator[Issue]:
    """Strengths and frequencies were understood, and are possible."""
    for field, medication in _medications(case):
        if medication.strength and medication.strength_unit is None:
            yield _strange_strength(f"{field}.strength", medication.strength)
        if medication.strength_value == 0:
            yield _doubt("strength_impossible", f"{field}.strength", "The strength is zero.")
        if medication.frequency and parse_frequency(medication.frequency) is None:
            yield _info("frequency_not_understood", f"{field}.frequency", "The frequency was not understood.")
        if (medication.frequency_per_day or 0) > _MOST_TIMES_A_DAY:
            yield _doubt("frequency_impossible", f"{field}.frequency", "The frequency is more than hourly.")


def medications_legible(case: Reviewed) -> Iterator[Issue]:
    """The line that names a medication was read with confidence, where the engine says how sure it is."""
    for field, medication in _medications(case):
        reading = case.readings.get(medication.page_no or 0)
        name = medication.name.casefold()
        sure = [line.confidence for line in reading.lines if name in line.text.casefold()] if reading else []
        if sure and max(sure) < _UNSURE:
            yield _doubt("medication_low_confidence", field, "The line of this medication is hardly legible.")


def something_recognised(case: Reviewed) -> Iterator[Issue]:
    """A document that could be read says something of what is asked."""
    empty = PatientRecord()
    if case.readings and case.record == empty:
        yield _doubt("nothing_recognised", None, "Nothing that belongs in a record was found on any page.")


RULES: tuple[Rule, ...] = (
    who_and_when,
    medications_stated,
    dates_possible,
    age_fits_birth,
    patient_understood,
    medications_understood,
    medications_legible,
    something_recognised,
)


def _date_issues(field: str, name: str, value: DateValue | None, today: date) -> Iterator[Issue]:
    if value is None:
        return
    day = _day(value)
    if day is not None:
        if day > today:
            yield _doubt(f"{name}_in_future", field, "The date lies in the future.")
        return
    written = next((span.value for span in find_dates(value.raw)), None)
    if written is None:
        code = f"{name}_not_understood"
        yield Issue(code=code, severity=Severity.MISSING, field=field, message="The date was not understood.")
    elif written.day_first is None and written.month_first is None:
        yield _doubt(f"{name}_impossible", field, "There is no such day in the calendar.")
    else:
        yield _info(f"{name}_ambiguous", field, "Day and month can be read in either order.")


def _strange_strength(field: str, strength: str) -> Issue:
    if _GARBLED.search(strength) and not find_doses(strength):
        return _doubt("strength_unreadable", field, "The strength mixes digits and letters as no strength does.")
    return _info("strength_not_understood", field, "The strength has no number with a unit.")


def _medications(case: Reviewed) -> Iterator[tuple[str, Medication]]:
    if isinstance(case.record, Prescription):
        for at, medication in enumerate(case.record.medications):
            yield f"medications[{at}]", medication


def _day(value: DateValue | None) -> date | None:
    return date.fromisoformat(value.iso) if value and value.iso else None


def _years(born: date, day: date) -> int:
    return day.year - born.year - ((day.month, day.day) < (born.month, born.day))


def _missing(field: str, message: str, code: str | None = None) -> Issue:
    code = code or field.replace(".", "_") + "_missing"
    return Issue(code=code, severity=Severity.MISSING, field=field, message=message)


def _doubt(code: str, field: str | None, message: str) -> Issue:
    return Issue(code=code, severity=Severity.DOUBT, field=field, message=message)


def _info(code: str, field: str, message: str) -> Issue:
    return Issue(code=code, severity=Severity.INFO, field=field, message=message)
