"""A page being composed: what is written on it is recorded, value by value, with its place.

A layout is put together from blocks (a letterhead, the patient, the medications, what stands below) that each write
on the same sheet. The label is what was written and no more, so the two cannot differ.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from random import Random
from typing import Literal, NamedTuple

from jsl_pipeline.schemas import DateValue, Label
from jsl_pipeline.synthetic.paper import GREY, Align, Colour, Face, Paper, Pen, Written, text_width
from jsl_pipeline.synthetic.people import Region

_FOOT = 46.0  # points below the last line of a page

Grid = Literal["grid", "rules", "head", "none"]


class Said(NamedTuple):
    """Words that state a value."""

    field: str
    """Its path, such as `medications[2].strength`."""
    text: str


Part = str | Said


@dataclass(frozen=True)
class Span:
    """A part of a line that states a value; a value that goes over two lines has two spans of one statement."""

    field: str
    statement: int
    line: Written
    start: int
    end: int


@dataclass(frozen=True)
class Style:
    """How a document looks wherever its blocks write."""

    face: Face
    size: float
    leading: float
    """From line to line, in sizes."""
    accent: Colour
    fill: Pen
    """What values are filled in with: print, or a hand."""
    margin: float


class Sheet:
    """The pages of one document. Lengths are points; `y` is the baseline of the next line."""

    def __init__(self, rng: Random, size: tuple[float, float], style: Style, region: Region, facts: Label) -> None:
        self.rng, self.style, self.region, self.facts = rng, style, region, facts
        self.paper = Paper(rng, size)
        self.left, self.right = style.margin, size[0] - style.margin
        self.y = style.margin + style.size
        self.spans: list[Span] = []
        self._statements = 0

    @property
    def width(self) -> float:
        """Between the margins."""
        return self.right - self.left

    @property
    def leading(self) -> float:
        """From line to line."""
        return self.style.leading * max(self.style.size, 0.8 * self.style.fill.size)

    def pen(self, scale: float = 1.0, bold: bool = False, colour: Colour | None = None) -> Pen:
        """Print in the document's face."""
        plain = self.style.face.pen(self.style.size * scale, bold)
        return plain if colour is None else Pen(plain.font, plain.size, colour)

    def small(self) -> Pen:
        """Print for captions."""
        return self.pen(0.78, colour=GREY)

    def value(self, field: str, form: str = "{}") -> Said:
        """The words of a fact, written in a form."""
        return Said(field, form.format(words(self.facts, field)))

    def item(self, number: int, name: str, form: str = "{}") -> Said:
        """The words of a medication's fact."""
        return self.value(f"medications[{number}].{name}", form)

    def has(self, number: int, name: str) -> bool:
        """Whether there is anything to say of a medication's field."""
        return getattr(self.facts.medications[number], name) is not None

    def room(self, height: float) -> None:
        """Make sure that so much can be written from `y` on, on a new page if need be."""
        if self.y + height > self.paper.height - _FOOT:
            self.paper.next_page()
            self.y = self.style.margin + 2 * self.leading

    def down(self, lines: float = 1.0) -> float:
        """Go down by lines; returns the new baseline."""
        self.y += lines * self.leading
        return self.y

    def say(self, x: float, y: float, parts: Sequence[Part], pen: Pen, align: Align = "left") -> float:
        """Write one line; returns the x where it ends."""
        text, stated = _joined(parts)
        if not text.strip():
            return x
        return self._write(x, y, text, [(self._statement(), *each) for each in stated], pen, align)

    def flow(self, x: float, y: float, parts: Sequence[Part], width: float, pen: Pen, leading: float = 1.35) -> float:
        """Write a paragraph within `width`; returns the baseline of the line after it."""
        text, stated = _joined(parts)
        numbered = [(self._statement(), *each) for each in stated]
        for first, last in _lines(text, width, pen):
            here = [
                (number, field, max(start, first) - first, min(end, last) - first)
                for number, field, start, end in numbered
                if start < last and first < end
            ]
            self._write(x, y, text[first:last], here, pen, "left")
            y += pen.size * leading
        return y

    def table(self, widths: Sequence[float], rows: Sequence[Sequence[Sequence[Part]]], grid: Grid, body: Pen) -> None:
        """A table from margin to margin whose first row is its head; cells wrap, rows stay on one page."""
        pad, unit = 4.5, self.width / sum(widths)
        head = self.pen(body.size / self.style.size, bold=True) if not body.hand else self.pen(bold=True)
        for number, row in enumerate(rows):
            pen = body if number else head
            wide = [each * unit for each in widths]
            lines = max(len(_lines(_joined(cell)[0], w - 2 * pad, pen)) for cell, w in zip(row, wide, strict=True))
            height = lines * pen.size * 1.25 + 2 * pad
            self.room(height)
            top, x = self.y - pen.size, self.left
            if grid == "head" and not number:
                self.paper.box(x, top, self.width, height, fill=_pale(self.style.accent), line=None)
            for cell, w in zip(row, wide, strict=True):
                if grid == "grid":
                    self.paper.box(x, top, w, height)
                self.flow(x + pad, top + pad + pen.size * 0.85, cell, w - 2 * pad, pen, 1.25)
                x += w
            if grid == "rules" or (grid == "head" and not number):
                self.paper.rule(self.left, top + height, self.right, 1.0 if not number else 0.4)
            self.y += height
        self.y += self.leading

    def _statement(self) -> int:
        self._statements += 1
        return self._statements

    def _write(
        self, x: float, y: float, text: str, stated: Sequence[tuple[int, str, int, int]], pen: Pen, align: Align
    ) -> float:
        end = self.paper.text(x, y, text, pen, align)
        line = self.paper.written[-1]
        self.spans += [Span(field, number, line, first, last) for number, field, first, last in stated]
        return end


def words(facts: Label, field: str) -> str:
    """What a label says at a path, as it is written on paper."""
    value: object = facts
    for step in field.replace("[", ".").replace("]", "").split("."):
        value = value[int(step)] if isinstance(value, tuple) else getattr(value, step)
    return value.raw if isinstance(value, DateValue) else str(value)


def _joined(parts: Sequence[Part]) -> tuple[str, list[tuple[str, int, int]]]:
    """One text of the parts, and field, start and end of those that state values."""
    text, stated = "", list[tuple[str, int, int]]()
    for part in parts:
        if isinstance(part, Said):
            stated.append((part.field, len(text), len(text) + len(part.text)))
            text += part.text
        else:
            text += part
    return text, stated


def _lines(text: str, width: float, pen: Pen) -> list[tuple[int, int]]:
    """Start and end of the lines that a text is wrapped to."""
    return list(_wrapped(text, width, pen)) or [(0, 0)]


def _wrapped(text: str, width: float, pen: Pen) -> Iterator[tuple[int, int]]:
    first = last = at = 0
    for word in text.split(" "):
        end = at + len(word)
        if last > first and text_width(text[first:end], pen) > width:
            yield first, last
            first = at
        last, at = end, end + 1
    if last > first:
        yield first, last


def _pale(colour: Colour) -> Colour:
    red, green, blue = (0.84 + 0.12 * each for each in colour)
    return red, green, blue
