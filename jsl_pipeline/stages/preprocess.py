"""Preprocess: every page of a batch's documents becomes pixels ready to be read, blank, or a failure."""

import hashlib
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import accumulate, groupby, islice
from operator import itemgetter
from typing import NamedTuple

from pydantic import Field

from jsl_pipeline.errors import LandingError, LandingUnavailable, StageOrderError
from jsl_pipeline.ingest import Landing, OpenDocument, RenderError, open_document
from jsl_pipeline.preprocess import PREPROCESS_VERSION, BlankPage, prepare
from jsl_pipeline.schemas import FailureCause, Page, PageFailure, TextLine, Value
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.stages.sources import Source, sources
from jsl_pipeline.store import PageRow, Spool, Store
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


class _Slice(NamedTuple):
    """Pages of one document that go into one part."""

    source: Source
    page_nos: tuple[int, ...]


class _Part(NamedTuple):
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
    starts = list(accumulate((each.pages for each in documents), initial=0))
    places = {each.document_id: start for each, start in zip(documents, starts, strict=False)}
    parts = _plan(batch_key, documents, settings)
    kept = {part.path for part in parts}
    tally = _Tally()
    progress(0, starts[-1])
    with Spool[PageRow]() as rows:
        for made in _prepare(parts, store, batch_key, settings, pool or LocalPool(settings.workers)):
            for row in made:
                rows.add(places[row.document_id or ""] + row.page_no, row)
                tally.count(row)
            kept.update(row.part for row in made if row.part)
            progress(tally.pages, starts[-1])
        store.tables.replace("pages", batch_key, lambda: rows)
    store.parts.remove_others(batch_key, kept)
    return PreprocessReport(**vars(tally), seconds=time.perf_counter() - started)


def _documents(store: Store, batch_key: str) -> list[Source]:
    documents = sources(store, batch_key)
    if not documents and not any(store.tables.count(table, batch_key) for table in ("documents", "rejected")):
        raise StageOrderError(f"Batch '{batch_key}' was not ingested yet: materialise `documents` first.")
    return documents


@dataclass
class _Tally:
    """What became of pages so far."""

    pages: int = 0
    prepared: int = 0
    blank: int = 0
    failed: int = 0
    bytes: int = 0
    text_layers: int = 0

    def count(self, row: PageRow) -> None:
        self.pages += 1
        self.blank += row.state == "blank"
        self.failed += row.state == "failed"
        if row.state == "prepared":
            self.prepared += 1
            self.bytes += row.encoded_bytes or 0
            self.text_layers += row.text_lines > 0


def _plan(batch_key: str, documents: Sequence[Source], settings: Settings) -> list[_Part]:
    """Cut the batch's pages, in order, into parts of at most `pages_per_part`."""
    pages = ((source, number) for source in documents for number in range(1, source.pages + 1))
    parts: list[_Part] = []
    while chosen := list(islice(pages, settings.pages_per_part)):
        by_source = groupby(chosen, key=itemgetter(0))
        slices = tuple(_Slice(source, tuple(number for _, number in each)) for source, each in by_source)
        parts.append(_part(batch_key, slices, settings))
    return parts


def _part(batch_key: str, slices: tuple[_Slice, ...], settings: Settings) -> _Part:
    """A part named by what it holds and how it is made, so that a rerun finds it."""
    made_from = [PREPROCESS_VERSION, settings.preprocess.model_dump_json(), settings.limits.model_dump_json()]
    made_from += [f"{piece.source.document_id}:{piece.page_nos}" for piece in slices]
    name = hashlib.sha256("\n".join(made_from).encode()).hexdigest()[:20]
    return _Part(path=f"pages/{batch_key}/{name}.parquet", slices=slices)


def _prepare(
    parts: list[_Part], store: Store, batch_key: str, settings: Settings, pool: Pool
) -> Iterator[list[PageRow]]:
    """Prepare parts. One that fails as a whole is done again page by page."""
    landing = store.manifests.get(batch_key).landing
    work = Work(
        partial(_prepare_part, store, batch_key, landing, settings),
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
            yield [_failed(batch_key, only.source.document_id, only.page_nos[0], outcome)]
        else:
            yield outcome


def _size(part: _Part) -> int:
    return sum(piece.source.size for piece in part.slices)


def _single_pages(part: _Part, batch_key: str, settings: Settings) -> Iterator[_Part]:
    for piece in part.slices:
        for number in piece.page_nos:
            yield _part(batch_key, (piece._replace(page_nos=(number,)),), settings)


def _prepare_part(store: Store, batch_key: str, landing_url: str, settings: Settings, part: _Part) -> list[PageRow]:
    """Make a part, unless an earlier run has, or a lost executor of this one."""
    finished = store.parts.rows(part.path)
    # A file that was away may be back: only what failed for that reason is worth another try.
    if finished is not None and all(row.failure_cause != FailureCause.LANDING for row in finished):
        return finished
    landing = Landing(landing_url, dict(settings.landing_options))
    made: list[_Made] = []
    for piece in part.slices:
        made.extend(_prepare_slice(landing, batch_key, settings, piece))
    made = [_Made(row.model_copy(update={"part": part.path}), page) for row, page in made]
    store.parts.write(part.path, made)
    return [row for row, _ in made]


def _prepare_slice(landing: Landing, batch_key: str, settings: Settings, piece: _Slice) -> Iterator[_Made]:
    document_id = piece.source.document_id
    try:
        data = landing.read(piece.source.path, settings.limits.max_file_bytes)
    except LandingUnavailable:
        raise
    except LandingError:
        data = b""
    document = open_document(data, settings.limits)
    changed = hashlib.sha256(data).hexdigest() != document_id
    if changed or not isinstance(document, OpenDocument):
        message = "The landing file is gone or was changed after ingest; put it back, or ingest the batch again."
        failure = PageFailure(cause=FailureCause.LANDING, message=message, retryable=True)
        yield from (_Made(_failed(batch_key, document_id, number, failure), None) for number in piece.page_nos)
        return
    with document:
        for number in piece.page_nos:
            yield _prepare_page(document, batch_key, settings, document_id, number)


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
        digest.update(line.model_dump_json(exclude={"struck"}).encode())  # a text layer has no strokes
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
