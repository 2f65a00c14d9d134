"""Lines with boxes as a page has them: rows of cells, in reading order."""

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

from jsl_pipeline.schemas import TextLine


@dataclass(frozen=True)
class Cell:
    """A run of text on the page. Lengths are in pixels."""

    text: str
    left: float
    top: float
    right: float
    bottom: float

    @property
    def height(self) -> float:
        """Height of the text."""
        return self.bottom - self.top

    @property
    def middle(self) -> float:
        """Height of the centre line above which half of the text stands."""
        return (self.top + self.bottom) / 2

    def overlap(self, left: float, right: float) -> float:
        """How far the text reaches into a vertical band."""
        return min(self.right, right) - max(self.left, left)


@dataclass(frozen=True)
class Row:
    """Cells side by side, left to right."""

    cells: tuple[Cell, ...]

    @property
    def only(self) -> Cell | None:
        """The cell of a row that has but one."""
        return self.cells[0] if len(self.cells) == 1 else None

    @property
    def text(self) -> str:
        """All cells with a space between."""
        return " ".join(cell.text for cell in self.cells)

    @property
    def top(self) -> float:
        """Upper edge of the highest cell."""
        return min(cell.top for cell in self.cells)

    @property
    def bottom(self) -> float:
        """Lower edge of the lowest cell."""
        return max(cell.bottom for cell in self.cells)


@dataclass(frozen=True)
class Layout:
    """A page's rows from top to bottom."""

    rows: tuple[Row, ...]
    width: float
    height: float

    @cached_property
    def cells(self) -> tuple[Cell, ...]:
        """All cells in reading order."""
        return tuple(cell for row in self.rows for cell in row.cells)

    @cached_property
    def line_height(self) -> float:
        """Height of a usual line of text."""
        return statistics.median(cell.height for cell in self.cells) if self.cells else 1.0

    def below(self, cell: Cell, reach: float = 1.6) -> Cell | None:
        """The nearest cell under this one that starts at about its left edge, within `reach` line heights."""
        slack = 1.2 * self.line_height
        under = [
            other
            for other in self.cells
            if other.top > cell.middle
            and abs(other.left - cell.left) < slack
            and other.top - cell.bottom < reach * self.line_height
        ]
        return min(under, key=lambda other: other.top, default=None)

    def above(self, cell: Cell, reach: float = 1.0) -> Cell | None:
        """The nearest cell over this one that starts at about its left edge."""
        slack = 1.2 * self.line_height
        over = [
            other
            for other in self.cells
            if other.bottom < cell.middle
            and abs(other.left - cell.left) < slack
            and cell.top - other.bottom < reach * self.line_height
        ]
        return max(over, key=lambda other: other.bottom, default=None)

    def wraps(self, cell: Cell, following: Cell) -> bool:
        """Whether two cells are so close that the second continues the first."""
        return following.top - cell.bottom <= 0.35 * min(cell.height, following.height)


def lay_out(lines: Sequence[TextLine], width: float, height: float) -> Layout:
    """Group lines into rows: two stand in one row when the middle of each lies within the other."""
    read = [_cell(line) for line in lines if line.text.strip()]
    tall = [cell for cell in read if len(cell.text) > 3 and cell.height > 1.5 * (cell.right - cell.left)]
    if 2 * len(tall) < len(read):  # shine through an upright page, or run along its margin
        read = [cell for cell in read if cell not in tall]
    cells = sorted(read, key=lambda cell: cell.middle)
    rows: list[list[Cell]] = []
    for cell in cells:
        if rows and _same_row(rows[-1], cell):
            rows[-1].append(cell)
        else:
            rows.append([cell])
    ordered = (Row(tuple(sorted(row, key=lambda cell: cell.left))) for row in rows)
    return Layout(tuple(ordered), width, height)


def _cell(line: TextLine) -> Cell:
    return Cell(re.sub(r"\s+", " ", line.text).strip(), *line.box)


def _same_row(row: list[Cell], cell: Cell) -> bool:
    return any(
        other.top < cell.middle < other.bottom
        and cell.top < other.middle < cell.bottom
        and other.overlap(cell.left, cell.right) <= 0.3 * min(cell.right - cell.left, other.right - other.left)
        for other in row
    )
