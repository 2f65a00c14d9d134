"""Times of the week, e.g. 'Mon-Fri 07:00-18:00 Europe/Berlin'."""

import re
from datetime import datetime, time, timedelta
from typing import Annotated
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import AfterValidator

WEEK_SECONDS = 7 * 86400

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORM = re.compile(r"(\w{3})(?:-(\w{3}))? (\d{2}:\d{2})-(\d{2}:\d{2})(?: (\S+))?")


def in_window(window: str, now: datetime) -> bool:
    """Whether `now`, an aware time, lies in the window; its end is outside. A window may run over midnight."""
    days, start, end, zone = _parse(window)
    local = now.astimezone(zone)
    clock = local.time()
    if start <= end:
        return local.weekday() in days and start <= clock < end
    if clock >= start:
        return local.weekday() in days
    return clock < end and (local.weekday() - 1) % 7 in days


def week_spans(window: str) -> list[tuple[float, float]]:
    """The window as seconds since Monday 00:00 in its zone, in order; over midnight, an end may lie past its week's."""
    days, start, end, _ = _parse(window)
    begin = timedelta(hours=start.hour, minutes=start.minute).total_seconds()
    stop = timedelta(hours=end.hour, minutes=end.minute).total_seconds()
    length = stop - begin if start <= end else stop - begin + 86400
    return [(day * 86400 + begin, day * 86400 + begin + length) for day in sorted(days) if length]


def _parse(window: str) -> tuple[set[int], time, time, ZoneInfo]:
    form = _FORM.fullmatch(window.strip())
    if form is None:
        raise ValueError("write a window as 'Mon-Fri 07:00-18:00 Europe/Berlin'; UTC where no zone is named")
    first, last, start, end, zone = form.groups()
    try:
        begin, stop = _DAYS.index(first.lower()), _DAYS.index((last or first).lower())
        days = {(begin + each) % 7 for each in range((stop - begin) % 7 + 1)}
        return days, time.fromisoformat(start), time.fromisoformat(end), ZoneInfo(zone or "UTC")
    except (ValueError, ZoneInfoNotFoundError):
        raise ValueError(f"'{window}' names no day, time or zone that exists") from None


def _checked(window: str) -> str:
    _parse(window)
    return window


Window = Annotated[str, AfterValidator(_checked)]
