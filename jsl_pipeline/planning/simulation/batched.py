"""Pages as they come, the batches that they become, and when each is prepared.

None of this depends on how pages are read, so it is worked out before the simulation begins.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.planning.deployment import CpuCluster
from jsl_pipeline.planning.load import Load

Floats = NDArray[np.float64]

_TICK_SECONDS = 30.0  # between two looks of the landing sensor: pages that come within one are not told apart
_POINTS = 8  # pages of a group that stand for all of them in a percentile


@dataclass(frozen=True, slots=True)
class Group:
    """Pages that came evenly between two moments."""

    first: float
    last: float
    pages: int


class PageTimes(NamedTuple):
    """From arrival to record, in seconds, over all pages."""

    mean: float
    p50: float
    p95: float
    p99: float
    missed: int
    """Pages over the deadline."""


@dataclass(frozen=True, slots=True)
class Batches:
    """Batches in the order in which they close. Times are in seconds; arrays have one element a batch."""

    closed: Floats
    pages: NDArray[np.int64]
    groups: Sequence[tuple[int, Group]]
    """Of which batch, and the pages."""

    def prepared(self, cpu: CpuCluster) -> Floats:
        """When each is prepared: one after the other, in their order."""
        work = self._work(cpu)
        done = np.cumsum(work)
        return done + np.maximum.accumulate(self.closed - (done - work))

    def cpu_seconds(self, cpu: CpuCluster) -> float:
        """Time of all preparation, starts included."""
        return float(self._work(cpu).sum())

    def page_times(self, records: Floats, deadline_seconds: float | None) -> PageTimes:
        """All pages of a batch become records at one moment, which `records` gives."""
        if not self.groups:
            return PageTimes(0, 0, 0, 0, 0)
        batch = np.array([number for number, _ in self.groups])
        first = np.array([group.first for _, group in self.groups])
        last = np.array([group.last for _, group in self.groups])
        pages = np.array([group.pages for _, group in self.groups])
        longest, width = records[batch] - first, last - first
        points = np.where(width > 0, np.minimum(pages, _POINTS), 1)
        which = np.repeat(np.arange(len(points)), points)
        place = np.arange(len(which)) - np.repeat(np.cumsum(points) - points, points)
        times = longest[which] - width[which] * (place + 0.5) / points[which]
        order = np.argsort(times)
        times, weights = times[order], (pages / points)[which][order]
        share = (np.cumsum(weights) - weights / 2) / weights.sum()
        p50, p95, p99 = np.interp([0.50, 0.95, 0.99], share, times)
        missed = 0 if deadline_seconds is None else round(float(weights[times > deadline_seconds].sum()))
        return PageTimes(float(np.average(times, weights=weights)), float(p50), float(p95), float(p99), missed)

    def _work(self, cpu: CpuCluster) -> Floats:
        return cpu.start_seconds + self.pages / (cpu.cores * cpu.pages_per_core_second)


def draw(load: Load, weeks: int, seed: int) -> Iterator[Group]:
    """Pages of some weeks from a Poisson process with the load's rates, in seconds since the first Monday 00:00."""
    random = np.random.default_rng(seed)
    ticks = int(3600 / _TICK_SECONDS)
    means = np.tile(np.repeat(np.asarray(load.pages_per_hour) / ticks, ticks), weeks)
    counts = random.poisson(means)
    for tick in np.flatnonzero(counts):
        start, count = float(tick) * _TICK_SECONDS, int(counts[tick])
        if count == 1:
            moment = start + random.uniform(0, _TICK_SECONDS)
            yield Group(moment, moment, 1)
        else:
            yield Group(start, start + _TICK_SECONDS, count)


def close(groups: Iterator[Group] | Sequence[Group], gather_seconds: float, batch_pages: int) -> Batches:
    """Close a batch once its first page has waited `gather_seconds`, or with its `batch_pages`th page."""
    closed: list[float] = []
    sizes: list[int] = []
    parts: list[tuple[int, Group]] = []
    size, due = 0, 0.0

    def shut(moment: float) -> None:
        nonlocal size
        closed.append(moment)
        sizes.append(size)
        size = 0

    for group in groups:
        if size and due <= group.first:
            shut(due)
        left = group
        while size + left.pages >= batch_pages:
            taken, left = _split(left, batch_pages - size)
            parts.append((len(closed), taken))
            size = batch_pages
            shut(taken.last)
        if left.pages:
            if not size:
                due = left.first + gather_seconds
            parts.append((len(closed), left))
            size += left.pages
            if due <= left.last:
                shut(left.last)
    if size:
        shut(due)
    return Batches(np.array(closed), np.array(sizes, dtype=np.int64), parts)


def _split(group: Group, pages: int) -> tuple[Group, Group]:
    """The first `pages` of a group, and the others."""
    between = group.first + (group.last - group.first) * pages / group.pages
    return Group(group.first, between, pages), Group(between, group.last, group.pages - pages)
