"""The measurement of an endpoint, in a bounded number of requests.

1. **Alone.** One request at a time, of 1, 2, 4 ... pages: what a request costs, and each of its pages. Of the sizes
   tried, the smallest is taken that brings 95 % of the best one's pages a second. Where the time of one page goes.
2. **The climb.** Twice the requests in flight, and twice again, until throughput stops growing, requests are refused,
   or a limit is met. Of those in flight when the first was refused, the others were accepted: that many are tried.
3. **The knee.** The rungs of the ladder below it are measured; then the best load again, where chance is above 1 %.
"""

import asyncio
import math
import time
from collections.abc import Callable

from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.planning.probing import curve
from jsl_pipeline.planning.probing.findings import Findings
from jsl_pipeline.planning.probing.load_test import LoadTest, Measured
from jsl_pipeline.planning.probing.page_time import mean_timing, page_time
from jsl_pipeline.serving import Control, EndpointStatus, Sample, observe

_ALONE = 8  # requests that count of each size, fewer where they are slow:
_ALONE_SHARE = 0.05  # of the time that is allowed
_COUNTED = 32  # requests that count in a step, at least
_ROUNDS = 14  # of a worker in a step, at most
_TURNS = 1.5  # times the concurrency: requests that count in a step, at least
_SAFE_BYTES = 1.03  # a page's mark changes its size a little
_CHANCE = 0.01  # standard error of the capacity that is good enough
_MOST_REPEATED = 200  # requests that count in the last step
_TRIES = 3  # of how many requests at once are accepted
_REST_SECONDS = 2.0  # after a refusal

Tell = Callable[[str], None]


class _Spent(Exception):
    """What was allowed is used up; says which limit it was."""


class Measurement:
    """Puts loads on the endpoint until it is known, or a limit is met. What it found is in `findings`."""

    def __init__(self, test: LoadTest, control: Control, status: EndpointStatus, seconds: float, tell: Tell) -> None:
        self.findings = Findings()
        self._test = test
        self._control = control
        self._status = status
        self._seconds = seconds
        self._tell = tell
        self._ask = candidate_ask(test.settings)
        self._began = time.monotonic()
        self._requests = test.allowance.requests

    async def run(self) -> None:
        """Measure. What ends it early is remarked. Raises EngineError where nothing is answered."""
        try:
            await self._measure_alone()
            await self._climb()
            self.findings.climbed = True
            await self._find_knee()
            await self._repeat()
        except _Spent as spent:
            self._remark(f"It ended early: {spent}. The capacity is at least what is said.")
        except asyncio.CancelledError:
            self._remark("It was interrupted. The capacity is at least what is said.")

    @property
    def requests(self) -> int:
        """Sent so far."""
        return self._requests - self._test.allowance.requests

    @property
    def seconds(self) -> float:
        """Since it began."""
        return time.monotonic() - self._began

    async def _measure_alone(self) -> None:
        before, enough = await self._sample(), _ALONE
        for size in self._sizes():
            measured = await self._step(1, size, enough)
            if measured.fault is not None:
                if not self.findings.alone:
                    raise _unanswered(measured.fault)
                self._remark(f"Requests of {size} pages came to nothing ({measured.fault}): set fewer a request.")
                break
            if size == 1:
                after = await self._sample()
                self.findings.time, remarks = await page_time(self._test, self._ask, measured.answered, before, after)
                self.findings.remarks += remarks
            in_time = _ALONE_SHARE * self._seconds / (2 * measured.step.mean_seconds)
            enough = max(2, min(_ALONE, int(in_time)))
        self.findings.settle_size()

    def _sizes(self) -> list[int]:
        """1, 2, 4 ... pages and the most that a request may hold."""
        settings, frame = self._test.settings, self._test.protocol.frame(self._ask)
        page = frame.page_bytes(self._test.pages.largest)
        fit = int(frame.room(settings.max_request_bytes) / (page * _SAFE_BYTES))
        most = max(1, min(settings.max_request_pages, fit)) if self._test.protocol.many else 1
        return [2**power for power in range(most.bit_length()) if 2**power < most] + [most]

    async def _climb(self) -> None:
        concurrency, most = 1, self._test.settings.max_concurrency
        while concurrency < most:
            following = min(2 * concurrency, most)
            measured = await self._step_at(following)
            if measured.fault is Fault.THROTTLED:
                self.findings.accepts = await self._find_accepted(measured, concurrency)
                return
            if measured.fault is not None:
                self._remark(f"With {following} requests in flight some came to nothing ({measured.fault}).")
                return
            if not await self._promises_more(concurrency, following):
                return
            concurrency = following
        self._remark(f"It was still getting faster at the setting `max_concurrency`, {most}: raise it to see more.")

    async def _promises_more(self, before: int, after: int) -> bool:
        """Whether yet more requests in flight may be faster; where two steps do not tell, the rung between does."""
        throughput = self.findings.throughput
        more = curve.doubles_on(throughput[before], throughput[after])
        middle = curve.between(before, after)
        if more is None and middle is not None and (await self._step_at(middle)).fault is None:
            return not curve.kinked(self.findings.throughput[middle], throughput[after])
        return more is not False

    async def _find_accepted(self, refused: Measured, fine: int) -> int:
        """How many requests at once are accepted, and their step; `fine` are, and were measured."""
        accepted = refused.accepted
        for _ in range(_TRIES):
            if accepted <= fine:
                break
            await asyncio.sleep(_REST_SECONDS)
            measured = await self._step_at(accepted)
            if measured.fault is not Fault.THROTTLED:
                return accepted
            accepted = min(accepted - 1, measured.accepted)
        return fine

    async def _find_knee(self) -> None:
        """Measure rungs until there is none left between the knee and the next lower concurrency measured."""
        while True:
            knee = self.findings.knee
            lower = max((each for each in self.findings.throughput if each < knee), default=knee)
            rung = curve.between(lower, knee)
            if rung is None or (await self._step_at(rung)).fault is not None:
                return

    async def _repeat(self) -> None:
        """Measure the best load again, where chance in the capacity is not small enough."""
        found = self.findings
        if found.error > _CHANCE:
            missing = int(found.counted * ((found.error / _CHANCE) ** 2 - 1))
            best = max(found.throughput, key=lambda concurrency: found.throughput[concurrency])
            await self._step_at(best, min(missing, _MOST_REPEATED))

    async def _step_at(self, concurrency: int, least: int = 0) -> Measured:
        """A step at the request size that pays, in which at least `least` requests count. Raises _Spent."""
        enough = max(least, math.ceil(_TURNS * concurrency), min(_COUNTED, _ROUNDS * concurrency))
        room = self._test.allowance.requests - 2 * concurrency  # the first of each worker and the last do not count
        if room < concurrency / 2:
            raise _Spent(f"{concurrency} requests in flight would take more than the {self._requests} allowed")
        before = await self._sample()
        measured = await self._step(concurrency, self.findings.size, min(enough, room))
        queue = mean_timing(before, await self._sample(), lambda sample: sample.queue)
        if queue is not None:
            self.findings.queues[concurrency] = queue
        return measured

    async def _step(self, concurrency: int, pages: int, enough: int) -> Measured:
        """A step that is kept, and told. Raises _Spent where too little came of it before a limit was met."""
        measured = await self._test.run(self._ask, concurrency, pages, enough)
        if measured.fault is None and measured.counted < min(enough, max(2, concurrency / 2)):
            over = time.monotonic() >= self._test.allowance.until
            raise _Spent(
                f"the {self._seconds:.0f} s allowed are over" if over else f"the {self._requests} allowed are sent"
            )
        self.findings.measured.append(measured)
        step = measured.step
        what = f"{step.refused} of {step.requests} refused" if step.refused else f"{step.pages_per_second:.2f} pages/s"
        so_far = f"{self.requests} requests, {self.seconds:.0f} s so far"
        load = f"{concurrency} in flight, {pages} {'page' if pages == 1 else 'pages'} each"
        self._tell(f"{load}: {what}, {step.mean_seconds:.2f} s a request ({so_far})")
        return measured

    async def _sample(self) -> Sample:
        return await asyncio.to_thread(observe, self._control, self._status)

    def _remark(self, sentence: str) -> None:
        self.findings.remarks.append(sentence)


def _unanswered(fault: Fault) -> EngineError:
    """No page was answered, not even alone."""
    match fault:
        case Fault.THROTTLED:
            return EngineUnavailable("The endpoint refuses even a request that is alone: others may be using it.")
        case Fault.UNAVAILABLE | Fault.TIMED_OUT | Fault.DISCONNECTED:
            return EngineUnavailable(f"A page alone is not answered ({fault}): see the endpoint's events.")
        case _:
            return EngineError(f"A page alone is not answered ({fault}): check `protocol`, `model` and its events.")
