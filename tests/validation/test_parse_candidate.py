import json

import pytest

from jsl_pipeline.schemas import Candidate, MedicationCandidate, PatientCandidate
from jsl_pipeline.validation import CandidateError, ParsedCandidate, parse_candidate

SAID = {
    "patient": {"name": "Ann Example", "age": "46"},
    "date": "17/3/24",
    "medications": [{"name": "Aspirin", "strength": "75mg"}],
}
CANDIDATE = Candidate(
    patient=PatientCandidate(name="Ann Example", age="46"),
    date="17/3/24",
    medications=(MedicationCandidate(name="Aspirin", strength="75mg"),),
)


def parsed(text: str) -> ParsedCandidate:
    answer = parse_candidate(text)
    assert isinstance(answer, ParsedCandidate)
    return answer


def refused(text: str) -> str:
    answer = parse_candidate(text)
    assert isinstance(answer, CandidateError)
    return answer.code


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(SAID),
        f"```json\n{json.dumps(SAID, indent=2)}\n```",
        f"Here is what I read:\n```\n{json.dumps(SAID)}\n```\nAnything else?",
        json.dumps(SAID | {"prescriber": None}),
    ],
)
def test_plain_or_fenced_json_is_read(text: str):
    assert parsed(text) == ParsedCandidate(candidate=CANDIDATE, places=(0,))


def test_what_a_candidate_says_comes_back_the_same():
    assert parsed(CANDIDATE.model_dump_json()).candidate == CANDIDATE


def test_numbers_keep_their_digits():
    answer = parsed('{"patient": {"age": 46, "weight": 70.50}, "medications": [{"name": "X", "refills": 3}]}')
    assert (answer.candidate.patient.age, answer.candidate.patient.weight) == ("46", "70.50")
    assert answer.candidate.medications[0].refills == "3"


def test_placeholders_are_null_but_no_refills_is_said():
    answer = parsed(
        '{"patient": {"name": " ", "dob": "N/A", "sex": "unknown"},'
        ' "medications": [{"name": "N/A"}, {"name": "Aspirin", "route": "null", "refills": "none"}]}'
    )
    assert answer.candidate.patient == PatientCandidate()
    assert answer.candidate.medications == (MedicationCandidate(name="Aspirin", refills="none"),)
    assert answer.unnamed_medications == 0


def test_unknown_keys_and_nameless_medications_are_left_out_and_counted():
    answer = parsed(
        '{"mood": "good", "patient": {"shoe": 9}, "medications": [{"strength": "5mg"}, {"name": "A", "x": []}]}'
    )
    assert [medication.name for medication in answer.candidate.medications] == ["A"]
    assert (answer.unknown_keys, answer.unnamed_medications) == (3, 1)


def test_the_form_of_john_snow_labs_is_understood():
    answer = parsed(
        """```json
        {"patient": {"name": "Ann Example", "age": 46, "sex": "F", "hospital_no": "H1", "episode_date": "17/3/24"},
         "diagnoses": ["Gout"], "symptoms": [],
         "treatment": [{"med": "Aspirin", "dose": "75mg", "freq": "BD"}, {"med": null, "dose": "5mg"}]}
        ```"""
    )
    assert answer.candidate == Candidate(
        patient=PatientCandidate(name="Ann Example", age="46", sex="F"),
        medications=(MedicationCandidate(name="Aspirin", dose="75mg", frequency="BD"),),
    )
    assert (answer.unknown_keys, answer.unnamed_medications) == (4, 1)


def test_a_field_under_its_own_name_comes_before_its_other_names():
    answer = parsed('{"medications": [{"med": "B", "name": "A"}, {"name": null, "drug": "C"}], "treatment": []}')
    assert [medication.name for medication in answer.candidate.medications] == ["A", "C"]
    assert answer.unknown_keys == 3


def test_half_a_character_does_not_break_a_candidate():
    answer = parsed(r'{"patient": {"name": "Ann \ud83d"}}')
    assert Candidate.model_validate_json(answer.candidate.model_dump_json()).patient.name == "Ann ?"


def test_an_object_about_something_else_is_no_candidate_and_an_empty_one_says_nothing():
    assert refused('{"error": "out of memory"}') == "wrong_shape"
    assert parsed("{}").candidate == Candidate()


@pytest.mark.parametrize("text", ["", "  \n"])
def test_empty(text: str):
    assert refused(text) == "empty"


@pytest.mark.parametrize(
    "text",
    [
        "I cannot read this page.",
        '{"patient": {"name": "Ann',
        '{"date": NaN}',
        json.dumps(SAID) + " and so on",
        "[" * 100_000,
        "```json\n\n```",
    ],
)
def test_not_json(text: str):
    assert refused(text) == "not_json"


@pytest.mark.parametrize(
    "answer",
    [
        "text",
        7,
        [],
        {"patient": "Ann"},
        {"patient": {"name": ["Ann"]}},
        {"patient": {"name": True}},
        {"medications": {"name": "Aspirin"}},
        {"medications": ["Aspirin"]},
        {"date": {"raw": "17/3/24"}},
    ],
)
def test_wrong_shape(answer: object):
    assert refused(json.dumps(answer)) == "wrong_shape"


def test_a_runaway_answer_is_refused_by_its_length():
    assert refused('{"date": "' + " " * 300_000 + '"}') == "too_long"


@pytest.mark.parametrize("text", ["Secret Name", '{"Secret Name": 1} x', '{"medications": "Secret Name"}'])
def test_the_reason_holds_nothing_of_the_answer(text: str):
    answer = parse_candidate(text)
    assert isinstance(answer, CandidateError)
    assert "Secret" not in answer.message
