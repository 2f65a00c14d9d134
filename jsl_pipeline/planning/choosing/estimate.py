"""What a deployment should cost and how fast it can be, from mean rates alone: which ones are worth a simulation.

Hour by hour, as if batches of the same size came at the same distance. `bench.planning.choosing` measures how far that
is from the simulation.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.planning.deployment import Deployment, Kind
from jsl_pipeline.planning.load import HOURS, Load
from jsl_pipeline.serving.windows import week_spans

Floats = NDArray[np.float64]

LOOK_SECONDS = 30.0
"""Between two looks of the landing sensor."""

_PARTS = 10


@dataclass(frozen=True, slots=True)
class Estimate:
    """Of a week."""

    dollars_a_day: float
    seconds: float
    """From a file to its record, of all pages but the latest hundredth, where nothing has to be woken."""


def estimate(load: Load, deployment: Deployment) -> Estimate:
    """Cost and time without a simulation. A load without pages costs what stands by."""
    pages = np.asarray(load.pages_per_hour)
    hours = _Hours(pages, deployment)
    return Estimate(hours.dollars() / 7, hours.seconds() if load.pages else 0)


class _Hours:
    """Each hour of the week: arrays have one element an hour."""

    def __init__(self, pages: Floats, deployment: Deployment) -> None:
        replica, cpu = deployment.replica, deployment.cpu
        self._pages = pages
        self._deployment = deployment
        gap = 3600 / np.maximum(pages, 1e-9)  # between two pages
        seen = LOOK_SECONDS / -np.expm1(-LOOK_SECONDS / gap)  # between two looks that find a page
        self._every = np.maximum(np.minimum(deployment.gather_seconds + gap, deployment.batch_pages * gap), seen)
        self._batch = np.maximum(pages * self._every / 3600, 1.0)
        requests = np.ceil(self._batch / replica.pages_a_request)
        self._level = np.minimum(np.ceil(requests / replica.slots), deployment.max_replicas)
        rounds = np.maximum(requests / (self._level * replica.slots), 1)
        self._read = deployment.overhead_seconds + rounds * replica.request_seconds
        self._prepare = cpu.start_seconds + self._batch / (cpu.cores * cpu.pages_per_core_second)
        self._batches = np.where(pages > 0, pages / self._batch, 0.0)

    def dollars(self) -> float:
        """In the week."""
        deployment, cpu = self._deployment, self._deployment.cpu
        least = max(deployment.min_replicas, 1)
        life = self._read + deployment.idle_seconds
        sleeps = life < self._every
        together = np.ceil((deployment.start_seconds + self._read) / self._every)  # batches closed while it wakes
        cycle = deployment.start_seconds + life + (together - 1) * self._read
        awake = np.where(sleeps, np.minimum(cycle / (together * self._every), 1), 1) * (self._pages > 0)
        kept = self._kept()
        held = np.maximum(self._read, deployment.grow_seconds) + deployment.shrink_seconds
        held = np.where(sleeps & (kept == 0), np.minimum(held, life), held)
        more = np.maximum(self._level - least, 0) * np.minimum(held / self._every, 1) * (self._pages > 0)
        work = self._pages / deployment.replica.pages_per_second / 3600
        paid = max(float((np.maximum(awake, kept) * least + more).sum()), float(work.sum()))
        prepared = float((self._batches * self._prepare).sum()) / 3600
        return paid * deployment.replica.dollars_per_hour + prepared * cpu.dollars_per_hour

    def seconds(self) -> float:
        """The time that one page in a hundred takes longer than. Those of a batch waited for it to close evenly."""
        behind = np.maximum(self._behind(self._read), self._behind(self._prepare))
        waits = np.where(self._batch < self._deployment.batch_pages, self._deployment.gather_seconds, self._every)
        parts = (np.arange(_PARTS) + 0.5) / _PARTS
        seconds = (self._read + self._prepare + behind)[:, None] + waits[:, None] * parts
        return _percentile(seconds.ravel(), np.repeat(self._pages, _PARTS))

    def _behind(self, step: Floats) -> Floats:
        """Seconds that a batch waits for those before it, each of which takes `step`."""
        late, found = 0.0, np.zeros(HOURS)
        for hour in range(HOURS):
            late = max(0.0, late + float(self._batches[hour] * step[hour]) - 3600)
            found[hour] = late
        return found

    def _kept(self) -> Floats:
        """Share of each hour in which it is up whether or not anything comes."""
        deployment = self._deployment
        if deployment.kind is Kind.ALWAYS_WARM:
            return np.ones(HOURS)
        kept = np.zeros(HOURS)
        if deployment.kind is Kind.WINDOW and deployment.window:
            for start, end in week_spans(deployment.window):
                for hour in range(int(start // 3600), int(np.ceil(end / 3600))):
                    inside = min(end, 3600.0 * (hour + 1)) - max(start, 3600.0 * hour)
                    kept[hour % HOURS] = inside / 3600
        return kept


def _percentile(seconds: Floats, pages: Floats, share: float = 0.99) -> float:
    order = np.argsort(seconds)
    reached = np.searchsorted(np.cumsum(pages[order]), share * pages.sum())
    return float(seconds[order][min(int(reached), len(seconds) - 1)])
