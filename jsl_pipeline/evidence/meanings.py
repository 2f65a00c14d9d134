"""The same in other words: another unit, another format of a date, shorthand, names in another order."""

import re
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache

from jsl_pipeline.clinical import (
    Found,
    Frequency,
    Strength,
    WrittenDate,
    find_dates,
    find_doses,
    find_durations,
    find_forms,
    find_frequencies,
    find_routes,
    find_strengths,
    parse_frequency,
)
from jsl_pipeline.clinical.timing import atoms
from jsl_pipeline.evidence.page import Flow
from jsl_pipeline.evidence.places import NORMALISED, Kind, Place, part
from jsl_pipeline.evidence.text import plain
from jsl_pipeline.schemas import EvidenceMatch

_Way = Callable[[str, Sequence[Flow]], Iterator[Place]]

_MG = {"g": 1000.0, "ug": 0.001}
_SLOTS = re.compile(r"[\d.]+(?:-[\d.]+){1,3}")
_TITLE = re.compile(
    r"^\W*(?:dr|prof|mr|mrs|ms|miss|mx|smt|shri)\b\.?\s*|,?\s*\b(?:m\.?d|d\.?o|mbbs|phd|np|pa-c)\b\.?$", re.I
)


def same_meaning(value: str, kind: Kind, flows: Sequence[Flow]) -> Iterator[Place]:
    """Where a value stands in other words; nowhere for kinds that have none."""
    if kind in _WAYS:
        yield from _WAYS[kind](value, flows)


def means_another(value: str, place: Place) -> bool:
    """Whether the words of a frequency belong to another one: `daily` in `twice daily`, `once daily` nearly in it."""
    said = parse_frequency(value)
    return said is not None and any(
        start < piece.end and piece.start < end and _differ(said, each)
        for piece in place.pieces
        for start, end, (each, _) in _rhythms(piece.cell.text)
    )


def _person(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """Without title and degree, and with the family name first."""
    bare = _TITLE.sub("", _TITLE.sub("", value))
    words = re.findall(r"[^\W\d_][^\s,]*", bare)
    for at in range(len(words)):
        turned = plain(" ".join(words[at:] + words[:at])).text
        for flow in flows:
            yield from (Place(pieces, NORMALISED, EvidenceMatch.NORMALISED) for pieces in flow.find(turned))


def _date(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """The same day in another format; of two that can be read in either order, both readings are the same."""
    said = next((each.value for each in find_dates(value)), None)
    for piece in flows[0].pieces if said else ():
        yield from (part(piece, each.start, each.end) for each in find_dates(piece.text) if _same_day(said, each.value))


def _same_day(one: WrittenDate | None, other: WrittenDate) -> bool:
    if one is None or (one.only is None and other.only is None):
        return one == other != WrittenDate(None, None)
    readings = [{each.day_first, each.month_first} - {None} for each in (one, other)]
    return bool(readings[0] & readings[1])


def _strength(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """The same amount in another unit."""
    amounts = [_amount(each.value) for each in find_strengths(value) if each.value.value is not None]
    if len(amounts) != 1:
        return
    for piece in flows[0].pieces:
        for each in find_strengths(piece.text):
            if _amount(each.value) == amounts[0]:
                yield part(piece, each.start, each.end)


def _dose(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """The same amount in another unit, or the same count in digits or words."""
    yield from _strength(value, flows)
    yield from _meaning(find_doses)(value, flows)


def _meaning(find: Callable[[str], Sequence[Found[object]]]) -> _Way:
    """Other words for the same: `Tab.` for tablet, `x 2 wk` for 14 days."""

    def same(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
        said = next((each.value for each in find(value)), None)
        for piece in flows[0].pieces if said is not None else ():
            yield from (part(piece, each.start, each.end) for each in find(piece.text) if each.value == said)

    return same


def _frequency(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """Other words for the same, moments of the day included: `HS` and `once daily at bedtime`; counts in columns."""
    yield from _slots(value, flows)
    said = [each for _, _, each in _rhythms(value)]
    if len(said) != 1:
        return
    for piece in flows[0].pieces:
        for start, end, each in _rhythms(piece.text):
            if each == said[0]:
                yield part(piece, start, end)


def _slots(value: str, flows: Sequence[Flow]) -> Iterator[Place]:
    """`1-0-1` where a table has a column for each time of the day, and may leave out what is nothing."""
    if not _SLOTS.fullmatch(value):
        return
    columns = [piece for piece in flows[0].pieces if piece.text.strip().replace(".", "").isdigit()]
    written = [piece.text.strip() for piece in columns]
    counts = [each for each in value.split("-") if each != "0"]
    if not counts or "0" in written:  # columns that say nothing are empty, or all of the value is written
        return
    for at in range(len(written) - len(counts) + 1):
        if written[at : at + len(counts)] == counts:
            yield Place(tuple(columns[at : at + len(counts)]), NORMALISED, EvidenceMatch.NORMALISED)
            return


_Rhythm = tuple[Frequency, frozenset[str]]


@lru_cache(maxsize=2048)  # the lines of a medication are looked at for each of its values
def _rhythms(text: str) -> tuple[tuple[int, int, _Rhythm], ...]:
    """How often and at which moments, where a text says so."""
    return tuple((each.start, each.end, (each.value, _moments(each.text))) for each in find_frequencies(text))


def _moments(text: str) -> frozenset[str]:
    repeats = [atom.repeat for atom in atoms(text)]
    return frozenset(each for said in repeats for each in (*said.when, *said.day_of_week, *said.time_of_day))


def _differ(one: Frequency, other: Frequency) -> bool:
    rates = [each.per_day or (each.period_days and 1 / each.period_days) for each in (one, other)]
    return None not in rates and rates[0] != rates[1]


def _amount(strength: Strength) -> tuple[float | None, str | None]:
    unit, slash, per = (strength.unit or "").partition("/")
    if strength.value is None or unit not in _MG:
        return strength.value, strength.unit
    return round(strength.value * _MG[unit], 6), f"mg{slash}{per}"


_WAYS: dict[Kind, _Way] = {
    Kind.PERSON: _person,
    Kind.DATE: _date,
    Kind.STRENGTH: _strength,
    Kind.DOSE: _dose,
    Kind.FREQUENCY: _frequency,
    Kind.DURATION: _meaning(find_durations),
    Kind.FORM: _meaning(find_forms),
    Kind.ROUTE: _meaning(find_routes),
}
