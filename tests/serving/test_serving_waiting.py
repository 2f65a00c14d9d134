"""Waiting for an endpoint, over a clock that only waiting turns."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from itertools import chain, repeat
from typing import Any

import pytest

from jsl_pipeline.emulator import EmulatorSettings, ScaleToZero, Waking, running
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.serving import (
    EndpointSettings,
    EndpointState,
    EndpointStatus,
    PriceSettings,
    WakeProgress,
    WakeSettings,
    open_control,
    wait_until_ready,
)

ASLEEP, WAKING, READY, UPDATING, FAILED, UNKNOWN = (
    EndpointState.ASLEEP,
    EndpointState.WAKING,
    EndpointState.READY,
    EndpointState.UPDATING,
    EndpointState.FAILED,
    EndpointState.UNKNOWN,
)
PRICE = PriceSettings(dollars_per_hour=36)


class Script:
    """A clock and an endpoint: each look shows the next state of a list, the last for ever."""

    def __init__(self, *states: EndpointState, answers: Iterable[bool] = ()) -> None:
        self.now = 1000.0
        self.looks: list[float] = []
        self.woken: list[float] = []
        self.asked: list[float] = []
        self.reported: list[WakeProgress] = []
        self.wake_fails: EngineError | None = None
        self._states: Iterator[EndpointState] = chain(states, repeat(states[-1]))
        self._answers: Iterator[bool] = chain(answers, repeat(False))

    def clock(self) -> float:
        return self.now

    def sleep(self, seconds: float) -> None:
        assert seconds > 0
        self.now += seconds

    def status(self) -> EndpointStatus:
        self.looks.append(self.now - 1000)
        return EndpointStatus(state=next(self._states), message="so it says")

    def wake(self) -> None:
        self.woken.append(self.now - 1000)
        if self.wake_fails is not None:
            raise self.wake_fails

    def answers(self) -> bool:
        self.asked.append(self.now - 1000)
        return next(self._answers)

    def stop(self) -> None:
        raise AssertionError("nobody asked for that")

    def wait(self, **settings: float) -> EndpointStatus:
        return wait_until_ready(
            self, WakeSettings(**settings), PRICE, self.reported.append, clock=self.clock, sleep=self.sleep
        )

    @property
    def states(self) -> list[EndpointState]:
        return [progress.state for progress in self.reported]


def test_a_ready_endpoint_is_not_waited_for() -> None:
    script = Script(READY)
    assert script.wait().state is READY
    assert (script.looks, script.woken, script.asked, script.reported) == ([0], [], [], [])


def test_a_sleeping_endpoint_is_woken_once_and_waited_for() -> None:
    script = Script(ASLEEP, ASLEEP, WAKING, WAKING, READY)
    assert script.wait().state is READY
    assert script.woken == [0]
    assert script.states == [ASLEEP, ASLEEP, WAKING, WAKING]


def test_a_waking_endpoint_is_left_alone() -> None:
    script = Script(WAKING, READY)
    script.wait()
    assert (script.woken, script.asked) == ([], [])


def test_looks_are_2_s_apart_at_first_and_15_s_later() -> None:
    script = Script(*[WAKING] * 30, READY)
    script.wait()
    pauses = [after - before for before, after in zip(script.looks, script.looks[1:], strict=False)]
    assert (pauses[0], pauses[-1], max(pauses)) == (2, 15, 15)
    assert pauses == sorted(pauses)


def test_an_endpoint_still_asleep_after_a_minute_is_woken_again() -> None:
    script = Script(*[ASLEEP] * 20, READY)
    script.wait()
    assert script.woken[0] == 0
    gaps = [after - before for before, after in zip(script.woken, script.woken[1:], strict=False)]
    assert gaps
    assert all(60 <= gap < 75 for gap in gaps)


def test_one_that_falls_asleep_again_is_woken_again() -> None:
    script = Script(ASLEEP, *[WAKING] * 10, ASLEEP, READY)
    script.wait()
    assert len(script.woken) == 2


def test_a_wake_that_does_not_get_through_is_no_end() -> None:
    script = Script(*[ASLEEP] * 10, READY)
    script.wake_fails = EngineUnavailable("out of reach")
    assert script.wait().state is READY
    assert len(script.woken) == 2


def test_a_wake_that_is_refused_is_the_end() -> None:
    script = Script(ASLEEP)
    script.wake_fails = EngineError("access denied")
    with pytest.raises(EngineError, match="access denied"):
        script.wait()


@pytest.mark.parametrize("before", [[], [ASLEEP, WAKING], [UPDATING], [UNKNOWN]])
def test_a_failed_endpoint_is_the_end_and_its_message_is_told(before: list[EndpointState]) -> None:
    script = Script(*before, FAILED)
    with pytest.raises(EngineError, match="so it says") as caught:
        script.wait()
    assert not caught.value.retryable
    assert len(script.looks) == len(before) + 1


@pytest.mark.parametrize("state", [ASLEEP, WAKING, UPDATING, UNKNOWN])
def test_waiting_is_bounded_in_every_state(state: EndpointState) -> None:
    script = Script(state)
    with pytest.raises(EngineUnavailable, match=f"not ready within 100 s: it is {state}. It says: so it says"):
        script.wait(timeout_seconds=100)
    assert script.looks[-1] == 100
    assert script.reported[-1].seconds < 100


def test_during_an_update_the_old_version_will_do_once_it_answers() -> None:
    script = Script(UPDATING, answers=[False, True])
    assert script.wait().state is UPDATING
    assert script.asked == [0, 2]


def test_an_update_may_end_in_sleep_and_then_it_is_woken() -> None:
    script = Script(UPDATING, UPDATING, ASLEEP, WAKING, READY)
    assert script.wait().state is READY
    assert len(script.woken) == 1


def test_an_unknown_state_is_given_three_looks_then_an_answer_decides() -> None:
    script = Script(UNKNOWN, answers=[False, False, True])
    assert script.wait().state is UNKNOWN
    assert script.asked == script.looks[2:5]
    assert script.woken == []


def test_a_control_api_that_is_away_for_a_moment_costs_no_request() -> None:
    script = Script(UNKNOWN, UNKNOWN, WAKING, UNKNOWN, UNKNOWN, READY, answers=[True])
    assert script.wait().state is READY
    assert script.asked == []


def test_waiting_ends_when_its_sleep_is_interrupted() -> None:
    script = Script(WAKING)
    with pytest.raises(EngineUnavailable, match="ended"):
        wait_until_ready(script, WakeSettings(), PRICE, script.reported.append, script.clock, lambda seconds: True)
    assert len(script.looks) == 1


def test_progress_tells_the_state_the_time_and_the_cost() -> None:
    progress = WakeProgress(state=WAKING, seconds=95.4, timeout_seconds=1800, dollars=0.554)
    assert progress.sentence == "Endpoint is waking: 95 s of at most 1800 s, $0.55 so far"
    free = WakeProgress(state=UNKNOWN, seconds=0, timeout_seconds=60)
    assert free.sentence == "Endpoint is unknown: 0 s of at most 60 s"


def test_the_cost_grows_with_the_time_by_the_price() -> None:
    script = Script(WAKING)
    with pytest.raises(EngineUnavailable):
        script.wait(timeout_seconds=100)
    assert all(each.dollars == pytest.approx(each.seconds / 100) for each in script.reported)
    assert {each.timeout_seconds for each in script.reported} == {100}


SPEED = 200


def simulated(seconds: float) -> None:
    time.sleep(seconds / SPEED)


@contextmanager
def emulated(**zero: Any) -> Iterator[EndpointSettings]:
    scale_to_zero = ScaleToZero(start_asleep=True, wake_seconds=180, **zero)
    with running(EmulatorSettings(port=0, speed=SPEED, scale_to_zero=scale_to_zero)) as emulator:
        yield EndpointSettings(url=emulator.url, name="jsl-vl", token="emulator-token")


@pytest.mark.parametrize("waking", list(Waking))
def test_a_cold_start_over_http_in_each_way_of_waking(waking: Waking) -> None:
    states: list[EndpointState] = []
    with emulated(waking=waking) as settings:
        control = open_control(settings)
        status = wait_until_ready(
            control, settings.wake, settings.price, lambda progress: states.append(progress.state), sleep=simulated
        )
        assert status.state is READY
        assert states[0] is ASLEEP
        assert control.answers()


def test_a_wake_that_fails_over_http_is_the_end() -> None:
    with emulated(failing_wakes=1) as settings, pytest.raises(EngineError, match="container did not start"):
        wait_until_ready(open_control(settings), settings.wake, settings.price, lambda progress: None, sleep=simulated)
