"""How far a stage is, how fast it goes, what it has cost, and what holds it up."""

import time
from collections import deque
from collections.abc import Callable
from enum import StrEnum
from typing import Protocol

from pydantic import Field

from jsl_pipeline.schemas import EngineCalls, Value

_WINDOW_SECONDS = 60.0  # the rate is that of the last minute: endpoints wake, grow and slow down


def _nothing() -> EngineCalls | None:
    return None


Look = Callable[[], EngineCalls | None]
"""Looks at what an engine asked so far; any thread may call it."""


class Progress(Protocol):
    """Called as work gets done: units done so far, of how many, and how to look at the engine that does it."""

    def __call__(self, done: int, total: int, look: Look = _nothing) -> None:
        """Report `done` units of `total`."""
        ...


def silent(done: int, total: int, look: Look = _nothing) -> None:
    """Report nothing."""


class Bottleneck(StrEnum):
    """What a stage would have to get more of to be faster."""

    CPU = "CPU"  # pages come too slowly from storage or preparation, or the stage itself is CPU work
    WIRE = "wire"  # requests take their time to be handed over
    QUEUE = "queue"  # requests wait at the endpoint, or are turned away with 429
    GPU = "GPU"
    WAKE = "waiting for wake"  # the endpoint is not ready yet, or the model is being loaded


class Pace(Value):
    """How a stage goes."""

    done: int
    total: int
    seconds: float = Field(description="Since it began.")
    per_second: float = Field(description="Units a second over the last minute, those that were done before left out.")
    eta_seconds: float | None = Field(default=None, description="At that rate; None while nothing got done.")
    dollars: float | None = Field(default=None, description="Price of the engine's time so far, where known.")
    dollars_per_page: float | None = Field(default=None, description="Of those that were read now.")
    gpu_idle: float | None = Field(default=None, description="Share of the cards' time, as the endpoint tells it.")
    bottleneck: Bottleneck | None = Field(default=None, description="Over the last minute; None at the beginning.")

    @property
    def sentence(self) -> str:
        """All that is known, on a line."""
        return ", ".join([f"{self.done:,} of {self.total:,}", *self.facts])

    @property
    def facts(self) -> list[str]:
        """What is known besides the counts, in words."""
        known: list[str] = []
        if self.per_second:
            known.append(f"{self.per_second:.3g}/s")
        if self.eta_seconds is not None and self.done < self.total:
            known.append(f"{duration(self.eta_seconds)} left")
        if self.dollars is not None:
            known.append(f"${self.dollars:.2f} so far")
        if self.dollars_per_page is not None:
            known.append(f"${self.dollars_per_page:.2g} a page")
        if self.gpu_idle is not None:
            known.append(f"GPU {self.gpu_idle:.0%} idle")
        if self.bottleneck is not None:
            known.append(f"bottleneck: {self.bottleneck}")
        return known


def duration(seconds: float) -> str:
    """Rounded, for people: 45 s, 12 min, 3.5 h."""
    if seconds < 90:
        return f"{seconds:.0f} s"
    return f"{seconds / 60:.0f} min" if seconds < 7200 else f"{seconds / 3600:.1f}".removesuffix(".0") + " h"


def find_bottleneck(calls: EngineCalls, before: EngineCalls | None = None) -> Bottleneck | None:
    """What held up a reading most, since `before` or in all; None where no time has passed.

    Its time is waited until the engine is ready, or starved of pages, or spent on requests. Those are under way to the
    endpoint, or turned away there, or worked on.
    """
    since = before or EngineCalls()
    seconds = calls.reading_seconds - since.reading_seconds
    if seconds <= 0:
        return None
    wake = (calls.waited_seconds - since.waited_seconds) / seconds
    starved = (calls.starved_seconds - since.starved_seconds) / seconds
    busy = max(0.0, 1 - wake - starved)
    asked = calls.request_seconds - since.request_seconds
    wire = busy * (calls.upload_seconds - since.upload_seconds) / asked if asked > 0 else 0.0
    throttled = calls.faults.get("throttled", 0) - since.faults.get("throttled", 0)
    turned_away = throttled / max(calls.requests - since.requests, 1)
    queue = (busy - wire) * max(turned_away, calls.queue_share or 0.0)
    shares = {
        Bottleneck.GPU: busy - wire - queue,
        Bottleneck.CPU: starved,
        Bottleneck.WAKE: wake,
        Bottleneck.WIRE: wire,
        Bottleneck.QUEUE: queue,
    }
    return max(shares, key=lambda each: shares[each])


class Meter:
    """A `Progress` that knows the pace. One thread reports, any may ask."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._done = self._total = 0
        self._at_first: int | None = None
        self._look: Look = _nothing
        self._seen: deque[tuple[float, int, EngineCalls | None]] = deque()

    def __call__(self, done: int, total: int, look: Look = _nothing) -> None:
        """Take in that so much is done."""
        if self._at_first is None:
            self._at_first = done
        self._done, self._total, self._look = done, total, look

    def pace(self) -> Pace:
        """How it goes now."""
        now, done, total, calls = self._clock(), self._done, self._total, self._look()
        self._seen.append((now, done, calls))
        while len(self._seen) > 2 and self._seen[1][0] <= now - _WINDOW_SECONDS:
            self._seen.popleft()
        cpu = Bottleneck.CPU if done > (self._at_first or 0) else None
        then, done_then, calls_then = self._seen[0] if len(self._seen) > 1 else (self._began, self._at_first or 0, None)
        rate = (done - done_then) / (now - then) if now > then else 0.0
        read, dollars = done - (self._at_first or 0), calls.dollars if calls else None
        return Pace(
            done=done,
            total=total,
            seconds=now - self._began,
            per_second=rate,
            eta_seconds=(total - done) / rate if rate > 0 else None,
            dollars=dollars,
            dollars_per_page=dollars / read if dollars is not None and read > 0 else None,
            gpu_idle=calls.gpu_idle if calls else None,
            bottleneck=find_bottleneck(calls, calls_then) if calls else cpu,
        )
