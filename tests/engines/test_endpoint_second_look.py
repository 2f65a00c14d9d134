"""A model that slips, over a real connection: it is asked once more, and the better answer is kept."""

import hashlib
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from typing import Any

import pytest

from jsl_pipeline.emulator import (
    CannedReader,
    Effect,
    EmulatorSettings,
    Fault,
    Latency,
    RunningEmulator,
    ScaleToZero,
    running,
)
from jsl_pipeline.engines import EndpointSettings, create_engine
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.engines.endpoint.second_question import second_ask
from jsl_pipeline.extraction import reading_engine
from jsl_pipeline.schemas import AnswerProblem, EngineCalls, Page, PageAnswer, Reading, SecondLookOutcome, TextLine

_ROWS = [
    {"name": "Amoxicillin", "strength": "500 mg", "frequency": "three times daily", "duration": "5 days"},
    {"name": "Metformin", "strength": "850 mg", "frequency": "twice daily", "duration": "30 days"},
    {"name": "Atorvastatin", "strength": "20 mg", "frequency": "once daily", "duration": "30 days"},
]
TRUTH = {
    "patient": {"name": "Asha Rao"},
    "prescriber": {"name": "Dr. N. Iyer"},
    "date": "12/03/2024",
    "medications": _ROWS,
}
LAYER = ["Dr. N. Iyer", "Patient: Asha Rao", "Date: 12/03/2024", *(" ".join(row.values()) for row in _ROWS)]
SLIPS = [Effect.SHIFT_DECIMAL, Effect.DROP_ROW, Effect.INVENT_DRUG]


def pages(count: int, layer: Sequence[str] = LAYER) -> Iterator[Page]:
    """Pages whose images differ, and whose text layer says what the model reads."""
    lines = tuple(
        TextLine(text=text, box=(50, 40 * at, 50 + 9 * len(text), 40 * at + 20)) for at, text in enumerate(layer, 1)
    )
    for number in range(1, count + 1):
        image = number.to_bytes(4, "big") * 100
        sha = hashlib.sha256(image).hexdigest()
        yield Page(
            document_id="d", page_no=number, page_sha=sha, image=image, media_type="image/jpeg", width=800,
            height=1000, text_layer=lines,
        )  # fmt: skip


def emulated(*faults: Fault, **settings: Any) -> EmulatorSettings:
    usual: dict[str, Any] = {
        "port": 0,
        "slots": 8,
        "queue": None,
        "scale_to_zero": ScaleToZero(enabled=False),
        "latency": Latency(page_seconds=0.005),
        "reader": CannedReader(text=json.dumps(TRUTH)),
    }
    return EmulatorSettings(**{**usual, "faults": faults, **settings})


def endpoint(emulator: RunningEmulator, **settings: Any) -> EndpointSettings:
    usual = {"url": emulator.url, "name": emulator.settings.endpoint, "token": "emulator-token"}
    return EndpointSettings.model_validate({**usual, **settings})


def read(emulator: RunningEmulator, source: Iterator[Page], **settings: Any) -> tuple[list[Reading], EngineCalls]:
    """The readings in page order; every page has one."""
    with reading_engine(endpoint(emulator, **settings)) as engine:
        answers = sorted(engine.read(source), key=lambda answer: answer.page_no)
        calls = engine.calls
    assert calls is not None
    return [_reading(answer) for answer in answers], calls


def _reading(answer: PageAnswer) -> Reading:
    assert isinstance(answer.outcome, Reading)
    return answer.outcome


def outcomes(readings: Sequence[Reading]) -> Counter[SecondLookOutcome | None]:
    return Counter(reading.asked_again and reading.asked_again.outcome for reading in readings)


@pytest.mark.parametrize("slip", SLIPS)
def test_a_slip_that_the_words_of_the_page_show_is_put_right(slip: Effect) -> None:
    with running(emulated(Fault(effect=slip, question="first"))) as emulator:
        readings, calls = read(emulator, pages(6))
    assert outcomes(readings) == {SecondLookOutcome.IMPROVED: 6}
    assert all(json.loads(reading.text) == TRUTH for reading in readings)
    assert calls.requests == 12
    assert calls.second_looks == {"improved": 6}
    looks = [reading.asked_again for reading in readings if reading.asked_again]
    assert all(look.before and not look.after and look.completion_tokens for look in looks)


def test_an_answer_without_problems_is_not_asked_about() -> None:
    with running(emulated()) as emulator:
        readings, calls = read(emulator, pages(4))
    assert outcomes(readings) == {None: 4}
    assert (calls.requests, calls.second_looks) == (4, {})


def test_pages_that_travelled_together_are_asked_again_one_by_one_and_alone() -> None:
    slip = Fault(effect=Effect.SHIFT_DECIMAL, question="first", every=3)
    with running(emulated(slip)) as emulator:
        readings, calls = read(emulator, pages(12), protocol="dataframe_split", max_request_pages=6, concurrency=2)
        later = [entry for entry in emulator.log if entry.page_count == 1]
    assert outcomes(readings) == {None: 8, SecondLookOutcome.IMPROVED: 4}
    assert all(json.loads(reading.text) == TRUTH for reading in readings)
    assert len(later) >= 4
    assert calls.pages_sent == 16


def test_a_model_that_says_the_same_again_is_not_asked_a_third_time() -> None:
    with running(emulated(Fault(effect=Effect.SHIFT_DECIMAL))) as emulator:
        readings, calls = read(emulator, pages(3))
    assert outcomes(readings) == {SecondLookOutcome.UNCHANGED: 3}
    assert calls.requests == 6
    assert all(reading.asked_again and reading.asked_again.before for reading in readings)


def test_dropping_the_row_that_is_doubted_is_no_improvement() -> None:
    """On a page that is read by the model alone, one row: it can only be the doubted one."""
    one = {**TRUTH, "medications": _ROWS[:1]}
    faults = [Fault(effect=Effect.SHIFT_DECIMAL, question="first"), Fault(effect=Effect.DROP_ROW, question="later")]
    with running(emulated(*faults, reader=CannedReader(text=json.dumps(one)))) as emulator:
        readings, _ = read(emulator, pages(3, layer=()))
    assert outcomes(readings) == {SecondLookOutcome.EVASIVE: 3}
    assert all(json.loads(reading.text)["medications"][0]["strength"] in ("5000 mg", "50 mg") for reading in readings)


@pytest.mark.parametrize(
    ("later", "outcome"),
    [
        (Fault(effect=Effect.PROSE, question="later"), SecondLookOutcome.UNUSABLE),
        (Fault(effect=Effect.TRUNCATED, question="later"), SecondLookOutcome.UNUSABLE),
        (Fault(effect=Effect.REFUSAL, question="later"), SecondLookOutcome.UNUSABLE),
        (Fault(effect=Effect.STATUS, status=400, question="later"), SecondLookOutcome.UNANSWERED),
        (Fault(effect=Effect.STATUS, status=413, question="later"), SecondLookOutcome.UNANSWERED),
        (Fault(effect=Effect.STATUS, status=500, question="later"), SecondLookOutcome.UNANSWERED),
    ],
)
def test_a_second_question_that_goes_wrong_never_costs_the_first_answer(
    later: Fault, outcome: SecondLookOutcome
) -> None:
    with running(emulated(Fault(effect=Effect.SHIFT_DECIMAL, question="first"), later)) as emulator:
        readings, _ = read(emulator, pages(6))
    assert outcomes(readings) == {outcome: 6}
    for reading in readings:
        assert len(json.loads(reading.text)["medications"]) == 3
        assert reading.asked_again
        assert reading.asked_again.before
        assert reading.asked_again.after == ()


def test_a_second_question_whose_connection_breaks_once_is_asked_again() -> None:
    faults = [
        Fault(effect=Effect.SHIFT_DECIMAL, question="first"),
        Fault(effect=Effect.RESET, question="later", times=1),
    ]
    with running(emulated(*faults)) as emulator:
        readings, calls = read(emulator, pages(2))
    assert outcomes(readings) == {SecondLookOutcome.IMPROVED: 2}
    assert calls.requests == 5


@pytest.mark.parametrize(
    "budget", [{"max_tokens": 400, "page_tokens": 400}, {"page_deadline_seconds": 0.001, "page_tokens": 9000}]
)
def test_no_second_question_goes_over_the_budget_of_a_page(budget: dict[str, float]) -> None:
    with running(emulated(Fault(effect=Effect.SHIFT_DECIMAL, question="first"))) as emulator:
        readings, calls = read(emulator, pages(3), **budget)
    assert outcomes(readings) == {SecondLookOutcome.UNAFFORDABLE: 3}
    assert calls.requests == 3
    assert calls.second_looks == {"unaffordable": 3}


@pytest.mark.parametrize("settings", [{"second_look": False}, {"protocol": "form"}])
def test_nothing_is_asked_twice_where_that_is_not_wanted_or_not_possible(settings: dict[str, Any]) -> None:
    with running(emulated(Fault(effect=Effect.SHIFT_DECIMAL, question="first"))) as emulator:
        readings, calls = read(emulator, pages(3), **settings)
    assert outcomes(readings) == {None: 3}
    assert calls.requests == 3


def test_answers_with_a_second_look_are_other_answers() -> None:
    usual = EndpointSettings(url="http://127.0.0.1:1", auth="none")
    fingerprint = reading_engine(usual).fingerprint
    assert reading_engine(usual).fingerprint == fingerprint
    assert reading_engine(usual.model_copy(update={"token_probabilities": True})).fingerprint == fingerprint
    without = usual.model_copy(update={"second_look": False})
    assert reading_engine(without).fingerprint == create_engine(without).fingerprint != fingerprint


def test_the_second_question_begins_as_the_first_and_holds_the_answer_in_one_line() -> None:
    ask = candidate_ask(EndpointSettings(url="http://127.0.0.1:1", auth="none"))
    problem = AnswerProblem(code="c", field="medications[1].strength", sentence="Look at each digit.")
    again = second_ask(ask, '{\n  "date": "1/2/2024"\n}', [problem])
    assert again.prompt.startswith(ask.prompt)
    assert '\n{ "date": "1/2/2024" }\n' in again.prompt
    assert "- `medications[1].strength`: Look at each digit.\n" in again.prompt
    assert again.model_copy(update={"prompt": ask.prompt}) == ask
