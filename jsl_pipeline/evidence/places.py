"""A place on a page, and what kind of value is looked for there."""

from dataclasses import dataclass
from enum import StrEnum

from jsl_pipeline.evidence.page import Piece
from jsl_pipeline.schemas import Box, EvidenceMatch

NORMALISED = 0.95
"""Score of the same in other words."""


class Kind(StrEnum):
    """What a value is: how else it may be written."""

    TEXT = "text"
    DRUG = "drug"
    PERSON = "person"
    DATE = "date"
    STRENGTH = "strength"
    DOSE = "dose"
    FREQUENCY = "frequency"
    DURATION = "duration"
    FORM = "form"
    ROUTE = "route"
    AGE = "age"
    QUANTITY = "quantity"
    REFILLS = "refills"


@dataclass(frozen=True, slots=True)
class Place:
    """Words that a value was found in."""

    pieces: tuple[Piece, ...]
    score: float
    match: EvidenceMatch

    @property
    def boxes(self) -> tuple[Box, ...]:
        """One for each cell."""
        return tuple(piece.box for piece in self.pieces)

    @property
    def struck(self) -> bool:
        """Whether a stroke goes through a line that it stands on."""
        return any(piece.cell.struck for piece in self.pieces)


def part(
    piece: Piece, start: int, end: int, score: float = NORMALISED, match: EvidenceMatch = EvidenceMatch.NORMALISED
) -> Place:
    """The place `piece.text[start:end]`."""
    return Place((Piece(piece.cell, piece.start + start, piece.start + end),), score, match)
