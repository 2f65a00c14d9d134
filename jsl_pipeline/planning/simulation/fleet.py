"""Replicas that wake, grow, shrink and sleep while batches are read, and what they cost."""

import math
from collections.abc import Generator
from typing import Any, Protocol

import simpy

from jsl_pipeline.planning.deployment import Deployment, Kind
from jsl_pipeline.planning.simulation.slots import Slots
from jsl_pipeline.serving import WakeSettings
from jsl_pipeline.serving.windows import WEEK_SECONDS, week_spans

_LOOK_SECONDS = 1.0  # at least, between two looks whether a replica is still needed

Process = Generator[simpy.Event, Any, None]


def keep_warm_every(idle_seconds: float) -> float:
    """Seconds between requests that keep an endpoint warm: the setting's default, where that is often enough."""
    return min(WakeSettings().keep_warm_every_seconds, max(idle_seconds * 2 / 3, _LOOK_SECONDS))


class Backlog(Protocol):
    """The batches that are not read yet."""

    @property
    def wanted_at(self) -> float:
        """When the first of them asks for replicas; infinite where there is none."""
        ...

    @property
    def readable_at(self) -> float:
        """When the first of them is prepared; infinite where there is none."""
        ...


class Fleet:
    """The reading side of a deployment."""

    def __init__(self, env: simpy.Environment, deployment: Deployment, backlog: Backlog, seed: int) -> None:
        self.cold_starts = 0
        self.worked_seconds = 0.0
        self.up_since = 0.0
        self._env = env
        self._deployment = deployment
        self._backlog = backlog
        self._least = max(deployment.min_replicas, 1)
        self._most = max(deployment.max_replicas, self._least)
        self._slots = Slots(deployment.replica, seed)
        self._replicas = 0  # that are paid
        self._up = 0  # that answer
        self._paid_seconds = 0.0
        self._changed_at = 0.0
        self._woken = env.event()
        self._rested = env.event()
        self._grown = env.event()
        self._level = 0  # replicas that the batch being read can use
        self._busy_until = 0.0
        self._asked_at = 0.0  # when it was woken or last read, whichever is later
        self._sleeps = 0
        self._needed_at = [0.0] * self._most  # the first, the second, ... replica
        self._shrinking = False
        env.process(self._live())

    def paid_seconds(self) -> float:
        """Replica-seconds so far, up or starting."""
        self._count(self._replicas)
        return self._paid_seconds

    def wake(self) -> Process:
        """Return once it is up."""
        while not self._up:
            yield self._woken

    def read(self, requests: int) -> Generator[simpy.Event, Any, float]:
        """Have requests answered, while it is up. Returns once the last has begun: the time at which all have ended."""
        replica = self._deployment.replica
        self.worked_seconds += requests * replica.request_seconds
        self._level = self._most
        if self._most > self._least:
            demand = requests + self._slots.running(self._env.now)
            self._level = min(math.ceil(demand / replica.slots), self._most)
            self._grow_to(self._level)
        end = yield from self._begin_all(requests)
        self._busy_until = max(self._busy_until, end)
        self._needed_at[: self._level] = [end] * self._level
        self._level = 0
        self._asked_at = end
        self._resize()
        return end

    def rest(self) -> None:
        """Nothing can be read now: it may fall asleep once it was idle."""
        if self._rested.callbacks:
            rested, self._rested = self._rested, self._env.event()
            rested.succeed()

    def _begin_all(self, requests: int) -> Generator[simpy.Event, Any, float]:
        """Return once the last request has begun, with the time at which all have ended."""
        env, slots = self._env, self._slots
        while True:
            plan = slots.plan(requests, env.now)
            if plan.last_start > env.now:
                last = env.timeout(plan.last_start - env.now)
                yield (last | self._grown) if self._up < self._replicas else last
            if plan.last_start <= env.now:
                slots.take(plan)
                return plan.end
            requests = slots.interrupt(plan, env.now)
            self._resize()
            if not requests:
                return plan.end

    def _live(self) -> Process:
        """Asleep, waking, up, and asleep again."""
        env, deployment = self._env, self._deployment
        if deployment.kind is Kind.ALWAYS_WARM:
            self._come_up(self._least)
            return
        while (wake_at := self._wakes_at()) < math.inf:
            yield env.timeout(wake_at - env.now)
            self.cold_starts += self._backlog.wanted_at <= env.now
            self._asked_at = env.now
            self._count(self._least)
            yield env.timeout(deployment.start_seconds)
            self._come_up(self._least)
            while True:
                if self._level or self._backlog.readable_at <= env.now:
                    yield self._rested
                elif (until := self._last_used() + deployment.idle_seconds) > env.now:
                    yield env.timeout(until - env.now)
                else:
                    break
            self._count(0)
            self._up = 0
            self._sleeps += 1
            self._slots.resize(0, env.now)

    def _come_up(self, replicas: int) -> None:
        self._count(replicas)
        self._up = replicas
        self.up_since = self._busy_until = self._env.now
        self._resize()
        woken, self._woken = self._woken, self._env.event()
        woken.succeed()

    def _wakes_at(self) -> float:
        """When it wakes next: work asks for it, or its window begins."""
        now = self._env.now
        begins = min((max(start, now) for start, end in self._spans() if end > now), default=math.inf)
        return min(begins, max(self._backlog.wanted_at, now))

    def _last_used(self) -> float:
        """When a request was last answered, those that keep it warm in its window included."""
        used, idle = self._busy_until, self._deployment.idle_seconds
        every = keep_warm_every(idle)
        for start, end in self._spans():
            since = max(self._asked_at, start)
            if start <= used + idle and since < end:
                return max(used, since + every * (math.ceil((end - since) / every) - 1))
        return used

    def _spans(self) -> list[tuple[float, float]]:
        """Windows of the week before, this one and the next, in seconds of the simulation."""
        window = self._deployment.window
        if self._deployment.kind is not Kind.WINDOW or window is None:
            return []
        week = math.floor(self._env.now / WEEK_SECONDS)
        weeks = [(week + step) * WEEK_SECONDS for step in (-1, 0, 1)]
        return [(begin + start, begin + end) for begin in weeks for start, end in week_spans(window)]

    def _grow_to(self, replicas: int) -> None:
        if replicas <= self._replicas:
            return
        self._env.process(self._grow(replicas - self._replicas, self._sleeps))
        self._count(replicas)
        if not self._shrinking:
            self._shrinking = True
            self._env.process(self._shrink())

    def _grow(self, more: int, sleeps: int) -> Process:
        yield self._env.timeout(self._deployment.grow_seconds)
        if self._sleeps > sleeps:
            return
        self._up += more
        grown, self._grown = self._grown, self._env.event()
        grown.succeed()
        if not self._level:
            self._resize()

    def _shrink(self) -> Process:
        """End replicas, the last one first, that were not needed for long."""
        env, patience = self._env, self._deployment.shrink_seconds
        while self._replicas > self._least:
            last = env.now if self._level >= self._replicas else self._needed_at[self._replicas - 1]
            if last + patience > env.now or self._up < self._replicas:
                yield env.timeout(max(last + patience - env.now, _LOOK_SECONDS))
                continue
            self._count(self._replicas - 1)
            self._up = self._replicas
            if not self._level:
                self._resize()
        self._shrinking = False

    def _resize(self) -> None:
        self._slots.resize(self._up * self._deployment.replica.slots, self._env.now)

    def _count(self, replicas: int) -> None:
        self._paid_seconds += self._replicas * (self._env.now - self._changed_at)
        self._changed_at = self._env.now
        self._replicas = replicas
