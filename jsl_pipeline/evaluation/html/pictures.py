"""Pages of documents as pictures that a report can carry."""

import base64
import io
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from PIL import Image

from jsl_pipeline.errors import StoreError
from jsl_pipeline.evaluation.documents import ScoredDocument
from jsl_pipeline.schemas import Page
from jsl_pipeline.store import Store

_WIDTH = 900  # pixels: a typed page stays readable
_QUALITY = 70
_PAGES_A_DOCUMENT = 3


@dataclass(frozen=True)
class Picture:
    """A page, or why there is none to see."""

    page_no: int
    width: int = 0
    """Of the prepared page, in pixels; evidence is measured in these."""
    height: int = 0
    source: str = ""
    """A `data:` URL; empty where the page has no picture."""
    reason: str = ""


def pictures(store: Store, documents: Iterable[ScoredDocument]) -> dict[str | None, list[Picture]]:
    """By document id, the pages that are worth looking at: those of mistakes before others, few of each document."""
    scored = {each.extracted.document_id: each for each in documents if each.extracted.document_id}
    if not scored:
        return {}
    columns = ["batch", "document_id", "page_no", "state", "part"]
    rows = store.tables.find("pages", "document_id", scored, columns).to_pylist()
    parts: defaultdict[str, dict[int, str | None]] = defaultdict(dict)
    for row in sorted(rows, key=lambda row: row["batch"]):
        parts[row["document_id"]][row["page_no"]] = row["part"] if row["state"] == "prepared" else None
    wanted = {
        (document, page_no): parts[document][page_no]
        for document, pages in parts.items()
        for page_no in _chosen(scored[document], sorted(pages))
    }
    drawn: dict[tuple[str, int], Picture] = {}
    for part in sorted({part for part in wanted.values() if part}):
        drawn |= _of_part(store, part, wanted)
    found: defaultdict[str | None, list[Picture]] = defaultdict(list)
    for (document, page_no), part in sorted(wanted.items()):
        reason = "Its picture is gone from the store." if part else "It was not prepared: blank, or it failed."
        found[document].append(drawn.get((document, page_no), Picture(page_no, reason=reason)))
    return dict(found)


def _chosen(document: ScoredDocument, pages: Sequence[int]) -> list[int]:
    evidence = document.extracted.evidence
    places = [each.in_record for each in document.mistakes if each.in_record]
    told = {evidence[place].page_no for place in places if place in evidence}
    told |= {each.page_no for each in document.extracted.failures if each.page_no}
    return sorted(pages, key=lambda page: (page not in told, page))[:_PAGES_A_DOCUMENT]


def _of_part(store: Store, part: str, wanted: Iterable[tuple[str, int]]) -> dict[tuple[str, int], Picture]:
    sought = set(wanted)
    try:
        return {
            (page.document_id, page.page_no): _draw(page)
            for page in store.parts.pages(part)
            if (page.document_id, page.page_no) in sought
        }
    except StoreError:
        return {}  # the report says of each page that its picture is gone


def _draw(page: Page) -> Picture:
    if not page.image:
        return Picture(page.page_no, reason="It came as text, without pixels.")
    with Image.open(io.BytesIO(page.image)) as opened:
        image = opened.convert("L" if opened.mode in ("1", "L") else "RGB")
    image.thumbnail((_WIDTH, 10 * _WIDTH))
    encoded = io.BytesIO()
    image.save(encoded, "JPEG", quality=_QUALITY, optimize=True)
    data = base64.b64encode(encoded.getvalue()).decode("ascii")
    return Picture(page.page_no, page.width, page.height, f"data:image/jpeg;base64,{data}")
