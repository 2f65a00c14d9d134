"""What belongs to a medication on a page: from its name to the next one's, in its row and those under it."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jsl_pipeline.drugs import find_drug
from jsl_pipeline.evidence.page import Cell, PageText, Piece

_ROWS = 8  # that a medication may go over
_GAP = 4.0  # line heights without text end what is said of a medication
_OVER = 1.2  # line heights between a name and what stands above it in its row of a table
_SENTENCE = re.compile(r"[.;]\s")


@dataclass(frozen=True)
class Anchor:
    """The name of a medication on the page."""

    piece: Piece
    owner: str
    """Of which medication: names of one owner do not end what is said of it."""

    @property
    def row(self) -> int:
        """Of the page, from 0."""
        return self.piece.cell.row


def owner(name: str) -> str:
    """The drug that a name means, so that a brand and its generic in brackets are one; else the name itself."""
    drug = find_drug(name).drug
    return drug.name if drug else name.casefold()


def band(page: PageText, anchor: Anchor, anchors: Sequence[Anchor]) -> list[Piece]:
    """The pieces of the page that say something of the medication, in page order."""
    others = [each for each in anchors if each.owner != anchor.owner]
    right = _right_edge(page, anchor, others)
    left = _left_edge(page, anchor, others)
    pieces = [*_above(page, anchor, others, left, right), *_own_row(page, anchor, others, left, right)]
    if any(each.piece.cell is anchor.piece.cell and each.piece.start >= anchor.piece.end for each in others):
        return pieces  # the rows under it belong to the last name of the line
    return [*pieces, *_under(page, anchor, others, left, right)]


def _own_row(page: PageText, anchor: Anchor, others: Sequence[Anchor], left: float, right: float) -> Iterator[Piece]:
    for cell in page.rows[anchor.row]:
        if not left <= cell.box[0] < right:
            continue
        start, end = 0, len(cell.text)
        for other in others:
            if other.piece.cell is not cell:
                continue
            if cell is anchor.piece.cell and other.piece.start >= anchor.piece.end:
                end = min(end, other.piece.start)
            elif cell is anchor.piece.cell and other.piece.end <= anchor.piece.start:
                start = max(start, other.piece.end)
        yield Piece(cell, start, end)


def _under(page: PageText, anchor: Anchor, others: Sequence[Anchor], left: float, right: float) -> Iterator[Piece]:
    bottom = _bottom(page.rows[anchor.row])
    for number in range(anchor.row + 1, min(anchor.row + 1 + _ROWS, len(page.rows))):
        row = [cell for cell in page.rows[number] if left <= cell.box[0] < right]
        if not row:
            continue
        if _top(row) - bottom > _GAP * page.line_height:
            return
        next_one = next((each for each in others if each.row == number and each.piece.cell in row), None)
        if next_one is not None:
            lead = next_one.piece.cell.text[: next_one.piece.start]
            if next_one.piece.cell is row[0] and _SENTENCE.search(lead):  # a sentence of this one ends on that line
                yield Piece(row[0], 0, next_one.piece.start)
            return
        for cell in row:
            yield Piece(cell, 0, len(cell.text))
        bottom = _bottom(row)


def _above(page: PageText, anchor: Anchor, others: Sequence[Anchor], left: float, right: float) -> Iterator[Piece]:
    """Cells of a table's row that begin above the name, none of them over it, nearer to it than to the row before."""
    box, found = anchor.piece.cell.box, list[Cell]()
    bottom = box[1]
    for number in range(anchor.row - 1, 0, -1):
        row = page.rows[number]
        below, over = bottom - _bottom(row), _top(row) - _bottom(page.rows[number - 1])
        if below > min(over, _OVER * page.line_height) or any(each.row == number for each in others):
            break
        if any(min(cell.box[2], box[2]) > max(cell.box[0], box[0]) for cell in row):
            break
        found[:0] = [cell for cell in row if left <= cell.box[0] < right]
        bottom = _top(row)
    return (Piece(cell, 0, len(cell.text)) for cell in found)


def _right_edge(page: PageText, anchor: Anchor, others: Sequence[Anchor]) -> float:
    """Where the next name in another cell of the row begins: medications side by side."""
    after = [
        each.piece.cell.box[0]
        for each in others
        if each.row == anchor.row and each.piece.cell.box[0] > anchor.piece.cell.box[0]
    ]
    return min(after, default=float("inf"))


def _left_edge(page: PageText, anchor: Anchor, others: Sequence[Anchor]) -> float:
    before = any(each.row == anchor.row and each.piece.cell.box[0] < anchor.piece.cell.box[0] for each in others)
    return anchor.piece.cell.box[0] - page.line_height if before else -float("inf")


def _top(row: Sequence[Cell]) -> float:
    return min(cell.box[1] for cell in row)


def _bottom(row: Sequence[Cell]) -> float:
    return max(cell.box[3] for cell in row)
