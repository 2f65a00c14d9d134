"""Prescriptions that are in order but for what a test says of their medications."""

from datetime import date

from jsl_pipeline.schemas import (
    Candidate,
    MedicationCandidate,
    PatientCandidate,
    PrescriberCandidate,
    Reading,
    ReadingSource,
    Severity,
)
from jsl_pipeline.validation import PageReading, RecordResult, build_record

DOUBT, INFO = Severity.DOUBT, Severity.INFO
TODAY = date(2026, 3, 1)
_ANN = PatientCandidate(name="Ann Example", age="46", dob="24/05/1979")


def record_of(
    *medications: dict[str, str | None], patient: PatientCandidate = _ANN, dated: str = "17/02/2026"
) -> RecordResult:
    """The record of a page with these medications."""
    candidate = Candidate(
        patient=patient,
        prescriber=PrescriberCandidate(name="Dr. John Smith"),
        date=dated,
        medications=tuple(MedicationCandidate.model_validate(each) for each in medications),
    )
    reading = Reading(text=candidate.model_dump_json(exclude_none=True), source=ReadingSource.OCR, seconds=1)
    page = PageReading(page_no=1, outcome=reading)
    return build_record("d" * 64, 1, [page], today=TODAY, review_below=0)  # rules alone


def told(result: RecordResult, severity: Severity = DOUBT) -> dict[str, str | None]:
    """The codes of that severity with their fields."""
    return {issue.code: issue.field for issue in result.issues if issue.severity is severity}


def found(severity: Severity = DOUBT, **medication: str | None) -> dict[str, str | None]:
    """What is told of one medication."""
    return told(record_of(medication), severity)
