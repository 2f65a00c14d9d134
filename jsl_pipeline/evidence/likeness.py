"""Nearly as written: letters that recognition mixes up or loses, words that columns part; numbers never differ."""

import re
from collections.abc import Iterable, Iterator, Sequence

from rapidfuzz import fuzz

from jsl_pipeline.drugs import find_drug, shape
from jsl_pipeline.evidence.page import Cell, Flow, Piece
from jsl_pipeline.evidence.places import Kind, Place, part
from jsl_pipeline.evidence.text import NUMBER, bare, letters_of, numbers_of, plain
from jsl_pipeline.schemas import EvidenceMatch

_ALIKE = 82.0  # of 100: two slips in eleven letters
_SHORTEST = 5  # letters that can be told from others with a slip in them
_SHAPED_FROM = 3  # letters and digits, of which each looks like the one that is meant
_SHAPED, _SCATTERED = 0.85, 0.75
# Where a letter more or less makes another number or unit of it.
_EXACT = frozenset({Kind.DATE, Kind.STRENGTH, Kind.DOSE})
_DIGITS = f"{NUMBER}0123456789."
_SMALL = frozenset({"and", "the", "a", "an", "of", "for", "with", "to", "at", "by", "in", "as"})


def nearly(value: str, kind: Kind, flows: Sequence[Flow]) -> Iterator[Place]:
    """Letters that recognition mixes up; then a few others, with the same numbers; then the words one by one."""
    shaped = list(_misread(value, flows[0]))
    if shaped or kind in _EXACT:
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
    said = bare(value)
    words = value.split()
    shaped = shape(said)
    if len(said) < _SHAPED_FROM or not words or shaped not in flow.shapes:
        return
    for piece in flow.pieces:
        tokens = list(re.finditer(r"[^\W_]+(?:[.,][^\W_]+)*", piece.text))
        for first in range(len(tokens)):
            for last in range(first, min(first + len(words) + 2, len(tokens))):
                start, end = tokens[first].start(), tokens[last].end()
                other = bare(piece.text[start:end])
                if len(other) > len(said) + 1:
                    break
                if shape(other) == shaped and _digits_agree(said, other):
                    yield part(piece, start, end, _SHAPED, EvidenceMatch.APPROXIMATE)


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
    start, end = found.dest_start, found.dest_end
    if NUMBER not in written:  # of a number beside the words, a part may have come along
        start += len(flow.plain[start:end]) - len(flow.plain[start:end].lstrip(_DIGITS))
        end -= len(flow.plain[start:end]) - len(flow.plain[start:end].rstrip(_DIGITS))
    said = flow.plain[start:end]
    if numbers_of(said) != numbers_of(written) or said.count(NUMBER) != written.count(NUMBER):
        return None
    score, pieces = fuzz.ratio(written, said), flow.span(start, end) if said else ()
    return Place(pieces, 0.9 * score / 100, EvidenceMatch.APPROXIMATE) if pieces and score >= _ALIKE else None


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
    """Every word of a value somewhere in the pieces, as columns of a table part them; numbers alone say too little."""
    words = [word for word in re.findall(r"[^\W_]+(?:[.,]\d+)?", value) if word.casefold() not in _SMALL]
    if len(words) < 2 or 2 * sum(word.isalpha() for word in words) < len(words):
        return None
    pieces: list[Piece] = []
    for word in words:
        place = next(flow.find(plain(word).text), None)
        if place is None:
            return None
        pieces += place
    return Place(_joined(pieces), _SCATTERED, EvidenceMatch.APPROXIMATE)


def _joined(pieces: Iterable[Piece]) -> tuple[Piece, ...]:
    """One piece a cell, from its first word to its last."""
    by_cell: dict[Cell, list[Piece]] = {}
    for piece in pieces:
        by_cell.setdefault(piece.cell, []).append(piece)
    return tuple(Piece(cell, min(p.start for p in own), max(p.end for p in own)) for cell, own in by_cell.items())
