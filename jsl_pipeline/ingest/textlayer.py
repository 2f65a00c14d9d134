"""The text layer of a PDF page as lines with boxes, in page space."""

import ctypes
from dataclasses import dataclass
from itertools import pairwise

import pypdfium2.raw as raw
from pypdfium2 import PdfPage, PdfTextPage

from jsl_pipeline.schemas import Box

# A space between words is about a quarter of the line's height, justified ones up to about half of it. A wider gap
# parts two table cells or columns.
_CELL_GAP = 0.9
_SAME_LINE_OVERLAP = 0.5
# Annotations that put writing on a page which is not in its text layer.
_WRITTEN_OVER = {raw.FPDF_ANNOT_FREETEXT, raw.FPDF_ANNOT_STAMP, raw.FPDF_ANNOT_INK, raw.FPDF_ANNOT_WIDGET}
_LARGE_PICTURE = 0.15  # of the page's area; logos and signatures are smaller


@dataclass(frozen=True, slots=True)
class Run:
    """Text with its box in page space: left, bottom, right, top in points, y upwards."""

    text: str
    box: Box


def holds_all_writing(page: PdfPage) -> bool:
    """Whether the text layer can stand for the page.

    It cannot where form fields, stamps or notes lie over the page, nor where visible text stands beside a large
    picture, which may hold the body of the letter. Invisible text over a picture is the picture's own.
    """
    annotations = (raw.FPDFPage_GetAnnot(page, index) for index in range(raw.FPDFPage_GetAnnotCount(page)))
    if any(raw.FPDFAnnot_GetSubtype(annotation) in _WRITTEN_OVER for annotation in annotations):
        return False
    items = [raw.FPDFPage_GetObject(page, index) for index in range(raw.FPDFPage_CountObjects(page))]
    area = _LARGE_PICTURE * raw.FPDF_GetPageWidthF(page) * raw.FPDF_GetPageHeightF(page)
    if not any(_area(item) > area for item in items if raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_IMAGE):
        return True
    return not any(_is_visible_text(item) for item in items)


def _area(item: object) -> float:
    left, bottom, right, top = (ctypes.c_float() for _ in range(4))
    raw.FPDFPageObj_GetBounds(item, left, bottom, right, top)
    return (right.value - left.value) * (top.value - bottom.value)


def _is_visible_text(item: object) -> bool:
    return (
        raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_TEXT
        and raw.FPDFTextObj_GetTextRenderMode(item) != raw.FPDF_TEXTRENDERMODE_INVISIBLE
    )


def text_runs(textpage: PdfTextPage) -> list[Run]:
    """Lines of the page in reading order; a wide gap inside a line starts a new one."""
    lines: list[list[Run]] = []
    for word in sorted(_words(textpage), key=lambda run: -run.box[3]):
        home = next((line for line in reversed(lines[-8:]) if _same_line(line[0].box, word.box)), None)
        if home is None:
            lines.append([word])
        else:
            home.append(word)
    return [run for line in lines for run in _split_cells(sorted(line, key=lambda run: run.box[0]))]


def _words(textpage: PdfTextPage) -> list[Run]:
    """Characters joined up to the next space, in the order of the page's content."""
    words: list[Run] = []
    letters: list[str] = []
    boxes: list[Box] = []
    rect = raw.FS_RECTF()
    reference = ctypes.byref(rect)

    def finish() -> None:
        if letters:
            words.append(Run("".join(letters), _union(boxes)))
        letters.clear()
        boxes.clear()

    for index in range(raw.FPDFText_CountChars(textpage)):
        letter = _letter(raw.FPDFText_GetUnicode(textpage, index))
        if not letter or not raw.FPDFText_GetLooseCharBox(textpage, index, reference):
            finish()
            continue
        box = (rect.left, rect.bottom, rect.right, rect.top)
        if boxes and not _follows(boxes[-1], box):
            finish()
        letters.append(letter)
        boxes.append(box)
    finish()
    return words


def _letter(code: int) -> str:
    """A printable character, or nothing for spaces, controls, non-characters and lone surrogates."""
    if code in (0, 0xFFFE, 0xFFFF) or 0xD800 <= code <= 0xDFFF or code > 0x10FFFF:
        return ""
    letter = chr(code)
    return letter if letter.isprintable() and not letter.isspace() else ""


def _follows(last: Box, box: Box) -> bool:
    height = max(last[3] - last[1], box[3] - box[1])
    return _same_line(last, box) and -height < box[0] - last[2] < _CELL_GAP * height


def _same_line(a: Box, b: Box) -> bool:
    overlap = min(a[3], b[3]) - max(a[1], b[1])
    return overlap > _SAME_LINE_OVERLAP * min(a[3] - a[1], b[3] - b[1])


def _split_cells(words: list[Run]) -> list[Run]:
    cells = [[words[0]]]
    for last, word in pairwise(words):
        height = max(last.box[3] - last.box[1], word.box[3] - word.box[1])
        if word.box[0] - last.box[2] > _CELL_GAP * height:
            cells.append([word])
        else:
            cells[-1].append(word)
    return [Run(" ".join(run.text for run in cell), _union([run.box for run in cell])) for cell in cells]


def _union(boxes: list[Box]) -> Box:
    left, bottom, right, top = zip(*boxes, strict=True)
    return (min(left), min(bottom), max(right), max(top))
