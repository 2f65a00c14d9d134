"""Rules of dates that can be read in two orders, of courses, and of the patient's weight."""

import pytest
from rule_cases import TODAY, found, record_of, told

from jsl_pipeline.schemas import PatientCandidate


def doubts(dob: str | None = None, age: str | None = None, dated: str = "17/02/2026", weight: str | None = None):
    patient = PatientCandidate(name="Ann Example", dob=dob, age=age, weight=weight)
    return set(told(record_of({"name": "Aspirin", "strength": "75 mg"}, patient=patient, dated=dated)))


@pytest.mark.parametrize(
    ("dob", "age", "dated", "code"),
    [
        ("05/06/1980", "46", "17/02/2026", None),
        ("05/06/1980", "45", "02/03/2026", None),
        ("05/06/1980", "60", "02/03/2026", "patient_age_contradicts_dob"),
        ("05/06/1980", "30", "02/03/2026", "patient_age_contradicts_dob"),
        ("05/06/2026", "45", "06/07/1980", "date_before_birth"),
        ("05/06/2031", None, "02/03/2026", "patient_dob_in_future"),
        ("02/01/2026", None, "03/02/2026", None),
    ],
)
def test_a_date_of_two_readings_contradicts_where_both_do(dob: str, age: str | None, dated: str, code: str | None):
    assert TODAY.year == 2026
    assert code in doubts(dob, age, dated) if code else doubts(dob, age, dated) == set()


@pytest.mark.parametrize(
    ("duration", "wrong"),
    [
        ("from 01/02/2026 to 10/02/2026", False),
        ("10/02/2026 - 20/02/2026", False),
        ("from 20/02/2026 to 10/02/2026", True),
        ("start 20 Feb 2026, stop 10 Feb 2026", True),
        ("05/03/2026 until 01/03/2026", True),
        ("01/03/2026 until 05/03/2026", False),
        ("03/05/2026 to 04/03/2026", False),  # from 5 March to 3 April
        ("10 days", False),
    ],
)
def test_a_course_ends_after_it_begins(duration: str, wrong: bool):
    expected = {"course_ends_before_start": "medications[0].duration"} if wrong else {}
    assert found(name="Aspirin", strength="75 mg", frequency="daily", duration=duration) == expected


@pytest.mark.parametrize(
    ("age", "weight", "wrong"),
    [
        ("46", "70 kg", False),
        ("46", "7 kg", True),
        ("2", "12 kg", False),
        ("46", "400 kg", True),
        (None, "20 kg", False),
        ("46", "154 lb", False),
    ],
)
def test_a_weight_that_hardly_anybody_has_is_doubted(age: str | None, weight: str, wrong: bool):
    assert ("patient_weight_impossible" in doubts(age=age, weight=weight)) == wrong
