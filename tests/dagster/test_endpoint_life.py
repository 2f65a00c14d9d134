"""What is decided in every state of the endpoint, and over its transitions, as time passes."""

from datetime import UTC, datetime, timedelta

import pytest

from jsl_pipeline.sensors.endpoint_life import Action, Decision, Memory, Seen, decide
from jsl_pipeline.serving import (
    EndpointSettings,
    EndpointState,
    EndpointStatus,
    GatherSettings,
    PriceSettings,
    Waiting,
    WakeSettings,
)

NOW = datetime(2026, 3, 4, 12, 0, tzinfo=UTC)  # a Wednesday
ASLEEP, WAKING, READY, UPDATING, FAILED, UNKNOWN = (EndpointState(name) for name in EndpointState)
STATES = tuple(EndpointState)

PLAIN = EndpointSettings(url="http://127.0.0.1:1", name="reader", auth="none")
WARM = PLAIN.model_copy(update={"wake": WakeSettings(keep_warm=("Mon-Fri 08:00-18:00",))})
WARM_AT_NIGHT = PLAIN.model_copy(update={"wake": WakeSettings(keep_warm=("Mon-Fri 22:00-23:00",))})
FRUGAL = PLAIN.model_copy(update={"wake": WakeSettings(sleep_when_done=True)})
FRUGAL_AND_WARM = PLAIN.model_copy(
    update={"wake": WakeSettings(sleep_when_done=True, keep_warm=("Mon-Fri 08:00-18:00",))}
)
GATHERING = PLAIN.model_copy(
    update={"gather": GatherSettings(max_wait_seconds=3600), "price": PriceSettings(dollars_per_hour=20)}
)


def ago(seconds: float) -> datetime:
    return NOW - timedelta(seconds=seconds)


def seen(
    state: EndpointState,
    pages: int = 0,
    batches: int = 0,
    *,
    waited: float = 0,
    preparing: bool = False,
    reading: bool = False,
    message: str = "",
) -> Seen:
    status = EndpointStatus(state=state, message=message, stopped=False)
    return Seen(status, Waiting(pages=pages, oldest_seconds=waited), batches, preparing, reading)


@pytest.mark.parametrize(
    ("what", "memory", "settings", "action"),
    [
        # Nobody needs it.
        (seen(ASLEEP), Memory(), PLAIN, Action.WAIT),
        (seen(WAKING), Memory(), PLAIN, Action.WAIT),
        (seen(READY), Memory(), PLAIN, Action.WAIT),
        (seen(UPDATING), Memory(), PLAIN, Action.WAIT),
        (seen(FAILED), Memory(), PLAIN, Action.WAIT),
        (seen(UNKNOWN), Memory(), PLAIN, Action.WAIT),
        # Prepared batches wait.
        (seen(ASLEEP, 9, 1), Memory(), PLAIN, Action.WAKE),
        (seen(WAKING, 9, 1), Memory(), PLAIN, Action.WAIT),
        (seen(READY, 9, 1), Memory(), PLAIN, Action.READ),
        (seen(UPDATING, 9, 1), Memory(), PLAIN, Action.WAIT),
        (seen(FAILED, 9, 1), Memory(), PLAIN, Action.WAIT),
        (seen(UNKNOWN, 9, 1), Memory(), PLAIN, Action.WAIT),
        # Nobody tells whether it is there: one run at a time finds out.
        (seen(UNKNOWN, 9, 3), Memory(unready_since=ago(59)), PLAIN, Action.WAIT),
        (seen(UNKNOWN, 9, 3), Memory(unready_since=ago(60)), PLAIN, Action.TRY),
        (seen(UNKNOWN, 9, 3, reading=True), Memory(unready_since=ago(60)), PLAIN, Action.WAIT),
        (seen(UNKNOWN, 9, preparing=True), Memory(unready_since=ago(60)), PLAIN, Action.WAIT),
        # Batches are being prepared: waking overlaps with that.
        (seen(ASLEEP, 9, preparing=True), Memory(), PLAIN, Action.WAKE),
        (seen(READY, 9, preparing=True), Memory(), PLAIN, Action.WAIT),
        # It was just woken, and the control API does not show it yet.
        (seen(ASLEEP, 9, 1), Memory(unready_since=ago(20), asked_at=ago(20)), PLAIN, Action.WAIT),
        (seen(ASLEEP, 9, 1), Memory(unready_since=ago(90), asked_at=ago(61)), PLAIN, Action.WAKE),
        # It fell asleep a moment after it was last asked, which was no wake.
        (seen(ASLEEP, 9, 1), Memory(asked_at=ago(20)), PLAIN, Action.WAKE),
        # Little work waits for more, but not for ever.
        (seen(ASLEEP, 1, 1, waited=60), Memory(), GATHERING, Action.WAIT),
        (seen(ASLEEP, 1, 1, waited=3601), Memory(), GATHERING, Action.WAKE),
        (seen(ASLEEP, 100_000, 1, waited=60), Memory(), GATHERING, Action.WAKE),
        (seen(READY, 1, 1, waited=60), Memory(), GATHERING, Action.READ),
        # Kept warm, in its time alone and no oftener than is needed.
        (seen(ASLEEP), Memory(), WARM, Action.WAKE),
        (seen(ASLEEP), Memory(asked_at=ago(30)), WARM, Action.WAIT),
        (seen(READY), Memory(), WARM, Action.WAKE),
        (seen(READY), Memory(asked_at=ago(1100)), WARM, Action.WAIT),
        (seen(READY), Memory(asked_at=ago(1300)), WARM, Action.WAKE),
        (seen(READY, reading=True), Memory(asked_at=ago(1300)), WARM, Action.WAIT),
        (seen(ASLEEP), Memory(), WARM_AT_NIGHT, Action.WAIT),
        (seen(READY), Memory(), WARM_AT_NIGHT, Action.WAIT),
        (seen(WAKING), Memory(), WARM, Action.WAIT),
        (seen(UPDATING), Memory(), WARM, Action.WAIT),
        (seen(FAILED), Memory(), WARM, Action.WAIT),
        (seen(UNKNOWN), Memory(), WARM, Action.WAIT),
        # Stopped when all is done, after a minute, and only where it worked for us.
        (seen(READY), Memory(worked_at=ago(61)), FRUGAL, Action.STOP),
        (seen(READY), Memory(worked_at=ago(59)), FRUGAL, Action.WAIT),
        (seen(READY), Memory(), FRUGAL, Action.WAIT),
        (seen(READY), Memory(worked_at=ago(61)), PLAIN, Action.WAIT),
        (seen(READY, 9, 1), Memory(worked_at=ago(61)), FRUGAL, Action.READ),
        (seen(READY, 9, preparing=True), Memory(worked_at=ago(61)), FRUGAL, Action.WAIT),
        (seen(READY, reading=True), Memory(worked_at=ago(61)), FRUGAL, Action.WAIT),
        (seen(ASLEEP), Memory(worked_at=ago(61)), FRUGAL, Action.WAIT),
        (seen(WAKING), Memory(worked_at=ago(61)), FRUGAL, Action.WAIT),
        (seen(READY), Memory(worked_at=ago(61), asked_at=ago(61)), FRUGAL_AND_WARM, Action.WAIT),
    ],
)
def test_every_state_has_its_action(what: Seen, memory: Memory, settings: EndpointSettings, action: Action) -> None:
    decision = decide(what, memory, settings, NOW)
    assert decision.action is action
    assert len(decision.reason) > 20
    assert decision.reason.endswith(".")


@pytest.mark.parametrize("before", STATES)
@pytest.mark.parametrize("after", STATES)
def test_work_is_read_and_an_endpoint_woken_whatever_it_did_before(before: EndpointState, after: EndpointState) -> None:
    first = decide(seen(before, 9, 1), Memory(), PLAIN, NOW)
    later = decide(seen(after, 9, 1), first.done, PLAIN, NOW + timedelta(seconds=120))
    expected = {READY: Action.READ, ASLEEP: Action.WAKE}.get(after, Action.WAIT)
    if after is UNKNOWN and before not in (READY, FAILED):
        expected = Action.TRY  # a minute has passed since it was needed
    assert later.action is expected


class Life:
    """Ticks every 15 seconds; what was told, and how often it was woken and stopped."""

    def __init__(self, settings: EndpointSettings) -> None:
        self.settings, self.now, self.cursor = settings, NOW, ""
        self.told: list[str] = []
        self.actions: list[Action] = []

    def tick(self, what: Seen, times: int = 1, fails: bool = False) -> Decision:
        for _ in range(times):
            decision = decide(what, Memory.from_cursor(self.cursor), self.settings, self.now)
            self.cursor = (decision.memory if fails else decision.done).model_dump_json()
            self.now += timedelta(seconds=15)
            self.told += [decision.news.kind] if decision.news else []
            self.actions += [decision.action] if decision.action is not Action.WAIT else []
        return decision  # pyright: ignore[reportPossiblyUnboundVariable]


def test_a_cold_start_from_the_first_page_to_the_last() -> None:
    life = Life(FRUGAL)
    life.tick(seen(ASLEEP))
    life.tick(seen(ASLEEP, 40, preparing=True))
    life.tick(seen(ASLEEP, 40, preparing=True), times=2)
    life.tick(seen(WAKING, 38, 1), times=48)
    life.tick(seen(READY, 38, 1))
    life.tick(seen(READY, reading=True), times=20)
    life.tick(seen(READY), times=30)
    assert life.actions == [Action.WAKE, Action.READ, Action.STOP]
    assert life.told == ["answers"]


def test_waking_says_how_long_it_takes_what_waits_and_what_it_costs() -> None:
    life = Life(PLAIN.model_copy(update={"price": PriceSettings(dollars_per_hour=18)}))
    life.tick(seen(ASLEEP, 120, 2))
    reason = life.tick(seen(WAKING, 120, 2), times=14).reason
    assert reason == (
        "The endpoint has been waking for 3 min 30 s; 120 pages wait. That costs about $1.05 so far, $18.00 an hour."
    )


@pytest.mark.parametrize("state", [ASLEEP, WAKING, UPDATING, UNKNOWN])
def test_an_endpoint_that_does_not_come_up_is_told_once_and_cleared_when_it_does(state: EndpointState) -> None:
    life = Life(PLAIN)
    life.tick(seen(ASLEEP, 9, 1))
    life.tick(seen(state, 9, 1, message="No GPU is free."), times=80)
    assert life.told == []
    life.tick(seen(state, 9, 1, message="No GPU is free."), times=80)
    assert life.told == ["slow"]
    life.tick(seen(READY, 9, 1))
    life.tick(seen(READY), times=4)
    assert life.told == ["slow", "answers"]
    life.tick(seen(ASLEEP), times=200)
    life.tick(seen(ASLEEP, 9, 1))
    life.tick(seen(WAKING, 9, 1), times=90)
    assert life.told == ["slow", "answers", "slow"], "the next wake has an alarm of its own"


def test_a_silent_endpoint_that_reads_raises_no_alarm() -> None:
    life = Life(PLAIN)
    for _ in range(40):
        life.tick(seen(UNKNOWN, 9, 2), times=5)
        life.tick(seen(UNKNOWN, 4, 1, reading=True), times=20)
    assert life.told == []


def test_an_alarm_says_why_and_how_long() -> None:
    memory = Memory(unready_since=ago(1500), asked_at=ago(1500))
    news = decide(seen(WAKING, 9, 1, message="No GPU is free."), memory, PLAIN, NOW).news
    assert news is not None
    assert "has not been ready for 25 min 0 s; 9 pages wait" in news.text
    assert news.text.endswith("It says: No GPU is free.")


def test_failure_is_told_at_once_and_once_and_after_a_slow_wake_too() -> None:
    life = Life(PLAIN)
    life.tick(seen(FAILED, 9, 1), times=10)
    assert life.told == ["failed"]
    life.tick(seen(WAKING, 9, 1), times=82)
    life.tick(seen(FAILED, 9, 1), times=2)
    life.tick(seen(READY, 9, 1))
    assert life.told == ["failed", "slow", "failed", "answers"]
    assert life.actions == [Action.READ]


@pytest.mark.parametrize("state", [ASLEEP, UPDATING, UNKNOWN])
def test_an_endpoint_that_nobody_needs_raises_no_alarm(state: EndpointState) -> None:
    life = Life(PLAIN)
    life.tick(seen(state), times=200)
    assert (life.told, life.actions) == ([], [])


def test_a_wake_that_fails_is_tried_again_and_its_alarm_is_not_lost() -> None:
    life = Life(PLAIN)
    life.tick(seen(ASLEEP, 9, 1), times=90, fails=True)
    assert life.actions == [Action.WAKE] * 90
    assert life.told == ["slow"]


def test_a_wake_that_leads_to_nothing_is_repeated_once_a_minute() -> None:
    life = Life(PLAIN)
    life.tick(seen(ASLEEP, 9, 1), times=41)
    assert life.actions == [Action.WAKE] * 11


def test_a_time_to_keep_warm_costs_a_request_every_twenty_minutes() -> None:
    life = Life(WARM)
    life.tick(seen(ASLEEP))
    life.tick(seen(WAKING), times=20)
    life.tick(seen(READY), times=4 * 60 * 8)
    within = (18 - 12) * 3
    assert within - 1 <= len(life.actions) <= within + 1
    assert set(life.actions) == {Action.WAKE}


def test_it_is_stopped_once_even_if_a_person_starts_it_again() -> None:
    life = Life(FRUGAL)
    life.tick(seen(READY, 9, 1))
    life.tick(seen(READY), times=10)
    life.tick(seen(ASLEEP), times=10)
    life.tick(seen(READY), times=100)
    assert life.actions == [Action.READ, Action.STOP]


def test_after_a_time_to_keep_warm_it_is_stopped() -> None:
    life = Life(FRUGAL_AND_WARM)
    life.tick(seen(READY, 9, 1))
    life.tick(seen(READY), times=4 * 60 * 5)
    assert Action.STOP not in life.actions
    life.tick(seen(READY), times=4 * 60 * 2)
    assert life.actions[-1] is Action.STOP


@pytest.mark.parametrize(
    "cursor",
    [None, "", "2026-03-04T120000-abcdef", "{", "[]", '{"unready_since": "yesterday"}', '{"told": "something new"}'],
)
def test_a_cursor_that_means_nothing_is_a_fresh_start(cursor: str | None) -> None:
    assert Memory.from_cursor(cursor) == Memory()


def test_a_cursor_of_a_later_version_keeps_what_is_known() -> None:
    cursor = Memory(unready_since=NOW).model_dump_json().replace("{", '{"more": 1, ', 1)
    assert Memory.from_cursor(cursor) == Memory(unready_since=NOW)


def test_without_a_cursor_an_alarm_that_was_told_is_still_cleared() -> None:
    news = decide(seen(READY), Memory(), PLAIN, NOW).news
    assert news is not None
    assert news.kind == "answers"
