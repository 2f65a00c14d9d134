"""Whether the simulation tells what happens: runs over the scripted endpoint in accelerated time, and their simulation.

See `measured` for what is real in such a run. Every run but the engine's own work keeps to simulated seconds, so a
busy machine shows as an error here.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from bench.figures import Figure, Scale
from bench.planning.measured import Measured, measure
from jsl_pipeline.planning import CpuCluster, Deployment, Kind, Outcome, Replica, simulate_arrivals

_AIM = 0.10


def agreeing(scale: Scale) -> Iterator[Figure]:
    """Error of makespan, 95th percentile and cost of the simulation, for each kind under each load."""
    for kind in Kind:
        for load in ("even", "bursts", "rising")[: scale.count(3, 1)]:
            deployment = quick(kind) if scale.quick else deployed(kind)
            pages, seconds, speed = (100, 900.0, 240.0) if scale.quick else (300, 2400.0, 60.0)
            arrivals = arriving(load, pages, seconds)
            until = 1.2 * seconds + 900 + deployment.idle_seconds
            measured = measure(arrivals, deployment, until, speed)
            simulated = simulate_arrivals(arrivals, deployment, seconds=until)
            yield from _compared(f"{kind}, {load}", measured, simulated)


def deployed(kind: Kind) -> Deployment:
    """A small deployment of the kind."""
    return Deployment(
        kind=kind,
        replica=Replica(compute="GPU_MEDIUM", slots=4, request_seconds=30, spread=0.1, dollars_per_hour=10),
        min_replicas=1,
        max_replicas=3,
        start_seconds=300,
        grow_seconds=120,
        shrink_seconds=240,
        idle_seconds={Kind.CLUSTER: 120, Kind.SCALE_TO_ZERO: 600, Kind.WINDOW: 1800}.get(kind, 0),
        window="Mon 00:02-00:50" if kind is Kind.WINDOW else None,
        cpu=CpuCluster(cores=4, pages_per_core_second=0.5, start_seconds=20, dollars_per_hour=2),
        gather_seconds=180,
        batch_pages=60,
        overhead_seconds=45,
    )


def quick(kind: Kind) -> Deployment:
    """The same with shorter waits: a quarter of an hour shows all of them."""
    return deployed(kind).model_copy(
        update={
            "start_seconds": 200,
            "grow_seconds": 90,
            "shrink_seconds": 150,
            "idle_seconds": {Kind.CLUSTER: 60, Kind.SCALE_TO_ZERO: 250, Kind.WINDOW: 600}.get(kind, 0),
            "window": "Mon 00:02-00:18" if kind is Kind.WINDOW else None,
            "overhead_seconds": 90,
        }
    )


def arriving(load: str, pages: int, seconds: float, seed: int = 1) -> Sequence[float]:
    """When pages arrive: evenly, in two bursts, or more and more."""
    random = np.random.default_rng(seed)
    match load:
        case "even":
            times = random.uniform(0, seconds, pages)
        case "bursts":
            starts = np.repeat([0.1 * seconds, 0.8 * seconds], [pages - pages // 3, pages // 3])
            times = starts + random.uniform(0, 0.1 * seconds, pages)
        case _:
            times = seconds * np.sqrt(random.uniform(0, 1, pages))
    return np.sort(times).tolist()


def _compared(name: str, measured: Measured, simulated: Outcome) -> Iterator[Figure]:
    for what, unit, real, told in (
        ("makespan", "s", measured.makespan_seconds, simulated.makespan_seconds),
        ("p95", "s", measured.p95_seconds, simulated.p95_seconds),
        ("GPU cost", "$", measured.gpu_dollars, simulated.gpu_dollars),
    ):
        error = told / real - 1
        detail = f"measured {real:.5g} {unit}, simulated {told:.5g} {unit}"
        yield Figure("agreeing", f"{name}: {what}", error, "%", "within 10%", abs(error) <= _AIM, detail)
