"""Rows of a frame through an engine, in a task: a few in memory at a time, however long the partition is."""

import hashlib
import io
import time
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import chain

import pyarrow as pa
from PIL import Image
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    DataType,
    DoubleType,
    LongType,
    StringType,
    StructField,
    StructType,
)

from jsl_pipeline.engines import Engine, EngineSettings
from jsl_pipeline.errors import ComputeError
from jsl_pipeline.extraction import reading_engine
from jsl_pipeline.schemas import FailureCause, Page, PageFailure, Reading
from jsl_pipeline.spark.line import Door
from jsl_pipeline.spark.slot import plain_errors, use_own_gpu
from jsl_pipeline.spark.visit import Unreachable, Visit

_COUNT_SECONDS = 1.0
_REFUSED_HELD = 8  # rows with no page in them that wait until the engine's next answer
_MEDIA_TYPES = {"JPEG": "image/jpeg", "PNG": "image/png"}

_FIELDS: dict[str, tuple[DataType, pa.DataType]] = {
    "text": (StringType(), pa.string()),
    "source": (StringType(), pa.string()),
    "finish_reason": (StringType(), pa.string()),
    "flaws": (ArrayType(StringType()), pa.list_(pa.string())),
    "seconds": (DoubleType(), pa.float64()),
    "prompt_tokens": (LongType(), pa.int64()),
    "completion_tokens": (LongType(), pa.int64()),
    "failure_cause": (StringType(), pa.string()),
    "failure": (StringType(), pa.string()),
    "retryable": (BooleanType(), pa.bool_()),
}
ANSWER = StructType([StructField(name, of_spark) for name, (of_spark, _) in _FIELDS.items()])
"""Spark's type of an answer."""
_ARROW = pa.struct([pa.field(name, of_arrow) for name, (_, of_arrow) in _FIELDS.items()])


@dataclass(frozen=True)
class ReadRows:
    """Adds answers to the rows of a partition. Travels to the executors."""

    door: Door
    """Where readers are counted, so that each keeps to its share."""
    engine: EngineSettings
    image: str
    """Column with the images."""
    reading: str
    """Column for the answers."""

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """The same rows with one column more, as they are answered. An empty partition starts no engine."""
        rows = (batch.slice(number, 1) for batch in batches for number in range(batch.num_rows))
        first = next(rows, None)
        if first is None:
            return
        use_own_gpu()
        with plain_errors():
            try:
                visit = Visit(self.door)
            except Unreachable as error:
                raise ComputeError(f"The task cannot reach the driver ({error}).") from error
            with visit, reading_engine(self.engine, share=visit.share) as engine:
                stream = _Stream(_counted(visit, chain([first], rows)), self.image, self.reading)
                yield from stream.answered(engine)


def _counted(visit: Visit, rows: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
    """The rows, while the driver is asked now and then how many read."""
    due = 0.0
    for row in rows:
        if time.monotonic() >= due:
            visit.pull()
            due = time.monotonic() + _COUNT_SECONDS
        yield row


class _Stream:
    """Rows on their way through an engine. Each is a batch of one row: images are large."""

    def __init__(self, rows: Iterator[pa.RecordBatch], image: str, reading: str) -> None:
        self._rows = enumerate(rows, start=1)
        self._image = image
        self._reading = reading
        self._asked: dict[int, pa.RecordBatch] = {}
        self._refused: list[pa.RecordBatch] = []
        self._ended = False

    def answered(self, engine: Engine) -> Iterator[pa.RecordBatch]:
        """All rows with their answers."""
        while not self._ended:
            for answer in engine.read(self._pages()):
                yield self._with_answer(self._asked.pop(answer.page_no), answer.outcome)
                yield from self._take_refused()
            yield from self._take_refused()

    def _pages(self) -> Iterator[Page]:
        """Pages until the rows end, or so many without a page have gathered that our caller must pass them on."""
        while len(self._refused) < _REFUSED_HELD:
            number, row = next(self._rows, (0, None))
            if row is None:
                self._ended = True
                return
            page = _page(number, row.column(self._image)[0].as_py())
            if isinstance(page, PageFailure):
                self._refused.append(self._with_answer(row, page))
            else:
                self._asked[number] = row
                yield page

    def _take_refused(self) -> list[pa.RecordBatch]:
        taken, self._refused = self._refused, []
        return taken

    def _with_answer(self, row: pa.RecordBatch, outcome: Reading | PageFailure) -> pa.RecordBatch:
        match outcome:
            case Reading():
                told = outcome.model_dump(include=set(_FIELDS))
            case PageFailure():
                cause, message = outcome.cause.value, outcome.message
                told = {"failure_cause": cause, "failure": message, "retryable": outcome.retryable}
        answer = pa.array([told], _ARROW)
        return pa.RecordBatch.from_arrays([*row.columns, answer], names=[*row.schema.names, self._reading])


def _page(number: int, image: bytes | None) -> Page | PageFailure:
    if not image:
        return PageFailure(cause=FailureCause.RENDER, message="The row has no image.", retryable=False)
    try:
        with Image.open(io.BytesIO(image), formats=tuple(_MEDIA_TYPES)) as header:
            width, height = header.size
            media_type = _MEDIA_TYPES[header.format or ""]
    except (OSError, ValueError, KeyError, Image.DecompressionBombError):
        return PageFailure(cause=FailureCause.RENDER, message="The image is neither JPEG nor PNG.", retryable=False)
    return Page(
        document_id="",
        page_no=number,
        page_sha=hashlib.sha256(image).hexdigest(),
        image=image,
        media_type=media_type,
        width=width,
        height=height,
    )
