"""The engine `jsl`: a vision model in this process, through the library of John Snow Labs' container images.

`jsl_llm_lib` comes with those images alone, not from a package index. It takes a page at a time, as the path of a
file; the model batches nothing, so one engine keeps one GPU busy. A page lies as a file only while it is read, in
memory where the system has a folder for that.
"""

import importlib
import os
import tempfile
import time
from collections.abc import Callable, Iterable, Iterator
from types import TracebackType
from typing import Any, Literal, Protocol, Self

from pydantic import Field

from jsl_pipeline.engines.endpoint.answers import judge, retry_rule
from jsl_pipeline.engines.endpoint.prompt import ANSWER_SCHEMA, DEFAULT_PROMPT, prompt_digest
from jsl_pipeline.engines.question import Question
from jsl_pipeline.errors import EngineError, SettingsError
from jsl_pipeline.schemas import (
    EngineCalls,
    FailureCause,
    Fingerprint,
    Page,
    PageAnswer,
    PageFailure,
    Reading,
    ReadingSource,
    Value,
)
from jsl_pipeline.serving.protocols import Ask, WireAnswer

_LIBRARY = "jsl_llm_lib.jsl_llm"
_MEMORY = "/dev/shm"
_UNTOLD = 1  # tokens: the library is given the prompt alone
_BAD_FROM_THE_START = 3  # pages before any was read: it is the model or the GPU, not the pages


class JslSettings(Value):
    """A model of John Snow Labs, loaded by the library of their container images."""

    kind: Literal["jsl"] = "jsl"
    model: str = Field(min_length=1, description="Name as the library knows it, e.g. jsl_meds_vl_8b.")
    prompt: str | None = Field(default=None, description="Instructions to the model; a new prompt asks pages anew.")
    dollars_per_hour: float | None = Field(
        default=None, ge=0, description="What the machine with the model's card costs, for the forecasts of a run."
    )


class _JslLlm(Protocol):
    """What is used of the library's class."""

    def load_model(self, *, llm_name: str) -> object: ...

    def get_prediction(self, *, prompt: str, image_path: str) -> object: ...

    def release_model(self) -> object: ...


class JslEngine:
    """Reads pages with a model in this process, loaded with the first page. See `Engine` for the interface."""

    def __init__(self, settings: JslSettings, tell: Callable[[str], None], question: Question | None = None) -> None:
        """Raises SettingsError for a question that limits its answer: the library takes no such limit."""
        self._settings = settings
        self._tell = tell
        self._ask = _create_ask(settings, question)
        self._started = False
        self._llm: _JslLlm | None = None
        self._calls = EngineCalls()

    @property
    def fingerprint(self) -> Fingerprint:
        """Model, prompt and schema."""
        ask = self._ask
        return Fingerprint(
            engine="jsl", model=self._settings.model, prompt=prompt_digest(ask), schema_name=ask.schema_name
        )

    @property
    def calls(self) -> EngineCalls:
        """What the last reading asked of the model so far."""
        return self._calls

    def __enter__(self) -> Self:
        self._started = True
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._started = False
        if self._llm is not None:
            llm, self._llm = self._llm, None
            llm.release_model()
            self._tell(f"Model {self._settings.model} released.")

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page once, one after the other. Raises EngineError."""
        if not self._started:
            raise RuntimeError("JslEngine is a context manager: `with engine: engine.read(...)`")
        self._calls = EngineCalls(concurrency=1)
        answered, broke, ended = False, 0, time.monotonic()
        for page in pages:
            if not page.image:
                raise EngineError("The engine `jsl` can be asked about images alone: for text set another engine.")
            came = time.monotonic()
            llm = self._llm = self._llm or self._load()
            loaded = time.monotonic()
            outcome = self._outcome(llm, page)
            self._count(ended, came, loaded, ended := time.monotonic())
            answered = answered or isinstance(outcome, Reading)
            broke += not answered
            if broke >= _BAD_FROM_THE_START:
                raise EngineError(f"The model reads no page, {broke} of {broke} failed. The last: {_reason(outcome)}")
            yield PageAnswer(
                document_id=page.document_id, page_no=page.page_no, page_sha=page.page_sha, outcome=outcome
            )

    def _count(self, before: float, came: float, loaded: float, answered: float) -> None:
        """Take in a page: when the one before was answered, it came, the model was there, and it was answered."""
        hourly, seconds = self._settings.dollars_per_hour, answered - before
        page = EngineCalls(
            requests=1,
            pages_sent=1,
            concurrency=1,
            reading_seconds=seconds,
            starved_seconds=came - before,
            waited_seconds=loaded - came,
            request_seconds=answered - loaded,
            dollars=None if hourly is None else hourly * seconds / 3600,
        )
        self._calls = EngineCalls.total((self._calls, page)) or page

    def _load(self) -> _JslLlm:
        name, began = self._settings.model, time.monotonic()
        try:
            library: Any = importlib.import_module(_LIBRARY)
        except ModuleNotFoundError:
            raise EngineError(
                "The engine `jsl` runs where John Snow Labs' library jsl_llm_lib is: in their container images."
            ) from None
        self._tell(f"Model {name} is being loaded.")
        try:
            llm: _JslLlm = library.JslLlm()
            llm.load_model(llm_name=name)
        except Exception as error:
            raise EngineError(f"The model {name} could not be loaded: {type(error).__name__}.") from error
        self._tell(f"Model {name} loaded in {time.monotonic() - began:.0f} s.")
        return llm

    def _outcome(self, llm: _JslLlm, page: Page) -> Reading | PageFailure:
        began = time.monotonic()
        try:
            said = self._predict(llm, page)
        except Exception as error:  # noqa: BLE001  (the library may raise anything; its text may quote the page)
            message = f"Unforeseen {type(error).__name__} in the model's library."
            return PageFailure(cause=FailureCause.ENGINE, message=message, retryable=True)
        judged = judge(WireAnswer(text=said), self._ask.plain)
        if judged.text is None:
            flaw = judged.flaws[0]
            message = f"The model's answer cannot be used: it was {flaw.replace('_', ' ')}."
            return PageFailure(cause=retry_rule(flaw).cause, message=message, retryable=True)
        seconds = time.monotonic() - began
        return Reading(text=judged.text, source=ReadingSource.MODEL, seconds=seconds, flaws=judged.flaws)

    def _predict(self, llm: _JslLlm, page: Page) -> str:
        suffix = ".png" if page.media_type == "image/png" else ".jpg"
        folder = _MEMORY if os.access(_MEMORY, os.W_OK) else None
        # Readable by this user alone, and gone with the block.
        with tempfile.NamedTemporaryFile(prefix=f"page-{os.getpid()}-", suffix=suffix, dir=folder) as file:
            file.write(page.image)
            file.flush()
            said = llm.get_prediction(prompt=self._ask.prompt, image_path=file.name)
        return said if isinstance(said, str) else ""


def _create_ask(settings: JslSettings, question: Question | None) -> Ask:
    """The question or the candidate."""
    if question is None:
        prompt = settings.prompt or DEFAULT_PROMPT
        return Ask(prompt=prompt, json_schema=ANSWER_SCHEMA, schema_name="candidate@1", max_tokens=_UNTOLD)
    if question.max_tokens is not None:
        raise SettingsError("The engine `jsl` takes no limit of tokens: ask without one.")
    return Ask(prompt=question.prompt, max_tokens=_UNTOLD)


def _reason(outcome: Reading | PageFailure) -> str:
    return outcome.message if isinstance(outcome, PageFailure) else ""
