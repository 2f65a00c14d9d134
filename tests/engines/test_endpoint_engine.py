"""The engine over a real connection to an emulated endpoint that sleeps, refuses, breaks and lies."""

import hashlib
import json
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
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
    Step,
    Waking,
    running,
)
from jsl_pipeline.engines import EndpointEngine, EndpointSettings, create_engine
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.schemas import EngineCalls, FailureCause, Page, PageAnswer, PageFailure, Reading

AWAKE = ScaleToZero(enabled=False)


def draw(numbers: Sequence[int], size: int = 2000) -> Iterator[Page]:
    """Pages whose images differ; nobody looks at them."""
    for number in numbers:
        image = number.to_bytes(4, "big") * (size // 4)
        yield Page(
            document_id="d",
            page_no=number,
            page_sha=hashlib.sha256(image).hexdigest(),
            image=image,
            media_type="image/jpeg",
            width=800,
            height=1000,
        )


def emulated(**settings: Any) -> EmulatorSettings:
    """An endpoint that is awake, quick and marks each answer with the page it was given."""
    usual: dict[str, Any] = {
        "port": 0,
        "slots": 8,
        "queue": None,
        "scale_to_zero": AWAKE,
        "latency": Latency(page_seconds=0.005),
        "reader": CannedReader(mark=True),
    }
    return EmulatorSettings(**{**usual, **settings})


def engine_for(emulator: RunningEmulator, **settings: Any) -> EndpointEngine:
    usual: dict[str, Any] = {"url": emulator.url, "name": emulator.settings.endpoint, "token": "emulator-token"}
    return EndpointEngine(EndpointSettings.model_validate({**usual, **settings}), lambda _: None)


def read(
    emulator: RunningEmulator, pages: int, midway: Callable[[], object] = lambda: None, **settings: Any
) -> tuple[dict[int, PageAnswer], EngineCalls]:
    """Read so many pages; every answer is its page's own, and comes once. `midway` is called after half of them."""
    answers: list[PageAnswer] = []
    with engine_for(emulator, **settings) as engine:
        for answer in engine.read(draw(range(1, pages + 1))):
            answers.append(answer)
            if len(answers) == pages // 2:
                midway()
    assert sorted(answer.page_no for answer in answers) == list(range(1, pages + 1))
    for answer in answers:
        if isinstance(answer.outcome, Reading):
            assert json.loads(answer.outcome.text)["prescriber"]["license_no"].startswith(answer.page_sha)
    return {answer.page_no: answer for answer in answers}, engine.calls


def causes(answers: dict[int, PageAnswer]) -> Counter[str]:
    return Counter(
        outcome.cause.value if isinstance(outcome := answer.outcome, PageFailure) else "read"
        for answer in answers.values()
    )


@pytest.mark.parametrize(
    "protocol", ["chat", "dataframe_split", "dataframe_records", "inputs", "instances", "completion", "form"]
)
def test_every_protocol_brings_each_page_its_own_answer(protocol: str) -> None:
    with running(emulated()) as emulator:
        answers, calls = read(emulator, 40, protocol=protocol)
    assert causes(answers) == {"read": 40}
    many = protocol not in ("chat", "completion", "form")
    assert (calls.requests < 40) == many
    assert calls.faults == {}


def test_a_server_of_its_own_is_asked_at_its_openai_path() -> None:
    with running(emulated()) as emulator:
        answers, _ = read(emulator, 3, name=None, model=emulator.settings.endpoint)
    assert causes(answers) == {"read": 3}


def test_requests_are_filled_up_to_the_limit_and_never_over_it() -> None:
    limit = 40_000
    with running(emulated(payload_limit_bytes=limit)) as emulator:
        answers, calls = read(
            emulator, 60, protocol="inputs", max_request_bytes=limit, max_request_pages=50, prompt="?"
        )
        sent = [entry.bytes_in for entry in emulator.log if entry.pages]
    assert causes(answers) == {"read": 60}
    assert calls.faults == {}
    assert max(sent) <= limit
    assert len(sent) <= 8  # each page is 2.7 kB in base64, so five requests would do, were they not spread over slots


def test_a_limit_below_the_set_one_is_learnt() -> None:
    with running(emulated(payload_limit_bytes=20_000)) as emulator:
        answers, calls = read(emulator, 60, protocol="inputs", max_request_pages=50, concurrency=1, prompt="?")
    assert causes(answers) == {"read": 60}
    assert 1 <= calls.faults["too_large"] <= 6


def test_a_page_that_is_too_large_alone_fails_alone_and_is_never_sent() -> None:
    with running(emulated()) as emulator, engine_for(emulator, max_request_bytes=50_000) as engine:
        large = next(draw([7], size=60_000))
        answers = {answer.page_no: answer for answer in engine.read([*draw([1, 2]), large])}
    assert causes(answers) == {"read": 2, "too_large": 1}
    assert engine.calls.requests == 2


@pytest.mark.parametrize(("effect", "status"), [(Effect.STATUS, 500), (Effect.STATUS, 400), (Effect.RESET, 500)])
def test_a_poison_page_is_found_by_halving_and_its_neighbours_are_answered(effect: Effect, status: int) -> None:
    poison = {page.page_sha for page in draw([13])}
    fault = Fault(effect=effect, status=status, pages=frozenset(poison))
    with running(emulated(faults=(fault,))) as emulator:
        answers, calls = read(emulator, 32, protocol="inputs", max_request_pages=8, concurrency=2)
    failed = [number for number, answer in answers.items() if isinstance(answer.outcome, PageFailure)]
    assert failed == [13]
    assert calls.splits == 3  # eight, four, two pages
    assert calls.requests <= 4 + 2 * 3 + 5 + 1  # halves, and tries of the page alone


def test_pages_pay_for_time_outs_with_one_more_try_only() -> None:
    (slow,) = (page.page_sha for page in draw([5]))
    fault = Fault(effect=Effect.STATUS, status=504, pages=frozenset({slow}))
    with running(emulated(faults=(fault,))) as emulator:
        answers, calls = read(emulator, 10)
    assert causes(answers) == {"read": 9, "timeout": 1}
    assert calls.faults == {"timed_out": 2}


def test_resets_at_random_lose_nothing() -> None:
    with running(emulated(faults=(Fault(effect=Effect.LOSE, probability=0.1),))) as emulator:
        answers, calls = read(emulator, 200)
    assert causes(answers) == {"read": 200}
    assert calls.faults["disconnected"] >= 5


def test_throttling_is_waited_out_and_charged_to_nobody() -> None:
    storm = Fault(effect=Effect.STATUS, status=429, times=6)
    with running(emulated(faults=(storm,))) as emulator:
        answers, calls = read(emulator, 400)
    assert causes(answers) == {"read": 400}
    assert calls.faults["throttled"] == 6


@pytest.mark.parametrize("waking", list(Waking))
def test_a_cold_start_is_waited_out_and_charged_to_nobody(waking: Waking) -> None:
    asleep = ScaleToZero(start_asleep=True, wake_seconds=90, waking=waking)
    with running(emulated(scale_to_zero=asleep, speed=60)) as emulator:
        answers, calls = read(emulator, 30)
    assert causes(answers) == {"read": 30}
    assert calls.waited_seconds > 1
    assert calls.pages_sent == 30


@pytest.mark.parametrize("refuses", [True, False], ids=["connections refused", "connections closed"])
def test_an_outage_stops_all_sending_and_is_charged_to_nobody(refuses: bool) -> None:
    with running(emulated(latency=Latency(page_seconds=0.05))) as emulator:
        answers, calls = read(emulator, 150, midway=lambda: emulator.outage(1, refuses))
    assert causes(answers) == {"read": 150}
    assert calls.outages >= 1
    assert calls.requests < 150 + 60  # what was in flight, and no storm


def test_an_endpoint_that_does_not_come_back_ends_the_reading_with_advice() -> None:
    forever = Step(at_seconds=0.2, do="outage", value=3600)
    with (
        running(emulated(script=(forever,), latency=Latency(page_seconds=0.05))) as emulator,
        engine_for(emulator, wake={"timeout_seconds": 1.5}) as engine,
        pytest.raises(EngineUnavailable, match="endpoint"),
    ):
        list(engine.read(draw(range(1, 200))))


def test_a_wrong_token_is_an_error_that_says_so() -> None:
    with (
        running(emulated()) as emulator,
        engine_for(emulator, token="of somebody else") as engine,
        pytest.raises(EngineError, match="denies access") as caught,
    ):
        list(engine.read(draw([1])))
    assert "somebody" not in str(caught.value)


def test_an_endpoint_that_refuses_every_page_is_an_error_not_a_thousand_failures() -> None:
    refuses = Fault(effect=Effect.STATUS, status=400, every_page=1)
    with (
        running(emulated(faults=(refuses,))) as emulator,
        engine_for(emulator) as engine,
        pytest.raises(EngineError, match="refuses every page"),
    ):
        list(engine.read(draw(range(1, 50))))


@pytest.mark.parametrize(
    ("effect", "cause", "times"),
    [
        (Effect.PROSE, FailureCause.UNUSABLE, 2),
        (Effect.EMPTY, FailureCause.UNUSABLE, 2),
        (Effect.WHITESPACE, FailureCause.UNUSABLE, 2),
        (Effect.REFUSAL, FailureCause.REFUSED, 1),
        (Effect.TRUNCATED, FailureCause.TRUNCATED, 2),
    ],
)
def test_an_answer_that_stays_unusable_has_its_cause_and_its_number_of_tries(
    effect: Effect, cause: FailureCause, times: int
) -> None:
    (sick,) = (page.page_sha for page in draw([2]))
    with running(emulated(faults=(Fault(effect=effect, pages=frozenset({sick})),))) as emulator:
        answers, calls = read(emulator, 4, max_tokens=1000, page_tokens=3000)
    outcome = answers[2].outcome
    assert isinstance(outcome, PageFailure)
    assert outcome.cause is cause
    assert causes(answers)["read"] == 3
    assert sum(calls.flaws.values()) == times


@pytest.mark.parametrize("effect", [Effect.PROSE, Effect.EMPTY, Effect.WHITESPACE, Effect.TRUNCATED])
def test_garbage_now_and_then_is_asked_again(effect: Effect) -> None:
    with running(emulated(faults=(Fault(effect=effect, every=10),))) as emulator:
        answers, calls = read(emulator, 50, max_concurrency=1)  # or a second answer may be the tenth again
    assert causes(answers) == {"read": 50}
    assert sum(calls.flaws.values()) == calls.pages_sent - 50 == 5


def test_flaws_that_are_accepted_are_told_with_the_reading() -> None:
    with running(emulated(faults=(Fault(effect=Effect.FENCED, every=2),))) as emulator:
        answers, calls = read(emulator, 10)
    fenced = [a for a in answers.values() if isinstance(a.outcome, Reading) and a.outcome.flaws]
    assert len(fenced) == 5
    assert calls.flaws == {"fenced": 5}
    assert calls.requests == 10


def test_leaving_early_ends_everything_at_once() -> None:
    hangs = Fault(effect=Effect.STATUS, delay_seconds=600, every_page=2)
    with running(emulated(faults=(hangs,))) as emulator, engine_for(emulator) as engine:
        for answer in engine.read(draw(range(1, 100))):
            assert answer.page_no % 2
            break


def test_an_engine_reads_one_batch_after_the_other() -> None:
    with running(emulated()) as emulator, engine_for(emulator) as engine:
        for _ in range(3):
            assert len(list(engine.read(draw(range(1, 6))))) == 5


def test_answers_depend_on_model_prompt_and_schema_and_not_on_where_they_are_served() -> None:
    usual = EndpointSettings(url="https://here.example", name="vl", auth="none", model="m@1")

    def named(**changed: Any) -> object:
        return create_engine(usual.model_copy(update=changed)).fingerprint

    assert named() == named(url="https://there.example", name="vl-2", protocol="inputs", max_request_pages=3)
    assert len({str(named(**each)) for each in ({}, {"model": "m@2"}, {"prompt": "Other?"}, {"max_tokens": 99})}) == 4
