"""The engine `vllm`: pages go from memory into a model in memory, without a wire between.

The caller's thread pulls pages and takes answers; one event loop in a thread of its own asks the model. When the
process that holds the model dies, it is started anew and the pages that it had are asked again: a few at a time, then
one by one, so that a page that kills it is found in three starts and fails alone.
"""

import asyncio
import hashlib
import json
import math
import threading
import time
from collections import Counter, deque
from collections.abc import Callable, Generator, Iterable, Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from itertools import chain
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Self

from jsl_pipeline.engines.endpoint.answers import judge
from jsl_pipeline.engines.endpoint.background import Background
from jsl_pipeline.engines.endpoint.prompt import create_ask, sampling_digest
from jsl_pipeline.engines.endpoint.work import Budget, Work
from jsl_pipeline.engines.question import Question
from jsl_pipeline.engines.review import Reviewer
from jsl_pipeline.engines.vllm.model import Crashed, LoadedModel, Refused
from jsl_pipeline.engines.vllm.settings import VllmSettings
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.schemas import EngineCalls, FailureCause, Fingerprint, Page, PageAnswer, PageFailure, Reading
from jsl_pipeline.serving.protocols import Ask

_TELL_SECONDS = 30.0
_SETTLE_SECONDS = 10.0
_BAD_FROM_THE_START = 5  # pages refused before any was answered: it is the settings, not the pages
_CRASHES_IN_VAIN = 4  # without a page answered in between: it is the model or the card, not the pages
_ONE_BY_ONE = 32  # pages: asking so many alone takes no longer than one more start of a model

Outcome = Reading | PageFailure


class VllmEngine:
    """Reads pages with a model in GPU memory, loaded with the first page. See `Engine` for the interface."""

    def __init__(
        self,
        settings: VllmSettings,
        tell: Callable[[str], None],
        question: Question | None = None,
        reviewer: Reviewer | None = None,
    ) -> None:
        """With a `question`, that is asked instead of a candidate. Raises SettingsError."""
        self._settings = settings
        self._reviewer = reviewer if settings.second_look and question is None else None
        self._tell = tell
        self._ask = create_ask(settings, question)
        self._background: Background | None = None
        self._model: LoadedModel | None = None
        self._calls = EngineCalls()
        self._reading: _Reading | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """Model, prompts, sampling and schema. Which cards hold it does not count; further options of vLLM do."""
        settings, ask = self._settings, self._ask
        others = hashlib.sha256(json.dumps(settings.options, sort_keys=True).encode()).hexdigest()[:8]
        parts = (settings.model, settings.revision, settings.quantization, others if settings.options else None)
        model = "@".join(filter(None, parts))
        digest = sampling_digest(ask, self._reviewer)
        return Fingerprint(engine="vllm", model=model, prompt=digest, schema_name=ask.schema_name)

    @property
    def calls(self) -> EngineCalls:
        """What the last reading asked of the model so far; `outages` are its crashes."""
        reading = self._reading
        return self._calls if reading is None else reading.calls

    def __enter__(self) -> Self:
        self._background = Background()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._background is not None:
            if self._model is not None:
                self._release()
                self._tell(f"Model {self._settings.model} released.")
            self._background.close()
            self._background = None

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page once, in completion order. Raises EngineError, EngineUnavailable, MissingExtra."""
        if self._background is None:
            raise RuntimeError("VllmEngine is a context manager: `with engine: engine.read(...)`")
        source = iter(pages)
        first = next(source, None)
        if first is None:
            return
        self._reading = reading = _Reading(self._settings, self._ask, self._reviewer, chain([first], source))
        try:
            if self._model is None:
                with reading.waiting():
                    self._model = self._load()
            while not reading.over:
                yield from reading.exchange(self._model, self._background.loop)
                if reading.lost:
                    self._release()
                    reading.crashed()
                    with reading.waiting():
                        self._model = self._load_again()
        finally:
            self._background.run(reading.settle())
            self._reading, self._calls = None, reading.calls

    def _load(self) -> LoadedModel:
        settings, began = self._settings, time.monotonic()
        self._tell(f"Model {settings.model} is being loaded.")
        with _telling(lambda: self._tell(f"Still loading after {time.monotonic() - began:.0f} s.")):
            model = LoadedModel(settings, settings.start_seconds, vision=not self._ask.plain)
        self._tell(f"Model {settings.model} loaded in {time.monotonic() - began:.0f} s.")
        return model

    def _load_again(self) -> LoadedModel:
        self._tell("vLLM's engine crashed; it is started anew, and the pages it had are asked again.")
        try:
            return self._load()
        except EngineError as error:
            raise EngineUnavailable(f"vLLM's engine crashed and does not start anew. {error}") from error

    def _release(self) -> None:
        model, self._model = self._model, None
        if model is not None and self._background is not None:
            self._background.run(model.close())


class _Reading:
    """The pages of one batch between the source and their answers."""

    def __init__(self, settings: VllmSettings, ask: Ask, reviewer: Reviewer | None, source: Iterator[Page]) -> None:
        self._settings = settings
        self._ask = ask
        self._reviewer = reviewer
        self._budget = Budget(settings.page_tokens, math.inf)
        self._source = source
        self._began = time.monotonic()
        self._waited = self._starved = self._asked_seconds = 0.0
        self._waiting_since: float | None = None
        self._suspects: deque[list[Work]] = deque()  # groups, each asked when the one before is answered
        self._accused: list[Work] = []  # alone when the engine crashed, which may have been the card's fault
        self._done: SimpleQueue[tuple[Work, Future[Outcome | None]]] = SimpleQueue()
        self._flight: dict[Work, Future[Outcome | None]] = {}
        self._tasks: set[asyncio.Task[Outcome | None]] = set()
        self._requests = self._refused = self._answered = self._crashes = self._in_vain = self._window = 0
        self._flaws: Counter[str] = Counter()
        self._second_looks: Counter[str] = Counter()
        self.lost: list[Work] = []
        """Pages that a crash took; empty where there was none."""
        self.over = False

    @property
    def calls(self) -> EngineCalls:
        """The counts of this reading so far. Any thread may look."""
        now, since, hourly = time.monotonic(), self._waiting_since, self._settings.dollars_per_hour
        return EngineCalls(
            requests=self._requests,
            pages_sent=self._requests,
            flaws=dict(self._flaws),
            second_looks=dict(self._second_looks),
            concurrency=self._window,
            outages=self._crashes,
            reading_seconds=round(now - self._began, 3),
            waited_seconds=round(self._waited + (now - since if since is not None else 0.0), 3),
            starved_seconds=round(self._starved, 3),
            request_seconds=round(self._asked_seconds, 3),
            dollars=None if hourly is None else hourly * (now - self._began) / 3600,
        )

    @contextmanager
    def waiting(self) -> Generator[None]:
        """Count the time of the block as waiting for the model."""
        self._waiting_since = began = time.monotonic()
        try:
            yield
        finally:
            self._waiting_since = None
            self._waited += time.monotonic() - began

    def exchange(self, model: LoadedModel, loop: asyncio.AbstractEventLoop) -> Iterator[PageAnswer]:
        """Have pages answered until there are none left, or the model is gone."""
        self._window = model.window
        try:
            while True:
                for work in () if self.lost else self._next(model.window - len(self._flight)):
                    future = asyncio.run_coroutine_threadsafe(self._outcome(model, work), loop)
                    self._flight[work] = future
                    future.add_done_callback(lambda done, work=work: self._done.put((work, done)))
                if not self._flight:
                    if not self.lost:
                        self.over = True
                        yield from self._convicted(proven=False)
                    return
                yield from self._landed()
        finally:
            for future in self._flight.values():
                future.cancel()

    async def settle(self) -> None:
        """Let what was given up come to its end."""
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=_SETTLE_SECONDS)

    def crashed(self) -> None:
        """Put what was lost in line again, in smaller groups. Raises EngineUnavailable where that leads nowhere."""
        lost, self.lost = self.lost, []
        self._crashes += 1
        self._in_vain += 1
        if len(lost) == 1:
            self._accused += lost
        else:
            size = 1 if len(lost) <= _ONE_BY_ONE else math.isqrt(len(lost))
            self._suspects.extendleft(reversed([lost[at : at + size] for at in range(0, len(lost), size)]))
        if self._in_vain >= _CRASHES_IN_VAIN or self._crashes > self._settings.restarts:
            raise EngineUnavailable(
                f"vLLM's engine crashed {self._crashes} times, {self._in_vain} of them since it last answered a page; "
                "its log says why. Pages that are answered stay answered."
            )

    def _next(self, room: int) -> Iterator[Work]:
        """What to ask now: what may have caused a crash is not mixed with fresh pages."""
        if self._suspects:
            yield from [] if self._flight else self._suspects.popleft()
            return
        while room > 0:
            began = time.monotonic()
            page = next(self._source, None)
            self._starved += (time.monotonic() - began) * room / self._window
            if page is None:
                return
            yield Work(page)
            room -= 1

    def _landed(self) -> Iterator[PageAnswer]:
        """Wait for one page."""
        try:
            work, future = self._done.get(timeout=self._settings.silent_seconds)
        except Empty:  # hung: as good as gone
            self.lost = list(self._flight)
            for pending in self._flight.values():
                pending.cancel()
            self._flight.clear()
            return
        if self._flight.get(work) is not future:
            return  # of a model that was given up
        del self._flight[work]
        outcome = future.result()
        if outcome is None:
            self.lost.append(work)
            return
        self._in_vain = 0
        self._answered += isinstance(outcome, Reading)
        yield from self._convicted(proven=True)
        yield self._ended(work, outcome)

    def _ended(self, work: Work, outcome: Outcome) -> PageAnswer:
        if isinstance(outcome, Reading) and outcome.asked_again:
            self._second_looks[outcome.asked_again.outcome.value] += 1
        return work.answer(outcome)

    def _convicted(self, proven: bool) -> Iterator[PageAnswer]:
        """Fail the accused: for good where another page was answered since, so that nothing else was at fault."""
        accused, self._accused = self._accused, []
        for work in accused:
            message = "vLLM's engine crashes on this page."
            failure = PageFailure(cause=FailureCause.CRASHED, message=message, retryable=not proven)
            yield self._ended(work, work.fail(failure))

    async def _outcome(self, model: LoadedModel, work: Work) -> Outcome | None:
        """Ask until the page is answered or its budget spent; None where the model is gone."""
        if (task := asyncio.current_task()) is not None:
            self._tasks.add(task)
            task.add_done_callback(self._tasks.discard)
        asked: Outcome | Ask = work.again or self._ask
        try:
            while isinstance(asked, Ask):
                self._requests += 1
                answer, seconds = await model.answer(work.page, asked)
                self._asked_seconds += seconds
                judged = judge(answer, asked.plain)
                self._flaws.update(flaw.value for flaw in judged.flaws)
                asked = await work.follow(answer, judged, asked, seconds, self._budget, self._reviewer)
        except Crashed:
            return None
        except Refused as error:
            self._refused += work.first is None
            if not self._answered and self._refused >= _BAD_FROM_THE_START:
                raise EngineError(f"No page can be asked about. The last: {error}") from None
            return work.fail(PageFailure(cause=FailureCause.ENGINE, message=str(error), retryable=not self._answered))
        return asked


@contextmanager
def _telling(tell: Callable[[], None]) -> Generator[None]:
    """Call `tell` now and then while the block runs."""
    ended = threading.Event()

    def keep_telling() -> None:
        while not ended.wait(_TELL_SECONDS):
            tell()

    thread = threading.Thread(target=keep_telling, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
