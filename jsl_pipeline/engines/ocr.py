"""The CPU engine: RapidOCR in one process a core, and the reader that turns its lines into a candidate.

A page that came with a good text layer is read from that, without OCR.
"""

import json
import time
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Literal, Self

import cv2
import numpy as np
from pydantic import Field

from jsl_pipeline.engines.reader import READER_VERSION, good_text_layer, read_candidate
from jsl_pipeline.engines.recognise import MODEL_VERSION, Recogniser
from jsl_pipeline.schemas import (
    FailureCause,
    Fingerprint,
    Page,
    PageAnswer,
    PageFailure,
    Reading,
    ReadingSource,
    TextLine,
    Value,
)
from jsl_pipeline.workers import Workers


class OcrSettings(Value):
    """Settings of the CPU engine."""

    kind: Literal["ocr"] = "ocr"
    workers: int | None = Field(default=None, ge=1, description="Processes; one a core where unset.")
    text_layer: bool = Field(default=True, description="Read a good text layer instead of the pixels.")
    page_timeout_seconds: float = Field(default=120, gt=0, description="Time a page may take.")


class OcrEngine:
    """Reads pages with RapidOCR on the CPU. See `Engine` for the interface."""

    def __init__(self, settings: OcrSettings) -> None:
        self._settings = settings
        self._workers: Workers[Page, Reading | PageFailure] | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """Weights of RapidOCR, version of the reader's rules, and whether text layers are used."""
        rules = {"reader": READER_VERSION, "text_layer": self._settings.text_layer}
        return Fingerprint(
            engine="ocr", model=MODEL_VERSION, prompt=json.dumps(rules, sort_keys=True), schema_name="candidate@1"
        )

    @property
    def calls(self) -> None:
        """It calls no endpoint."""
        return None

    def __enter__(self) -> Self:
        self._workers = Workers(
            _read_page,
            self._settings.workers,
            self._settings.page_timeout_seconds,
            initializer=_start,
            initargs=(self._settings.text_layer,),
        )
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._workers is not None:
            self._workers.__exit__(exc_type, exc, traceback)
            self._workers = None

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page once, in completion order; two pages a process are in flight."""
        if self._workers is None:
            raise RuntimeError("OcrEngine is a context manager: `with engine: engine.read(...)`")
        for page, outcome in self._workers.map(pages):
            yield PageAnswer(
                document_id=page.document_id, page_no=page.page_no, page_sha=page.page_sha, outcome=outcome
            )


class _Worker:
    """What one process holds: the model, loaded with the first page that needs it."""

    text_layer = True
    recogniser: Recogniser | None = None


def _start(text_layer: bool) -> None:
    _Worker.text_layer = text_layer


def _read_page(page: Page) -> Reading | PageFailure:
    started = time.perf_counter()
    if _Worker.text_layer and good_text_layer(page.text_layer):
        lines, source = page.text_layer, ReadingSource.TEXT_LAYER
    else:
        image = cv2.imdecode(np.frombuffer(page.image, np.uint8), cv2.IMREAD_COLOR)
        if image is None:
            message = "The stored pixels cannot be decoded; materialise `pages` again."
            return PageFailure(cause=FailureCause.ENGINE, message=message, retryable=True)
        lines, source = _recognise(image), ReadingSource.OCR
    candidate = read_candidate(lines, page.width, page.height)
    return Reading(
        text=candidate.model_dump_json(exclude_none=True),
        source=source,
        seconds=time.perf_counter() - started,
        lines=lines,
    )


def _recognise(image: np.ndarray) -> tuple[TextLine, ...]:
    if _Worker.recogniser is None:
        _Worker.recogniser = Recogniser()
    return _Worker.recogniser.lines(image)
