"""A load from a CSV file, in any of the forms that a spreadsheet or a database gives."""

import csv
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from math import isfinite, nan
from pathlib import Path
from zoneinfo import ZoneInfo

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning.load import HOURS, Load
from jsl_pipeline.planning.loads.arrivals import Arrival, average_week

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_FORMS = "`hour,pages`, `weekday,hour,pages` or `timestamp,pages`"
_MOST = 1e9


@dataclass(frozen=True)
class _Row:
    """A line of the file, by its lower-case column names."""

    file: str
    line: int
    cells: dict[str, str]

    def wrong(self, what: str) -> SettingsError:
        return SettingsError(f"The load file {self.file}, line {self.line}: {what}.")

    def pages(self) -> float:
        try:
            pages = float(self.cells["pages"])
        except ValueError:
            pages = nan
        if not isfinite(pages):
            raise self.wrong("`pages` is not a number")
        if not 0 <= pages < _MOST:
            raise self.wrong("`pages` is negative" if pages < 0 else "`pages` is more than any load")
        return pages

    def hour(self, most: int) -> int:
        hour = self.cells["hour"]
        if not hour.isdecimal() or int(hour) >= most:
            raise self.wrong(f"`hour` is not one from 0 to {most - 1}")
        return int(hour)

    def weekday(self) -> int:
        name = self.cells["weekday"][:3].casefold()
        if name not in _DAYS:
            raise self.wrong("`weekday` is not one from Mon to Sun")
        return _DAYS.index(name)

    def time(self, zone: ZoneInfo) -> datetime:
        try:
            time = datetime.fromisoformat(self.cells["timestamp"])
        except ValueError:
            raise self.wrong("`timestamp` is not a date and time such as 2026-03-02T09:00") from None
        return time.replace(tzinfo=zone) if time.tzinfo is None else time


def read_load(path: str | Path, zone: ZoneInfo) -> Load:
    """The load of a CSV file with a line of column names.

    `hour,pages` has 24 rows, the same on all days, or 168 from Monday 00:00; `weekday,hour,pages` has 168, Mon to Sun;
    `timestamp,pages` has real dates over at least a day, in `zone` where they name none, of which an average week is
    made. Raises SettingsError naming the line that is wrong.
    """
    rows = list(_rows(Path(path)))
    columns = set(rows[0].cells)
    name = Path(path).name
    if "pages" in columns:
        for row in rows:
            row.pages()
    if "pages" in columns and "timestamp" in columns:
        return _dated(rows, name, zone)
    if {"pages", "hour", "weekday"} <= columns:
        hours = _placed(rows, HOURS, lambda row: 24 * row.weekday() + row.hour(24))
        return Load(pages_per_hour=hours, source=f"{name}: 168 hours of a week")
    if {"pages", "hour"} <= columns:
        return _hourly(rows, name)
    missing = "pages" if "pages" not in columns else "hour` or `timestamp"
    raise SettingsError(f"The load file {path} has no column `{missing}`: its columns are to be {_FORMS}.")


def _rows(path: Path) -> Iterator[_Row]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise SettingsError(f"The load file {path} cannot be read ({type(error).__name__}).") from None
    except UnicodeDecodeError:
        raise SettingsError(f"The load file {path} is not UTF-8 text: save it as CSV UTF-8.") from None
    reader = csv.reader(text.splitlines())
    names: list[str] = []
    empty = True
    for cells in reader:
        if not any(cell.strip() for cell in cells):
            continue
        if not names:
            names = [cell.strip().casefold() for cell in cells]
            continue
        empty = False
        row = _Row(path.name, reader.line_num, {})
        if len(cells) != len(names):
            raise row.wrong(f"there are {len(cells)} cells below {len(names)} column names")
        yield _Row(row.file, row.line, {name: cell.strip() for name, cell in zip(names, cells, strict=True)})
    if empty:
        raise SettingsError(f"The load file {path} is empty: it has a line of column names, {_FORMS}, and rows.")


def _hourly(rows: list[_Row], name: str) -> Load:
    if len(rows) not in (24, HOURS):
        raise SettingsError(
            f"The load file {name} has {len(rows)} rows: 24 are the hours of a day, {HOURS} those of a week."
        )
    hours = _placed(rows, len(rows), lambda row: row.hour(len(rows)))
    if len(rows) == 24:
        return Load(pages_per_hour=hours * 7, source=f"{name}: 24 hours, the same on all days")
    return Load(pages_per_hour=hours, source=f"{name}: {HOURS} hours of a week")


def _placed(rows: list[_Row], count: int, place: Callable[[_Row], int]) -> tuple[float, ...]:
    """Each hour once."""
    found: dict[int, float] = {}
    for row in rows:
        hour = place(row)
        if hour in found:
            raise row.wrong("this hour was there before")
        found[hour] = row.pages()
    if len(found) != count:
        raise SettingsError(
            f"The load file {rows[0].file} has {len(found)} rows: each of {count} hours needs one, with 0 "
            "pages where none come."
        )
    return tuple(found[hour] for hour in range(count))


def _dated(rows: list[_Row], name: str, zone: ZoneInfo) -> Load:
    arrivals = [Arrival(row.time(zone), row.pages()) for row in rows]
    if len({each.time.astimezone(zone).hour for each in arrivals}) == 1:
        raise SettingsError(
            f"The load file {name} tells days, not hours: give a row for each hour in which pages came."
        )
    return average_week(arrivals, zone, name)
