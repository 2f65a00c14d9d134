"""Validate: the answers of a batch become one record a document, trusted or for review."""

import json
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from datetime import UTC, date
from functools import partial
from itertools import chain, groupby, islice
from operator import itemgetter
from typing import Any, NamedTuple

from pydantic import Field, TypeAdapter

from jsl_pipeline.confidence import Judge, load_model
from jsl_pipeline.errors import StageOrderError
from jsl_pipeline.extraction import Reader
from jsl_pipeline.schemas import (
    AnswerFlaw,
    FailureCause,
    PageFailure,
    Reading,
    ReadingSource,
    RecordStatus,
    SecondLook,
    TextLine,
    Value,
)
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.stages.record_rows import record_rows
from jsl_pipeline.stages.sources import Source, sources
from jsl_pipeline.stages.words import PageWords, page_words
from jsl_pipeline.store import (
    Row,
    Spool,
    Store,
)
from jsl_pipeline.validation import RULES, PageReading, RecordResult, ValidationSettings, build_record, load_rules
from jsl_pipeline.workers import Pool, Work

_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])
_END = (-1, iter(()))
_DOCUMENTS_AT_A_TIME = 16
_CHUNK_SECONDS = 120
_TABLES = ("prescriptions", "medications", "patients", "review_queue")


class ValidateReport(Value):
    """What validation made of a batch."""

    documents: int
    complete: int
    partial: int
    suspect: int = Field(description="Documents in the review queue.")
    medications: int = Field(description="Medications of trusted records.")
    issues_by_code: dict[str, int] = Field(description="Documents with an issue of that code.")
    seconds: float


class ReadDocument(NamedTuple):
    """A document, its place among those of its batch, and what became of its pages."""

    place: int
    source: Source
    readings: list[PageReading]
    blank: list[int]
    """Numbers of the blank pages."""


_Chunk = tuple[ReadDocument, ...]
_Built = tuple[int, RecordResult]


def validate(
    store: Store,
    batch_key: str,
    settings: ValidationSettings | None = None,
    progress: Progress = silent,
    pool: Pool | None = None,
    ocr: Reader | None = None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> ValidateReport:
    """Build a record for every document of the batch, in `pool` where it has many, and replace its rows in the four
    record tables.

    Values are looked for among the words of their pages; with `ocr`, scans that a model alone has read are read by it
    too. `tell` hears how far that is.
    Suspect records go to `review_queue` and nowhere else. Dates that cannot lie in the future are judged by the
    day on which the batch was closed, so that a rerun finds the same. Raises StageOrderError before extraction,
    SettingsError where a rule or calibration that is set is none, EngineError, StoreError.
    """
    started = time.perf_counter()
    settings = settings or ValidationSettings()
    load_rules(settings.rules)  # a wrong name is told before any work
    judge = load_model(settings.calibration).judge  # read here, once: workers need not see the file
    today = store.manifests.get(batch_key).closed_at.astimezone(UTC).date()
    documents = sources(store, batch_key)
    statuses: Counter[RecordStatus] = Counter()
    issues: Counter[str] = Counter()
    medications = 0
    progress(0, len(documents))
    with ExitStack() as opened:
        chunks = _read_chunks(store, batch_key, documents, ocr, tell)
        rows = {table: opened.enter_context(Spool[Row]()) for table in _TABLES}
        for place, result in _build_all(chunks, partial(_build, today, settings, judge), pool):
            statuses[result.status] += 1
            issues.update({issue.code for issue in result.issues})
            for table, row in record_rows(batch_key, documents[place], result):
                rows[table].add(place, row)
                medications += table == "medications"
            progress(statuses.total(), len(documents))
        for table, kept in rows.items():
            store.tables.replace(table, batch_key, lambda kept=kept: kept)
    return ValidateReport(
        documents=len(documents),
        complete=statuses[RecordStatus.COMPLETE],
        partial=statuses[RecordStatus.PARTIAL],
        suspect=statuses[RecordStatus.SUSPECT],
        medications=medications,
        issues_by_code=dict(sorted(issues.items())),
        seconds=time.perf_counter() - started,
    )


def read_documents(store: Store, batch_key: str, ocr: Reader | None = None) -> Iterator[ReadDocument]:
    """The documents of a batch and what became of their pages, as `validate` makes records of them.

    Raises StageOrderError before extraction, EngineError, StoreError.
    """
    return chain.from_iterable(_read_chunks(store, batch_key, sources(store, batch_key), ocr))


def _read_chunks(
    store: Store,
    batch_key: str,
    documents: Sequence[Source],
    ocr: Reader | None,
    tell: Callable[[str], None] = lambda sentence: None,
) -> Iterator[_Chunk]:
    places = {each.document_id: n for n, each in enumerate(documents)}
    with Spool[_Outcome]() as pages:
        wordless = _read_pages(store, batch_key, places, pages)
        for words in page_words(store, batch_key, wordless, ocr, tell) if wordless else ():
            if words.document_id in places:
                pages.add(places[words.document_id], words)
        yield from _chunks(documents, pages)


_Outcome = PageReading | int | PageWords
"""A page that was read or failed, the number of a blank one, or what stands on one that a model has read."""


def _read_pages(store: Store, batch_key: str, places: dict[str, int], outcomes: Spool[_Outcome]) -> set[str]:
    """Put aside what became of each page, at the place of its document; tell which a model alone has read.

    Rows of documents that the batch has no more are of an earlier ingest, and pass.
    """
    unread, wordless = False, set[str]()
    columns = ["document_id", "page_no", "state", "failure_cause", "failure"]
    for row in store.tables.rows("pages", batch_key, columns):
        unread = unread or row["state"] == "prepared"
        if row["state"] != "prepared" and row["document_id"] in places:
            outcomes.add(places[row["document_id"]], row["page_no"] if row["state"] == "blank" else _failure(row))
    columns += ["page_sha", "answer", "source", "seconds", "finish_reason", "flaws", "lines"]
    columns += ["probabilities", "asked_again"]
    for row in store.tables.rows("extractions", batch_key, columns):
        unread = False
        if row["document_id"] in places:
            outcomes.add(places[row["document_id"]], _reading(row))
            if row["source"] == ReadingSource.MODEL and row["lines"] == "[]":
                wordless.add(row["page_sha"])
    if unread:
        raise StageOrderError(f"Batch '{batch_key}' was not read yet: materialise `extractions` first.")
    return wordless


def _chunks(documents: Sequence[Source], outcomes: Spool[_Outcome]) -> Iterator[_Chunk]:
    found = groupby(outcomes.items(), key=itemgetter(0))
    at, group = next(found, _END)
    chunk: list[ReadDocument] = []
    for place, source in enumerate(documents):
        here: list[_Outcome] = []
        if at == place:
            here = [outcome for _, outcome in group]
            at, group = next(found, _END)
        chunk.append(_read_document(place, source, here))
        if len(chunk) == _DOCUMENTS_AT_A_TIME:
            yield tuple(chunk)
            chunk.clear()
    if chunk:
        yield tuple(chunk)


def _read_document(place: int, source: Source, outcomes: Sequence[_Outcome]) -> ReadDocument:
    words = {each.page_no: each.lines for each in outcomes if isinstance(each, PageWords)}
    readings = [each for each in outcomes if isinstance(each, PageReading)]
    return ReadDocument(
        place,
        source,
        [each.model_copy(update={"lines": words.get(each.page_no, ())}) for each in readings],
        [each for each in outcomes if isinstance(each, int)],
    )


def _build_all(
    chunks: Iterator[_Chunk], build: Callable[[_Chunk], list[_Built]], pool: Pool | None
) -> Iterator[_Built]:
    """Records with the places of their documents. One chunk is sooner built here than anywhere else."""
    begun = list(islice(chunks, 2))
    if pool is None or len(begun) < 2:
        yield from chain.from_iterable(map(build, chain(begun, chunks)))
        return
    for chunk, outcome in pool.map(Work(build, _CHUNK_SECONDS, weigh=_size), chain(begun, chunks)):
        yield from build(chunk) if isinstance(outcome, PageFailure) else outcome  # here, its error says what it is


def _build(today: date, settings: ValidationSettings, judge: Judge, chunk: _Chunk) -> list[_Built]:
    rules = (*RULES, *load_rules(settings.rules))  # by name: functions of a user's need not travel to workers
    build = partial(build_record, today=today, rules=rules, judge=judge, review_below=settings.review_below)
    return [
        (each.place, build(each.source.document_id, each.source.pages, each.readings, each.blank)) for each in chunk
    ]


def _size(chunk: _Chunk) -> int:
    outcomes = [reading.outcome for each in chunk for reading in each.readings]
    return sum(len(outcome.text) for outcome in outcomes if isinstance(outcome, Reading))


def _reading(row: dict[str, Any]) -> PageReading:
    if row["state"] == "failed" or row["answer"] is None or row["source"] is None:
        return _failure(row)
    reading = Reading(
        text=row["answer"],
        source=ReadingSource(row["source"]),
        seconds=row["seconds"] or 0.0,
        finish_reason=row["finish_reason"] or "stop",
        flaws=tuple(AnswerFlaw(flaw) for flaw in row["flaws"].split(",")) if row["flaws"] else (),
        lines=_LINES.validate_json(row["lines"] or "[]"),
        probabilities=json.loads(row["probabilities"] or "{}"),
        asked_again=SecondLook.model_validate_json(row["asked_again"]) if row["asked_again"] else None,
    )
    return PageReading(page_no=row["page_no"], outcome=reading)


def _failure(row: dict[str, Any]) -> PageReading:
    cause = FailureCause(row["failure_cause"] or FailureCause.ENGINE)
    failure = PageFailure(cause=cause, message=row["failure"] or "", retryable=False)
    return PageReading(page_no=row["page_no"], outcome=failure)
