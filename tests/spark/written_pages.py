"""Pages in a store's parts, as preprocess leaves them."""

import hashlib
from itertools import groupby

from jsl_pipeline.extraction import PreparedPage
from jsl_pipeline.schemas import Page
from jsl_pipeline.store import PageRow, Store


def prepared_pages(count: int, pages_per_part: int = 16) -> list[PreparedPage]:
    """Pages that differ; nothing is written."""
    return [
        _prepared(number, _image(number), f"part{(number - 1) // pages_per_part}") for number in range(1, count + 1)
    ]


def write_pages(store: Store, count: int, pages_per_part: int = 16) -> list[PreparedPage]:
    """Write pages whose images differ; nobody looks at them."""
    pages = prepared_pages(count, pages_per_part)
    for path, part in groupby(pages, key=lambda page: page.part):
        store.parts.write(path, [_with_image(page, _image(page.page_no)) for page in part])
    return pages


def write_page(store: Store, image: bytes) -> PreparedPage:
    """Write one page with this image, in a part of its own."""
    page = _prepared(9999, image, "one")
    store.parts.write(page.part, [_with_image(page, image)])
    return page


def _image(number: int) -> bytes:
    return number.to_bytes(4, "big") * 500


def _prepared(number: int, image: bytes, part: str) -> PreparedPage:
    return PreparedPage(f"pages/b/{part}.parquet", "d", number, hashlib.sha256(image).hexdigest())


def _with_image(prepared: PreparedPage, image: bytes) -> tuple[PageRow, Page]:
    pixels = {"media_type": "image/jpeg", "width": 800, "height": 1000}
    known = prepared._asdict()
    row = PageRow.model_validate({"batch": "b", "state": "prepared", "encoded_bytes": len(image), **pixels, **known})
    known.pop("part")
    return row, Page.model_validate({"image": image, **pixels, **known})
