"""What to do with the endpoint next, from what is seen, what is remembered, and the time.

    asleep     work waits and is worth it, or it is to be kept warm -> wake; else leave it alone
    waking     wait; too long is told once
    ready      prepared batches wait -> read them; all done -> stop it, if asked to
    updating   wait
    failed     told at once: a person must look
    unknown    wait a minute, then read one batch at a time: its run finds out; else too long is told once

Nothing here talks to anybody: the sensor does what is decided.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from math import inf
from typing import Literal

from pydantic import AwareDatetime, BaseModel, ConfigDict, ValidationError

from jsl_pipeline.serving import (
    EndpointSettings,
    EndpointState,
    EndpointStatus,
    Waiting,
    dollars_per_hour,
    keep_warm_due,
    worth_waking,
)

_WAKE_AGAIN = timedelta(seconds=60)  # the control API may show an endpoint asleep for a while after it was woken
_UNKNOWN = timedelta(seconds=60)  # a control API may be away for a moment
_IDLE = timedelta(seconds=60)  # a batch that was just closed has no run yet: it is not stopped under its feet


class Action(StrEnum):
    """What the sensor does."""

    WAIT = "wait"
    READ = "read"  # start the runs of prepared batches
    TRY = "try"  # start one of them
    WAKE = "wake"  # a dummy request: it wakes an endpoint, and keeps one awake
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Seen:
    """What a tick sees."""

    status: EndpointStatus
    waiting: Waiting
    """Pages that need the endpoint: prepared, or being prepared."""
    batches: int = 0
    """Prepared batches that wait for the endpoint."""
    preparing: bool = False
    reading: bool = False


class Memory(BaseModel):
    """What is remembered from tick to tick, as the sensor's cursor."""

    model_config = ConfigDict(frozen=True, extra="ignore")

    unready_since: AwareDatetime | None = None
    """When it was first asked for, or seen waking; None while it is ready or not needed."""
    asked_at: AwareDatetime | None = None
    """Its last request that we know of."""
    worked_at: AwareDatetime | None = None
    """When work was last under way; None once it was stopped after it."""
    told: Literal["", "answers", "slow", "failed"] = ""
    """The last news."""

    @classmethod
    def from_cursor(cls, cursor: str | None) -> "Memory":
        """What a cursor holds; nothing where there is none or another version wrote it."""
        try:
            return cls.model_validate_json(cursor or "{}")
        except ValidationError:
            return cls()


@dataclass(frozen=True, slots=True)
class News:
    """A change that a person should see."""

    kind: Literal["answers", "slow", "failed"]
    text: str


@dataclass(frozen=True, slots=True)
class Decision:
    """What is done, why, and what is remembered."""

    action: Action
    reason: str
    memory: Memory
    """Where the action could not be done."""
    done: Memory
    """Where it was done."""
    news: News | None = None


def decide(seen: Seen, memory: Memory, settings: EndpointSettings, now: datetime) -> Decision:
    """The next step of an endpoint's life."""
    memory = _observed(seen, memory, now)
    action, reason = _next(seen, memory, settings, now)
    if action is Action.WAKE and seen.status.state is EndpointState.ASLEEP:
        memory = _with(memory, unready_since=memory.unready_since or now)
    news = _news(seen, memory, settings, now)
    if news is not None:
        memory = _with(memory, told=news.kind)
    return Decision(action, reason, memory, _done(action, memory, now), news)


def _observed(seen: Seen, memory: Memory, now: datetime) -> Memory:
    since, needed = memory.unready_since or now, seen.waiting.pages > 0
    match seen.status.state:
        case EndpointState.READY | EndpointState.FAILED:
            unready = None
        case EndpointState.WAKING:
            unready = since
        case EndpointState.ASLEEP:
            unready = memory.unready_since if needed else None
        case EndpointState.UNKNOWN if seen.reading:
            unready = now  # its run finds out
        case EndpointState.UPDATING | EndpointState.UNKNOWN:
            unready = since if needed else None
    answering = seen.reading and seen.status.state is EndpointState.READY
    return _with(
        memory,
        unready_since=unready,
        asked_at=now if answering else memory.asked_at,
        worked_at=now if seen.batches or seen.preparing or seen.reading else memory.worked_at,
    )


def _next(seen: Seen, memory: Memory, settings: EndpointSettings, now: datetime) -> tuple[Action, str]:
    match seen.status.state:
        case EndpointState.READY:
            return _ready(seen, memory, settings, now)
        case EndpointState.ASLEEP:
            return _asleep(seen, memory, settings, now)
        case EndpointState.WAKING:
            lasts = _duration(now - (memory.unready_since or now))
            return Action.WAIT, f"The endpoint has been waking for {lasts}{_cost(seen, memory, settings, now)}."
        case EndpointState.UPDATING:
            return Action.WAIT, f"The endpoint is being updated; {_pages(seen)}."
        case EndpointState.FAILED:
            return Action.WAIT, f"The endpoint failed: a person must look; {_pages(seen)}.{_said(seen)}"
        case EndpointState.UNKNOWN:
            return _unknown(seen, memory, now)


def _ready(seen: Seen, memory: Memory, settings: EndpointSettings, now: datetime) -> tuple[Action, str]:
    if seen.batches:
        return Action.READ, f"The endpoint is ready: {seen.batches} prepared batches are read."
    if keep_warm_due(settings.wake, _age(memory.asked_at, now), now):
        return Action.WAKE, "The endpoint is kept warm: it was sent a dummy request."
    if seen.preparing or seen.reading:
        return Action.WAIT, "The endpoint is ready; batches are being prepared or read."
    idle = memory.worked_at is not None and now - memory.worked_at >= _IDLE
    kept_warm = keep_warm_due(settings.wake, inf, now)
    if settings.wake.sleep_when_done and idle and not kept_warm:
        return Action.STOP, "Every batch is read: the endpoint was stopped."
    return Action.WAIT, "The endpoint is ready; nothing waits for it."


def _asleep(seen: Seen, memory: Memory, settings: EndpointSettings, now: datetime) -> tuple[Action, str]:
    if not seen.waiting.pages:
        if keep_warm_due(settings.wake, _age(memory.asked_at, now), now):
            return Action.WAKE, "The endpoint is kept warm: it was sent a dummy request."
        return Action.WAIT, "The endpoint is asleep; nothing waits for it."
    asked = _age(memory.asked_at, now)
    if memory.unready_since is not None and asked < _WAKE_AGAIN.total_seconds():
        return Action.WAIT, f"The endpoint was woken {asked:.0f} s ago and does not show it yet; {_pages(seen)}."
    verdict = worth_waking(seen.waiting, seen.status, settings, now)
    return (Action.WAKE if verdict.wake else Action.WAIT), verdict.reason


def _unknown(seen: Seen, memory: Memory, now: datetime) -> tuple[Action, str]:
    patient = memory.unready_since is None or now - memory.unready_since < _UNKNOWN
    reason = f"It is not known whether the endpoint is ready; {_pages(seen)}.{_said(seen)}"
    if patient or not seen.batches or seen.reading:
        return Action.WAIT, reason
    return Action.TRY, f"{reason} One batch is read: its run finds out."


def _news(seen: Seen, memory: Memory, settings: EndpointSettings, now: datetime) -> News | None:
    state, since = seen.status.state, memory.unready_since
    news = None
    if state is EndpointState.READY:
        news = News("answers", "The endpoint is ready.")
    elif state is EndpointState.FAILED:
        text = f"The endpoint failed and does not come up by itself; {_pages(seen)}. Look at its events."
        news = News("failed", text + _said(seen))
    elif since is not None and (now - since).total_seconds() > settings.wake.alarm_seconds:
        lasts, cost = _duration(now - since), _cost(seen, memory, settings, now)
        text = f"The endpoint is {state.value} and has not been ready for {lasts}{cost}. Look at its events."
        news = News("slow", text + _said(seen))
    return news if news is not None and news.kind != memory.told else None


def _done(action: Action, memory: Memory, now: datetime) -> Memory:
    match action:
        case Action.WAIT:
            return memory
        case Action.WAKE:
            return _with(memory, asked_at=now)
        case Action.READ | Action.TRY:
            return _with(memory, asked_at=now, worked_at=now)
        case Action.STOP:
            return _with(memory, worked_at=None)


def _with(memory: Memory, **changes: object) -> Memory:
    return memory.model_copy(update=changes)


def _age(then: datetime | None, now: datetime) -> float:
    return (now - then).total_seconds() if then is not None else inf


def _cost(seen: Seen, memory: Memory, settings: EndpointSettings, now: datetime) -> str:
    """What waits, and what the time since it was woken costs, where a price is known."""
    text = f"; {_pages(seen)}"
    rate = dollars_per_hour(settings.price, seen.status)
    if rate is None or memory.unready_since is None:
        return text
    spent = rate * (now - memory.unready_since).total_seconds() / 3600
    return f"{text}. That costs about ${spent:.2f} so far, ${rate:.2f} an hour"


def _pages(seen: Seen) -> str:
    count = seen.waiting.pages
    return {0: "nothing waits", 1: "1 page waits"}.get(count, f"{count} pages wait")


def _said(seen: Seen) -> str:
    return f" It says: {seen.status.message}" if seen.status.message else ""


def _duration(time: timedelta) -> str:
    minutes, seconds = divmod(int(time.total_seconds()), 60)
    return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
