"""The slots of all replicas: how long requests take, one after the other, without an event for each of them."""

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.planning.deployment import Replica

Floats = NDArray[np.float64]

_DRAWS = 32  # of a case that comes again: so many requests, all slots free


@dataclass(frozen=True, slots=True)
class Plan:
    """What becomes of waiting requests if no slot is added meanwhile. Times are in seconds."""

    requests: int
    began: Floats
    """When each slot is first free for them."""
    last_start: float
    end: float
    """When the last of them has ended."""
    free: Floats
    """When each slot is free again."""


class Slots:
    """Serves requests in the order in which they come; the next goes into the slot that is free first."""

    def __init__(self, replica: Replica, seed: int) -> None:
        self._seconds = replica.request_seconds
        self._spread = replica.spread
        self._random = np.random.default_rng(seed)
        self._free: Floats = np.zeros(0)
        self._drawn_before: dict[tuple[int, int], list[Plan]] = {}

    def resize(self, slots: int, now: float) -> None:
        """Change how many there are. Of too many, those go first that are free first."""
        have = len(self._free)
        if slots == have:
            return
        if slots > have:
            self._free = np.concatenate([self._free, np.full(slots - have, now)])
        else:
            self._free = np.sort(self._free)[have - slots :]

    def running(self, now: float) -> int:
        """Requests that are worked on."""
        return int(np.count_nonzero(self._free > now))

    def plan(self, requests: int, now: float) -> Plan:
        """Requests that wait, from now on."""
        began = np.maximum(self._free, now)
        if requests == 1:
            return self._one(began)
        began.sort()
        if not self._spread:
            return self._equal(requests, began)
        return self._drawn(requests, began) if began[-1] > now else self._drawn_at(requests, began)

    def take(self, plan: Plan) -> None:
        """All requests of a plan have begun."""
        self._free = plan.free

    def interrupt(self, plan: Plan, now: float) -> int:
        """Requests of a plan that have not begun by now. Those that run go on."""
        rounds = np.ceil(np.maximum(now - plan.began, 0) / self._seconds)
        self._free = plan.began + rounds * self._seconds
        return max(0, plan.requests - int(rounds.sum()))

    def _one(self, began: Floats) -> Plan:
        slot = began.argmin()
        seconds = (
            self._random.gamma(self._spread**-2, self._seconds * self._spread**2) if self._spread else self._seconds
        )
        free = began.copy()
        free[slot] += seconds
        return Plan(1, began, float(began[slot]), float(free[slot]), free)

    def _equal(self, requests: int, began: Floats) -> Plan:
        """All take the same time, so each slot gets as many as the others, or one more."""
        rounds, more = divmod(requests, len(began))
        free = began + rounds * self._seconds
        free[:more] += self._seconds
        last = float(free[more - 1]) - self._seconds if more else float(free[-1]) - self._seconds
        return Plan(requests, began, last, last + self._seconds, free)

    def _drawn_at(self, requests: int, began: Floats) -> Plan:
        """All slots are free at one moment."""
        plans = self._drawn_before.setdefault((requests, len(began)), [])
        if len(plans) < _DRAWS:
            plans.append(self._drawn(requests, np.zeros(len(began))))
            plan = plans[-1]
        else:
            plan = plans[self._random.integers(_DRAWS)]
        now = float(began[0])
        return Plan(requests, began, now + plan.last_start, now + plan.end, now + plan.free)

    def _drawn(self, requests: int, began: Floats) -> Plan:
        """Times are drawn from a gamma distribution, exponential where the spread is 1.

        The sum of n such times is a gamma time itself, so all rounds but the last are drawn as one.
        """
        count = len(began)
        shape = self._spread**-2
        scale = self._seconds / shape
        rounds = math.ceil(requests / count)
        margin = 2 + math.ceil(4 * self._spread * math.sqrt(rounds))
        jump = max(0, rounds - margin)
        left = requests - jump * count
        rows = min(left, 2 * margin + 2)
        starts = np.empty((rows + 1, count))
        starts[0] = began + (self._random.gamma(jump * shape, scale, count) if jump else 0)
        starts[1:] = self._random.gamma(shape, scale, (rows, count))
        np.cumsum(starts, axis=0, out=starts)
        chosen = np.argpartition(starts[:-1], left - 1, axis=None)[:left]  # the first to begin
        last = float(starts.flat[chosen].max())
        each = np.bincount(chosen % count, minlength=count)
        free = starts[each, np.arange(count)]
        end = float(free.max() if jump else free[each > 0].max())
        return Plan(requests, began, last, end, free)
