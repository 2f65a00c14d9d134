"""Frequencies: how often a medication is taken, in prose, Latin shorthand and slot notation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from jsl_pipeline.clinical.atom import Atom, Kind
from jsl_pipeline.clinical.duration import DAYS
from jsl_pipeline.clinical.found import Found
from jsl_pipeline.clinical.moments import part_of_clock, part_of_day
from jsl_pipeline.clinical.timing import atoms
from jsl_pipeline.schemas.dosage import Repeat


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often. All numbers are null where the text says none, or more than one."""

    per_day: float | None = None
    """Times a day."""
    period_days: float | None = None
    """Days from one time to the next where that is more than a day: 7 for weekly, 2 for every other day."""
    max_per_day: float | None = None
    """Upper end of a range or limit: 6 for 'every 4-6 hours', 4 for 'up to four times a day'."""
    prn: bool = False
    """As needed."""
    prn_reason: str | None = None
    """What for: 'pain' in 'as needed for pain'."""


_BETWEEN = re.compile(r"[^\S\n]*[,;:(/&–—-]?[^\S\n]*(?:(?:and|or|plus|only|at|to be taken)\b[^\S\n]*)?")
_PHASE = re.compile(r"\bth[ae]n\b", re.IGNORECASE)
# At the head of directions '1 am' may be an amount and its time; where a frequency stands it is a time either way.
_HEADING_CLOCK = re.compile(r"\s*\d{1,2}(?:[:.]\d{2})?\s?(?:[ap]\.?m\b|noon\b)", re.IGNORECASE)
_MORNING_OR_NIGHT = re.compile(r"\s*o\.?[mn]\.?\s*", re.IGNORECASE)  # 'OM', 'ON': alone, and not the word 'on'
_EYE = re.compile(r"\b(?:eyes?|drops?|gtts?|ophthalmic)\b", re.IGNORECASE)
_RIGHT_EYE = re.compile(r"o\.?d\.?", re.IGNORECASE)


def find_frequencies(text: str) -> list[Found[Frequency]]:
    """All frequencies in a text, in order, words that belong to them included ('twice daily after meals')."""
    spans: list[Found[Frequency]] = []
    for group in _groups(text):
        frequency = _combine(group)
        if frequency is not None:
            start, end = group[0].start, group[-1].end
            if text[start:end].count("(") > text[start:end].count(")") and text[end : end + 1] == ")":
                end += 1
            spans.append(Found(start, end, text[start:end], frequency))
    return spans


@lru_cache(maxsize=1024)  # rules ask again, and documents repeat each other's
def parse_frequency(text: str) -> Frequency | None:
    """What the text says in all, or None if it says nothing on how often.

    Statements that contradict each other, and phases that differ ('daily for 5 days, then weekly'), give no number.
    """
    phases: list[Frequency] = []
    if _HEADING_CLOCK.match(text):
        text = f"at {text}"
    elif _MORNING_OR_NIGHT.fullmatch(text):
        text = f"1 {text}"
    for phase in _PHASE.split(text):
        frequency = _combine(_known_atoms(phase))
        if frequency is not None:
            phases.append(frequency)
    if len({(phase.per_day, phase.period_days) for phase in phases}) > 1:
        return Frequency(prn=all(phase.prn for phase in phases))
    return phases[0] if phases else None


def _known_atoms(text: str) -> list[Atom]:
    """Atoms of a text, 'OD' left out where it names the right eye."""
    all_of_them = atoms(text)
    if len(all_of_them) > 1 and _EYE.search(text):
        return [atom for atom in all_of_them if not _RIGHT_EYE.fullmatch(text[atom.start : atom.end])]
    return all_of_them


def _groups(text: str) -> list[list[Atom]]:
    """Atoms that stand together."""
    groups: list[list[Atom]] = []
    for atom in _known_atoms(text):
        if groups and _BETWEEN.fullmatch(text, groups[-1][-1].end, atom.start):
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return groups


def _combine(group: Sequence[Atom]) -> Frequency | None:
    said = [atom for atom in group if atom.kind not in (Kind.WITH, Kind.DAYS)]
    if not said:
        return None
    per_day, period_days, most = _numbers(said)
    reasons = [atom.reason for atom in said if atom.reason]
    prn = any(atom.kind is Kind.PRN for atom in said)
    return Frequency(per_day, period_days, most, prn, reasons[0] if reasons else None)


def _numbers(said: Sequence[Atom]) -> tuple[float | None, float | None, float | None]:
    """Times a day, days between and most a day: counts before moments, moments before a bare 'daily'."""
    counts = [_rate(atom.repeat) for atom in said if atom.kind is Kind.COUNT]
    limits = [most for _, _, most in counts if most]
    most = min(limits) if limits else None
    exact = {(per_day, period_days) for per_day, period_days, limit in counts if not limit}
    if len(exact) == 1:
        per_day, period_days = exact.pop()
        if most is None or (per_day is not None and per_day <= most):
            return per_day, period_days, most
    if counts:
        return None, None, most
    moments = _moments(said)
    if moments:
        return moments, None, None
    return (1.0 if any(atom.kind is Kind.DAILY for atom in said) else None), None, None


def _rate(repeat: Repeat) -> tuple[float | None, float | None, float | None]:
    """Times a day, days between and most a day of one count; a range or limit gives the most alone."""
    if repeat.period is None or repeat.period_unit is None:
        return None, None, None
    days = repeat.period * DAYS[repeat.period_unit] / (repeat.frequency_max or repeat.frequency or 1)
    per_day = _whole(1 / days) if days <= 1 else None
    if repeat.frequency_max or repeat.period_max:
        return None, None, per_day
    return per_day, days if days > 1 else None, None


def _whole(times: float) -> float | None:
    """Times a day of an interval, null unless it divides the day evenly."""
    return float(round(times)) if abs(times - round(times)) < 0.01 else None


def _moments(said: Sequence[Atom]) -> float:
    """Times of the day that are named; '8am' in the morning is the morning, '8am and 11am' are two."""
    clocks: dict[str, set[str]] = {}
    for repeat in (atom.repeat for atom in said if atom.kind is Kind.MOMENT):
        for event in repeat.when:
            if (part := part_of_day(event)) is not None:
                clocks.setdefault(part, set())
        for time in repeat.time_of_day:
            clocks.setdefault(part_of_clock(time), set()).add(time)
    return float(sum(max(1, len(times)) for times in clocks.values()))
