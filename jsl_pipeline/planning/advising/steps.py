"""The time between two samples of an endpoint: whether it was awake and worked, and how much."""

from collections.abc import Sequence
from datetime import timedelta
from itertools import pairwise
from typing import NamedTuple

from jsl_pipeline.serving import EndpointState, Sample, Timing
from jsl_pipeline.store import EndpointRun

IDLE_USE = 0.05
"""A card that works less is idle: its driver and monitoring show as up to some per cent."""

_LONGEST_GAP = timedelta(minutes=5)  # the sensor looks each minute: what lies in a longer gap is not known
_OF_WINDOW = frozenset({"requests", "refused", "failed"})
_AWAKE = frozenset({EndpointState.READY, EndpointState.UPDATING})


class Step(NamedTuple):
    """The time between two samples."""

    before: Sample
    after: Sample
    seconds: float
    worked: bool

    @property
    def awake(self) -> bool:
        """It was ready; where its state is not known, it has slots or answers as vLLM does."""
        state = self.before.state
        if state is None or state is EndpointState.UNKNOWN:
            return bool(self.before.slots or self.before.running is not None)
        return state in _AWAKE

    @property
    def in_work(self) -> float | None:
        """Requests worked on at once: as the endpoint says, or by Little's law (Operations Research 9, 1961)."""
        if self.after.running is not None:
            return self.after.running
        latency, queue = self.timing("latency"), self.timing("queue")
        return None if latency is None else (latency.seconds - (queue.seconds if queue else 0.0)) / self.seconds

    def number(self, name: str) -> float | None:
        """How many in this time. A count of a window is stretched to it; one that fell began anew."""
        window = self.after.window_seconds if name in _OF_WINDOW else None
        before, after = getattr(self.before, name), getattr(self.after, name)
        if after is None:
            return None
        if window is not None:
            return after * self.seconds / window
        if before is None:
            return None
        return after - before if after >= before else after

    def timing(self, name: str) -> Timing | None:
        """Of the requests that ended in this time."""
        before, after = getattr(self.before, name), getattr(self.after, name)
        if before is None or after is None:
            return None
        if after.count < before.count:
            return after  # it began anew
        return Timing(seconds=after.seconds - before.seconds, count=after.count - before.count)


def find_steps(samples: Sequence[Sample], runs: Sequence[EndpointRun] = ()) -> list[Step]:
    """The times between samples, oldest first. Where no metrics tell, work is when readings ran."""
    return [
        Step(before, after, (after.at - before.at).total_seconds(), _worked(before, after, runs))
        for before, after in pairwise(samples)
        if timedelta() < after.at - before.at <= _LONGEST_GAP
    ]


def _worked(before: Sample, after: Sample, runs: Sequence[EndpointRun]) -> bool:
    """Whether there was work between two samples. Requests that have not ended show in the cards."""
    step = Step(before, after, (after.at - before.at).total_seconds(), False)
    requests = step.number("requests")
    if requests is not None:
        using = any((card.use or 0) > IDLE_USE for card in after.cards)
        return bool(requests > 0 or using or after.running or after.waiting)
    return any(run.began < after.at and run.ended > before.at for run in runs)
