"""The engine `endpoint`: a vision model behind HTTP, driven at its full speed.

The caller's thread pulls pages and takes answers; one event loop in a thread of its own does everything else.
"""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from queue import SimpleQueue
from types import TracebackType
from typing import Any, Self

from jsl_pipeline.engines.endpoint.background import Background
from jsl_pipeline.engines.endpoint.dispatch import Dispatcher
from jsl_pipeline.engines.endpoint.faults import Fault, find_fault
from jsl_pipeline.engines.endpoint.gate import Gate, Share
from jsl_pipeline.engines.endpoint.health import Health
from jsl_pipeline.engines.endpoint.prompt import create_ask, sampling_digest
from jsl_pipeline.engines.endpoint.queue import Queue
from jsl_pipeline.engines.question import Question
from jsl_pipeline.engines.review import Reviewer
from jsl_pipeline.schemas import EngineCalls, Fingerprint, Page, PageAnswer
from jsl_pipeline.serving import (
    EndpointSettings,
    EndpointStatus,
    WakeProgress,
    dollars_per_hour,
    dummy_request,
    open_control,
    wait_until_ready,
)
from jsl_pipeline.serving.http import Http, Reply
from jsl_pipeline.serving.protocols import Ask, create_protocol

_PROBE_SECONDS = 20.0

Tell = Callable[[str], None]
"""Takes a sentence for people about what the engine waits for."""


class EndpointEngine:
    """Reads pages through an endpoint, or asks it a question about each. See `Engine` for the interface."""

    def __init__(
        self,
        settings: EndpointSettings,
        tell: Tell,
        share: Share = lambda: 1.0,
        question: Question | None = None,
        reviewer: Reviewer | None = None,
    ) -> None:
        self._settings = settings
        asks_again = settings.second_look and settings.protocol != "form" and question is None  # `form` has no prompt
        self._reviewer = reviewer if asks_again else None
        self._tell = tell
        self._share = share
        self._ask = create_ask(settings, question)
        self._background: Background | None = None
        self._calls = EngineCalls()
        self._reading: _Reading | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """Model as set, prompts and schema. Where and how it is served does not count."""
        settings, ask = self._settings, self._ask
        return Fingerprint(
            engine="endpoint",
            model=settings.model or settings.name or settings.url,
            prompt=sampling_digest(ask, self._reviewer),
            schema_name=ask.schema_name,
        )

    @property
    def calls(self) -> EngineCalls:
        """What the last reading asked so far, and what went wrong."""
        reading = self._reading
        return self._calls if reading is None else reading.calls

    def __enter__(self) -> Self:
        self._background = Background()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._background is not None:
            self._background.close()
            self._background = None

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page once, in completion order.

        Raises EngineUnavailable, EngineError, and SettingsError where the protocol cannot carry what is asked.
        """
        if self._background is None:
            raise RuntimeError("EndpointEngine is a context manager: `with engine: engine.read(...)`")
        reading = _Reading(self._settings, self._ask, self._tell, self._share, self._reviewer)
        self._background.run(reading.open())
        self._reading = reading
        try:
            yield from self._exchange(pages, reading, self._background.loop)
        finally:
            self._reading = None
            self._calls = self._background.run(reading.close())

    def _exchange(
        self, pages: Iterable[Page], reading: "_Reading", loop: asyncio.AbstractEventLoop
    ) -> Iterator[PageAnswer]:
        source, known, at_hand = iter(pages), False, 0
        while True:
            while not known and at_hand < reading.dispatcher.window:
                page = next(source, None)
                if page is None:
                    known = True
                    loop.call_soon_threadsafe(reading.dispatcher.finish)
                else:
                    at_hand += 1
                    loop.call_soon_threadsafe(reading.dispatcher.submit, page)
            if known and at_hand == 0:
                return
            match reading.delivered.get():
                case PageAnswer() as answer:
                    at_hand -= 1
                    yield answer
                case None:  # there is room for more pages
                    continue
                case error:
                    raise error


class _Reading:
    """Everything that lives while one batch is read."""

    dispatcher: Dispatcher
    health: Health
    gate: Gate

    def __init__(
        self, settings: EndpointSettings, ask: Ask, tell: Tell, share: Share, reviewer: Reviewer | None
    ) -> None:
        self.delivered: SimpleQueue[PageAnswer | Exception | None] = SimpleQueue()
        self._settings = settings
        self._ask = ask
        self._tell = tell
        self._share = share
        self._reviewer = reviewer
        self._http = Http(settings)
        self._stopped = threading.Event()
        self._waited = 0.0
        self._waiting_since: float | None = None
        self._hourly: float | None = None

    async def open(self) -> None:
        """Begin. Pages may be submitted at once; they are sent when the endpoint is ready."""
        settings = self._settings
        protocol = create_protocol(settings)
        queue = Queue(settings, protocol, self._ask)
        await self._http.__aenter__()
        self.gate = Gate(settings.concurrency, settings.max_concurrency, share=self._share)
        self.dispatcher = Dispatcher(
            settings, protocol, self._http, queue, self.gate, self.delivered.put, self._reviewer
        )
        self.health = Health(
            self._ready,
            self._probe,
            self.dispatcher.come_back,
            self.dispatcher.fail,
            self._say,
            settings.wake.timeout_seconds,
        )
        asyncio.get_running_loop().set_exception_handler(self._pass_on)
        self.dispatcher.start(self.health)

    async def close(self) -> EngineCalls:
        """End, whatever is still unanswered."""
        self._stopped.set()
        calls = self.calls
        await self.dispatcher.close()
        await self._http.__aexit__(None, None, None)
        return calls

    @property
    def calls(self) -> EngineCalls:
        """What it asked so far. Any thread may look."""
        now, since = time.monotonic(), self._waiting_since
        waited = self._waited + (now - since if since is not None else 0.0)
        health, hourly = self.health, None if self._hourly is None else self._hourly * self._share()
        return self.dispatcher.tally.calls(self.gate.limit, health.outages, health.probes, waited, hourly, now)

    async def _ready(self) -> None:
        self._waiting_since = began = time.monotonic()
        try:
            status = await asyncio.to_thread(self._wait)
        finally:
            self._waiting_since = None
            self._waited += time.monotonic() - began
        self._hourly = dollars_per_hour(self._settings.price, status)
        if status.concurrency and self._settings.concurrency is None and self.gate.sent == 0:
            self.gate.expect(round(status.concurrency * self._settings.share))

    def _wait(self) -> EndpointStatus:
        settings = self._settings
        control = open_control(settings)
        return wait_until_ready(control, settings.wake, settings.price, self._report, sleep=self._stopped.wait)

    def _report(self, progress: WakeProgress) -> None:
        if progress.dollars is not None and progress.seconds > 0:
            self._hourly = progress.dollars / progress.seconds * 3600
        self._say(progress.sentence)

    def _say(self, sentence: str) -> None:
        if not self._stopped.is_set():
            self._tell(sentence)

    def _pass_on(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        """A fault in a callback of the loop would leave the caller waiting for ever: it is told instead."""
        error = context.get("exception")
        if isinstance(error, Exception) and "handle" in context:
            self.dispatcher.fail(error)
        else:
            loop.default_exception_handler(context)

    async def _probe(self) -> bool:
        """Whether a dummy request is answered by anybody who is not only turning us away."""
        chunks, size = dummy_request(self._settings)
        reply = await self._http.post(self._settings.request_url, chunks, size, _PROBE_SECONDS)
        away = (Fault.THROTTLED, Fault.UNAVAILABLE, Fault.TIMED_OUT)
        return isinstance(reply, Reply) and find_fault(reply) not in away
