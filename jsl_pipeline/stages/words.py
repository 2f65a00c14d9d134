"""Words for pages that a model alone has read: those of a good text layer, else what CPU OCR reads there.

Values of a record are looked for among them. OCR's readings are kept in the answer journal as any engine's are, so a
page is read once.
"""

import time
from collections.abc import Callable, Collection, Iterator
from typing import NamedTuple

from jsl_pipeline.engines.reader import good_text_layer
from jsl_pipeline.extraction import PreparedPage, Reader
from jsl_pipeline.schemas import Reading, TextLine
from jsl_pipeline.stages.extract import unanswered
from jsl_pipeline.store import Store

_TELL_SECONDS = 20.0


class PageWords(NamedTuple):
    """What stands on a page."""

    document_id: str
    page_no: int
    lines: tuple[TextLine, ...]


def page_words(
    store: Store, batch_key: str, pages: Collection[str], ocr: Reader | None, tell: Callable[[str], None]
) -> Iterator[PageWords]:
    """The words of a batch's pages, which are given by their sha256; none for those that nothing can read.

    Without `ocr` text layers alone are looked at. Raises EngineError, StoreError.
    """
    scans: list[PreparedPage] = []
    layered: dict[str, list[PreparedPage]] = {}
    for row in store.tables.rows("pages", batch_key, ["text_lines", *PreparedPage._fields]):
        if row["page_sha"] in pages:
            page = PreparedPage(row["part"], row["document_id"], row["page_no"], row["page_sha"])
            (layered.setdefault(page.part, []) if row["text_lines"] else scans).append(page)
    for part, here in sorted(layered.items()):
        good = {(d, n): lines for d, n, lines in store.parts.text_layers(part) if good_text_layer(lines)}
        for page in here:
            if lines := good.get((page.document_id, page.page_no)):
                yield PageWords(page.document_id, page.page_no, lines)
            else:
                scans.append(page)
    if ocr is not None and scans:
        yield from _recognised(store, sorted(scans), ocr, tell)


def _recognised(
    store: Store, scans: list[PreparedPage], ocr: Reader, tell: Callable[[str], None]
) -> Iterator[PageWords]:
    answers = store.answers(ocr.fingerprint)
    todo = unanswered(scans, answers)
    if todo:
        tell(f"OCR reads {len(todo)} pages that a model alone has read, so that values can be looked for there.")
    told = time.monotonic()
    for done, _ in enumerate(ocr.read(store, todo) if todo else (), start=1):
        if time.monotonic() - told >= _TELL_SECONDS:
            tell(f"OCR has read {done} of {len(todo)} pages.")
            told = time.monotonic()
    for page in scans:
        outcome = answers.get(page.page_sha)
        if isinstance(outcome, Reading) and outcome.lines:
            yield PageWords(page.document_id, page.page_no, outcome.lines)
