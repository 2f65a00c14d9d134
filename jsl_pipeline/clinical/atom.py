"""What one span of a timing says, in the fields of `Timing.repeat`."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum, auto

from jsl_pipeline.schemas.dosage import Event, Repeat, TimeUnit

_NOTHING = Repeat()


class Kind(Enum):
    """What an atom adds to a timing."""

    COUNT = auto()
    """So many times in a period."""
    DAILY = auto()
    """'daily' alone, which any other count makes more exact."""
    MOMENT = auto()
    """Times of the day: every one named is a time."""
    DAYS = auto()
    """Days of the week."""
    PRN = auto()
    """As needed."""
    SINGLE = auto()
    """One administration: 'stat', 'once'."""
    WITH = auto()
    """Words that belong to a timing and say no number: 'with food'."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One span and what it says of `Timing.repeat`. A COUNT without period says a number that is not exact."""

    start: int
    end: int
    kind: Kind
    repeat: Repeat = _NOTHING
    reason: str | None = None
    slots: tuple[float, ...] = ()
    """Amount at each event in `repeat.when`, where slot notation says it: (1, 2) for '1-0-2'."""
    unit: str | None = None
    """Unit of these amounts, where it stands with them: 'mL' for '5ml-0-5ml'."""


def a_day(times: int, *when: Event) -> Repeat:
    """So many times a day."""
    return Repeat(frequency=times, period=1, period_unit="d", when=when)


def a_week(times: int) -> Repeat:
    """So many times a week."""
    return Repeat(frequency=times, period=1, period_unit="wk")


def interval(period: float, unit: TimeUnit, most: float | None = None) -> Repeat:
    """Once in a period, or in `period` to `most`."""
    longest = most if most is not None and most > period else None
    return Repeat(frequency=1, period=period, period_max=longest, period_unit=unit)


def slotted(match: re.Match[str], amounts: Sequence[float], unit: str | None = None) -> Atom:
    """'1-0-1' is morning, noon, night; '1-0-0-1' has an evening between; a slot that is not zero is a time."""
    parts: tuple[Event, ...] = ("MORN", "NOON", "EVE", "NIGHT") if len(amounts) == 4 else ("MORN", "NOON", "NIGHT")
    when: list[Event] = []
    for part, amount in zip(parts, amounts, strict=True):
        if amount:
            when.append(part)
    if not when:
        return Atom(*match.span(), Kind.COUNT)
    repeat = Repeat(frequency=len(when), period=1, period_unit="d", when=tuple(when))
    return Atom(*match.span(), Kind.COUNT, repeat, slots=tuple(amount for amount in amounts if amount), unit=unit)
