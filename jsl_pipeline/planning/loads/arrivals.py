"""Pages that came at known times, as the hours of an average week."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning.load import HOURS, Load

_HOUR = timedelta(hours=1)


class Arrival(NamedTuple):
    """Pages that came together."""

    time: datetime
    """Aware."""
    pages: float


def find_zone(name: str) -> ZoneInfo:
    """A time zone such as Europe/Berlin. Raises SettingsError where there is none of that name."""
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        raise SettingsError(f"There is no time zone '{name}': write it as UTC or Europe/Berlin.") from None


def average_week(arrivals: Sequence[Arrival], zone: ZoneInfo, source: str) -> Load:
    """The mean of each hour of the week in `zone`, over all whole hours from the first arrival to the last.

    There is one arrival at least. A weekday that was never seen is taken to be as those that were.

    Raises SettingsError for less than a day.
    """
    times = [_hour(each.time) for each in arrivals]
    first, last = min(times), max(times)
    if last - first < 23 * _HOUR:
        raise SettingsError(f"{source} tells of less than a day: a load needs all hours of one at least.")
    pages, seen = [0.0] * HOURS, [0] * HOURS
    for each in arrivals:
        pages[_place(each.time, zone)] += each.pages
    time = first
    while time <= last:
        seen[_place(time, zone)] += 1
        time += _HOUR
    known = [total / times if times else None for total, times in zip(pages, seen, strict=True)]
    hours = tuple(_like_others(known, hour) if mean is None else mean for hour, mean in enumerate(known))
    days = (last - first + _HOUR) / timedelta(days=1)
    span = f"{days / 7:.1f} weeks" if days >= 7 else f"{days:.1f} days, other weekdays taken to be as these"
    return Load(pages_per_hour=hours, source=f"{source}: an average of {span} up to {last.astimezone(zone):%Y-%m-%d}")


def _like_others(known: Sequence[float | None], hour: int) -> float:
    same = [mean for mean in known[hour % 24 :: 24] if mean is not None]
    return sum(same) / len(same) if same else 0.0


def _hour(time: datetime) -> datetime:
    return time.astimezone(UTC).replace(minute=0, second=0, microsecond=0)


def _place(time: datetime, zone: ZoneInfo) -> int:
    local = time.astimezone(zone)
    return 24 * local.weekday() + local.hour
