"""Pages to read: print on paper, alike in all but a mark in a corner, so that no cache knows one from another."""

import hashlib
import io
from collections.abc import Iterator
from functools import cache

from PIL import Image, ImageDraw

from jsl_pipeline.schemas import Page

_DRUGS = ("Ibuprofen 400 mg", "Metformin 500 mg", "Ramipril 5 mg", "Salbutamol 100 mcg", "Omeprazole 20 mg")
_MARK = 8  # pixels of a bit: larger than what JPEG blurs
_BITS = 24


def sheets(count: int, size: tuple[int, int], first: int) -> Iterator[Page]:
    """Pages with the marks `first` and on, as JPEG files of `size` pixels."""
    for number in range(first, first + count):
        marked = _print(size).copy()
        pen = ImageDraw.Draw(marked)
        for bit in range(_BITS):
            pen.rectangle(
                (bit * _MARK, 0, bit * _MARK + _MARK - 1, _MARK), fill="black" if number >> bit & 1 else "white"
            )
        data = io.BytesIO()
        marked.save(data, "JPEG", quality=90)
        image = data.getvalue()
        yield Page(
            document_id=f"{number}",
            page_no=1,
            page_sha=hashlib.sha256(image).hexdigest(),
            image=image,
            media_type="image/jpeg",
            width=size[0],
            height=size[1],
        )


@cache
def _print(size: tuple[int, int]) -> Image.Image:
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for line, top in enumerate(range(60, size[1] - 40, 40)):
        text = f"{line + 1}. {_DRUGS[line % len(_DRUGS)]}, one tablet twice daily after meals for {line + 3} days"
        pen.text((30, top), text, fill="black", font_size=22)
    return sheet
