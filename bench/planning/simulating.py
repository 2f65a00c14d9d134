"""How long a week takes to simulate, and how far means are from queueing theory."""

import time
from collections.abc import Iterator
from math import lgamma

import numpy as np

from bench.figures import Figure, Scale
from jsl_pipeline.planning import CpuCluster, Deployment, Kind, Load, Replica, simulate, simulate_arrivals

_MILLIONS_A_DAY = 10
_SECONDS = 10.0  # of a request


def simulating(scale: Scale) -> Iterator[Figure]:
    """A week at 10 million pages a day, for each kind; M/M/c and M/D/c."""
    yield from _weeks(scale)
    yield from _queues(scale)


def _weeks(scale: Scale) -> Iterator[Figure]:
    load = Load.constant(scale.of(_MILLIONS_A_DAY, 1) * 1e6 / 24)
    for kind in Kind:
        for batch_pages, spread in ((500, 0.0), (500, 0.3), (5000, 0.3)):
            began = time.perf_counter()
            outcome = simulate(load, _large(kind, batch_pages, spread))
            seconds = time.perf_counter() - began
            name = f"{kind}, a week in batches of {batch_pages}, spread {spread:g}"
            detail = f"{outcome.pages / 7e6:.2f} million pages a day, {outcome.batches} batches"
            yield Figure("simulating", name, seconds, "s", "< 10", seconds < 10, detail)


def _large(kind: Kind, batch_pages: int, spread: float) -> Deployment:
    return Deployment(
        kind=kind,
        replica=Replica(compute="GPU", slots=16, request_seconds=3, spread=spread, dollars_per_hour=10),
        min_replicas=4,
        max_replicas=32,
        window="Mon-Fri 07:00-18:00 Europe/Berlin" if kind is Kind.WINDOW else None,
        cpu=CpuCluster(cores=64, pages_per_core_second=4, dollars_per_hour=5),
        batch_pages=batch_pages,
        overhead_seconds=batch_pages / 500,
    )


def _queues(scale: Scale) -> Iterator[Figure]:
    for slots in (1, 4, 16):
        for use, needed in ((0.5, 200_000), (0.7, 400_000), (0.9, 2_000_000)):  # waits vary more, and longer, when busy
            jobs = scale.count(needed, 20_000)
            for letter, spread, theory in (("M", 1.0, erlang_c), ("D", 0.0, crommelin)):
                told = simulate_arrivals(arrivals(slots, use, jobs, seed=slots), single_pages(slots, spread))
                error = told.mean_seconds / (right := theory(slots, use)) - 1
                name = f"M/{letter}/{slots} at {use:.0%}: mean time"
                detail = f"{jobs} jobs: {told.mean_seconds:.4g} s, theory {right:.4g} s"
                yield Figure("simulating", name, error, "%", "within 3%", abs(error) <= 0.03, detail)


def single_pages(slots: int, spread: float) -> Deployment:
    """Each page is a batch of its own, and nothing but the slots takes time."""
    return Deployment(
        kind=Kind.ALWAYS_WARM,
        replica=Replica(compute="", slots=slots, request_seconds=_SECONDS, spread=spread, dollars_per_hour=1),
        cpu=CpuCluster(cores=1, pages_per_core_second=1e12),
        gather_seconds=0,
        overhead_seconds=0,
        batches_at_once=10**9,
    )


def arrivals(slots: int, use: float, count: int, seed: int) -> list[float]:
    """A Poisson process that keeps the slots busy for a share `use` of their time."""
    random = np.random.default_rng(seed)
    return np.cumsum(random.exponential(_SECONDS / (slots * use), count)).tolist()


def erlang_c(slots: int, use: float) -> float:
    """Mean time in an M/M/c queue, from Erlang's formula C."""
    offered, blocked = slots * use, 1.0
    for number in range(1, slots + 1):
        blocked = offered * blocked / (number + offered * blocked)
    waits = blocked / (1 - use * (1 - blocked))
    return _SECONDS * (1 + waits / (slots * (1 - use)))


def crommelin(slots: int, use: float, most: int = 700) -> float:
    """Mean time in an M/D/c queue: those in service now, and only they, have left a service time later.

    (C. D. Crommelin, Post Office Electrical Engineers' Journal 25, 1932.) By Little's law from the mean number.
    """
    offered = slots * use
    number = np.arange(most)
    come = np.exp(number * np.log(offered) - offered - np.array([lgamma(each + 1) for each in number]))
    moves = np.zeros((most, most))
    for now in number:
        left = max(now - slots, 0)
        moves[now, left:] = come[: most - left]
    balance = moves.T - np.eye(most)
    balance[-1] = 1
    shares = np.linalg.solve(balance, np.eye(most)[-1])
    return _SECONDS * float(number @ shares) / offered
