"""Closing batches: every landing file joins one, none joins two."""

import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jsl_pipeline.batches import Batching, close_batch, close_waiting, is_due, settled, waiting_files
from jsl_pipeline.ingest import Landing
from jsl_pipeline.schemas import LandingFile
from jsl_pipeline.store import Store

NOW = datetime(2026, 3, 1, 9, 15, 30, tzinfo=UTC)


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "landing"
    folder.mkdir()
    for number in range(5):
        _drop(folder, f"scan{number}.png", age=3600)
    return folder


def _drop(folder: Path, name: str, age: float) -> None:
    path = folder / name
    path.write_bytes(name.encode())
    changed = NOW.timestamp() - age
    os.utime(path, (changed, changed))


def _file(age: float | None) -> LandingFile:
    return LandingFile(path="a", size=1, modified=None if age is None else NOW - timedelta(seconds=age))


def test_keys_sort_by_time_and_hold_no_file_name(store: Store, folder: Path) -> None:
    landing = Landing(str(folder))
    files = waiting_files(store, landing)
    first = close_batch(store, landing, files[:2], NOW)
    second = close_batch(store, landing, files[2:], NOW + timedelta(hours=1))
    assert first.key.startswith("2026-03-01T091530-")
    assert sorted([second.key, first.key]) == [first.key, second.key]
    assert "scan" not in first.key


def test_a_file_joins_one_batch(store: Store, folder: Path) -> None:
    landing = Landing(str(folder))
    batches = close_waiting(store, landing, Batching(max_files=2), NOW)
    assert [len(batch.files) for batch in batches] == [2, 2, 1]
    assert waiting_files(store, landing) == []
    assert close_waiting(store, landing, Batching(), NOW) == []


def test_a_new_or_changed_file_waits_again(store: Store, folder: Path) -> None:
    landing = Landing(str(folder))
    close_waiting(store, landing, Batching(), NOW)
    _drop(folder, "new.png", age=60)
    _drop(folder, "scan0.png", age=60)
    assert [file.path for file in waiting_files(store, landing)] == ["new.png", "scan0.png"]


def test_one_folder_written_two_ways_is_one_landing(
    store: Store, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    close_waiting(store, Landing(str(folder)), Batching(), NOW)
    monkeypatch.chdir(folder.parent)
    for same in ("landing", "./landing/", f"file://{folder}"):
        assert waiting_files(store, Landing(same)) == []


def test_a_file_that_just_changed_is_left_to_settle(store: Store, folder: Path) -> None:
    _drop(folder, "uploading.png", age=1)
    landing = Landing(str(folder))
    close_waiting(store, landing, Batching(settle_seconds=5), NOW)
    assert [file.path for file in waiting_files(store, landing)] == ["uploading.png"]


@pytest.mark.parametrize(
    ("ages", "due"),
    [([], False), ([10, 20], False), ([10, 20, 30], True), ([10, 700], True), ([None], True)],
    ids=["nothing", "young and few", "many", "one is old", "age unknown"],
)
def test_a_batch_is_due_by_size_or_age(ages: list[float | None], due: bool) -> None:
    files = [_file(age) for age in ages]
    assert is_due(files, Batching(max_files=3, max_age_seconds=600), NOW) is due


def test_settled_keeps_files_of_unknown_age() -> None:
    assert settled([_file(None), _file(1)], Batching(settle_seconds=5), NOW) == [_file(None)]
