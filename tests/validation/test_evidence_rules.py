"""What is told of values that the page does not show, and of medications that the record does not have."""

from datetime import date

import pytest

from jsl_pipeline.schemas import (
    Candidate,
    MedicationCandidate,
    PatientCandidate,
    PrescriberCandidate,
    Reading,
    ReadingSource,
    Severity,
    TextLine,
)
from jsl_pipeline.validation import PageReading, RecordResult, build_record

ANN = PatientCandidate(name="Ann Example", dob="24/05/1979", address="12 Mill Lane")
SMITH = PrescriberCandidate(name="Dr. John Smith")
METFORMIN = MedicationCandidate(name="Metformin", strength="500 mg", dose="one tablet", frequency="twice daily")
LISINOPRIL = MedicationCandidate(name="Lisinopril", strength="10 mg", dose="two tablets", frequency="once daily")
TRUE = Candidate(patient=ANN, prescriber=SMITH, date="17/02/2026", medications=(METFORMIN, LISINOPRIL))
WORDS = (
    "Dr. John Smith",
    "Name: Ann Example    DOB: 24/05/1979",
    "Address: 12 Mill Lane    Date: 17/02/2026",
    "1. Metformin 500 mg one tablet twice daily",
    "2. Lisinopril 10 mg two tablets once daily",
)


def page(candidate: Candidate, number: int = 1, words: tuple[str, ...] = WORDS, by_model: bool = False) -> PageReading:
    """An answer for a page with these lines, which the engine itself reports or, for a model, something else read."""
    rows = enumerate(words)
    lines = tuple(TextLine(text=text, box=(0, 30 * row, 9 * len(text), 30 * row + 20)) for row, text in rows)
    source = ReadingSource.MODEL if by_model else ReadingSource.OCR
    text = candidate.model_dump_json(exclude_none=True)
    reading = Reading(text=text, source=source, seconds=1, lines=() if by_model else lines)
    return PageReading(page_no=number, outcome=reading, lines=lines if by_model else ())


def record(*pages: PageReading) -> RecordResult:
    return build_record("d" * 64, len(pages), pages, today=date(2026, 3, 1))


def told(result: RecordResult, severity: Severity = Severity.DOUBT) -> set[tuple[str, str | None]]:
    return {(issue.code, issue.field) for issue in result.issues if issue.severity is severity}


def with_row(at: int, **fields: str) -> Candidate:
    rows = list(TRUE.medications)
    rows[at] = rows[at].model_copy(update=fields)
    return TRUE.model_copy(update={"medications": tuple(rows)})


@pytest.mark.parametrize("by_model", [False, True])
def test_what_stands_on_the_page_is_in_order_and_has_its_place(by_model: bool):
    result = record(page(TRUE, by_model=by_model))
    assert (result.status, result.issues) == ("complete", ())
    strength = result.evidence["medications[1].strength"]
    assert (strength.page_no, strength.boxes[0][1], strength.match) == (1, 120, "exact")
    assert RecordResult.model_validate_json(result.model_dump_json()) == result


def test_a_medication_that_is_not_on_the_page_goes_to_a_person_and_is_told_once():
    result = record(page(with_row(1, name="Ramipril")))
    expected = {("medication_unsupported", "medications[1].name"), ("medication_row_missing", "medications")}
    assert (result.status, told(result)) == ("suspect", expected)


@pytest.mark.parametrize(
    ("field", "value"), [("strength", "20 mg"), ("dose", "three tablets"), ("frequency", "twice daily")]
)
def test_what_is_taken_must_stand_beside_the_name(field: str, value: str):
    result = record(page(with_row(1, **{field: value})))
    assert ("value_unsupported", f"medications[1].{field}") in told(result)


def test_the_patient_is_the_one_on_the_page():
    other = ANN.model_copy(update={"name": "Bea Other", "dob": "24/05/1978"})
    result = record(page(TRUE.model_copy(update={"patient": other})))
    assert told(result) == {("value_unsupported", "patient.name"), ("value_unsupported", "patient.dob")}


def test_what_harms_less_is_only_worth_knowing():
    result = record(page(TRUE.model_copy(update={"patient": ANN.model_copy(update={"address": "9 Hill Road"})})))
    assert (result.status, told(result, Severity.INFO)) == ("complete", {("value_unsupported", "patient.address")})


def test_a_row_that_is_left_out_goes_to_a_person():
    result = record(page(TRUE.model_copy(update={"medications": (METFORMIN,)})))
    assert (result.status, told(result)) == ("suspect", {("medication_row_missing", "medications")})


def test_where_a_model_alone_has_read_nothing_is_doubted_and_it_is_said_once():
    alone = [page(TRUE, number, words=(), by_model=True) for number in (1, 2)]
    result = record(*alone)
    assert (result.status, result.evidence) == ("complete", {})
    assert [issue.code for issue in result.issues if issue.code == "evidence_missing"] == ["evidence_missing"]


def test_a_value_may_stand_on_a_page_that_a_model_alone_has_read_but_a_medication_stands_on_its_own():
    listed = page(Candidate(medications=(LISINOPRIL.model_copy(update={"name": "Ramipril"}), METFORMIN)))
    result = record(listed, page(Candidate(patient=ANN), 2, words=(), by_model=True))
    expected = {("medication_unsupported", "medications[0].name"), ("medication_row_missing", "medications")}
    assert told(result) == expected


def test_a_medication_that_was_crossed_out_is_doubted_and_the_others_are_not():
    answered = page(TRUE)
    lines = tuple(line.model_copy(update={"struck": line.text.startswith("1.")}) for line in answered.outcome.lines)
    struck = answered.model_copy(update={"outcome": answered.outcome.model_copy(update={"lines": lines})})
    result = build_record("d" * 64, 1, [struck], today=date(2026, 3, 1))
    found = [issue for issue in result.issues if issue.code == "medication_struck_out"]
    assert [(issue.field, issue.severity) for issue in found] == [("medications[0]", Severity.DOUBT)]
    assert result.evidence["medications[0].name"].struck
    assert not result.evidence["medications[1].name"].struck
