"""Scripted faults: each effect, and each condition under which it strikes."""

import json

import pytest
from emulator_client import answer_text, chat, post, sha, table

from jsl_pipeline.emulator import Effect, EmulatorSettings, Fault, running
from jsl_pipeline.schemas import Candidate


def script(*faults, **given):
    return running(EmulatorSettings(port=0, faults=faults, **given))


def statuses(emulator, numbers):
    return [post(emulator.endpoint_url(), chat(number)).status for number in numbers]


@pytest.mark.parametrize("effect", [Effect.STATUS, Effect.FAIL])
def test_a_status_with_its_words(effect):
    fault = Fault(effect=effect, status=529, message="Overloaded.", body="error", retry_after_seconds=3)
    with script(fault) as emulator:
        got = post(emulator.endpoint_url(), chat())
        assert (got.status, got.json, got.retry_after) == (529, {"error": "Overloaded."}, "3")
        assert emulator.log[0].fault == effect


@pytest.mark.parametrize("effect", [Effect.RESET, Effect.LOSE, Effect.TEAR])
def test_connections_end_without_a_whole_answer(effect):
    with script(Fault(effect=effect)) as emulator:
        assert post(emulator.endpoint_url(), chat()).status == 0
        [entry] = emulator.log
        assert (entry.outcome, entry.fault, entry.status) == ("closed", effect, None)


def test_only_the_faults_after_the_work_cost_slot_time():
    faults = [Fault(effect=effect, times=1) for effect in (Effect.RESET, Effect.STATUS, Effect.FAIL, Effect.LOSE)]
    with script(*faults, latency={"request_seconds": 1}, speed=100) as emulator:
        statuses(emulator, range(4))
        worked = {entry.fault: entry.service_seconds >= 1 for entry in emulator.log}
    assert worked == {"reset": False, "status": False, "fail": True, "lose": True}


def spoiled(effect, **options):
    with script(Fault(effect=effect)) as emulator:
        got = post(emulator.endpoint_url(), chat(1, **options))
        [entry] = emulator.log
    assert (got.status, entry.outcome, entry.spoiled) == (200, "answered", {0: effect})
    return got


@pytest.mark.parametrize(
    "effect", [Effect.PROSE, Effect.TRUNCATED, Effect.WHITESPACE, Effect.EMPTY, Effect.TRAILING_COMMA]
)
def test_garbage_is_no_json(effect):
    with pytest.raises(json.JSONDecodeError):
        json.loads(answer_text(spoiled(effect)))


@pytest.mark.parametrize("effect", [Effect.TRUNCATED, Effect.WHITESPACE])
def test_broken_off_answers_say_so(effect):
    got = spoiled(effect, max_tokens=300)
    assert got.json["choices"][0]["finish_reason"] == "length"


def test_the_loop_of_white_space_fills_the_token_limit():
    got = spoiled(Effect.WHITESPACE, max_tokens=300)
    assert got.json["usage"]["completion_tokens"] == 300
    assert answer_text(got).endswith(" " * 500)


def test_a_refusal_comes_as_openai_sends_it():
    message = spoiled(Effect.REFUSAL).json["choices"][0]["message"]
    assert message["content"] is None
    assert "sorry" in message["refusal"]


def test_a_fence_holds_good_json():
    text = answer_text(spoiled(Effect.FENCED))
    assert Candidate.model_validate_json(text.partition("```json")[2].rpartition("```")[0]).medications


def test_garbage_strikes_single_pages_of_a_request():
    with script(Fault(effect=Effect.EMPTY, pages=[sha(2)])) as emulator:
        predictions = post(emulator.endpoint_url(), table([1, 2, 3])).json["predictions"]
        assert [bool(text) for text in predictions] == [True, False, True]
        assert emulator.log[0].spoiled == {1: "empty"}


def test_every_nth_request():
    with script(Fault(effect=Effect.STATUS, every=3)) as emulator:
        assert statuses(emulator, range(7)) == [200, 200, 500, 200, 200, 500, 200]


def test_at_most_so_often():
    with script(Fault(effect=Effect.STATUS, times=2)) as emulator:
        assert statuses(emulator, range(4)) == [500, 500, 200, 200]


def test_a_poison_page_spoils_every_request_that_holds_it():
    with script(Fault(effect=Effect.FAIL, pages=[sha(2)], status=400), hash_pages=False) as emulator:
        assert [post(emulator.endpoint_url(), table(pages)).status for pages in ([1, 3], [1, 2, 3], [2])] == [
            200,
            400,
            400,
        ]


def test_every_nth_distinct_page_is_poison_for_good():
    with script(Fault(effect=Effect.FAIL, every_page=3)) as emulator:
        assert statuses(emulator, [1, 2, 1, 3, 1, 2, 3, 4, 5, 6]) == [200, 200, 200, 500, 200, 200, 500, 200, 200, 500]


def test_a_window_of_time():
    with script(Fault(effect=Effect.STATUS, status=429, from_seconds=50, until_seconds=150), speed=100) as emulator:
        seen = []
        while not (seen and seen[-1].at_seconds >= 160):
            statuses(emulator, [1])
            seen = emulator.log
    assert {entry.status for entry in seen if entry.at_seconds < 50} <= {200}
    assert {entry.status for entry in seen if 60 < entry.at_seconds < 150} == {429}
    assert seen[-1].status == 200


def test_draws_follow_the_seed():
    def draws(seed):
        with script(Fault(effect=Effect.STATUS, probability=0.3), seed=seed) as emulator:
            return statuses(emulator, range(40))

    assert draws(1) == draws(1) != draws(2)
    assert 4 <= draws(1).count(500) <= 20
