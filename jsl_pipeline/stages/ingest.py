"""Ingest: every file of a batch becomes a document, a duplicate or a rejection."""

import hashlib
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import NamedTuple

from pydantic import Field

from jsl_pipeline.errors import LandingError, LandingUnavailable
from jsl_pipeline.ingest import Landing, Limits, OpenDocument, open_document
from jsl_pipeline.schemas import Batch, Document, LandingFile, PageFailure, Rejection, RejectionCode, Value
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.store import DocumentRow, RejectedRow, Spool, Store
from jsl_pipeline.workers import LocalPool, Pool, Work


class IngestReport(Value):
    """What ingest made of a batch."""

    files: int
    documents: int = Field(description="Files to work on: opened, and the first of their bytes.")
    duplicates: int
    rejected: int
    pages: int = Field(description="Pages of the documents.")
    rejected_by_code: dict[str, int]
    seconds: float


class _Usable(NamedTuple):
    file: LandingFile
    document_id: str
    pages: int


class _Opened(NamedTuple):
    document_id: str | None
    outcome: Document | Rejection


def ingest(
    store: Store, batch_key: str, settings: Settings, progress: Progress = silent, pool: Pool | None = None
) -> IngestReport:
    """Open every file of the batch, in `pool` or on this machine, and replace its rows in `documents` and `rejected`.

    Raises BatchNotFound, LandingError when the folder is out of reach, StoreError.
    """
    started = time.perf_counter()
    batch = store.manifests.get(batch_key)
    with Spool[_Opened]() as opened:
        usable, codes = _open_files(batch, settings, progress, pool or LocalPool(settings.workers), opened)
        firsts = _Firsts(store, batch, usable, settings)
        store.tables.replace("rejected", batch.key, lambda: _rejected_rows(batch, opened))
        store.tables.replace("documents", batch.key, lambda: _document_rows(batch, opened, firsts))
    pages = [each.pages for each in usable if firsts.of(each.document_id) == (batch.key, each.file.path)]
    return IngestReport(
        files=len(batch.files),
        documents=len(pages),
        duplicates=len(usable) - len(pages),
        rejected=codes.total(),
        pages=sum(pages),
        rejected_by_code=dict(sorted(codes.items())),
        seconds=time.perf_counter() - started,
    )


def _open_files(
    batch: Batch, settings: Settings, progress: Progress, pool: Pool, opened: Spool[_Opened]
) -> tuple[list[_Usable], Counter[str]]:
    """Open every file and put aside what it is; returns those that can be worked on, and why others cannot."""
    work = Work(
        partial(_open_file, batch.landing, dict(settings.landing_options), settings.limits),
        settings.file_timeout_seconds,
        weigh=_size,
        memory_bytes=settings.worker_memory_bytes,
    )
    places = {file.path: number for number, file in enumerate(batch.files)}
    usable: list[_Usable] = []
    codes: Counter[str] = Counter()
    progress(0, len(batch.files))
    for done, (file, outcome) in enumerate(pool.map(work, batch.files), start=1):
        if isinstance(outcome, PageFailure):
            reason = f"The file could not be opened safely. {outcome.message}"
            outcome = _Opened(document_id=None, outcome=Rejection(code=RejectionCode.CORRUPT, reason=reason))
        opened.add(places[file.path], outcome)
        match outcome.outcome:
            case Document(document_id=document_id, page_count=pages):
                usable.append(_Usable(file, document_id, pages))
            case Rejection(code=code):
                codes[code] += 1
        progress(done, len(batch.files))
    return usable, codes


def _rejected_rows(batch: Batch, opened: Spool[_Opened]) -> Iterator[RejectedRow]:
    for file, (document_id, outcome) in zip(batch.files, opened, strict=True):
        if isinstance(outcome, Rejection):
            yield RejectedRow(
                batch=batch.key,
                document_id=document_id,
                path=file.path,
                size=file.size,
                code=outcome.code,
                reason=outcome.reason,
            )


def _size(file: LandingFile) -> int:
    return file.size


def _open_file(landing_url: str, options: dict[str, str], limits: Limits, file: LandingFile) -> _Opened:
    try:
        data = Landing(landing_url, options).read(file.path, limits.max_file_bytes)
    except LandingUnavailable:
        raise
    except LandingError as error:
        return _Opened(document_id=None, outcome=Rejection(code=RejectionCode.UNREADABLE, reason=str(error)))
    document_id = hashlib.sha256(data).hexdigest()
    outcome = open_document(data, limits)
    if isinstance(outcome, OpenDocument):
        with outcome:
            document = Document(document_id=document_id, kind=outcome.kind, page_count=outcome.page_count)
        return _Opened(document_id=document_id, outcome=document)
    return _Opened(document_id=document_id, outcome=outcome)


def _document_rows(batch: Batch, opened: Spool[_Opened], firsts: "_Firsts") -> Iterator[DocumentRow]:
    for file, (_, outcome) in zip(batch.files, opened, strict=True):
        if isinstance(outcome, Document):
            first_batch, first_path = firsts.of(outcome.document_id)
            is_first = (first_batch, first_path) == (batch.key, file.path)
            yield DocumentRow(
                batch=batch.key,
                document_id=outcome.document_id,
                path=file.path,
                size=file.size,
                kind=outcome.kind,
                pages=outcome.page_count,
                duplicate_of=None if is_first else first_path,
                first_batch=None if is_first else first_batch,
            )


class _Firsts:
    """Where each document was first seen: the least (batch, path) that holds its bytes.

    The answer depends on which batches were closed, not on which have run: an earlier batch that was ingested
    is looked up in its rows, one that was not is looked up in its manifest, where only a file of the same
    size can have the same bytes and is hashed to know.
    """

    def __init__(self, store: Store, batch: Batch, usable: Sequence[_Usable], settings: Settings) -> None:
        self._first: dict[str, tuple[str, str]] = {}
        ids = {each.document_id for each in usable}
        self._see((each.document_id, batch.key, each.file.path) for each in usable)
        earlier = [key for key in store.manifests.batch_keys() if key < batch.key]
        ingested = store.tables.batches("documents") | store.tables.batches("rejected")
        found = store.tables.find("documents", "document_id", ids, ["document_id", "batch", "path"])
        self._see(
            (row["document_id"], row["batch"], row["path"]) for row in found.to_pylist() if row["batch"] < batch.key
        )
        sizes = {each.file.size for each in usable}
        for key in earlier:
            if key not in ingested:
                self._see(_hashed(store.manifests.get(key), sizes, settings))

    def of(self, document_id: str) -> tuple[str, str]:
        """Batch and path of the first."""
        return self._first[document_id]

    def _see(self, sightings: Iterable[tuple[str, str, str]]) -> None:
        for document_id, batch, path in sightings:
            if document_id not in self._first or (batch, path) < self._first[document_id]:
                self._first[document_id] = (batch, path)


def _hashed(batch: Batch, sizes: set[int], settings: Settings) -> list[tuple[str, str, str]]:
    landing = Landing(batch.landing, dict(settings.landing_options))
    hashed: list[tuple[str, str, str]] = []
    for file in batch.files:
        if file.size not in sizes:
            continue
        try:
            data = landing.read(file.path, settings.limits.max_file_bytes)
        except LandingError:
            continue  # gone: its batch will reject it, so it is nobody's first
        hashed.append((hashlib.sha256(data).hexdigest(), batch.key, file.path))
    return hashed
