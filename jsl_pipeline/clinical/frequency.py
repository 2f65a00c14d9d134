"""Frequencies: how often a medication is taken, in prose, Latin shorthand and slot notation."""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from jsl_pipeline.clinical.found import Found
from jsl_pipeline.clinical.timing import Atom, Kind, atoms


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


def parse_frequency(text: str) -> Frequency | None:
    """What the text says in all, or None if it says nothing on how often.

    Statements that contradict each other, and phases that differ ('daily for 5 days, then weekly'), give no number.
    """
    phases: list[Frequency] = []
    for phase in _PHASE.split(text):
        frequency = _combine(_atoms(phase))
        if frequency is not None:
            phases.append(frequency)
    if len({(phase.per_day, phase.period_days) for phase in phases}) > 1:
        return Frequency(prn=all(phase.prn for phase in phases))
    return phases[0] if phases else None


def _atoms(text: str) -> list[Atom]:
    """Atoms of a text, 'OD' left out where it names the right eye."""
    all_of_them = atoms(text)
    if len(all_of_them) > 1 and _EYE.search(text):
        return [atom for atom in all_of_them if not _RIGHT_EYE.fullmatch(text[atom.start : atom.end])]
    return all_of_them


def _groups(text: str) -> list[list[Atom]]:
    """Atoms that stand together."""
    groups: list[list[Atom]] = []
    for atom in _atoms(text):
        if groups and _BETWEEN.fullmatch(text, groups[-1][-1].end, atom.start):
            groups[-1].append(atom)
        else:
            groups.append([atom])
    return groups


def _combine(group: Sequence[Atom]) -> Frequency | None:
    said = [atom for atom in group if atom.kind is not Kind.WITH]
    if not said:
        return None
    per_day, period_days, most = _times(said)
    reasons = [atom.reason for atom in said if atom.reason]
    prn = any(atom.kind is Kind.PRN for atom in said)
    return Frequency(per_day, period_days, most, prn, reasons[0] if reasons else None)


def _times(said: Sequence[Atom]) -> tuple[float | None, float | None, float | None]:
    """Times a day, days between and most a day: counts before moments, moments before a bare 'daily'."""
    counts = [atom for atom in said if atom.kind is Kind.COUNT]
    limits = [atom.max_per_day for atom in counts if atom.max_per_day]
    most = min(limits) if limits else None
    exact = {(atom.per_day, atom.period_days) for atom in counts if not atom.max_per_day}
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


def _moments(said: Sequence[Atom]) -> float:
    """Times of the day that are named; '8am' in the morning is the morning, '8am and 11am' are two."""
    clocks: dict[str, set[str]] = {}
    for part, clock in frozenset[tuple[str, str]]().union(*(atom.moments for atom in said)):
        clocks.setdefault(part, set()).update({clock} if clock else set())
    return float(sum(max(1, len(times)) for times in clocks.values()))
