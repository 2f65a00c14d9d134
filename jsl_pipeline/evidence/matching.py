"""Where a value stands among words that were read: as written, in another writing, or nearly as written."""

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from rapidfuzz import fuzz

from jsl_pipeline.clinical import Strength, find_dates, find_frequencies, find_strengths, parse_frequency
from jsl_pipeline.drugs import find_drug, shape
from jsl_pipeline.evidence.page import Cell, Flow, Piece
from jsl_pipeline.evidence.text import NUMBER, letters_of, numbers_of, plain
from jsl_pipeline.schemas import Box, EvidenceMatch

_ALIKE = 82.0  # of 100: two slips in eleven letters
_SHORTEST = 5  # letters that can be told from others with a slip in them
_NORMALISED, _SHAPED, _SCATTERED = 0.95, 0.85, 0.75
_MG = {"g": 1000.0, "ug": 0.001}
_TITLE = re.compile(
    r"^\W*(?:dr|prof|mr|mrs|ms|miss|mx|smt|shri)\b\.?\s*|,?\s*\b(?:m\.?d|d\.?o|mbbs|phd|np|pa-c)\b\.?$", re.I
)
_SMALL = frozenset({"and", "the", "a", "an", "of", "for", "with", "to", "at", "by", "in", "as"})


class Kind(StrEnum):
    """What a value is: how else it may be written."""

    TEXT = "text"
    DRUG = "drug"
    PERSON = "person"
    DATE = "date"
    STRENGTH = "strength"
    FREQUENCY = "frequency"


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


def places(value: str, kind: Kind, flows: Sequence[Flow]) -> list[Place]:
    """Where a value stands in the same pieces read in several orders; of the best kind of match that there is."""
    found = _unlike(_exact(value, flows))
    if not found:
        found = _unlike(_NORMAL[kind](value, flows)) if kind in _NORMAL else []
    return found or _unlike(_approximate(value, kind, flows))


def _unlike(found: Iterable[Place]) -> list[Place]:
    """Each place once."""
    return list({tuple((id(p.cell), p.start, p.end) for p in place.pieces): place for place in found}.values())


def _exact(value: str, flows: Sequence[Flow], score: float = 1.0) -> Iterator[Place]:
    match = EvidenceMatch.EXACT if score == 1.0 else EvidenceMatch.NORMALISED
    for flow in flows:
        yield from (Place(pieces, score, match) for pieces in flow.find(plain(value).text))


def _person(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """Without title and degree, and with the family name first."""
    bare = _TITLE.sub("", _TITLE.sub("", value))
    words = re.findall(r"[^\W\d_][^\s,]*", bare)
    for at in range(len(words)):
        yield from _exact(" ".join(words[at:] + words[:at]), flows, _NORMALISED)


def _date(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """The same day in another format; both orders where either can be meant."""
    days = {day for each in find_dates(value) for day in (each.value.day_first, each.value.month_first) if day}
    for piece in flows[0].pieces:
        for each in find_dates(piece.text):
            if days & {each.value.day_first, each.value.month_first}:
                yield _part(piece, each.start, each.end)


def _strength(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """The same amount in another unit."""
    amounts = [_amount(each.value) for each in find_strengths(value) if each.value.value is not None]
    if len(amounts) != 1:
        return
    for piece in flows[0].pieces:
        for each in find_strengths(piece.text):
            if _amount(each.value) == amounts[0]:
                yield _part(piece, each.start, each.end)


def _frequency(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """Other words for the same: `BD` and `twice daily`."""
    said = parse_frequency(value)
    if said is None:
        return
    for piece in flows[0].pieces:
        for each in find_frequencies(piece.text):
            if each.value == said:
                yield _part(piece, each.start, each.end)


_NORMAL: dict[Kind, Callable[[str, Sequence[Flow]], Iterator[Place]]] = {
    Kind.PERSON: _person,
    Kind.DATE: _date,
    Kind.STRENGTH: _strength,
    Kind.FREQUENCY: _frequency,
}


def _approximate(value: str, kind: Kind, flows: Sequence[Flow]) -> Iterator[Place]:
    """Letters that recognition mixes up; then a few others, with the same numbers; then the words one by one."""
    shaped = list(_misread(value, flows[0]))
    if shaped or kind in (Kind.DATE, Kind.STRENGTH):
        yield from shaped
        return
    written = plain(value).text
    alike = [place for flow in flows if (place := _alike(written, flow))]
    if kind is Kind.DRUG:
        alike = [place for place in alike if not _names_another(value, place)]
    if alike:
        yield max(alike, key=lambda place: place.score)
    elif kind is not Kind.PERSON and (scattered := _word_by_word(value, flows[0])):
        rows = [piece.cell.row for piece in scattered.pieces]
        if kind is not Kind.DRUG or max(rows) - min(rows) <= 1:
            yield scattered


def _misread(value: str, flow: Flow) -> Iterator[Place]:
    """The same shapes, where letters and digits may stand for each other but no digit for another digit."""
    bare = plain(value).text.replace(NUMBER, "")
    words = value.split()
    if len(bare) < 3 or not words:
        return
    shaped = shape(bare)
    for piece in flow.pieces:
        tokens = list(re.finditer(r"[^\W_]+(?:[.,][^\W_]+)*", piece.text))
        for first in range(len(tokens)):
            for last in range(first, min(first + len(words) + 2, len(tokens))):
                start, end = tokens[first].start(), tokens[last].end()
                other = plain(piece.text[start:end]).text.replace(NUMBER, "")
                if len(other) > len(bare) + 1:
                    break
                if shape(other) == shaped and _digits_agree(bare, other):
                    yield _part(piece, start, end, _SHAPED, EvidenceMatch.APPROXIMATE)


def _digits_agree(one: str, other: str) -> bool:
    pairs = zip(one, other, strict=False)
    if len(one) != len(other):
        return not any(each.isdigit() for each in one + other)
    return not any(a != b and a.isdigit() and b.isdigit() for a, b in pairs)


def _alike(written: str, flow: Flow) -> Place | None:
    if len(letters_of(written)) < _SHORTEST or len(flow.plain) < len(written) * 0.8:
        return None
    found = fuzz.partial_ratio_alignment(written, flow.plain, score_cutoff=_ALIKE)
    if found is None or found.dest_end <= found.dest_start:
        return None
    said = flow.plain[found.dest_start : found.dest_end]
    if numbers_of(said) != numbers_of(written) or said.count(NUMBER) != written.count(NUMBER):
        return None
    pieces = flow.span(found.dest_start, found.dest_end)
    return Place(pieces, 0.9 * found.score / 100, EvidenceMatch.APPROXIMATE) if pieces else None


def _names_another(value: str, place: Place) -> bool:
    """Whether the words name another drug: hydralazine is no misread hydroxyzine."""
    said = find_drug(" ".join(_word_around(piece) for piece in place.pieces)).drug
    meant = find_drug(value).drug
    return said is not None and (meant is None or said.name != meant.name)


def _word_around(piece: Piece) -> str:
    text, start, end = piece.cell.text, piece.start, piece.end
    while start > 0 and text[start - 1].isalpha():
        start -= 1
    while end < len(text) and text[end].isalpha():
        end += 1
    return text[start:end]


def _word_by_word(value: str, flow: Flow) -> Place | None:
    """Every word of a value somewhere in the pieces, as columns of a table part them."""
    words = [word for word in re.findall(r"[^\W_]+(?:[.,]\d+)?", value) if word.casefold() not in _SMALL]
    pieces: list[Piece] = []
    for word in words:
        place = next(flow.find(plain(word).text), None)
        if place is None:
            return None
        pieces += place
    return Place(_joined(pieces), _SCATTERED, EvidenceMatch.APPROXIMATE) if len(words) > 1 else None


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """One piece a cell, from its first word to its last."""
    by_cell: dict[Cell, list[Piece]] = {}
    for piece in pieces:
        by_cell.setdefault(piece.cell, []).append(piece)
    return tuple(Piece(cell, min(p.start for p in own), max(p.end for p in own)) for cell, own in by_cell.items())


def _part(
    piece: Piece, start: int, end: int, score: float = _NORMALISED, match: EvidenceMatch = EvidenceMatch.NORMALISED
) -> Place:
    return Place((Piece(piece.cell, piece.start + start, piece.start + end),), score, match)


def _amount(strength: Strength) -> tuple[float | None, str | None]:
    unit, slash, per = (strength.unit or "").partition("/")
    if strength.value is None or unit not in _MG:
        return strength.value, strength.unit
    return round(strength.value * _MG[unit], 6), f"mg{slash}{per}"
