"""Worker processes: a bad item fails alone."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import pytest

from jsl_pipeline.errors import LandingUnavailable
from jsl_pipeline.schemas import FailureCause, PageFailure
from jsl_pipeline.workers import Workers, available_cores


def _act(item: object) -> object:
    match item:
        case "crash":
            os.kill(os.getpid(), signal.SIGSEGV)
        case "hang":
            time.sleep(60)
        case "greedy":
            return len(bytearray(8 * 2**30))
        case "bug":
            raise ValueError("text of a patient")
        case "outage":
            raise LandingUnavailable("The landing folder cannot be reached for now.")
        case _:
            return os.getpid() if item == "pid" else item


def test_results_come_with_their_items() -> None:
    with Workers(_act, count=2, timeout=30) as workers:
        assert sorted(workers.map(range(20))) == [(n, n) for n in range(20)]
        assert list(workers.map([])) == []


@pytest.mark.parametrize(
    ("item", "cause"),
    [("crash", FailureCause.CRASHED), ("hang", FailureCause.TIMEOUT), ("bug", FailureCause.ENGINE)],
)
def test_a_bad_item_fails_alone(item: str, cause: FailureCause) -> None:
    with Workers(_act, count=2, timeout=2) as workers:
        results = dict(workers.map([1, 2, item, 3, 4, 5]))
    failure = results.pop(item)
    assert isinstance(failure, PageFailure)
    assert failure.cause == cause
    assert "patient" not in failure.message
    assert results == {n: n for n in (1, 2, 3, 4, 5)}


def test_memory_is_bounded() -> None:
    with Workers(_act, count=1, timeout=30, memory_bytes=4 * 2**30) as workers:
        results = dict(workers.map([1, "greedy", 2]))
    assert isinstance(results.pop("greedy"), PageFailure)
    assert results == {1: 1, 2: 2}


def test_an_error_of_the_whole_run_is_raised() -> None:
    with Workers(_act, count=1, timeout=30) as workers, pytest.raises(LandingUnavailable):
        list(workers.map(["outage"]))


def test_items_are_pulled_as_workers_become_free() -> None:
    pulled: list[int] = []

    def endless() -> Iterator[int]:
        for number in range(1_000_000):
            pulled.append(number)
            yield number

    with Workers(_act, count=2, timeout=30) as workers:
        results = workers.map(endless())
        for _ in range(10):
            next(results)
    assert len(pulled) < 30


def test_all_cores_are_used() -> None:
    with Workers(_act, count=None, timeout=30) as workers:
        assert workers.count == available_cores() >= 1


_OWNER = """
import os, sys, time
from tests.test_workers import _act
from jsl_pipeline.workers import Workers
with Workers(_act, count=1, timeout=30) as workers:
    print(dict(workers.map(["pid"]))["pid"], flush=True)
    time.sleep(60)
"""


def test_workers_leave_soon_after_their_owner_was_killed() -> None:
    owner = subprocess.Popen([sys.executable, "-c", _OWNER], stdout=subprocess.PIPE, text=True)
    assert owner.stdout is not None
    worker = int(owner.stdout.readline())
    owner.kill()
    owner.wait()
    owner.stdout.close()
    deadline = time.monotonic() + 20
    while _is_running(worker):
        assert time.monotonic() < deadline, "the worker outlived its owner"
        time.sleep(0.1)


def _is_running(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    with open(f"/proc/{pid}/stat") as stat:
        return stat.read().rsplit(")", 1)[1].split()[0] != "Z"
