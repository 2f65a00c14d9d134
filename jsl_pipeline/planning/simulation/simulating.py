"""What a deployment does under a load: a discrete-event simulation (SimPy).

Batches close and are prepared in their order. They are read in that order, so many at once as runs may read; the
requests of a batch take the slots that are free, the others wait for one. Replicas wake, grow, shrink and sleep
meanwhile. A batch's pages become records together, when its last request has ended.
"""

import heapq
import math
from collections.abc import Generator, Iterable, Sequence
from typing import Any

import numpy as np
import simpy

from jsl_pipeline.planning.deployment import Deployment, Kind, Outcome
from jsl_pipeline.planning.load import Load
from jsl_pipeline.planning.simulation.batched import Batches, Group, close, draw
from jsl_pipeline.planning.simulation.fleet import Fleet
from jsl_pipeline.serving.windows import WEEK_SECONDS


def simulate(
    load: Load, deployment: Deployment, deadline_seconds: float | None = None, weeks: int = 1, seed: int = 7
) -> Outcome:
    """Some weeks of a load, and as long after them as work is left. Pages over the deadline are `missed`.

    Weeks begin on Monday 00:00, with nothing waiting. The same seed gives the same arrivals for every deployment.
    """
    batches = close(draw(load, weeks, seed), deployment.gather_seconds, deployment.batch_pages)
    return _run(batches, deployment, deadline_seconds, weeks * WEEK_SECONDS, seed)


def simulate_arrivals(
    arrivals: Iterable[float],
    deployment: Deployment,
    deadline_seconds: float | None = None,
    seconds: float = 0,
    seed: int = 7,
) -> Outcome:
    """Pages that arrive at these times, ascending, in seconds since a Monday 00:00.

    It ends with the last record, but not before `seconds`.
    """
    groups = [Group(moment, moment, 1) for moment in arrivals]
    batches = close(groups, deployment.gather_seconds, deployment.batch_pages)
    return _run(batches, deployment, deadline_seconds, seconds, seed)


def _run(batches: Batches, deployment: Deployment, deadline: float | None, seconds: float, seed: int) -> Outcome:
    env = simpy.Environment()
    reading = _Reading(env, batches, deployment, seed)
    env.run(until=env.process(reading.run()))
    end = max(seconds, max(reading.records, default=0))
    if end > env.now:
        env.run(until=end)
    fleet, cpu, replica = reading.fleet, deployment.cpu, deployment.replica
    pages = int(batches.pages.sum())
    paid = fleet.paid_seconds()
    times = batches.page_times(np.array(reading.records), deadline)
    return Outcome(
        pages=pages,
        days=max(end, 1) / 86400,
        gpu_dollars=paid * replica.dollars_per_hour / 3600,
        cpu_dollars=batches.cpu_seconds(cpu) * cpu.dollars_per_hour / 3600,
        mean_seconds=times.mean,
        p50_seconds=times.p50,
        p95_seconds=times.p95,
        p99_seconds=times.p99,
        makespan_seconds=max(reading.records) - batches.groups[0][1].first if pages else 0,
        busy_share=min(1, fleet.worked_seconds / (paid * replica.slots)) if paid else 0,
        cold_starts=fleet.cold_starts,
        missed=times.missed,
        batches=len(batches.pages),
    )


class _Reading:
    """Batches that are read in their order."""

    def __init__(self, env: simpy.Environment, batches: Batches, deployment: Deployment, seed: int) -> None:
        self.records: list[float] = []
        self._env = env
        self._deployment = deployment
        self._prepared: Sequence[float] = batches.prepared(deployment.cpu).tolist()
        # An endpoint is woken while pages are prepared; containers start once there is something for them to do.
        self._wanted: Sequence[float] = self._prepared if deployment.kind is Kind.CLUSTER else batches.closed.tolist()
        self._requests = [math.ceil(pages / deployment.replica.pages_a_request) for pages in batches.pages.tolist()]
        self.fleet = Fleet(env, deployment, self, seed)

    @property
    def wanted_at(self) -> float:
        """When the first batch that is not read asks for replicas."""
        return self._wanted[len(self.records)] if len(self.records) < len(self._wanted) else math.inf

    @property
    def readable_at(self) -> float:
        """When that batch is prepared."""
        return self._prepared[len(self.records)] if len(self.records) < len(self._prepared) else math.inf

    def run(self) -> Generator[simpy.Event, Any, None]:
        """Read all of them."""
        env, deployment = self._env, self._deployment
        ends: list[float] = []  # of the batches that are being read
        for prepared, requests in zip(self._prepared, self._requests, strict=True):
            turn = prepared if len(ends) < deployment.batches_at_once else max(prepared, heapq.heappop(ends))
            if turn > env.now:
                yield env.timeout(turn - env.now)
            yield from self.fleet.wake()
            begin = max(turn, self.fleet.up_since) + deployment.overhead_seconds
            if begin > env.now:
                yield env.timeout(begin - env.now)
            end = yield from self.fleet.read(requests)
            heapq.heappush(ends, end)
            self.records.append(end)
            if self.readable_at > env.now:
                self.fleet.rest()
