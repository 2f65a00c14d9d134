"""Pages in a store's parts, as preprocess leaves them, and their rows."""

import hashlib

from jsl_pipeline.schemas import Page
from jsl_pipeline.store import PageRow, Store


def page_rows(count: int, pages_per_part: int = 16) -> list[PageRow]:
    """Rows of pages that differ."""
    return [_row(number, _image(number), f"part{(number - 1) // pages_per_part}") for number in range(1, count + 1)]


def write_pages(store: Store, count: int, pages_per_part: int = 16) -> list[PageRow]:
    """Write pages whose images differ; nobody looks at them."""
    rows = page_rows(count, pages_per_part)
    parts: dict[str, list[tuple[PageRow, Page | None]]] = {}
    for row in rows:
        parts.setdefault(row.part or "", []).append((row, _page(row, _image(row.page_no))))
    for path, pages in parts.items():
        store.parts.write(path, pages)
    return rows


def write_page(store: Store, image: bytes) -> PageRow:
    """Write one page with this image, in a part of its own."""
    row = _row(9999, image, "one")
    store.parts.write(row.part or "", [(row, _page(row, image))])
    return row


def _image(number: int) -> bytes:
    return number.to_bytes(4, "big") * 500


def _row(number: int, image: bytes, part: str) -> PageRow:
    return PageRow(
        batch="b",
        document_id="d",
        page_no=number,
        state="prepared",
        page_sha=hashlib.sha256(image).hexdigest(),
        part=f"pages/b/{part}.parquet",
        media_type="image/jpeg",
        width=800,
        height=1000,
        encoded_bytes=len(image),
    )


def _page(row: PageRow, image: bytes) -> Page:
    return Page(
        document_id="d",
        page_no=row.page_no,
        page_sha=row.page_sha or "",
        image=image,
        media_type="image/jpeg",
        width=800,
        height=1000,
    )
