"""Paper and pens: a small drawing surface over a PDF canvas.

Lengths are points (1/72 inch), origin top left, y down to the baseline of text. Every document is drawn once, as
a PDF with a text layer; pages that should look scanned or photographed are pictures taken of it.
"""

import io
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from random import Random
from typing import Literal

import fontpkg
import matplotlib
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

from jsl_pipeline.schemas import Box

A4 = (595.0, 842.0)
LETTER = (612.0, 792.0)
A5 = (420.0, 595.0)

Colour = tuple[float, float, float]
"""Red, green, blue, each from 0 to 1."""

BLACK: Colour = (0.08, 0.08, 0.1)
GREY: Colour = (0.45, 0.45, 0.48)

Align = Literal["left", "centre", "right"]

_ABOVE, _BELOW = 0.75, 0.22  # of a letter's size, over and under its baseline


@dataclass(frozen=True)
class Pen:
    """What a text is written with. A hand wobbles: each letter is a little off in place, size and angle."""

    font: str
    size: float
    colour: Colour = BLACK
    hand: bool = False

    def sized(self, size: float) -> "Pen":
        """The same pen, another size."""
        return replace(self, size=size)


@dataclass(frozen=True)
class Face:
    """A typeface for print: a regular and a bold font."""

    regular: str
    bold: str

    def pen(self, size: float, bold: bool = False, colour: Colour = BLACK) -> Pen:
        """A pen that prints in this face."""
        return Pen(self.bold if bold else self.regular, size, colour)


SANS = Face("Helvetica", "Helvetica-Bold")
SERIF = Face("Times-Roman", "Times-Bold")
TYPEWRITER = Face("Courier", "Courier-Bold")
WIDE = Face("DejaVuSans", "DejaVuSans-Bold")
FACES = (SANS, SERIF, WIDE, SANS)
BOOK = Face("DejaVuSerif", "DejaVuSerif-Bold")
CONSOLE = Face("DejaVuSansMono", "DejaVuSansMono-Bold")
JOURNAL = Face("STIXGeneral", "STIXGeneralBol")
ACCENTS: tuple[Colour, ...] = (
    (0.08, 0.3, 0.5),
    (0.1, 0.42, 0.35),
    (0.5, 0.12, 0.2),
    (0.25, 0.2, 0.45),
    (0.2, 0.2, 0.22),
)
HANDS = ("Kalam-Regular", "Caveat", "Kalam-Light")


@cache
def _register_fonts() -> None:
    print_fonts = Path(matplotlib.get_data_path()) / "fonts" / "ttf"
    shipped = (WIDE, BOOK, CONSOLE, JOURNAL)
    files = {name: print_fonts / f"{name}.ttf" for face in shipped for name in (face.regular, face.bold)}
    files |= {
        "Kalam-Regular": fontpkg.path("Kalam", weight=400),
        "Kalam-Light": fontpkg.path("Kalam", weight=300),
        "Caveat": fontpkg.path("Caveat"),
    }
    for name, path in files.items():
        pdfmetrics.registerFont(TTFont(name, str(path)))


@dataclass(frozen=True)
class Written:
    """A line of text on the paper: its page, from 1, its left end and its baseline."""

    page_no: int
    text: str
    x: float
    y: float
    pen: Pen
    letters: tuple[tuple[float, float], ...] = ()
    """Of a hand: left end and baseline of each letter, and the end of the line."""

    def box(self, start: int, end: int) -> Box:
        """Where `text[start:end]` stands: left, top, right, bottom."""
        if self.letters:
            (left, _), (right, _) = self.letters[start], self.letters[end]
            lines = [y for _, y in self.letters[start : max(end, start + 1)]]
        else:
            left, right = (self.x + text_width(self.text[:each], self.pen) for each in (start, end))
            lines = [self.y]
        return (left, min(lines) - _ABOVE * self.pen.size, right, max(lines) + _BELOW * self.pen.size)


class Paper:
    """A document being drawn, page after page. The same calls give the same bytes."""

    def __init__(self, rng: Random, size: tuple[float, float], tint: Colour | None = None) -> None:
        _register_fonts()
        self.width, self.height = size
        self._rng = rng
        self._tint = tint
        self._written: list[Written] = []
        self._page_no = 1
        self._turned = False
        self._bytes = io.BytesIO()
        self._canvas = Canvas(self._bytes, pagesize=size, invariant=1, pageCompression=1)
        self._lay()

    def _lay(self) -> None:
        if self._tint:
            self.box(0, 0, self.width, self.height, fill=self._tint, line=None)

    @property
    def written(self) -> tuple[Written, ...]:
        """Every line of text so far, in the order of writing."""
        return tuple(self._written)

    @property
    def page_no(self) -> int:
        """The page that is being drawn, from 1."""
        return self._page_no

    def next_page(self) -> None:
        """Go on with an empty page."""
        self._canvas.showPage()
        self._page_no += 1
        self._lay()

    def close(self) -> bytes:
        """The finished PDF."""
        self._canvas.showPage()
        self._canvas.save()
        return self._bytes.getvalue()

    def text(self, x: float, y: float, text: str, pen: Pen, align: Align = "left") -> float:
        """Write one line, its baseline at `y`; returns the x where it ends."""
        width = text_width(text, pen)
        left = x - {"left": 0.0, "centre": width / 2, "right": width}[align]
        self._canvas.setFillColorRGB(*pen.colour)
        letters: tuple[tuple[float, float], ...] = ()
        if pen.hand:
            letters = self._scribble(left, y, text, pen)
        else:
            self._canvas.setFont(pen.font, pen.size)
            self._canvas.drawString(left, self.height - y, text)
        if not self._turned:
            self._written.append(Written(self._page_no, text, left, y, pen, letters))
        return left + width

    def _scribble(self, x: float, y: float, text: str, pen: Pen) -> tuple[tuple[float, float], ...]:
        rng, canvas = self._rng, self._canvas
        slope, drift = rng.gauss(0, 0.008), 0.0
        line = canvas.beginText()
        line.setFont(pen.font, pen.size)
        start, places = x, list[tuple[float, float]]()
        for letter in text:
            drift = 0.7 * drift + rng.gauss(0, pen.size * 0.012)
            turn, scale = rng.gauss(0, 0.02), 1 + rng.gauss(0, 0.025)
            rise = drift + slope * (x - start)
            places.append((x, y - rise))
            line.setTextTransform(scale, turn, -turn, scale, x, self.height - y + rise)
            line.textOut(letter)
            x += pdfmetrics.stringWidth(letter, pen.font, pen.size) * (1 + rng.gauss(0, 0.02))
        canvas.drawText(line)
        return (*places, (x, y))

    @contextmanager
    def turned(self, x: float, y: float, degrees: float, opacity: float = 1.0) -> Generator[None]:
        """Draw around x, y, counter-clockwise and see-through. Text of a stamp says nothing: it is not `written`."""
        self._canvas.saveState()
        self._canvas.translate(x, self.height - y)
        self._canvas.rotate(degrees)
        self._canvas.translate(-x, y - self.height)
        self._canvas.setFillAlpha(opacity)
        self._canvas.setStrokeAlpha(opacity)
        self._turned = True
        yield
        self._turned = False
        self._canvas.restoreState()

    def stroke(self, points: Sequence[tuple[float, float]], width: float, colour: Colour) -> None:
        """A line through points, as a pen draws it without lifting."""
        (x, y), *rest = points
        path = self._canvas.beginPath()
        path.moveTo(x, self.height - y)
        for x, y in rest:
            path.lineTo(x, self.height - y)
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(width)
        self._canvas.drawPath(path, stroke=1, fill=0)

    def circle(self, x: float, y: float, radius: float, width: float, colour: Colour) -> None:
        """A circle around x, y."""
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(width)
        self._canvas.circle(x, self.height - y, radius, stroke=1, fill=0)

    def wrap(self, x: float, y: float, text: str, width: float, pen: Pen, leading: float = 1.35) -> float:
        """Write a paragraph within `width`; returns the baseline of the line after it."""
        for line in _lines(text, width, pen):
            self.text(x, y, line, pen)
            y += pen.size * leading
        return y

    def rule(self, x: float, y: float, to_x: float, width: float = 0.6, colour: Colour = GREY) -> None:
        """A horizontal line."""
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(width)
        self._canvas.line(x, self.height - y, to_x, self.height - y)

    def box(
        self,
        x: float,
        y: float,
        width: float,
        height: float,
        fill: Colour | None = None,
        line: Colour | None = GREY,
        line_width: float = 0.6,
    ) -> None:
        """A rectangle, its top left corner at x, y."""
        if fill:
            self._canvas.setFillColorRGB(*fill)
        if line:
            self._canvas.setStrokeColorRGB(*line)
            self._canvas.setLineWidth(line_width)
        bottom = self.height - y - height
        self._canvas.rect(x, bottom, width, height, fill=int(fill is not None), stroke=int(line is not None))

    def signature(self, x: float, y: float, colour: Colour) -> None:
        """A flourish that says nothing, about 90 points wide."""
        rng, path = self._rng, self._canvas.beginPath()
        base = self.height - y
        path.moveTo(x, base)
        for step in range(7):
            at = x + step * 13
            path.curveTo(
                at + rng.uniform(0, 8),
                base + rng.uniform(4, 22),
                at + rng.uniform(4, 14),
                base - rng.uniform(0, 14),
                at + 13 + rng.uniform(-3, 3),
                base + rng.uniform(-3, 6),
            )
        self._canvas.setStrokeColorRGB(*colour)
        self._canvas.setLineWidth(1.1)
        self._canvas.drawPath(path, stroke=1, fill=0)

    def table(
        self,
        x: float,
        y: float,
        widths: Sequence[float],
        rows: Sequence[Sequence[str]],
        head: Pen,
        body: Pen,
        fill: Colour | None = None,
        grid: bool = True,
    ) -> float:
        """A table whose first row is its head, cells wrapped; returns y below it."""
        pad = 5.0
        for number, row in enumerate(rows):
            pen = body if number else head
            lines = max(len(_lines(cell, width - 2 * pad, pen)) for cell, width in zip(row, widths, strict=True))
            height = lines * pen.size * 1.25 + 2 * pad
            if fill and not number:
                self.box(x, y, sum(widths), height, fill=fill, line=None)
            left = x
            for cell, width in zip(row, widths, strict=True):
                if grid:
                    self.box(left, y, width, height)
                self.wrap(left + pad, y + pad + pen.size * 0.85, cell, width - 2 * pad, pen, 1.25)
                left += width
            y += height
            if not grid:
                self.rule(x, y, x + sum(widths), 1.0 if not number else 0.4)
        return y


def text_width(text: str, pen: Pen) -> float:
    """Points that a text takes."""
    return float(pdfmetrics.stringWidth(text, pen.font, pen.size))


def _lines(text: str, width: float, pen: Pen) -> list[str]:
    lines = [""]
    for word in text.split():
        longer = f"{lines[-1]} {word}".strip()
        if lines[-1] and text_width(longer, pen) > width:
            lines.append(word)
        else:
            lines[-1] = longer
    return lines
