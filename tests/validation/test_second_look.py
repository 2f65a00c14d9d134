"""What a second look at a page can settle, and which of two answers is the better one."""

import json
from copy import deepcopy
from datetime import date
from typing import Any

import pytest

from jsl_pipeline.schemas import (
    AnswerFlaw,
    Candidate,
    MedicationCandidate,
    Page,
    Reading,
    ReadingSource,
    SecondLook,
    SecondLookOutcome,
    TextLine,
)
from jsl_pipeline.validation import PageReviewer
from jsl_pipeline.validation.concessions import Doubted, concedes

PAGE = Page(document_id="d", page_no=3, page_sha="s", image=b"i", media_type="image/png", width=800, height=1000)
ANSWER: dict[str, Any] = {
    "patient": {"name": "Ann Moss", "dob": "12/03/1980", "age": "43"},
    "prescriber": {"name": "Dr. N. Iyer"},
    "date": "20/11/2023",
    "medications": [
        {"name": "Amoxicillin", "strength": "500 mg", "frequency": "three times daily", "duration": "5 days"},
        {"name": "Metformin", "strength": "850 mg", "frequency": "twice daily", "duration": "30 days"},
    ],
}
LINES = (
    "Dr. N. Iyer",
    "Patient: Ann Moss  DOB: 12/03/1980  Age: 43",
    "Date: 20/11/2023",
    "Amoxicillin 500 mg three times daily 5 days",
    "Metformin 850 mg twice daily 30 days",
)


def words(page: Page) -> tuple[TextLine, ...]:
    return tuple(TextLine(text=text, box=(50, 40 * at, 700, 40 * at + 20)) for at, text in enumerate(LINES, 1))


BLIND = PageReviewer(today=lambda: date(2026, 3, 1))
SEEING = PageReviewer(words, today=lambda: date(2026, 3, 1))
BOTH = pytest.mark.parametrize("reviewer", [BLIND, SEEING], ids=["blind", "seeing"])


def reading(answer: dict[str, Any] | str, *flaws: AnswerFlaw) -> Reading:
    text = answer if isinstance(answer, str) else json.dumps(answer)
    return Reading(text=text, source=ReadingSource.MODEL, seconds=1, flaws=flaws)


def changed(*changes: tuple[str, object], drop: int | None = None, add: dict[str, str] | None = None) -> dict[str, Any]:
    """The answer with other values at these paths, without a row, or with one more."""
    answer = deepcopy(ANSWER)
    for path, value in changes:
        part, _, name = path.rpartition(".")
        place = answer["medications"][int(part)] if part.isdigit() else answer[part] if part else answer
        place[name] = value
    if drop is not None:
        del answer["medications"][drop]
    if add is not None:
        answer["medications"].append(add)
    return answer


def problems(reviewer: PageReviewer, answer: dict[str, Any] | str, *flaws: AnswerFlaw) -> set[tuple[str, str | None]]:
    return {(each.code, each.field) for each in reviewer.problems(PAGE, reading(answer, *flaws))}


def compared(reviewer: PageReviewer, first: dict[str, Any] | str, second: dict[str, Any] | str) -> SecondLook:
    return reviewer.compare(PAGE, reading(first), reading(second))


def outcome(reviewer: PageReviewer, first: dict[str, Any] | str, second: dict[str, Any] | str) -> SecondLookOutcome:
    return compared(reviewer, first, second).outcome


SHIFTED = changed(("0.strength", "5000 mg"))


@BOTH
def test_there_is_nothing_to_ask_about_an_answer_in_order(reviewer: PageReviewer) -> None:
    assert problems(reviewer, ANSWER) == set()


@BOTH
def test_a_problem_has_its_place_in_the_answer(reviewer: PageReviewer) -> None:
    assert ("strength_shifted", "medications[0].strength") in problems(reviewer, SHIFTED)
    unnamed = deepcopy(SHIFTED)
    unnamed["medications"].insert(0, {"strength": "5 mg"})
    assert {("strength_shifted", "medications[1].strength"), ("medication_unnamed", None)} <= problems(BLIND, unnamed)


def test_rows_that_a_record_lists_once_keep_their_places_in_the_answer() -> None:
    twice = deepcopy(SHIFTED)
    twice["medications"] = [ANSWER["medications"][1], *deepcopy(twice["medications"][1:]), twice["medications"][0]]
    assert ("strength_shifted", "medications[2].strength") in problems(BLIND, twice)


@pytest.mark.parametrize(
    ("answer", "code", "field"),
    [
        (changed(drop=1), "medication_row_missing", "medications"),
        (changed(add={"name": "Warfarin", "strength": "5 mg"}), "medication_unsupported", "medications[2].name"),
        (changed(("1.strength", "500 mg")), "value_unsupported", "medications[1].strength"),
        (changed(("patient.dob", "12/08/1980")), "value_unsupported", "patient.dob"),
    ],
)
def test_what_only_the_words_of_a_page_show(answer: dict[str, Any], code: str, field: str) -> None:
    assert problems(SEEING, answer) == {(code, field)}
    assert problems(BLIND, answer) == set()


def test_what_the_page_itself_says_is_not_asked_about() -> None:
    """An unknown name and a strange strength that stand there: the model can only read them again."""
    odd = changed(("0.name", "Xyzzol"))
    shown = PageReviewer(
        lambda page: tuple(
            line.model_copy(update={"text": line.text.replace("Amoxicillin", "Xyzzol")}) for line in words(page)
        ),
        BLIND.today,
    )
    assert ("drug_unknown", "medications[0].name") in problems(BLIND, odd)
    assert problems(shown, odd) == set()


def test_dates_that_are_none_and_contradictions_are_asked_about() -> None:
    assert problems(BLIND, changed(("date", "31/02/2023"))) == {("date_impossible", "date")}
    assert problems(BLIND, changed(("patient.age", "12"))) == {("patient_age_contradicts_dob", "patient.age")}


def test_answers_without_their_form_are_asked_about() -> None:
    assert problems(BLIND, '{"date": ["1/2/2024"]}') == {("answer_unusable", None)}
    assert problems(BLIND, ANSWER, AnswerFlaw.REPAIRED) == {("answer_repaired", None)}


def test_what_is_missing_is_not_asked_for() -> None:
    """Asked for a date, a model may find one."""
    assert problems(BLIND, changed(("date", None), ("0.frequency", None))) == set()


@BOTH
def test_fewer_problems_are_better(reviewer: PageReviewer) -> None:
    look = compared(reviewer, SHIFTED, ANSWER)
    assert look.outcome is SecondLookOutcome.IMPROVED
    assert "strength_shifted" in look.before
    assert look.after == ()
    assert outcome(reviewer, ANSWER, SHIFTED) is SecondLookOutcome.WORSE
    assert outcome(reviewer, SHIFTED, SHIFTED) is SecondLookOutcome.UNCHANGED
    assert outcome(reviewer, '{"date": ["1/2/2024"]}', SHIFTED) is SecondLookOutcome.IMPROVED
    assert outcome(reviewer, SHIFTED, '{"date": ["1/2/2024"]}') is SecondLookOutcome.WORSE


@BOTH
@pytest.mark.parametrize(
    "second",
    [
        changed(drop=0),
        changed(("0.strength", None)),
        changed(("0.strength", "500 mg"), ("0.duration", None)),
        changed(("1.strength", "8.50 mg")),
        changed(("1.frequency", "three times daily")),
        changed(("patient.name", "Ann Ross")),
        changed(("prescriber.name", None)),
        changed(("date", "21/11/2023")),
    ],
    ids=["row", "value", "beside", "point", "other row", "name", "prescriber", "date"],
)
def test_saying_less_or_something_else_is_no_improvement(reviewer: PageReviewer, second: dict[str, Any]) -> None:
    assert outcome(reviewer, SHIFTED, second) is not SecondLookOutcome.IMPROVED


def test_a_row_that_nobody_can_look_for_may_not_be_added() -> None:
    added = changed(add={"name": "Warfarin", "strength": "5 mg", "frequency": "at night"})
    assert outcome(BLIND, SHIFTED, added) is SecondLookOutcome.EVASIVE


def test_an_invented_row_may_go_where_the_page_is_seen_not_to_have_it() -> None:
    invented = changed(add={"name": "Warfarin", "strength": "5 mg", "frequency": "at night"})
    assert outcome(SEEING, invented, ANSWER) is SecondLookOutcome.IMPROVED
    unknown = changed(add={"name": "Xyzzol", "strength": "5 mg", "frequency": "at night"})
    assert outcome(SEEING, unknown, ANSWER) is SecondLookOutcome.IMPROVED
    assert outcome(BLIND, unknown, ANSWER) is SecondLookOutcome.EVASIVE


def test_an_invented_row_that_stays_keeps_what_it_states() -> None:
    invented = changed(add={"name": "Warfarin", "strength": "50 mg", "frequency": "at night"})
    assert len(SEEING.problems(PAGE, reading(invented))) > 1
    emptied = changed(add={"name": "Warfarin", "frequency": "at night"})
    assert outcome(SEEING, invented, emptied) is SecondLookOutcome.EVASIVE


def test_a_misread_row_may_not_go_though_the_page_does_not_have_its_name() -> None:
    misread = changed(("0.name", "Arnoxicilin"))
    assert outcome(SEEING, misread, changed(drop=0)) is not SecondLookOutcome.IMPROVED
    assert outcome(SEEING, misread, ANSWER) is SecondLookOutcome.IMPROVED


def test_a_date_that_stands_on_the_page_may_be_another_one() -> None:
    swapped = changed(("patient.dob", "20/11/2023"), ("date", "12/03/1980"))
    assert ("date_before_birth", "date") in problems(SEEING, swapped)
    assert outcome(SEEING, swapped, ANSWER) is SecondLookOutcome.IMPROVED


def test_a_row_that_was_left_out_may_come() -> None:
    assert outcome(SEEING, changed(drop=0), ANSWER) is SecondLookOutcome.IMPROVED


def test_a_misread_name_may_be_put_right() -> None:
    assert outcome(BLIND, changed(("0.name", "Arnoxicilin")), ANSWER) is SecondLookOutcome.IMPROVED


def test_words_may_move_to_the_field_that_they_belong_in() -> None:
    def candidate(**medication: str) -> Candidate:
        return Candidate(medications=(MedicationCandidate(name="Amoxicillin", **medication),))

    first, doubted = candidate(strength="two tablets"), Doubted(parts=frozenset({"medications[0]"}))
    assert not concedes(first, candidate(dose="Two tablets"), doubted)
    assert concedes(first, candidate(dose="one tablet"), doubted)
    assert concedes(first, candidate(dose="two tablets"), Doubted())


def test_medications_without_a_name_are_to_get_one_not_to_go() -> None:
    unnamed = changed(add={"strength": "20 mg"})
    assert outcome(BLIND, unnamed, ANSWER) is SecondLookOutcome.EVASIVE
    named = changed(add={"name": "Atorvastatin", "strength": "20 mg"})
    assert outcome(BLIND, unnamed, named) is SecondLookOutcome.IMPROVED


def test_how_things_are_written_does_not_matter() -> None:
    second = changed(("1.name", "METFORMIN"), ("1.strength", "850mg"), ("1.raw", "Metformin 850mg bd"))
    assert outcome(BLIND, SHIFTED, second) is SecondLookOutcome.IMPROVED
