"""Preprocess: every page of a batch's documents becomes pixels ready to be read, blank, or a failure."""

import hashlib
import time
from collections.abc import Iterator
from functools import partial
from typing import NamedTuple

from pydantic import Field

from jsl_pipeline.errors import LandingError, LandingUnavailable, StageOrderError
from jsl_pipeline.ingest import Landing, OpenDocument, RenderError, open_document
from jsl_pipeline.preprocess import PREPROCESS_VERSION, BlankPage, prepare
from jsl_pipeline.schemas import FailureCause, Page, PageFailure, TextLine, Value
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.store import DocumentRow, PageRow, Store
from jsl_pipeline.workers import LocalPool, Pool, Work


class PreprocessReport(Value):
    """What preprocessing made of a batch."""

    pages: int
    prepared: int
    blank: int
    failed: int
    bytes: int = Field(description="Encoded pixels, bytes.")
    text_layers: int = Field(description="Prepared pages that came with a text layer.")
    seconds: float


class _Slice(Value):
    """Pages of one document that go into one part."""

    document_id: str
    path: str
    size: int
    """Bytes of the document."""
    page_nos: tuple[int, ...]


class _Part(Value):
    """What one worker does at a time: the slices of a part, and where the part goes."""

    path: str
    slices: tuple[_Slice, ...]


class _Made(NamedTuple):
    row: PageRow
    page: Page | None


def preprocess(
    store: Store, batch_key: str, settings: Settings, progress: Progress = silent, pool: Pool | None = None
) -> PreprocessReport:
    """Prepare the pages of the batch's documents, in `pool` or on this machine, and replace its rows in `pages`.

    Parts that an earlier run finished are kept. Raises StageOrderError before ingest, StoreError.
    """
    started = time.perf_counter()
    documents = _documents(store, batch_key)
    order = {row.document_id: number for number, row in enumerate(documents)}
    parts = list(_plan(batch_key, documents, settings))
    total = sum(row.pages for row in documents)
    rows: list[PageRow] = []
    for made in _prepare(parts, store, batch_key, settings, pool or LocalPool(settings.workers)):
        rows.extend(made)
        progress(len(rows), total)
    rows.sort(key=lambda row: (order[row.document_id], row.page_no))
    store.tables.replace("pages", batch_key, lambda: rows)
    store.parts.remove_others(batch_key, {part.path for part in parts} | {row.part for row in rows if row.part})
    return _report(rows, time.perf_counter() - started)


def _documents(store: Store, batch_key: str) -> list[DocumentRow]:
    rows = [DocumentRow(**row) for row in store.tables.read("documents", batch_key).to_pylist()]
    if not rows and not store.tables.count("rejected", batch_key):
        raise StageOrderError(f"Batch '{batch_key}' was not ingested yet: materialise `documents` first.")
    return sorted((row for row in rows if row.duplicate_of is None), key=lambda row: row.path)


def _report(rows: list[PageRow], seconds: float) -> PreprocessReport:
    prepared = [row for row in rows if row.state == "prepared"]
    return PreprocessReport(
        pages=len(rows),
        prepared=len(prepared),
        blank=sum(row.state == "blank" for row in rows),
        failed=sum(row.state == "failed" for row in rows),
        bytes=sum(row.encoded_bytes or 0 for row in prepared),
        text_layers=sum(row.text_lines > 0 for row in prepared),
        seconds=seconds,
    )


def _plan(batch_key: str, documents: list[DocumentRow], settings: Settings) -> Iterator[_Part]:
    """Cut the batch's pages, in order, into parts of at most `pages_per_part`."""
    pages = [(row, number) for row in documents for number in range(1, row.pages + 1)]
    for start in range(0, len(pages), settings.pages_per_part):
        numbers: dict[tuple[str, str, int], list[int]] = {}
        for row, number in pages[start : start + settings.pages_per_part]:
            numbers.setdefault((row.document_id or "", row.path, row.size), []).append(number)
        slices = tuple(
            _Slice(document_id=document_id, path=path, size=size, page_nos=tuple(chosen))
            for (document_id, path, size), chosen in numbers.items()
        )
        yield _part(batch_key, slices, settings)


def _part(batch_key: str, slices: tuple[_Slice, ...], settings: Settings) -> _Part:
    """A part named by what it holds and how it is made, so that a rerun finds it."""
    made_from = [PREPROCESS_VERSION, settings.preprocess.model_dump_json(), settings.limits.model_dump_json()]
    made_from += [f"{part.document_id}:{part.page_nos}" for part in slices]
    name = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:20]
    return _Part(path=f"pages/{batch_key}/{name}.parquet", slices=slices)


def _prepare(
    parts: list[_Part], store: Store, batch_key: str, settings: Settings, pool: Pool
) -> Iterator[list[PageRow]]:
    """Prepare parts. One that fails as a whole is done again page by page."""
    work = Work(
        partial(_prepare_part, store, batch_key, settings),
        settings.part_timeout_seconds,
        weigh=_size,
        memory_bytes=settings.worker_memory_bytes,
    )
    again: list[_Part] = []
    for part, outcome in pool.map(work, parts):
        if isinstance(outcome, PageFailure):
            again.extend(_single_pages(part, batch_key, settings))
        else:
            yield outcome
    for part, outcome in pool.map(work, again):
        if isinstance(outcome, PageFailure):
            (only,) = part.slices
            yield [_failed(batch_key, only.document_id, only.page_nos[0], outcome)]
        else:
            yield outcome


def _size(part: _Part) -> int:
    return sum(piece.size for piece in part.slices)


def _single_pages(part: _Part, batch_key: str, settings: Settings) -> Iterator[_Part]:
    for piece in part.slices:
        for number in piece.page_nos:
            yield _part(batch_key, (piece.model_copy(update={"page_nos": (number,)}),), settings)


def _prepare_part(store: Store, batch_key: str, settings: Settings, part: _Part) -> list[PageRow]:
    """Make a part, unless an earlier run has, or a lost executor of this one."""
    finished = store.parts.rows(part.path)
    # A file that was away may be back: only what failed for that reason is worth another try.
    if finished is not None and all(row.failure_cause != FailureCause.LANDING for row in finished):
        return finished
    landing = Landing(store.manifests.get(batch_key).landing, dict(settings.landing_options))
    made: list[_Made] = []
    for piece in part.slices:
        made.extend(_prepare_slice(landing, batch_key, settings, piece))
    made = [_Made(row.model_copy(update={"part": part.path}), page) for row, page in made]
    store.parts.write(part.path, made)
    return [row for row, _ in made]


def _prepare_slice(landing: Landing, batch_key: str, settings: Settings, piece: _Slice) -> Iterator[_Made]:
    try:
        data = landing.read(piece.path, settings.limits.max_file_bytes)
    except LandingUnavailable:
        raise
    except LandingError:
        data = b""
    document = open_document(data, settings.limits)
    changed = hashlib.sha256(data).hexdigest() != piece.document_id
    if changed or not isinstance(document, OpenDocument):
        message = "The landing file is gone or was changed after ingest; put it back, or ingest the batch again."
        failure = PageFailure(cause=FailureCause.LANDING, message=message, retryable=True)
        yield from (_Made(_failed(batch_key, piece.document_id, n, failure), None) for n in piece.page_nos)
        return
    with document:
        for number in piece.page_nos:
            yield _prepare_page(document, batch_key, settings, piece.document_id, number)


def _prepare_page(document: OpenDocument, batch_key: str, settings: Settings, document_id: str, number: int) -> _Made:
    try:
        raster = document.render(number, settings.preprocess.target_pixels)
    except RenderError as error:
        failure = PageFailure(cause=FailureCause.RENDER, message=str(error), retryable=False)
        return _Made(_failed(batch_key, document_id, number, failure), None)
    made = prepare(raster, settings.preprocess)
    quality = made.quality.model_dump()
    if isinstance(made, BlankPage):
        row = PageRow(batch=batch_key, document_id=document_id, page_no=number, state="blank", **quality)
        return _Made(row, None)
    page = Page(
        document_id=document_id,
        page_no=number,
        page_sha=_page_sha(made.image, made.text_layer),
        image=made.image,
        media_type=made.media_type,
        width=made.width,
        height=made.height,
        text_layer=made.text_layer,
    )
    row = PageRow(
        batch=batch_key,
        document_id=document_id,
        page_no=number,
        state="prepared",
        page_sha=page.page_sha,
        media_type=page.media_type,
        width=page.width,
        height=page.height,
        encoded_bytes=len(page.image),
        text_lines=len(page.text_layer),
        **quality,
    )
    return _Made(row, page)


def _page_sha(image: bytes, text_layer: tuple[TextLine, ...]) -> str:
    digest = hashlib.sha256(image)
    for line in text_layer:
        digest.update(line.model_dump_json().encode())
    return digest.hexdigest()


def _failed(batch_key: str, document_id: str, number: int, failure: PageFailure) -> PageRow:
    return PageRow(
        batch=batch_key,
        document_id=document_id,
        page_no=number,
        state="failed",
        failure_cause=failure.cause,
        failure=failure.message,
    )
