from collections.abc import Iterable
from datetime import date

import pytest

from jsl_pipeline.schemas import (
    AnswerFlaw,
    Candidate,
    FailureCause,
    Issue,
    MedicationCandidate,
    PageFailure,
    PatientCandidate,
    PatientRecord,
    PrescriberCandidate,
    Prescription,
    Reading,
    ReadingSource,
    Severity,
    TextLine,
)
from jsl_pipeline.validation import RULES, PageReading, RecordResult, Reviewed, build_record

TODAY = date(2026, 3, 1)
ANN = PatientCandidate(name="Ann Example", age="46", sex="F", dob="24/05/1977", weight="70 kg")
DOCTOR = PrescriberCandidate(name="Dr. John Smith", license_no="MD-12345")
ASPIRIN = MedicationCandidate(
    name="Aspirin", strength="75mg", frequency="Twice daily as needed", duration="2 weeks", refills="three"
)
FULL = Candidate(patient=ANN, prescriber=DOCTOR, date="17/3/24", medications=(ASPIRIN,))


def reading(answer: Candidate | str, lines: Iterable[TextLine] = (), finish_reason: str = "stop") -> Reading:
    text = answer if isinstance(answer, str) else answer.model_dump_json(exclude_none=True)
    return Reading(text=text, source=ReadingSource.OCR, seconds=1, lines=tuple(lines), finish_reason=finish_reason)


def record(*outcomes: Candidate | Reading | PageFailure) -> RecordResult:
    pages = [
        PageReading(page_no=at, outcome=reading(outcome) if isinstance(outcome, Candidate) else outcome)
        for at, outcome in enumerate(outcomes, start=1)
    ]
    return build_record("d" * 64, len(pages), pages, today=TODAY)


def codes(result: RecordResult, severity: Severity | None = None) -> set[str]:
    return {issue.code for issue in result.issues if severity in (None, issue.severity)}


def line(text: str, confidence: float = 1.0) -> TextLine:
    return TextLine(text=text, box=(0, 0, 10, 10), confidence=confidence)


def with_patient(**fields: str | None) -> Candidate:
    return FULL.model_copy(update={"patient": ANN.model_copy(update=fields)})


def with_medication(**fields: str | None) -> Candidate:
    return FULL.model_copy(update={"medications": (ASPIRIN.model_copy(update=fields),)})


def test_a_full_prescription_is_complete_and_normalised_beside_its_words():
    result = record(FULL)
    assert (result.status, result.schema_name, result.issues) == ("complete", "prescription@1", ())
    assert isinstance(result.record, Prescription)
    patient, medication = result.record.patient, result.record.medications[0]
    assert (patient.age, patient.age_text, patient.sex, patient.gender) == (46, "46", "F", "female")
    assert patient.dob is not None
    assert (patient.dob.raw, patient.dob.iso) == ("24/05/1977", "1977-05-24")
    assert (patient.weight, patient.weight_kg) == ("70 kg", 70)
    assert (medication.strength, medication.strength_value, medication.strength_unit) == ("75mg", 75, "mg")
    assert (medication.frequency, medication.frequency_per_day, medication.prn) == ("Twice daily as needed", 2, True)
    assert (medication.duration, medication.duration_days) == ("2 weeks", 14)
    assert (medication.refills_text, medication.refills, medication.page_no) == ("three", 3, 1)


def test_a_record_reads_back_as_what_it_was():
    for result in (record(FULL), record(Candidate(patient=ANN))):
        assert RecordResult.model_validate_json(result.model_dump_json()) == result


def test_without_medication_and_prescriber_it_is_a_patient_record():
    result = record(Candidate(patient=ANN, date="17/3/24"))
    assert (result.schema_name, result.status) == ("patient@1", "complete")
    assert isinstance(result.record, PatientRecord)


def test_a_medication_or_a_prescriber_makes_it_a_prescription():
    assert record(Candidate(patient=ANN, medications=(ASPIRIN,))).schema_name == "prescription@1"
    assert record(Candidate(patient=ANN, prescriber=DOCTOR)).schema_name == "prescription@1"


@pytest.mark.parametrize(
    ("candidate", "code"),
    [
        (with_patient(name=None), "patient_name_missing"),
        (FULL.model_copy(update={"prescriber": PrescriberCandidate()}), "prescriber_name_missing"),
        (FULL.model_copy(update={"date": None}), "date_missing"),
        (FULL.model_copy(update={"date": "9/1419"}), "date_not_understood"),
        (FULL.model_copy(update={"medications": ()}), "medications_missing"),
        (with_medication(strength=None), "medication_strength_missing"),
        (with_medication(frequency=None), "medication_frequency_missing"),
        (Candidate(patient=PatientCandidate(name="Ann Example")), "patient_dob_missing"),
    ],
)
def test_what_a_document_should_say_and_does_not_makes_it_partial(candidate: Candidate, code: str):
    result = record(candidate)
    assert (result.status, codes(result, Severity.MISSING)) == ("partial", {code})


@pytest.mark.parametrize(
    "candidate",
    [
        FULL.model_copy(update={"prescriber": PrescriberCandidate(name="Dr. John Smith")}),
        with_patient(age=None, sex=None, dob=None, weight=None),
        with_medication(strength=None, dose="two tablets"),
        with_medication(frequency=None, instructions="as needed for pain"),
        with_medication(frequency="once/week"),
        with_medication(duration=None, refills=None),
        with_patient(age="middle-aged"),
        with_medication(strength="650"),
    ],
)
def test_what_a_document_may_leave_out_keeps_it_complete(candidate: Candidate):
    assert record(candidate).status == "complete"


@pytest.mark.parametrize(
    ("candidate", "code"),
    [
        (with_patient(dob="24/05/2030", age=None), "patient_dob_in_future"),
        (with_patient(dob="31/02/1977"), "patient_dob_impossible"),
        (with_patient(dob="24/05/1877", age=None), "patient_dob_impossible"),
        (with_patient(age="64"), "patient_age_contradicts_dob"),
        (with_patient(age="36"), "patient_age_contradicts_dob"),
        (FULL.model_copy(update={"date": "24/12/2026"}), "date_in_future"),
        (FULL.model_copy(update={"date": "24/12/26"}), "date_in_future"),
        (FULL.model_copy(update={"date": "24/12/1926"}), "date_before_birth"),
        (with_medication(strength="2smg"), "strength_unreadable"),
        (with_medication(strength="Smg"), "strength_unreadable"),
        (with_medication(strength="0 mg"), "strength_impossible"),
        (with_medication(frequency="30 times a day"), "frequency_impossible"),
        (Candidate(), "nothing_recognised"),
    ],
)
def test_what_cannot_be_makes_it_suspect(candidate: Candidate, code: str):
    result = record(candidate)
    assert result.status == "suspect"
    assert code in codes(result, Severity.DOUBT)


def test_an_age_from_an_earlier_year_is_no_contradiction_without_a_date_of_the_document():
    undated = with_patient(age="30").model_copy(update={"date": None})
    assert "patient_age_contradicts_dob" not in codes(record(undated))
    older = with_patient(age="64").model_copy(update={"date": None})
    assert "patient_age_contradicts_dob" in codes(record(older))


def test_pages_that_name_different_patients_make_it_suspect():
    result = record(FULL, Candidate(patient=PatientCandidate(name="Thomas Lee")))
    assert (result.status, codes(result)) == ("suspect", {"patient_name_conflict"})


def test_pages_become_one_record():
    result = record(
        Candidate(patient=ANN), Candidate(prescriber=DOCTOR, date="17/3/24"), Candidate(medications=(ASPIRIN,))
    )
    assert (result.status, result.pages_read) == ("complete", 3)
    assert isinstance(result.record, Prescription)
    assert [medication.page_no for medication in result.record.medications] == [3]


def test_the_order_of_dates_is_taken_from_the_whole_document():
    born = Candidate(patient=PatientCandidate(name="Ann Example", dob="09/03/1951"))
    other_dates = [line("Visit 26/10/2023"), line("Visit 15/09/2023")]
    told = build_record(
        "d" * 64,
        2,
        [PageReading(page_no=1, outcome=reading(born)), PageReading(page_no=2, outcome=reading("{}", other_dates))],
        today=TODAY,
    )
    assert told.record.patient.dob is not None
    assert told.record.patient.dob.iso == "1951-03-09"
    alone = record(born)
    assert alone.record.patient.dob is not None
    assert (alone.record.patient.dob.iso, codes(alone)) == (None, {"patient_dob_ambiguous"})


def test_pages_that_fail_or_cannot_be_used_make_it_suspect():
    failure = PageFailure(cause=FailureCause.TIMEOUT, message="Too slow.", retryable=True)
    result = record(FULL, failure, reading("I cannot read this."), reading(FULL, finish_reason="length"))
    assert result.status == "suspect"
    assert codes(result, Severity.DOUBT) == {"page_failed", "answer_unusable", "answer_cut_short"}
    assert (result.pages, result.pages_read, result.pages_blank, result.pages_failed) == (4, 2, 0, 2)


def test_a_page_that_nobody_answered_for_is_missed():
    result = build_record("d" * 64, 3, [PageReading(page_no=1, outcome=reading(FULL))], {2}, today=TODAY)
    assert (result.status, codes(result)) == ("suspect", {"page_missing"})
    assert (result.pages_read, result.pages_blank, result.pages_failed) == (1, 1, 1)


def test_a_blank_page_beside_others_is_no_issue_and_a_blank_document_is():
    beside = build_record("d" * 64, 2, [PageReading(page_no=1, outcome=reading(FULL))], {2}, today=TODAY)
    assert (beside.status, beside.pages_blank) == ("complete", 1)
    blank = build_record("d" * 64, 2, [], {1, 2}, today=TODAY)
    assert (blank.status, codes(blank, Severity.DOUBT)) == ("suspect", {"document_blank"})


def test_a_medication_that_is_hardly_legible_makes_it_suspect():
    patient = line("Ann Example, 46, F, 24/05/1977, 70 kg")
    words = "Aspirin 75mg twice daily as needed for 2 weeks, three refills"
    clear = reading(FULL, [patient, line(words, 0.98), line("aspirin", 0.4)])
    faint = reading(FULL, [patient, line(words, 0.52)])
    assert record(clear).status == "complete"
    assert codes(record(faint), Severity.DOUBT) == {"medication_low_confidence"}


def test_what_was_left_out_of_an_answer_is_said():
    result = record(reading('{"mood": "good", "medications": [{"strength": "5mg"}]}'))
    assert {"answer_unknown_keys", "medication_unnamed"} <= codes(result)


@pytest.mark.parametrize(
    ("flaws", "code", "status"),
    [
        ([AnswerFlaw.FENCED], "answer_fenced", "complete"),
        ([AnswerFlaw.REPAIRED], "answer_repaired", "suspect"),
        ([AnswerFlaw.FENCED, AnswerFlaw.REPAIRED], "answer_fenced", "suspect"),
    ],
)
def test_a_person_looks_at_an_answer_that_was_repaired(flaws: list[AnswerFlaw], code: str, status: str):
    result = record(reading(FULL).model_copy(update={"flaws": tuple(flaws)}))
    assert code in codes(result)
    assert result.status == status


def test_the_order_in_which_pages_come_does_not_matter():
    pages = [
        PageReading(page_no=1, outcome=reading(Candidate(patient=ANN, medications=(ASPIRIN,)))),
        PageReading(page_no=2, outcome=reading(Candidate(medications=(MedicationCandidate(name="Zinc"),)))),
    ]
    assert build_record("d" * 64, 2, pages, today=TODAY) == build_record("d" * 64, 2, pages[::-1], today=TODAY)


def test_a_rule_is_added_by_listing_it():
    def licensed(case: Reviewed) -> Iterable[Issue]:
        if isinstance(case.record, Prescription) and case.record.prescriber.license_no is None:
            yield Issue(code="license_missing", severity=Severity.MISSING, message="No licence number is stated.")

    unlicensed = FULL.model_copy(update={"prescriber": PrescriberCandidate(name="Dr. John Smith")})
    page = PageReading(page_no=1, outcome=reading(unlicensed))
    result = build_record("d" * 64, 1, [page], today=TODAY, rules=(*RULES, licensed))
    assert (result.status, codes(result)) == ("partial", {"license_missing"})


def test_issues_hold_nothing_of_the_document():
    strange = Candidate(
        patient=PatientCandidate(name="Secretname", age="Secretage", sex="Secretsex", dob="Secretdob"),
        prescriber=DOCTOR,
        date="Secretdate",
        medications=(MedicationCandidate(name="Secretdrug", strength="5Secret", frequency="Secretly"),),
    )
    result = record(strange, Candidate(patient=PatientCandidate(name="Another Person")), reading("Secret"))
    assert len(result.issues) >= 8
    assert all("secret" not in issue.model_dump_json().lower() for issue in result.issues)
