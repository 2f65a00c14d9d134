"""Which of equal numbers is the one that is meant: a count of tablets or of refills, and not the days beside it."""

import re
from collections.abc import Sequence

from jsl_pipeline.evidence.page import Piece
from jsl_pipeline.evidence.places import Kind, Place

_CAPTION = {
    Kind.QUANTITY: re.compile(
        r"(?:\b(?:disp(?:ense)?|qty|quantity|supply|supplied|mitte|total|nos?)\b|#)[\W_]*$", re.I
    ),
    Kind.REFILLS: re.compile(r"\b(?:refills?|rf|repeats?|rpt)\b[\W_]*(?:x\s*)?$", re.I),
}
_SAYS_ELSE = re.compile(
    r"\s*(?:%|/|-\s*\d|(?:days?|d|weeks?|wks?|months?|hours?|hrs?|h|hourly|times|years?|mg|mcg|ug|g|ml|units?|iu)\b)",
    re.I,
)


def meant(kind: Kind, places: Sequence[Place]) -> Sequence[Place]:
    """Of the places of a bare number those after its caption; else those that no unit follows; else all."""
    caption = _CAPTION[kind]
    after = [place for place in places if caption.search(_before(place.pieces[0]))]
    return after or [place for place in places if not _SAYS_ELSE.match(_behind(place.pieces[-1]))] or places


def _before(piece: Piece) -> str:
    return piece.cell.text[: piece.start]


def _behind(piece: Piece) -> str:
    return piece.cell.text[piece.end :]
