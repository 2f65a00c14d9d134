"""The times of the week that hold most of a load: when an endpoint may be worth keeping awake."""

from collections.abc import Sequence
from typing import NamedTuple

from jsl_pipeline.planning.load import HOURS, Load

_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")
_SHARES = (0.8, 0.95, 0.99)


class WarmTime(NamedTuple):
    """Hours of the week, the same on each of some days in a row."""

    window: str
    """As in the setting `engine.wake.keep_warm`."""
    hours: int
    """In the week."""


def find_windows(load: Load, zone: str, shares: Sequence[float] = _SHARES) -> list[WarmTime]:
    """For each share of the load, the fewest hours that hold it; none where that is all of the week.

    Of two windows with as few hours, the one with more of the load.
    """
    if not load.pages:
        return []
    by_hours = sorted(_windows(load), key=lambda each: (each[0], -each[1]))
    best = (next(each for each in by_hours if each[1] >= share * load.pages * (1 - 1e-9)) for share in shares)
    found = (WarmTime(f"{_name(*place)} {zone}", hours) for hours, _, place in best if hours < HOURS)
    return list(dict.fromkeys(found))


def _windows(load: Load) -> list[tuple[int, float, tuple[int, int, int, int]]]:
    """Every window: its hours, the pages that come in it, and its first day, days, first hour and hours of a day."""
    pages = (*load.pages_per_hour, *load.pages_per_hour)
    sums = [0.0]
    for each in pages:
        sums.append(sums[-1] + each)
    found: list[tuple[int, float, tuple[int, int, int, int]]] = []
    for start in range(24):
        for length in range(1, 25 if start == 0 else 24):
            daily = [sums[24 * day + start + length] - sums[24 * day + start] for day in range(7)]
            for first in range(7):
                held = 0.0
                for days in range(1, 8):
                    held += daily[(first + days - 1) % 7]
                    found.append((days * length, round(held, 6), (first, days, start, length)))
    return found


def _name(first: int, days: int, start: int, length: int) -> str:
    last = (first + days - 1) % 7
    named = _DAYS[first] if days == 1 else f"{_DAYS[first]}-{_DAYS[last]}"
    end = f"{(start + length) % 24:02d}:00" if length < 24 else "23:59"
    return f"{named} {start:02d}:00-{end}"
