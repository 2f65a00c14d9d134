"""PDF files through pdfium: pages drawn at the pixel budget, text layers as lines with boxes."""

import math
import re

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from numpy.typing import NDArray
from typing_extensions import override

from jsl_pipeline.ingest.complete import corrupt, truncated
from jsl_pipeline.ingest.document import (
    OpenDocument,
    Unusable,
    no_pages,
    rendering,
    require_page_count,
    require_page_shape,
)
from jsl_pipeline.ingest.limits import Limits
from jsl_pipeline.ingest.scan import Scans
from jsl_pipeline.ingest.textlayer import holds_all_writing, text_runs
from jsl_pipeline.schemas import Box, FileKind, Raster, RejectionCode, TextLine

_POINTS_PER_INCH = 72
# Writers may append junk after the end marker; readers look for it in the last kilobyte (ISO 32000-1, annex H.3).
_TAIL_BYTES = 1024
_PADDING = b"\0\t\n\f\r "
_START_OF_XREF = re.compile(rb"startxref\s+(\d{1,12})\b")
_XREF_TARGET = re.compile(rb"\s*(?:xref\b|\d+\s+\d+\s+obj\b)")
_LINEARIZED_LENGTH = re.compile(rb"/Linearized\b[^>]*?/L\s+(\d{1,12})\b")


class PdfPages(OpenDocument):
    """A PDF file. Pages are drawn with their annotations and form fields."""

    def __init__(self, data: bytes, limits: Limits) -> None:
        """Raises Unusable."""
        _require_complete(data)
        self._scans = Scans(data)
        self._pdf = _open_pdf(data)
        try:
            self._page_count = len(self._pdf)
            require_page_count(self._page_count, limits)
            for index in range(self._page_count):
                _require_paper(self._pdf, index, limits)
            if self._pdf.get_formtype() != raw.FORMTYPE_NONE:
                self._pdf.init_forms()
        except pdfium.PdfiumError as error:
            self._pdf.close()
            raise corrupt() from error
        except Unusable:
            self._pdf.close()
            raise

    @property
    @override
    def kind(self) -> FileKind:
        return FileKind.PDF

    @property
    @override
    def page_count(self) -> int:
        return self._page_count

    @override
    def render(self, page_no: int, target_pixels: int) -> Raster:
        with rendering():
            page = self._pdf[page_no - 1]
            try:
                raster = self._scans.decode(page, target_pixels) or self._draw(page, target_pixels)
                return Raster(pixels=raster.pixels, text_layer=_text_layer(page, raster.pixels))
            finally:
                page.close()

    @override
    def close(self) -> None:
        self._pdf.close()

    def _draw(self, page: pdfium.PdfPage, target_pixels: int) -> Raster:
        width, height = page.get_size()
        scale = _scale_within(width, height, target_pixels)
        bitmap = page.render(scale=scale)  # pyright: ignore[reportArgumentType] - inferred from its default
        pixels = np.array(bitmap.to_numpy()[..., :3], dtype=np.uint8)
        bitmap.close()
        return Raster(pixels=pixels)


def _require_complete(data: bytes) -> None:
    """pdfium rebuilds what a cut file lost, and drops pages without a word; so judge the file's own bookkeeping.

    A whole file ends with an end marker, or at least with a pointer to a cross-reference table that is where it
    says. A table that lies before that place has lost bytes in front of it.
    """
    declared = _LINEARIZED_LENGTH.search(data, 0, 2 * _TAIL_BYTES)
    if declared and int(declared[1]) > len(data):
        raise truncated()
    tail = data.rstrip(_PADDING)[-_TAIL_BYTES:]
    pointers = _START_OF_XREF.findall(tail)
    if pointers:
        header = max(0, data.find(b"%PDF-", 0, _TAIL_BYTES))
        pointer = int(pointers[-1])
        if any(_XREF_TARGET.match(data, start + pointer) for start in (0, header)):
            return
        if 0 <= data.rfind(b"\nxref") < pointer:
            raise truncated()
    if b"%%EOF" not in tail:
        raise truncated()


def _open_pdf(data: bytes) -> pdfium.PdfDocument:
    try:
        return pdfium.PdfDocument(data)
    except pdfium.PdfiumError as error:
        if error.err_code == raw.FPDF_ERR_PASSWORD:
            raise Unusable(
                RejectionCode.ENCRYPTED, "The PDF needs a password to open. Send it without password protection."
            ) from error
        if error.err_code == raw.FPDF_ERR_SUCCESS:  # what pdfium says of an empty page tree
            raise no_pages() from error
        raise corrupt() from error


def _require_paper(pdf: pdfium.PdfDocument, index: int, limits: Limits) -> None:
    width, height = pdf.get_page_size(index)
    if not (width > 0 and height > 0):
        raise corrupt()
    if max(width, height) > limits.max_paper_inches * _POINTS_PER_INCH:
        raise Unusable(
            RejectionCode.PAGE_TOO_LARGE,
            f"A page is more than {limits.max_paper_inches:g} inches long. Export it on ordinary paper.",
        )
    require_page_shape(width, height, limits)


def _scale_within(width: float, height: float, target_pixels: int) -> float:
    """The largest scale at which the sides, rounded up, span at most `target_pixels`.

    Solves (scale * width + 1) * (scale * height + 1) = target_pixels.
    """
    area, sides = width * height, width + height
    return (math.sqrt(sides * sides + 4 * area * (target_pixels - 1)) - sides) / (2 * area)


def _text_layer(page: pdfium.PdfPage, pixels: NDArray[np.uint8]) -> tuple[TextLine, ...]:
    if not holds_all_writing(page):
        return ()
    textpage = page.get_textpage()
    place = _Placement(page, pixels)
    lines = tuple(TextLine(text=run.text, box=place(run.box)) for run in text_runs(textpage))
    textpage.close()
    return lines


class _Placement:
    """Maps boxes from page space to the pixels of the drawn page."""

    def __init__(self, page: pdfium.PdfPage, pixels: NDArray[np.uint8]) -> None:
        self._left, self._bottom, self._right, self._top = page.get_bbox()
        self._turn = page.get_rotation()
        width, height = page.get_size()
        self._scale = (pixels.shape[1] / width, pixels.shape[0] / height)

    def __call__(self, box: Box) -> Box:
        left, bottom, right, top = box
        match self._turn:
            case 90:
                x0, y0, x1, y1 = bottom - self._bottom, left - self._left, top - self._bottom, right - self._left
            case 180:
                x0, y0, x1, y1 = self._right - right, bottom - self._bottom, self._right - left, top - self._bottom
            case 270:
                x0, y0, x1, y1 = self._top - top, self._right - right, self._top - bottom, self._right - left
            case _:
                x0, y0, x1, y1 = left - self._left, self._top - top, right - self._left, self._top - bottom
        across, down = self._scale
        return (x0 * across, y0 * down, x1 * across, y1 * down)
