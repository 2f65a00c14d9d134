"""What was measured so far, and the profile that can be made of it at any moment."""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from statistics import fmean, pstdev

from jsl_pipeline.errors import EngineUnavailable
from jsl_pipeline.planning.probing import curve
from jsl_pipeline.planning.probing.load_test import Answered, LoadTest, Measured
from jsl_pipeline.planning.profile import PageTime, Profile, Step
from jsl_pipeline.serving import EndpointStatus

_LATE = 0.01  # of the time of a request: what this process is late by shows in what it measures, twice a request


@dataclass(slots=True, eq=False)
class Findings:
    """Grows with the measurement."""

    measured: list[Measured] = field(default_factory=list[Measured])
    """All steps, in their order."""
    cost: tuple[float, float] = 0.0, 0.0
    """Seconds of a request and of a page in it, alone."""
    size: int = 1
    """The request size that pays."""
    climbed: bool = False
    """The climb ended by itself."""
    accepts: int | None = None
    time: PageTime = field(default_factory=PageTime)
    queues: dict[int, float] = field(default_factory=dict[int, float])
    """Mean wait at the endpoint by requests in flight, where it tells."""
    remarks: list[str] = field(default_factory=list[str])

    @property
    def alone(self) -> list[Step]:
        """The steps with one request in flight that were answered."""
        return [each.step for each in self.measured if each.fault is None and each.step.concurrency == 1]

    def settle_size(self) -> None:
        """Take the request size that pays, of those measured alone."""
        self.cost = curve.request_cost(self.alone)
        self.size = curve.size_that_pays(self.alone, *self.cost)

    @property
    def throughput(self) -> dict[int, float]:
        """Pages a second by requests in flight, at the request size that pays: the mean of its steps."""
        return {concurrency: _mean(self._at(concurrency)) for concurrency in sorted(self._concurrencies)}

    @property
    def capacity(self) -> float:
        """Pages a second: the mean of the steps that cannot be told from the fastest."""
        return _mean(self._top)

    @property
    def error(self) -> float:
        """Relative standard error of the capacity, by the spread within its steps and between them."""
        steps = self._top
        within = min(each.spread for each in steps) / math.sqrt(self.counted)
        between = pstdev(each.step.pages_per_second for each in steps) / self.capacity / math.sqrt(len(steps))
        return max(within, between)

    @property
    def counted(self) -> float:
        """Requests that the capacity is made of."""
        return sum(each.counted for each in self._top)

    @property
    def knee(self) -> int:
        """The fewest requests in flight, of those measured, with 95 % of the capacity."""
        return curve.knee(self.throughput, self.capacity)

    def profile(
        self, test: LoadTest, status: EndpointStatus, requests: int, seconds: float, dollars: float | None
    ) -> Profile:
        """What was measured. Raises EngineUnavailable where that is too little to say anything."""
        if len(self._concurrencies) < 2 and not self.climbed:
            reason = self.remarks[-1] if self.remarks else ""
            raise EngineUnavailable(f"Too little was measured for a profile. {reason}".strip())
        settings, sizes, knee = test.settings, test.pages.sizes, self.knee
        return Profile(
            measured_at=datetime.now(UTC),
            endpoint=settings.identity,
            model=settings.model,
            protocol=settings.protocol,
            workload_type=status.workload_type,
            concurrency=status.concurrency,
            pages=len(sizes),
            page_bytes=max(1, round(fmean(sizes))),
            prompt_tokens=self._tokens(lambda each: each.prompt_tokens),
            completion_tokens=self._tokens(lambda each: each.completion_tokens),
            request_seconds=self.cost[0],
            page_seconds=self.cost[1],
            pages_a_request=self.size,
            knee=knee,
            capacity=self.capacity,
            capacity_error=self.error,
            spread=max(each.spread for each in self._at(knee)),
            accepts=self.accepts,
            time=self.time.model_copy(update={"queue": self.queues.get(knee)}),
            remarks=(*self.remarks, *self._lateness()),
            steps=tuple(each.step for each in self.measured),
            requests=requests,
            seconds=seconds,
            dollars=dollars,
        )

    @property
    def _concurrencies(self) -> set[int]:
        return {each.step.concurrency for each in self._steps}

    @property
    def _steps(self) -> list[Measured]:
        """The steps that count, at the request size that pays."""
        return [each for each in self.measured if each.fault is None and each.step.pages_a_request == self.size]

    @property
    def _top(self) -> list[Measured]:
        top = curve.flat_top(self.throughput)
        return [each for each in self._steps if each.step.concurrency in top]

    def _at(self, concurrency: int) -> list[Measured]:
        return [each for each in self._steps if each.step.concurrency == concurrency]

    def _lateness(self) -> list[str]:
        """Whether this machine was late in the fastest steps, as a sentence."""
        late = max(each.lateness / each.step.mean_seconds for each in self._top)
        share = f"This machine was busy itself, and late by {late:.1%} of a request's time"
        return [f"{share}: the endpoint may be faster than it could see."] if late > _LATE else []

    def _tokens(self, of: Callable[[Answered], int | None]) -> float | None:
        """Mean of a page; None where the endpoint counts none."""
        pages = total = 0
        for each in self.measured:
            counts = [count for answered in each.answered if (count := of(answered)) is not None]
            pages, total = pages + len(counts) * each.step.pages_a_request, total + sum(counts)
        return total / pages if pages else None


def _mean(steps: Sequence[Measured]) -> float:
    """Pages a second, each step by what counted in it."""
    counted = sum(each.counted for each in steps)
    return sum(each.step.pages_per_second * each.counted for each in steps) / counted
