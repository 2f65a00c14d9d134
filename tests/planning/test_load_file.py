"""Loads from CSV files and from the pipeline's own history."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning import Load, find_zone, load_from_history, read_load
from jsl_pipeline.schemas import Batch, LandingFile
from jsl_pipeline.store import DocumentRow, Store

Read = Callable[[str], Load]
_UTC = ZoneInfo("UTC")
_DAYS = ("Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun")


@pytest.fixture
def read(tmp_path: Path) -> Read:
    def read(text: str) -> Load:
        file = tmp_path / "load.csv"
        file.write_text(text, encoding="utf-8")
        return read_load(file, _UTC)

    return read


def test_a_day_is_each_day_of_the_week(read: Read) -> None:
    load = read("hour,pages\n" + "".join(f"{hour},{10 * hour}\n" for hour in range(24)))
    assert load.pages_per_hour == tuple(float(10 * hour) for hour in range(24)) * 7


def test_a_week_begins_on_monday(read: Read) -> None:
    load = read("pages,hour\n" + "".join(f"{hour},{hour}\n" for hour in range(168)))
    assert load.pages_per_hour == tuple(map(float, range(168)))


def test_weekdays_are_named_in_any_order(read: Read) -> None:
    rows = [f"{day},{hour},{100 if day == 'Sun' and hour == 3 else 0}" for day in reversed(_DAYS) for hour in range(24)]
    assert read("Weekday, Hour, Pages\n" + "\n".join(rows)).pages_per_hour.index(100) == 6 * 24 + 3


def test_dates_become_an_average_week(read: Read) -> None:
    monday = datetime(2026, 3, 2)
    hours = [monday + timedelta(hours=hour) for hour in range(14 * 24)]
    rows = [f"{time.isoformat()},{30 if time.hour == 9 else 0}" for time in hours if time.day != 9 or time.hour != 9]
    load = read("timestamp,pages\n" + "\n".join(rows))
    assert load.pages_per_hour[9] == 15  # of two Mondays, one had none
    assert load.pages_per_hour[24 + 9] == 30
    assert load.pages == 15 + 6 * 30
    assert "2.0 weeks" in load.source


def test_days_that_were_not_seen_are_as_those_that_were(read: Read) -> None:
    rows = [f"2026-03-03T{hour:02d}:30:00Z,{hour}" for hour in range(24)]
    load = read("timestamp,pages\n" + "\n".join(rows))
    assert load.pages_per_hour == tuple(map(float, range(24))) * 7
    assert "1.0 days" in load.source


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("", "is empty"),
        ("hour,pages\n", "is empty"),
        ("hour,count\n0,5\n", "no column `pages`"),
        ("pages\n5\n", "no column `hour` or `timestamp`"),
        ("hour,pages\n0,five\n", "line 2: `pages` is not a number"),
        ("hour,pages\n0,5\n1,nan\n", "line 3: `pages` is not a number"),
        ("hour,pages\n0,-1\n", "line 2: `pages` is negative"),
        ("hour,pages\n0,1e12\n", "line 2: `pages` is more"),
        ("hour,pages\n0,5\n", "1 rows: 24 are the hours of a day"),
        ("hour,pages\n" + "0,5\n" * 24, "line 3: this hour was there before"),
        ("hour,pages\n" + "24,5\n" * 24, "line 2: `hour` is not one from 0 to 23"),
        ("hour,pages\n0,5,6\n", "line 2: there are 3 cells below 2 column names"),
        ("weekday,hour,pages\nMontag,0,5\nDienstag,0,5\n", "line 3: `weekday` is not one"),
        ("weekday,hour,pages\nMon,0,5\n", "each of 168 hours needs one"),
        ("timestamp,pages\nyesterday,5\n", "line 2: `timestamp` is not a date"),
        ("timestamp,pages\n2026-03-02T09:00,5\n2026-03-02T12:00,5\n", "less than a day"),
        ("timestamp,pages\n2026-03-02,500\n2026-03-03,500\n", "days, not hours"),
    ],
)
def test_a_wrong_file_is_told_in_a_sentence(read: Read, text: str, sentence: str) -> None:
    with pytest.raises(SettingsError, match=r"load\.csv") as wrong:
        read(text)
    assert sentence in str(wrong.value)


def test_a_file_that_is_not_there_or_no_text(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="cannot be read"):
        read_load(tmp_path / "none.csv", _UTC)
    (tmp_path / "latin.csv").write_bytes("hour,pages\n0,Stück\n".encode("latin-1"))
    with pytest.raises(SettingsError, match="not UTF-8"):
        read_load(tmp_path / "latin.csv", _UTC)


def test_a_time_zone_exists() -> None:
    assert find_zone("Europe/Berlin").key == "Europe/Berlin"
    for name in ("Europe/Atlantis", "../etc/passwd", ""):
        with pytest.raises(SettingsError, match="no time zone"):
            find_zone(name)


def _ingest(store: Store, key: str, files: dict[str, tuple[datetime | None, int]], closed_at: datetime) -> None:
    landed = tuple(LandingFile(path=path, size=1, modified=time) for path, (time, _) in files.items())
    store.manifests.put(Batch(key=key, landing="landing", closed_at=closed_at, files=landed))
    rows = [
        DocumentRow(batch=key, document_id=f"{key}{path}", path=path, size=1, kind="pdf", pages=pages)
        for path, (_, pages) in files.items()
        if pages
    ]
    store.tables.replace("documents", key, lambda: rows)


def test_history_counts_pages_when_their_files_came(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    monday = datetime(2026, 3, 2, 8, tzinfo=UTC)
    _ingest(store, "a", {"1": (monday, 3), "2": (monday, 4), "3": (monday, 0)}, monday + timedelta(minutes=10))
    wednesday = monday + timedelta(days=2)
    _ingest(store, "b", {"1": (None, 5)}, wednesday)
    load = load_from_history(store, ZoneInfo("Europe/Berlin"))
    assert load.pages_per_hour[9] == 7  # of Monday, in Berlin
    assert load.pages_per_hour[48 + 9] == 5
    assert load.pages_per_hour[24 + 9] == 0
    assert load.pages_per_hour[5 * 24 + 9] == 4  # Saturday was not seen: the mean of Monday to Wednesday


def test_history_needs_a_day(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with pytest.raises(SettingsError, match="no history"):
        load_from_history(store, _UTC)
    noon = datetime(2026, 3, 2, 12, tzinfo=UTC)
    _ingest(store, "a", {"1": (noon, 3)}, noon)
    with pytest.raises(SettingsError, match="less than a day"):
        load_from_history(store, _UTC)
