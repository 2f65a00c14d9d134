"""The timing of one clause: what its atoms say together, and which of them contradict each other."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from jsl_pipeline.clinical.atom import Atom, Kind
from jsl_pipeline.clinical.duration import DAYS
from jsl_pipeline.clinical.found import Found, unique
from jsl_pipeline.clinical.moments import part_of_clock, part_of_day
from jsl_pipeline.schemas.dosage import DayOfWeek, Event, Repeat

_MEALS = 3


@dataclass
class Schedule:
    """Repeats that apply at the same time, most often one; and what was left out of them."""

    repeats: list[Repeat] = field(default_factory=list[Repeat])
    amounts: list[float | None] = field(default_factory=list[float | None])
    """Amount at each repeat, where slots say it."""
    doubtful: list[Found[Atom]] = field(default_factory=list[Found[Atom]])
    as_words: list[Found[Atom]] = field(default_factory=list[Found[Atom]])
    """Relations to meals that stand beside a part of the day: no event can say both."""


def schedule(text: str, atoms: Sequence[Found[Atom]]) -> Schedule:
    """What atoms of a text say of when and how often; PRN is not among it."""
    counts = [atom for atom in atoms if atom.value.kind is Kind.COUNT and not _is_moment(atom.value)]
    moments = [atom for atom in atoms if atom.value.kind is Kind.MOMENT or _is_moment(atom.value)]
    days = [atom for atom in atoms if atom.value.repeat.day_of_week]
    counts = [atom for atom in counts if not atom.value.repeat.day_of_week]
    daily = [atom for atom in atoms if atom.value.kind is Kind.DAILY]
    food = [atom for atom in atoms if atom.value.kind is Kind.WITH]
    single = [atom for atom in atoms if atom.value.kind is Kind.SINGLE]
    if any(atom.value.slots for atom in counts):
        return _slotted(counts, [*moments, *daily, *days, *single], food)
    count, contradicting = _one_count(counts, daily, days)
    if contradicting:
        return Schedule(doubtful=contradicting)
    events, clocks = _named([atom.value.repeat for atom in moments])
    meals: tuple[Event, ...] = unique(event for atom in food for event in atom.value.repeat.when)
    week = _week(days)
    said = Schedule()
    named = len(events) + len(clocks)
    meals = tuple(meal for meal in meals if not any(event != meal and event.startswith(meal) for event in events))
    beside_meals = named and meals and events and not clocks and _joined(text, food[0], moments[-1])
    if named and meals and not beside_meals:
        said.as_words, meals = list(food), ()
    if count is not None and named and not _agrees(count, named + (_MEALS if meals else 0)):
        said.doubtful = [*counts, *moments]
        return said
    beside = (*moments, *food) if meals else moments
    offset = next((atom.value.repeat.offset for atom in beside if atom.value.repeat.offset), None)
    if single:
        if count or daily or week or named:
            said.doubtful = [atom for atom in single if not atom.text.lower().endswith("nce") or week]
        else:
            said.repeats.append(_timed(Repeat(count=1), meals, (), offset))
            said.amounts.append(None)
            return said
    frequency = _frequency(count, bool(daily), 0 if meals else named, week)
    for those_events, those_clocks in _apart((*meals, *events) if meals else events, clocks):
        share = len(those_events) + len(those_clocks)
        base = frequency if share >= named or frequency is None else _frequency(None, False, share, week)
        repeat = _timed(base or Repeat(), those_events, those_clocks, offset)
        if week:
            repeat = repeat.model_copy(update={"day_of_week": week})
        if repeat != Repeat():
            said.repeats.append(repeat)
            said.amounts.append(None)
    return said


def _joined(text: str, food: Found[Atom], moment: Found[Atom]) -> bool:
    """'after meals and at bedtime' are times of their own, 'at night after food' is one."""
    first, second = sorted((food, moment), key=lambda each: each.start)
    return re.fullmatch(r"\W*(?:and|&|\+|,)\W*", text[first.end : second.start], re.IGNORECASE) is not None


def _is_moment(atom: Atom) -> bool:
    """'hs' and 'qam' are a frequency by themselves and a time of the day beside others."""
    repeat = atom.repeat
    alone = (repeat.frequency, repeat.period, repeat.period_unit) == (1, 1, "d")
    return atom.kind is Kind.COUNT and alone and len(repeat.when) == 1 and not atom.slots


def _slotted(counts: list[Found[Atom]], others: list[Found[Atom]], food: list[Found[Atom]]) -> Schedule:
    """'1-0-2': a repeat for each amount. Meals may narrow the slots, other counts must agree."""
    slots = next(atom for atom in counts if atom.value.slots)
    amounts, when = slots.value.slots, slots.value.repeat.when
    for atom in [*(each for each in counts if each is not slots), *others]:
        repeat = atom.value.repeat
        daily = (repeat.frequency, repeat.period, repeat.period_unit) == (len(amounts), 1, "d")
        if repeat.when and [_half(event) for event in repeat.when] == [_half(event) for event in when]:
            when = repeat.when
        elif atom.value.kind is not Kind.DAILY and (not daily or repeat.frequency_max):
            return Schedule(doubtful=[slots, atom])
    said = Schedule(as_words=food)
    for amount in unique(amounts):
        events: list[Event] = []
        for event, each in zip(when, amounts, strict=True):
            if each == amount:
                events.append(event)
        said.repeats.append(Repeat(frequency=len(events), period=1, period_unit="d", when=tuple(events)))
        said.amounts.append(amount)
    return said


def _half(event: Event) -> str | None:
    """The part of the day, dinner and night as one: a slot does not tell them apart."""
    part = part_of_day(event)
    return "evening" if part == "night" else part


def _one_count(
    counts: list[Found[Atom]], daily: list[Found[Atom]], days: list[Found[Atom]]
) -> tuple[Repeat | None, list[Found[Atom]]]:
    """The count that all counts agree on; or those that contradict each other."""
    if not counts:
        return None, []
    first = counts[0].value.repeat
    rates = {_rate(atom.value.repeat) for atom in counts}
    if len(rates) > 1 or (daily and first.period is not None and _span_days(first) > 1 and not days):
        return None, [*counts, *daily]
    when = unique(event for atom in counts for event in atom.value.repeat.when)
    return first.model_copy(update={"when": when}), []


def _rate(repeat: Repeat) -> tuple[float, float]:
    """Fewest and most times a day."""
    days = _span_days(repeat)
    longest = (repeat.period_max or repeat.period or 1) * DAYS[repeat.period_unit or "d"]
    most = repeat.frequency_max or repeat.frequency or 1
    least = 0 if repeat.frequency is None else repeat.frequency
    return round(least / longest, 4), round(most / days, 4)


def _span_days(repeat: Repeat) -> float:
    return (repeat.period or 1) * DAYS[repeat.period_unit or "d"]


def _named(moments: Sequence[Repeat]) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """Events and clock times, each time of the day once: '8am' and 'before breakfast' are more exact than 'morning'."""
    events: tuple[Event, ...] = unique(event for repeat in moments for event in repeat.when)
    clocks = unique(time for repeat in moments for time in repeat.time_of_day)
    if clocks and "NOON" in events:
        events = unique(event for event in events if event != "NOON")
        clocks = tuple(sorted({*clocks, "12:00:00"}))
    exact = {part_of_clock(time) for time in clocks} | {part_of_day(event) for event in events if not _is_vague(event)}
    kept: tuple[Event, ...] = tuple(
        event for event in events if not _is_vague(event) or part_of_day(event) not in exact
    )
    return kept, clocks


def _is_vague(event: Event) -> bool:
    return event in ("MORN", "NOON", "EVE", "NIGHT")


def _agrees(count: Repeat, named: int) -> bool:
    """Whether a count can be meant with so many times of the day named."""
    days = _span_days(count)
    if count.frequency_max or count.period_max:
        return count.period_unit != "h" and (count.frequency or 0) <= named <= (count.frequency_max or named)
    if days >= 1:
        return (count.frequency or 1) == named or days > 1
    return abs(1 / days - named) < 0.01


def _week(days: Sequence[Found[Atom]]) -> tuple[DayOfWeek, ...]:
    order: tuple[DayOfWeek, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
    named = {day for atom in days for day in atom.value.repeat.day_of_week}
    return tuple(day for day in order if day in named)


def _frequency(count: Repeat | None, daily: bool, named: int, week: Sequence[DayOfWeek]) -> Repeat | None:
    if count is not None:
        return count
    if daily or (named and not week):
        return Repeat(frequency=named or 1, period=1, period_unit="d")
    if week:
        return Repeat(frequency=len(week) * (named or 1), period=1, period_unit="wk")
    return None


def _apart(events: tuple[Event, ...], clocks: tuple[str, ...]) -> list[tuple[tuple[Event, ...], tuple[str, ...]]]:
    """Events and clock times in repeats of their own, since no repeat has both (R4 tim-10)."""
    if events and clocks:
        return [(events, ()), ((), clocks)]
    return [(events, clocks)]


def _timed(repeat: Repeat, events: tuple[Event, ...], clocks: tuple[str, ...], offset: int | None) -> Repeat:
    when = unique((*repeat.when, *events))
    fits = any(event[0] != "C" for event in when)
    return repeat.model_copy(
        update={
            "when": () if clocks else when,
            "time_of_day": clocks,
            "offset": offset if fits and not clocks else None,
        }
    )
