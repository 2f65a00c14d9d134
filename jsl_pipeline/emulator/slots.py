"""Provisioned concurrency: so many requests are worked on at once, some wait, the rest is refused."""

import asyncio
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from jsl_pipeline.emulator.clock import Clock

_WINDOW_SECONDS = 60.0


class SlotsFull(Exception):
    """All slots are busy and as many requests wait as may."""


@dataclass(frozen=True)
class _Waiter:
    since: float
    granted: asyncio.Future[float]
    gone: Callable[[], bool]


class Slots:
    """A fair gate whose width may change while requests run. A narrower gate lets running requests end."""

    def __init__(self, capacity: int, queue: int | None, clock: Clock) -> None:
        self.capacity = capacity
        self.busy = 0
        self._queue = queue
        self._clock = clock
        self._waiters: deque[_Waiter] = deque()
        self._worked = 0.0  # slot-seconds so far, up to the last entry of _history
        self._history: deque[tuple[float, float]] = deque([(clock.now(), 0.0)])
        self._changed_at = clock.now()

    @property
    def waiting(self) -> int:
        """Requests in the queue."""
        return len(self._waiters)

    async def acquire(self, gone: Callable[[], bool]) -> float:
        """The simulated time at which the work begins. `gone` tells a client that left while it waited.

        Raises SlotsFull where the queue is full, ConnectionResetError where the client left.
        """
        if self.busy < self.capacity and not self._waiters:
            self._count(1)
            return self._clock.now()
        if self._queue is not None and len(self._waiters) >= self._queue:
            raise SlotsFull
        waiter = _Waiter(self._clock.now(), asyncio.get_running_loop().create_future(), gone)
        self._waiters.append(waiter)
        try:
            return await waiter.granted
        except asyncio.CancelledError:
            if waiter.granted.done() and not waiter.granted.cancelled():
                self.release(self._clock.now())  # granted and cancelled in one turn of the loop
            elif waiter in self._waiters:
                self._waiters.remove(waiter)
            raise

    def release(self, ended: float) -> None:
        """Give a slot back. The next in the queue begins at `ended`, so that our own lag costs no slot time."""
        self._count(-1)
        self._grant(ended)

    def resize(self, capacity: int) -> None:
        """Change the number of slots."""
        self._count(0)
        self.capacity = capacity
        self._grant(self._clock.now())

    def busy_share(self) -> float:
        """Share of slot time that was worked over the last simulated minute, 0 to 1."""
        self._count(0)
        since, worked = self._history[0]
        elapsed = self._changed_at - since
        return min(1.0, (self._worked - worked) / (elapsed * self.capacity)) if elapsed > 0 else 0.0

    def _grant(self, ended: float) -> None:
        while self._waiters and self.busy < self.capacity:
            waiter = self._waiters.popleft()
            if waiter.granted.done():
                continue
            if waiter.gone():
                waiter.granted.set_exception(ConnectionResetError("The client left while it waited for a slot."))
                continue
            self._count(1)
            waiter.granted.set_result(max(ended, waiter.since))

    def _count(self, change: int) -> None:
        now = self._clock.now()
        self._worked += self.busy * (now - self._changed_at)
        self._changed_at = now
        self.busy += change
        if now - self._history[-1][0] >= 1:
            self._history.append((now, self._worked))
        while len(self._history) > 1 and self._history[1][0] <= now - _WINDOW_SECONDS:
            self._history.popleft()
