"""Which of equal numbers is the one that is meant: a count of tablets and not the days, an age and no house number."""

import re
from collections.abc import Sequence

from jsl_pipeline.evidence.page import Piece
from jsl_pipeline.evidence.places import Kind, Place

_CAPTION = {
    Kind.QUANTITY: re.compile(
        r"(?:\b(?:disp(?:ense)?|qty|quantity|supply|supplied|mitte|total|nos?)\b|#)[\W_]*$", re.I
    ),
    Kind.AGE: re.compile(r"\bage\b\D*$", re.I),
    Kind.REFILLS: re.compile(r"\b(?:refills?|rf|repeats?|rpt)\b[\W_]*(?:x\s*)?$", re.I),
}
_SAYS_ELSE = re.compile(
    r"\s*(?:%|/|-\s*\d|(?:days?|d|weeks?|wks?|months?|hours?|hrs?|h|hourly|times|years?|mg|mcg|ug|g|ml|units?|iu)\b)",
    re.I,
)
_OF_A_PERSON = re.compile(r"\s*[/,(-]?\s*(?:y(?:ea)?rs?\b|y\b|y\W?o\b|m\b|f\b|male|female)", re.I)
NUMBERS = frozenset(_CAPTION)
"""Kinds of which a value may be a bare number."""


def meant(kind: Kind, places: Sequence[Place]) -> Sequence[Place]:
    """Of the places of a bare number those after its caption; else those that nothing speaks against; else all."""
    after = [place for place in places if _CAPTION[kind].search(_before(place.pieces[0]))]
    return after or [place for place in places if _possible(kind, place)] or places


def _possible(kind: Kind, place: Place) -> bool:
    """An age stands alone or before a sex or `years`, a count before nothing that is counted otherwise."""
    before, behind = _before(place.pieces[0]), _behind(place.pieces[-1])
    if kind is Kind.AGE:
        return not (before.strip() or behind.strip()) or _OF_A_PERSON.match(behind) is not None
    return _SAYS_ELSE.match(behind) is None


def _before(piece: Piece) -> str:
    return piece.cell.text[: piece.start]


def _behind(piece: Piece) -> str:
    return piece.cell.text[piece.end :]
