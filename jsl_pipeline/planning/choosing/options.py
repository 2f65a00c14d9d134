"""Every deployment that is worth a try for a load."""

from collections.abc import Iterator, Sequence
from itertools import product
from math import ceil

from pydantic import Field

from jsl_pipeline.planning.choosing.speeds import Speed
from jsl_pipeline.planning.choosing.windows import find_windows
from jsl_pipeline.planning.deployment import CpuCluster, Deployment, Kind, Replica
from jsl_pipeline.planning.load import HOURS, Load
from jsl_pipeline.prices import Prices
from jsl_pipeline.schemas import Value

THIS_MACHINE = "this machine"

_GATHER_SECONDS = (0, 60, 300, 600, 1800, 3600)
_MARGIN = 1.5  # over the busiest hour
_SIZES = 6
_MOST_REPLICAS = 10_000


class Terms(Value):
    """What a plan has to keep to, and what it takes for granted."""

    deadline_seconds: float = Field(
        default=86400, gt=0, description="From a file's arrival to its record, for 99 of 100 pages."
    )
    budget: float | None = Field(default=None, gt=0, description="Dollars a day at most.")
    wake_seconds: float = Field(default=720, ge=0, description="Cold start of an endpoint, or of another replica.")
    container_seconds: float = Field(
        default=1800, ge=0, description="Cold start of containers with a model: 20 to 40 minutes were published."
    )
    idle_seconds: float = Field(default=1800, ge=0, description="Idle time after which an endpoint sleeps.")
    cpu_pages_per_second: float = Field(
        default=11.5,
        gt=0,
        description="Pages a core prepares in a second; docs/performance.md has the default's source.",
    )
    cpu_start_seconds: float = Field(default=300, ge=0, description="Start of a CPU cluster.")
    cores: int = Field(default=1, ge=1, description="Of this machine, which is paid for anyway.")
    pages_per_file: float = Field(default=1, gt=0, description="Batches are closed by files.")
    batch_pages: int = Field(default=500, ge=1, description="So many waiting pages close a batch.")
    zone: str = Field(default="UTC", description="Time zone of the load, and of the windows made from it.")


def options(load: Load, speeds: Sequence[Speed], prices: Prices, terms: Terms) -> list[Deployment]:
    """All kinds, compute types, sizes, CPU clusters and gathering times, in no order that matters."""
    found = (each for speed in speeds for each in _of(load, speed, prices, terms))
    return list(dict.fromkeys(found))


def _of(load: Load, speed: Speed, prices: Prices, terms: Terms) -> Iterator[Deployment]:
    shapes = [*_shapes(load, speed, prices, terms)]
    gathers = [each for each in _GATHER_SECONDS if each < terms.deadline_seconds]
    for shape, cpu, gather, pages in product(shapes, _cpus(load, prices, terms), gathers, _batches(load, terms)):
        yield shape.model_copy(update={"cpu": cpu, "gather_seconds": float(gather), "batch_pages": pages})


def _shapes(load: Load, speed: Speed, prices: Prices, terms: Terms) -> Iterator[Deployment]:
    """The reading side. What its CPU is, and how long it gathers, is put in by whoever asked."""
    replica = speed.replica
    windows = find_windows(load, terms.zone)
    start = terms.container_seconds if speed.cluster else terms.wake_seconds
    base = Deployment(
        kind=Kind.CLUSTER,
        replica=replica,
        start_seconds=start,
        grow_seconds=start,
        idle_seconds=0 if speed.cluster else terms.idle_seconds,
        cpu=CpuCluster(cores=terms.cores, pages_per_core_second=terms.cpu_pages_per_second),
    )
    for most in _sizes(load, replica, terms):
        if speed.cluster:
            node = _with_driver(replica, most, prices)
            yield _sized(base, Kind.CLUSTER, 0, most).model_copy(update={"replica": node})
            continue
        yield _sized(base, Kind.SCALE_TO_ZERO, 0, most)
        for least in sorted({1, ceil(most / 2), most}):
            yield _sized(base, Kind.ALWAYS_WARM, least, most)
            for warm in windows:
                yield _sized(base, Kind.WINDOW, least, most, warm.window)


def driver_node(prices: Prices) -> str | None:
    """The cheapest node without GPUs, which drives a cluster of nodes with them; None where none is priced."""
    nodes = [name for name, node in prices.jobs.nodes.items() if not node.cards]
    return min(nodes, key=lambda name: prices.node(name) or 0.0, default=None)


def _with_driver(node: Replica, workers: int, prices: Prices) -> Replica:
    """A worker that pays its share of the driver. A single machine is its own driver."""
    if workers == 1:
        return node
    driver = prices.node(driver_node(prices) or node.compute) or 0.0
    return node.model_copy(update={"dollars_per_hour": node.dollars_per_hour + driver / workers})


def _sized(base: Deployment, kind: Kind, least: int, most: int, window: str | None = None) -> Deployment:
    return base.model_copy(update={"kind": kind, "min_replicas": least, "max_replicas": most, "window": window})


def _sizes(load: Load, replica: Replica, terms: Terms) -> list[int]:
    """Most replicas: from what the mean load needs to more than the busiest hour does, in even ratios."""
    mean, peak = load.pages / HOURS / 3600, max(load.pages_per_hour) / 3600
    batch = min(terms.batch_pages, load.pages) / terms.deadline_seconds
    low = max(1, ceil(mean / replica.pages_per_second))
    high = max(low, ceil(_MARGIN * max(peak, 2 * batch) / replica.pages_per_second))
    ratio = (high / low) ** (1 / (_SIZES - 1))
    return sorted({min(_MOST_REPLICAS, round(low * ratio**step)) for step in range(_SIZES)})


def _batches(load: Load, terms: Terms) -> list[int]:
    """Pages that close a batch: as it is set, and what comes in ten busy minutes or a busy hour, if more."""
    peak = max(load.pages_per_hour)
    return sorted({max(terms.batch_pages, ceil(most)) for most in (0, peak / 6, peak)})


def _cpus(load: Load, prices: Prices, terms: Terms) -> list[CpuCluster]:
    """This machine; where it does not keep up with the busiest hour, also clusters of each priced node without GPUs.

    Each of one machine, of as many as keep up with the mean load or with the busiest hour, and of twice these.
    """
    speed = terms.cpu_pages_per_second
    here = CpuCluster(compute=THIS_MACHINE, cores=terms.cores, pages_per_core_second=speed)
    mean, peak = (_MARGIN * each / 3600 / speed for each in (load.pages / HOURS, max(load.pages_per_hour)))
    if peak <= terms.cores:
        return [here]
    nodes = [(name, node.cores, prices.node(name) or 0.0) for name, node in prices.jobs.nodes.items() if not node.cards]
    return [here] + [
        CpuCluster(
            compute=name,
            cores=workers * cores,
            pages_per_core_second=speed,
            start_seconds=terms.cpu_start_seconds,
            dollars_per_hour=(workers + (workers > 1)) * dollars,  # one machine is its own driver
        )
        for name, cores, dollars in nodes
        for workers in sorted({1, ceil(mean / cores), ceil(peak / cores), 2 * ceil(peak / cores)})
    ]
