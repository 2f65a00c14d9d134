"""A load: so many requests in flight, each of so many pages, until enough of them ended in a steady state.

A closed loop: each of `concurrency` workers sends its next request once the last was answered. What counts is a window
of time, from when every worker ended its first request until enough requests ended in it. Throughput is counted in
parts of requests: one of which 30 % lies in the window counts as 0.3. So a window need not fit to the beat of answers.
"""

import asyncio
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import count
from statistics import fmean, pstdev

import numpy as np

from jsl_pipeline.engines.endpoint.faults import Fault, find_fault
from jsl_pipeline.planning.probing.pages import FreshPages
from jsl_pipeline.planning.profile import Step
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.http import Http, NoReply
from jsl_pipeline.serving.protocols import Ask, Frame, WrongAnswer, create_protocol

_PAUSE_SECONDS = 1.0  # of a worker whose request came to nothing
_TICK_SECONDS = 0.05
_BROKEN = 0.1  # of the requests of a step: when more come to nothing, it ends


@dataclass(slots=True)
class Allowance:
    """What may still be spent."""

    requests: int
    until: float
    """`time.monotonic()` after which nothing is sent."""

    @property
    def spent(self) -> bool:
        """Whether nothing may be sent any more."""
        return self.requests <= 0 or time.monotonic() >= self.until


@dataclass(frozen=True, slots=True)
class Answered:
    """A request that was answered."""

    began: float
    ended: float
    upload_seconds: float
    first: bool
    """Its worker's first: sent before the load was steady."""
    characters: int
    """Of its answers, as the two below."""
    prompt_tokens: int | None
    completion_tokens: int | None

    @property
    def seconds(self) -> float:
        """From the request to its answer."""
        return self.ended - self.began


@dataclass(frozen=True, slots=True)
class Measured:
    """What a load showed."""

    step: Step
    answered: Sequence[Answered]
    """Without the workers' first requests, but where there are no others."""
    counted: float
    """Requests in the window; 0 where the load ended early."""
    accepted: int
    """Requests in flight when the first was refused, those that were refused too left out."""
    lateness: float
    """Mean seconds by which this process was late for whatever it had to do meanwhile."""
    fault: Fault | None
    """What ended it early."""

    @property
    def spread(self) -> float:
        """Standard deviation of the requests' times over their mean."""
        times = [each.seconds for each in self.answered]
        return pstdev(times) / fmean(times) if times else 0.0


class LoadTest:
    """Puts loads on an endpoint, one after the other."""

    def __init__(self, settings: EndpointSettings, http: Http, pages: FreshPages, allowance: Allowance) -> None:
        self.settings = settings
        self.http = http
        self.pages = pages
        self.allowance = allowance
        self.protocol = create_protocol(settings)
        self._name = f"probe-{uuid.uuid4().hex[:8]}"
        self._numbers = count(1)

    async def run(self, ask: Ask, concurrency: int, pages_a_request: int, enough: int) -> Measured:
        """Have so many requests in flight until `enough` ended in the window, one was refused, or some failed.

        Raises EngineError where the endpoint will answer nothing, SettingsError for what its protocol cannot ask.
        """
        run = _Run(self, self.protocol.frame(ask), concurrency, pages_a_request, enough)
        workers = [asyncio.create_task(run.work()) for _ in range(concurrency)]
        watch = asyncio.create_task(run.watch())
        try:
            await asyncio.gather(*workers)
        finally:
            for task in (watch, *workers):
                task.cancel()
            await asyncio.gather(watch, *workers, return_exceptions=True)
        return run.measured()

    def request_id(self) -> str:
        """Names the next request, and takes it from the allowance."""
        self.allowance.requests -= 1
        return f"{self._name}-{next(self._numbers)}"


@dataclass(slots=True, eq=False)
class _Run:
    """One load while it lasts."""

    test: LoadTest
    frame: Frame
    concurrency: int
    pages: int
    enough: int
    answered: list[Answered] = field(default_factory=list[Answered])
    faults: list[Fault] = field(default_factory=list[Fault])
    sent: int = 0
    steady: int = 0
    """Workers that ended their first request."""
    opened: float | None = None
    closed: float | None = None
    ended_in_window: int = 0
    in_flight: set[int] = field(default_factory=set[int])
    at_refusal: set[int] | None = None
    """In flight when the first was refused, but for those that were refused as well."""
    late: list[float] = field(default_factory=list[float])
    fault: Fault | None = None
    """What ended it early."""

    async def watch(self) -> None:
        """See how late this process is for a tick."""
        while True:
            due = time.monotonic() + _TICK_SECONDS
            await asyncio.sleep(_TICK_SECONDS)
            self.late.append(time.monotonic() - due)

    async def work(self) -> None:
        """One worker: a request after the other. The next is made while the last is answered."""
        first = True
        upcoming = await self.test.pages.take(self.pages)
        while self.closed is None and not self.test.allowance.spent:
            pages, making = upcoming, asyncio.create_task(self.test.pages.take(self.pages))
            try:
                good = await self._ask(pages, first)
                upcoming = await making
            finally:
                making.cancel()
            self._ended(first)
            first = False
            if not good and self.closed is None:
                await asyncio.sleep(_PAUSE_SECONDS)

    async def _ask(self, pages: Sequence[Page], first: bool) -> bool:
        self.sent += 1
        number, settings = self.sent, self.test.settings
        self.in_flight.add(number)
        began = time.monotonic()
        reply = await self.test.http.post(
            settings.request_url,
            self.frame.chunks(pages),
            self.frame.size(pages),
            settings.max_request_seconds,
            request_id=self.test.request_id(),
        )
        ended = time.monotonic()
        self.in_flight.discard(number)
        fault = find_fault(reply)
        if fault is not None or isinstance(reply, NoReply):
            self._meet(number, fault or Fault.DISCONNECTED)
            return False
        try:
            answers = self.test.protocol.answers(reply.body, len(pages))
        except WrongAnswer:
            self._meet(number, Fault.WRONG_FORM)
            return False
        self.answered.append(
            Answered(
                began=began,
                ended=ended,
                upload_seconds=reply.upload_seconds,
                first=first,
                characters=sum(len(answer.text) for answer in answers),
                prompt_tokens=_total([answer.prompt_tokens for answer in answers]),
                completion_tokens=_total([answer.completion_tokens for answer in answers]),
            )
        )
        return True

    def _meet(self, number: int, fault: Fault) -> None:
        """A refusal ends the load: nobody is asked again and again for what they do not have."""
        self.faults.append(fault)
        if fault is Fault.THROTTLED:
            self.at_refusal = set(self.in_flight) if self.at_refusal is None else self.at_refusal - {number}
        if self.at_refusal is not None or self._failed > max(1, _BROKEN * max(self.sent, self.concurrency)):
            self.fault = Fault.THROTTLED if self.at_refusal is not None else fault
            self._close()

    def _ended(self, first: bool) -> None:
        if self.opened is not None:
            self.ended_in_window += 1
        self.steady += first
        if self.steady == self.concurrency and self.opened is None:
            self.opened = time.monotonic()
        if self.ended_in_window >= self.enough or self.test.allowance.spent:
            self._close()

    @property
    def _failed(self) -> int:
        return len(self.faults) - self.faults.count(Fault.THROTTLED)

    def _close(self) -> None:
        self.closed = self.closed or time.monotonic()

    def measured(self) -> Measured:
        """What came of it, once all workers ended."""
        since, until = self.opened or 0.0, self.closed or 0.0
        whole = self.fault is None and 0 < since < until
        counted = sum(_part(each, since, until) for each in self.answered) if whole else 0.0
        steady = [each for each in self.answered if not each.first] or self.answered
        times = [each.seconds for each in steady] or [0.0]
        step = Step(
            concurrency=self.concurrency,
            pages_a_request=self.pages,
            requests=self.sent,
            pages_per_second=counted * self.pages / (until - since) if counted else 0.0,
            mean_seconds=fmean(times),
            p50_seconds=float(np.percentile(times, 50)),
            p95_seconds=float(np.percentile(times, 95)),
            refused=self.faults.count(Fault.THROTTLED),
            failed=self._failed,
        )
        return Measured(
            step=step,
            answered=tuple(steady),
            counted=counted,
            accepted=len(self.at_refusal or ()),
            lateness=fmean(self.late) if self.late else 0.0,
            fault=self.fault,
        )


def _part(request: Answered, since: float, until: float) -> float:
    """How much of a request lies between two moments, 0 to 1."""
    return max(0.0, min(request.ended, until) - max(request.began, since)) / max(request.seconds, 1e-9)


def _total(counts: Sequence[int | None]) -> int | None:
    known = [number for number in counts if number is not None]
    return sum(known) if len(known) == len(counts) else None
