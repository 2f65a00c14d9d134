"""From pages to answers over one endpoint: requests go out as the gate has room, and each ends in what it deserves."""

import asyncio
from collections.abc import Callable, Coroutine
from random import Random
from typing import Any

from jsl_pipeline.engines.endpoint.answers import judge
from jsl_pipeline.engines.endpoint.faults import STATE_FAULTS, TRIES, Fault, failure, find_fault
from jsl_pipeline.engines.endpoint.gate import Gate
from jsl_pipeline.engines.endpoint.health import Health
from jsl_pipeline.engines.endpoint.queue import Queue
from jsl_pipeline.engines.endpoint.tally import Tally
from jsl_pipeline.engines.endpoint.work import Budget, Bundle, Work
from jsl_pipeline.engines.review import Reviewer
from jsl_pipeline.errors import EngineError
from jsl_pipeline.schemas import Page, PageAnswer, PageFailure, Reading
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.http import Http, NoReply, Reply
from jsl_pipeline.serving.protocols import Ask, WireAnswer, WireProtocol, WrongAnswer

_BACK_OFF_SECONDS = (0.5, 30.0)
_WATCH_SECONDS = 5.0
_BAD_FROM_THE_START = 5  # pages refused before any was answered: the settings are wrong, not the pages

Deliver = Callable[[PageAnswer | Exception | None], None]
"""Takes an answer, an error that ends everything, or None: there is room for more pages."""


class Dispatcher:
    """Lives on one event loop. Each page submitted is delivered once, as a reading or a failure."""

    def __init__(
        self,
        settings: EndpointSettings,
        protocol: WireProtocol,
        http: Http,
        queue: Queue,
        gate: Gate,
        deliver: Deliver,
        reviewer: Reviewer | None = None,
    ) -> None:
        self._settings = settings
        self._reviewer = reviewer
        self._budget = Budget(settings.page_tokens, settings.page_deadline_seconds)
        self._protocol = protocol
        self._http = http
        self._queue = queue
        self._gate = gate
        self._deliver = deliver
        self._loop = asyncio.get_running_loop()
        self._tasks: set[asyncio.Task[None]] = set()
        self._timer: asyncio.TimerHandle | None = None
        self._answered = 0
        self._bad_from_the_start = 0
        self._random = Random()
        self.window = queue.ahead(gate.limit)
        self.tally = Tally(self._loop.time())

    def start(self, health: Health) -> None:
        """Begin to send as soon as the endpoint is ready."""
        self._health = health
        health.start()
        self._start(self._watch())
        if self._reviewer is not None:
            self._start(asyncio.to_thread(self._reviewer.prepare))

    def submit(self, page: Page) -> None:
        """Take one more page."""
        work = Work(page)
        if self._queue.fits(page):
            self._queue.add(work, self._loop.time())
            self.pump()
        else:
            self._deliver(work.answer(failure(Fault.TOO_LARGE, retryable=False)))

    def finish(self) -> None:
        """There are no more pages."""
        self._queue.finish()
        self.pump()

    def come_back(self, was_gone: bool) -> None:
        """Send again; little at first where the endpoint was gone."""
        if was_gone:
            self._gate.restart(self._loop.time())
        self.pump()

    def fail(self, error: Exception) -> None:
        """Nothing can be answered any more."""
        self._deliver(error)

    async def close(self) -> None:
        """Drop what is not answered."""
        if self._timer is not None:
            self._timer.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._health.close()

    def pump(self) -> None:
        """Send what may be sent now; come back by itself when more may."""
        now = self._loop.time()
        if not self._health.up:
            self._gate.starve()
        while self._health.up and (room := self._gate.room(now)):
            bundle = self._queue.next(now, room)
            if bundle is None:
                self._gate.starve()
                break
            self._start(self._send(bundle, self._gate.send(now)))
        room = self._gate.room(now) if self._health.up and self._queue.hungry else 0
        self.tally.starved(room / self._gate.limit, now)
        if (window := self._queue.ahead(self._gate.limit)) != self.window:
            self.window = window
            self._deliver(None)
        self._come_back(now)

    def _come_back(self, now: float) -> None:
        times = [time for time in (self._gate.opens_at, self._queue.due_at()) if time is not None and time > now]
        if self._timer is not None:
            self._timer.cancel()
        self._timer = self._loop.call_at(min(times), self.pump) if times and self._health.up else None

    def _start(self, work: Coroutine[Any, Any, None]) -> None:
        task = self._loop.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._ended)

    def _ended(self, task: asyncio.Task[None]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and isinstance(error := task.exception(), Exception):
            self.fail(error)

    async def _watch(self) -> None:
        while True:
            await asyncio.sleep(_WATCH_SECONDS)
            self._health.check_silence(self._gate.in_flight > 0 or self._gate.refused > 0)

    async def _send(self, bundle: Bundle, number: int) -> None:
        frame, pages = self._queue.frame(bundle.ask), [work.page for work in bundle.works]
        size = frame.size(pages)
        self.tally.sent(size, bundle)
        began = self._loop.time()
        reply = await self._http.post(
            self._settings.request_url,
            frame.chunks(pages),
            size,
            self._settings.max_request_seconds,
            request_id=f"{pages[0].page_sha[:16]}-{number}",
        )
        now = self._loop.time()
        answers = self._answers(reply, len(pages))
        if not isinstance(answers, Fault):
            self._health.heard()
            self._gate.answered(now - began, now)
            self.tally.answered(now - began, reply.upload_seconds if isinstance(reply, Reply) else 0.0)
            self._queue.took(len(pages), now - began)
            self.pump()  # the slot is free while the answers are looked at
            for work, answer in zip(bundle.works, answers, strict=True):
                await self._take(work, answer, bundle, (now - began) / len(pages))
        else:
            self.tally.faulted(answers)
            await self._meet(answers, bundle, number, reply, now - began)
        self.pump()

    def _answers(self, reply: Reply | NoReply, pages: int) -> list[WireAnswer] | Fault:
        fault = find_fault(reply)
        if fault is not None or isinstance(reply, NoReply):
            return fault or Fault.DISCONNECTED
        try:
            return self._protocol.answers(reply.body, pages)
        except WrongAnswer:
            return Fault.WRONG_FORM

    async def _meet(self, fault: Fault, bundle: Bundle, number: int, reply: Reply | NoReply, seconds: float) -> None:
        """What follows from a request that came to nothing. Pages are charged for their own faults alone."""
        retry_after = reply.retry_after if isinstance(reply, Reply) else None
        now = self._loop.time()
        if fault is Fault.THROTTLED:
            self._gate.refuse(number, retry_after, now)
            bundle.not_before = now + (retry_after or 0.0)
            self._queue.add_again(bundle)
            return
        self._gate.lost(now)
        if fault not in STATE_FAULTS:
            self._health.heard()
        elif not await self._health.is_there():
            self._queue.add_again(bundle)
            return
        if len(bundle.works) > 1:
            self._split(fault, bundle)
        else:
            self._charge(fault, bundle, seconds, retry_after)

    def _split(self, fault: Fault, bundle: Bundle) -> None:
        """Halve a request of several pages, until the guilty page stands alone."""
        if fault is Fault.TOO_LARGE:
            pages = [work.page for work in bundle.works]
            self._queue.was_too_large(self._queue.frame(bundle.ask).size(pages))
        pause = self._back_off(1) if fault in STATE_FAULTS else 0.0
        self.tally.splits += 1
        for half in bundle.halves():
            half.not_before = self._loop.time() + pause
            self._queue.add_again(half)

    def _charge(self, fault: Fault, bundle: Bundle, seconds: float, retry_after: float | None) -> None:
        (work,) = bundle.works
        work.tries[fault] += 1
        pause = max(retry_after or 0.0, self._back_off(work.tries[fault]))
        work.seconds += seconds + pause
        over = work.tries[fault] >= TRIES.get(fault, work.tries[fault] + 1)
        if over or work.seconds > self._settings.page_deadline_seconds:
            self._fail_page(fault, work)
            return
        bundle.not_before = self._loop.time() + pause
        self._queue.add_again(bundle)

    def _fail_page(self, fault: Fault, work: Work) -> None:
        if fault is Fault.BAD_INPUT and not self._answered:
            self._bad_from_the_start += 1
            if self._bad_from_the_start >= _BAD_FROM_THE_START:
                self.fail(EngineError("The endpoint refuses every page (HTTP 4xx): check `protocol` and `model`."))
                return
        final = fault is Fault.TOO_LARGE or (fault is Fault.BAD_INPUT and self._answered > 0)
        self._end(work, work.fail(failure(fault, retryable=not final)))

    async def _take(self, work: Work, answer: WireAnswer, bundle: Bundle, seconds: float) -> None:
        """Judge an answer: deliver it, or ask again as is worth it and the page's budget allows."""
        judged = judge(answer, bundle.ask.plain)
        self.tally.flawed(judged.flaws)
        self._answered += judged.usable
        match await work.follow(answer, judged, bundle.ask, seconds, self._budget, self._reviewer):
            case Ask() as again:
                self._queue.add_again(Bundle([work], again))
            case outcome:
                self._end(work, outcome)

    def _end(self, work: Work, outcome: Reading | PageFailure) -> None:
        self.tally.ended(outcome)
        self._deliver(work.answer(outcome))

    def _back_off(self, tries: int) -> float:
        least, most = _BACK_OFF_SECONDS
        return min(most, least * 2 ** (tries - 1)) * self._random.uniform(0.5, 1)
