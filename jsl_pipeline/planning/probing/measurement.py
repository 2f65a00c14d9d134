"""The measurement of an endpoint, in a bounded number of requests.

1. **Alone.** One request at a time, of 1, 2, 4 ... pages: what a request costs, and each of its pages. Of the sizes
   tried, the smallest is taken that brings 95 % of the pages a second.
2. **One page.** Where its time goes.
3. **The climb.** Twice the requests in flight, and twice again, until throughput stops growing, requests are refused,
   or a limit is met. Of those in flight when the first was refused, the others were accepted: that many are tried.
4. **The knee.** The rungs of the ladder beside it are measured; then the top again, until chance is below 1 %.
"""

import asyncio
import math
import time
from collections.abc import Callable, Sequence
from datetime import UTC, datetime
from statistics import fmean, pstdev

from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.planning.probing import curve
from jsl_pipeline.planning.probing.load_test import Answered, LoadTest, Measured
from jsl_pipeline.planning.probing.page_time import mean_timing, page_time
from jsl_pipeline.planning.profile import PageTime, Profile
from jsl_pipeline.serving import Control, EndpointStatus, Sample, observe

_ALONE = 8  # requests that count of each size, fewer where they are slow:
_ALONE_SHARE = 0.05  # of the time that is allowed
_COUNTED = 32  # requests that count in a step, at least
_ROUNDS = 14  # of a worker in a step, at most
_TURNS = 1.5  # times the concurrency: requests that count in a step, at least
_SAFE_BYTES = 1.03  # a page's mark changes its size a little
_CHANCE = 0.01  # standard error of the capacity that is good enough
_MOST_REPEATED = 200
_TRIES = 3  # of how many requests at once are accepted
_REST_SECONDS = 2.0  # after a refusal

Tell = Callable[[str], None]


class Spent(Exception):
    """What was allowed is used up; says which limit it was."""


class Measurement:
    """Collects what loads show; `profile` makes of it what it can at any moment."""

    def __init__(self, test: LoadTest, control: Control, status: EndpointStatus, seconds: float, tell: Tell) -> None:
        self._test = test
        self._control = control
        self._status = status
        self._seconds = seconds
        self._tell = tell
        self._ask = candidate_ask(test.settings)
        self._began = time.monotonic()
        self._requests = test.allowance.requests
        self._measured: list[Measured] = []
        self._alone: list[Measured] = []
        self._size = 1
        self._cost = 0.0, 0.0
        self._accepts: int | None = None
        self._time = PageTime()
        self._queues: dict[int, float] = {}
        self._remarks: list[str] = []

    async def run(self) -> None:
        """Measure. What ends it early is remarked. Raises EngineError where nothing is answered."""
        try:
            await self._measure_alone()
            await self._climb()
            await self._find_knee()
            await self._repeat()
        except Spent as spent:
            self._remark(f"It ended early: {spent}. The capacity is at least what is said.")
        except asyncio.CancelledError:
            self._remark("It was interrupted. The capacity is at least what is said.")

    # 1 and 2: alone

    async def _measure_alone(self) -> None:
        before = await self._sample()
        for size in self._sizes():
            expected = self._alone[-1].step.mean_seconds * 2 if self._alone else 0.0
            in_time = int(_ALONE_SHARE * self._seconds / expected) if expected else _ALONE
            measured = await self._step(1, size, max(2, min(_ALONE, in_time)))
            if measured.fault is not None or not measured.counted:
                self._check_first(measured)
                self._remark(f"Requests of {size} pages came to nothing ({measured.fault}): set fewer a request.")
                break
            self._alone.append(measured)
            if size == 1:
                after = await self._sample()
                self._time, remarks = await page_time(self._test, self._ask, measured.answered, before, after)
                self._remarks += remarks
        steps = [measured.step for measured in self._alone]
        self._cost = curve.request_cost(steps)
        self._size = curve.size_that_pays(steps, *self._cost)

    def _check_first(self, measured: Measured) -> None:
        if self._alone:
            return
        if self._test.allowance.spent:
            raise Spent("too little was allowed for a single answer")
        match measured.fault:
            case Fault.THROTTLED | Fault.UNAVAILABLE:
                raise EngineUnavailable("The endpoint refuses even a request that is alone: others may be using it.")
            case Fault.TIMED_OUT | Fault.DISCONNECTED:
                raise EngineUnavailable(f"A page alone is not answered ({measured.fault.value}): see its events.")
            case fault:
                what = fault.value if fault else "no answer"
                raise EngineError(f"A page alone is not answered ({what}): check `protocol`, `model` and its events.")

    def _sizes(self) -> list[int]:
        """1, 2, 4 ... pages and the most that a request may hold."""
        settings, ask = self._test.settings, self._test.protocol.frame(self._ask)
        page = max(map(ask.page_bytes, self._test.pages.first(1)))
        fit = int(ask.room(settings.max_request_bytes) / (page * _SAFE_BYTES))
        most = max(1, min(settings.max_request_pages, fit)) if self._test.protocol.many else 1
        return [size for size in (2**power for power in range(most.bit_length())) if size < most] + [most]

    # 3: the climb

    async def _climb(self) -> None:
        concurrency, most = 1, self._test.settings.max_concurrency
        while concurrency < most:
            following = min(2 * concurrency, most)
            measured = await self._step_at(following)
            if measured.fault is Fault.THROTTLED:
                await self._find_accepted(measured, concurrency)
                return
            if measured.fault is not None:
                self._remark(f"With {following} requests in flight some came to nothing ({measured.fault.value}).")
                return
            throughput = self._throughput()
            more = curve.doubles_on(throughput[concurrency], throughput[following])
            if more is None and (middle := curve.between(concurrency, following)):
                in_between = await self._step_at(middle)
                more = in_between.fault is None and not curve.kinked(self._throughput()[middle], throughput[following])
            if more is False:
                return
            concurrency = following
        self._remark(f"It was still getting faster at the setting `max_concurrency`, {most}: raise it to see more.")

    async def _find_accepted(self, refused: Measured, fine: int) -> None:
        """Measure as many at once as were accepted; `fine` requests were."""
        accepted = refused.accepted
        for _ in range(_TRIES):
            if accepted <= fine:
                break
            await asyncio.sleep(_REST_SECONDS)
            measured = await self._step_at(accepted)
            if measured.fault is not Fault.THROTTLED:
                fine = accepted
                break
            accepted = min(accepted - 1, measured.accepted)
        self._accepts = fine

    # 4: the knee

    async def _find_knee(self) -> None:
        """Measure rungs until there is none left between the knee and the next lower concurrency measured."""
        while True:
            throughput = self._throughput()
            knee = curve.knee(throughput, self._capacity()[0])
            lower = max((each for each in throughput if each < knee), default=knee)
            rung = curve.between(lower, knee)
            if rung is None:
                return
            if (await self._step_at(rung)).fault is not None:
                return

    async def _repeat(self) -> None:
        """Measure the best load again, where chance in the capacity is not small enough."""
        throughput, (_, error) = self._throughput(), self._capacity()
        best = max(throughput, key=lambda concurrency: throughput[concurrency])
        if error > _CHANCE:
            counted = sum(each.counted for each in self._top())
            missing = int(counted * ((error / _CHANCE) ** 2 - 1))
            await self._step_at(best, min(missing, _MOST_REPEATED))

    # steps

    async def _step_at(self, concurrency: int, least: int = 0) -> Measured:
        """A step at the request size that pays. Raises Spent where nothing, or too little, came of it."""
        enough = max(least, math.ceil(_TURNS * concurrency), min(_COUNTED, _ROUNDS * concurrency))
        allowance = self._test.allowance
        room = allowance.requests - 2 * concurrency
        if room < concurrency / 2:
            raise Spent(f"{concurrency} requests in flight would take more than the {self._requests} requests allowed")
        before = await self._sample()
        measured = await self._step(concurrency, self._size, min(enough, room))
        queue = mean_timing(before, await self._sample(), lambda sample: sample.queue)
        if queue is not None:
            self._queues[concurrency] = queue
        return measured

    async def _step(self, concurrency: int, pages: int, enough: int) -> Measured:
        allowance = self._test.allowance
        measured = await self._test.run(self._ask, concurrency, pages, enough)
        too_little = measured.counted < min(enough, max(2, concurrency / 2))
        if measured.fault is None and too_little:
            raise Spent(
                f"the {self._seconds:.0f} s allowed are over"
                if time.monotonic() >= allowance.until
                else f"the {self._requests} requests allowed are sent"
            )
        self._measured.append(measured)
        step = measured.step
        what = f"{step.refused} of {step.requests} refused" if step.refused else f"{step.pages_per_second:.2f} pages/s"
        so_far = f"{self._sent} requests, {time.monotonic() - self._began:.0f} s so far"
        load = f"{concurrency} in flight, {pages} {'page' if pages == 1 else 'pages'} each"
        self._tell(f"{load}: {what}, {step.mean_seconds:.2f} s a request ({so_far})")
        return measured

    def _steps(self) -> list[Measured]:
        """The steps that count, of the request size that pays."""
        return [each for each in self._measured if each.fault is None and each.step.pages_a_request == self._size]

    def _throughput(self) -> dict[int, float]:
        """Pages a second by requests in flight: the mean of all steps, by what counted in them."""
        found: dict[int, float] = {}
        for concurrency in {each.step.concurrency for each in self._steps()}:
            same = [each for each in self._steps() if each.step.concurrency == concurrency]
            found[concurrency] = _mean_throughput(same)
        return found

    def _top(self) -> list[Measured]:
        """The steps that cannot be told from the fastest."""
        top = curve.flat_top(self._throughput())
        return [each for each in self._steps() if each.step.concurrency in top]

    def _capacity(self) -> tuple[float, float]:
        """Pages a second, the mean of the fastest steps; and its relative standard error, within and between steps."""
        steps = self._top()
        capacity = _mean_throughput(steps)
        within = min(each.spread for each in steps) / math.sqrt(sum(each.counted for each in steps))
        between = pstdev(each.step.pages_per_second for each in steps) / capacity / math.sqrt(len(steps))
        return capacity, max(within, between)

    async def _sample(self) -> Sample | None:
        return await asyncio.to_thread(observe, self._control, self._status)

    def _remark(self, sentence: str) -> None:
        self._remarks.append(sentence)

    @property
    def _sent(self) -> int:
        return self._requests - self._test.allowance.requests

    def profile(self, dollars_per_hour: float | None, remarks: Sequence[str] = ()) -> Profile:
        """What was measured. Raises EngineUnavailable where that is too little to say anything."""
        steps = self._steps()
        if not self._alone or len({each.step.concurrency for each in steps}) < 2:
            reason = self._remarks[-1] if self._remarks else ""
            raise EngineUnavailable(f"Too little was measured for a profile. {reason}".strip())
        settings, status = self._test.settings, self._status
        throughput = self._throughput()
        capacity, error = self._capacity()
        knee = curve.knee(throughput, capacity)
        seconds = time.monotonic() - self._began
        sizes = self._test.pages.sizes
        return Profile(
            measured_at=datetime.now(UTC),
            endpoint=settings.identity,
            model=settings.model,
            protocol=settings.protocol,
            workload_type=status.workload_type,
            concurrency=status.concurrency,
            pages=len(sizes),
            page_bytes=max(1, round(fmean(sizes))),
            prompt_tokens=_tokens(self._measured, lambda each: each.prompt_tokens),
            completion_tokens=_tokens(self._measured, lambda each: each.completion_tokens),
            request_seconds=self._cost[0],
            page_seconds=self._cost[1],
            pages_a_request=self._size,
            knee=knee,
            capacity=capacity,
            capacity_error=error,
            spread=max(each.spread for each in steps if each.step.concurrency == knee),
            accepts=self._accepts,
            time=self._time.model_copy(update={"queue": self._queues.get(knee)}),
            remarks=(*remarks, *self._remarks),
            steps=tuple(each.step for each in self._measured),
            requests=self._sent,
            seconds=seconds,
            dollars=None if dollars_per_hour is None else dollars_per_hour * seconds / 3600,
        )


def _mean_throughput(steps: Sequence[Measured]) -> float:
    counted = sum(each.counted for each in steps)
    return sum(each.step.pages_per_second * each.counted for each in steps) / counted


def _tokens(measured: Sequence[Measured], of: Callable[[Answered], int | None]) -> float | None:
    """Mean of a page; None where the endpoint counts none."""
    pages = total = 0
    for each in measured:
        counts = [count for answered in each.answered if (count := of(answered)) is not None]
        pages, total = pages + len(counts) * each.step.pages_a_request, total + sum(counts)
    return total / pages if pages else None
