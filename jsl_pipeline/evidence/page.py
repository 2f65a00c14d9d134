"""A page's words with their places: cells in rows, read along rows or down columns."""

import statistics
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import accumulate

from jsl_pipeline.drugs import shape
from jsl_pipeline.evidence.text import Plain, bare, plain
from jsl_pipeline.schemas import Box, TextLine

# As in Helvetica, in sizes of the letter.
_THIN, _NARROW, _WIDE = frozenset("ijl|'"), frozenset("tfrI.,:;!()[]/- "), frozenset("mwMW@%")
_SIDEWAYS = 1.5  # times as tall as wide: what RapidOCR turns before it reads it
_MARGIN = 0.15  # of a line's height: paper that detection leaves before and after words
_WRAPPED = 0.8  # of a line's height is the most that a gap between lines of one text is
_INSIDE_WORD = 6  # characters that are surely one text where the spaces around it were lost


@dataclass(frozen=True)
class Cell:
    """One line of text as it was read. Lengths are pixels of the prepared page."""

    text: str
    box: Box
    row: int
    """Its row's place in the page, from 0."""
    struck: bool = False
    """A stroke goes through words of it."""

    @property
    def plain(self) -> Plain:
        """Its text as it is compared."""
        return plain(self.text)

    def part(self, start: int, end: int) -> Box:
        """The box of `text[start:end]`, by the usual widths of its characters; a line on its side reads downwards."""
        left, top, right, bottom = self.box
        before = list(accumulate((_width(each) for each in self.text), initial=0.0))
        first, last = before[start] / (before[-1] or 1.0), before[end] / (before[-1] or 1.0)
        if bottom - top >= _SIDEWAYS * (right - left):
            head, foot = _inside(top, bottom, right - left, first, last)
            return (left, head, right, foot)
        head, foot = _inside(left, right, bottom - top, first, last)
        return (head, top, foot, bottom)


@dataclass(frozen=True)
class Piece:
    """A part of a cell: `cell.text[start:end]`."""

    cell: Cell
    start: int
    end: int

    @property
    def text(self) -> str:
        """Its words."""
        return self.cell.text[self.start : self.end]

    @property
    def box(self) -> Box:
        """Where they stand."""
        return self.cell.part(self.start, self.end)


class Flow:
    """Pieces in one order of reading, searched as one text."""

    def __init__(self, pieces: Iterable[Piece]) -> None:
        self.pieces = tuple(pieces)
        kept = [_within(piece) for piece in self.pieces]
        self._starts = list(accumulate((len(each.text) for each in kept), initial=0))
        self._at = [each.at for each in kept]
        self.plain = "".join(each.text for each in kept)

    @cached_property
    def shapes(self) -> str:
        """All of it, with letters and digits that look alike as one."""
        return shape("".join(bare(piece.text) for piece in self.pieces))

    def find(self, written: str) -> Iterator[tuple[Piece, ...]]:
        """Where a plain text stands, as one word or more; the parts of the cells that it goes over."""
        at = self.plain.find(written) if written else -1
        while at >= 0:
            span = self.span(at, at + len(written))
            if len(written) >= _INSIDE_WORD or (_opens(span[0]) and _closes(span[-1])):
                yield span
            at = self.plain.find(written, at + 1)

    def span(self, start: int, end: int) -> tuple[Piece, ...]:
        """The pieces of `plain[start:end]`, which is not empty."""
        pieces: list[Piece] = []
        for number in range(bisect_right(self._starts, start) - 1, bisect_right(self._starts, end - 1)):
            at = self._at[number][max(0, start - self._starts[number]) : end - self._starts[number]]
            if at:
                pieces.append(Piece(self.pieces[number].cell, at[0], at[-1] + 1))
        return tuple(pieces)


class PageText:
    """The lines of a page in order: two stand in one row when the middle of each lies within the other."""

    def __init__(self, lines: Sequence[TextLine]) -> None:
        ordered = sorted((line for line in lines if line.text.strip()), key=lambda line: _middle(line.box))
        rows: list[list[TextLine]] = []
        for line in ordered:
            if rows and any(_beside(line.box, other.box) for other in rows[-1]):
                rows[-1].append(line)
            else:
                rows.append([line])
        self.rows = tuple(
            tuple(Cell(line.text, line.box, number, line.struck) for line in sorted(row, key=lambda line: line.box[0]))
            for number, row in enumerate(rows)
        )
        self.cells = tuple(cell for row in self.rows for cell in row)
        self.line_height = statistics.median(_height(cell.box) for cell in self.cells) if self.cells else 1.0

    @cached_property
    def flows(self) -> tuple[Flow, ...]:
        """All of the page, along rows and down columns."""
        return self.read([whole(cell) for cell in self.cells])

    def read(self, pieces: Sequence[Piece]) -> tuple[Flow, ...]:
        """Pieces in page order, along rows and down columns."""
        along, down = Flow(pieces), Flow(_down_columns(pieces))
        return (along,) if along.plain == down.plain else (along, down)


def whole(cell: Cell) -> Piece:
    """All of a cell."""
    return Piece(cell, 0, len(cell.text))


def _within(piece: Piece) -> Plain:
    said = piece.cell.plain
    if piece.start <= 0 and piece.end >= len(piece.cell.text):
        return said
    kept = [number for number, at in enumerate(said.at) if piece.start <= at < piece.end]
    return Plain(said.text[kept[0] : kept[-1] + 1], said.at[kept[0] : kept[-1] + 1]) if kept else Plain("", ())


def _opens(piece: Piece) -> bool:
    before, first = piece.cell.text[: piece.start][-1:], piece.cell.text[piece.start]
    return not (before.isalpha() and first.isalpha())


def _closes(piece: Piece) -> bool:
    after, last = piece.cell.text[piece.end : piece.end + 1], piece.cell.text[piece.end - 1]
    return not (after.isalpha() and last.isalpha())


def _down_columns(pieces: Sequence[Piece]) -> Iterator[Piece]:
    """Each piece followed by the one that wraps it, which starts close under it at about its left edge or centre."""
    below: dict[int, int] = {}
    for upper, piece in enumerate(pieces):
        for lower in range(upper + 1, len(pieces)):
            gap = pieces[lower].cell.box[1] - piece.cell.box[3]
            if gap > _WRAPPED * _height(piece.cell.box):
                break
            if lower not in below.values() and _continues(piece.cell.box, pieces[lower].cell.box, gap):
                below[upper] = lower
                break
    for first in sorted(set(range(len(pieces))) - set(below.values())):
        number: int | None = first
        while number is not None:
            yield pieces[number]
            number = below.get(number)


def _continues(upper: Box, lower: Box, gap: float) -> bool:
    height = _height(upper)
    flush = abs(upper[0] - lower[0]) < height or abs(upper[0] + upper[2] - lower[0] - lower[2]) < height
    return flush and -0.5 * height < gap


def _beside(box: Box, other: Box) -> bool:
    apart = min(box[2], other[2]) - max(box[0], other[0]) <= 0.3 * min(box[2] - box[0], other[2] - other[0])
    return apart and other[1] < _middle(box) < other[3] and box[1] < _middle(other) < box[3]


def _inside(start: float, end: float, height: float, first: float, last: float) -> tuple[float, float]:
    """Shares of a line's words as places; a whole line keeps the paper that its box has about it."""
    margin = min(_MARGIN * height, (end - start) / 4)
    length = end - start - 2 * margin
    return (
        start + margin + first * length if first > 0 else start,
        start + margin + last * length if last < 1 else end,
    )


def _middle(box: Box) -> float:
    return (box[1] + box[3]) / 2


def _height(box: Box) -> float:
    return box[3] - box[1]


def _width(character: str) -> float:
    if character in _THIN:
        return 0.24
    if character in _NARROW:
        return 0.3
    if character in _WIDE:
        return 0.84
    return 0.69 if character.isupper() else 0.54
