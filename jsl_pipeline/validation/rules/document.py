"""Rules of the document as a whole: that it says something, and what every document of its kind says."""

from collections.abc import Iterator

from jsl_pipeline.schemas import Issue, PatientRecord, Prescription
from jsl_pipeline.validation.rules.case import Reviewed, doubt, missing


def something_recognised(case: Reviewed) -> Iterator[Issue]:
    """A document that could be read says something of what is asked."""
    empty = PatientRecord()
    if case.readings and case.record == empty:
        yield doubt("nothing_recognised", None, "Nothing that belongs in a record was found on any page.")


def who_and_when(case: Reviewed) -> Iterator[Issue]:
    """The patient, and on a prescription also the prescriber and the date, are stated."""
    patient = case.record.patient
    if patient.name is None:
        yield missing("patient_name_missing", "patient.name", "The patient is not named.")
    if isinstance(case.record, Prescription):
        if case.record.prescriber.name is None:
            yield missing("prescriber_name_missing", "prescriber.name", "No prescriber is named.")
        if case.record.date is None:
            yield missing("date_missing", "date", "The prescription has no date.")
    elif patient.dob is None and patient.age is None:
        yield missing("patient_dob_missing", "patient.dob", "Neither date of birth nor age is stated.")
