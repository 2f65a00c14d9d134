"""Processes that pull pages from one counter, as the tasks of a cluster do: they share, come late, fail and die."""

import multiprocessing
import socket
import time
from collections import Counter as Count
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from multiprocessing.process import BaseProcess
from pathlib import Path

import pytest

from jsl_pipeline.emulator import CannedReader, EmulatorSettings, Latency, RunningEmulator, ScaleToZero, running
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.errors import EngineError
from jsl_pipeline.extraction import Asked, reading_engine
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.spark.counter import Counter
from jsl_pipeline.spark.line import Door
from jsl_pipeline.spark.task import read_pages
from jsl_pipeline.spark.visit import Unreachable, Visit
from jsl_pipeline.store import Store
from tests.spark.written_pages import write_pages

HOST = "127.0.0.1"


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


@contextmanager
def endpoint(slots: int = 8, page_seconds: float = 0.02) -> Iterator[tuple[RunningEmulator, EndpointSettings]]:
    emulated = EmulatorSettings(
        port=0,
        slots=slots,
        queue=None,
        scale_to_zero=ScaleToZero(enabled=False),
        latency=Latency(page_seconds=page_seconds),
        reader=CannedReader(),
    )
    with running(emulated) as emulator:
        yield (
            emulator,
            EndpointSettings.model_validate(
                {"url": emulator.url, "name": emulated.endpoint, "token": "emulator-token"}
            ),
        )


@contextmanager
def tasks(count: int, door: Door, store: Store, settings: EndpointSettings) -> Iterator[list[BaseProcess]]:
    """Processes that read, ended at the latest with the block."""
    context = multiprocessing.get_context("spawn")
    started = [context.Process(target=read_pages, args=(door, store, settings)) for _ in range(count)]
    for process in started:
        process.start()
    try:
        yield started
    finally:
        for process in started:
            process.kill()
            process.join()


def follow(counter: Counter) -> Iterator[object]:
    """What happens until all pages are done with and all readers have left."""
    deadline = time.monotonic() + 60
    while counter.unfinished or counter.readers:
        assert time.monotonic() < deadline
        event = counter.event(0.1)
        if event is not None:
            yield event
    while (event := counter.event(0)) is not None:
        yield event


def asked_for(emulator: RunningEmulator) -> Count[str]:
    return Count(sha for entry in emulator.log for sha in entry.pages)


def test_several_share_the_pages_and_each_is_asked_once(store: Store) -> None:
    pages = write_pages(store, 200)
    with endpoint() as (emulator, settings), Counter(HOST, pages=pages) as counter:
        with tasks(3, counter.door, store, settings) as processes:
            events = list(follow(counter))
            for process in processes:
                process.join()
            assert [process.exitcode for process in processes] == [0, 0, 0]
        answered = Count(sha for e in emulator.log if e.outcome == "answered" and e.status == 200 for sha in e.pages)
    asked = [event for event in events if isinstance(event, Asked)]
    assert {each.page_sha for each in asked} == {page.page_sha for page in pages}
    assert len(asked) == 200
    assert all(each.failure is None for each in asked)
    assert set(answered.values()) == {1}
    calls = counter.calls
    assert calls is not None
    assert calls.pages_sent >= 200
    answers = store.answers(reading_engine(settings).fingerprint)
    assert all(answers.get(page.page_sha) for page in pages)


def test_one_that_dies_costs_only_what_it_had_not_reported(store: Store) -> None:
    pages = write_pages(store, 160)
    with endpoint(page_seconds=0.05) as (emulator, settings), Counter(HOST, pages=pages) as counter:
        with tasks(2, counter.door, store, settings) as (dies, _):
            reported: set[str] = set()
            before = 0
            for event in follow(counter):
                if isinstance(event, Asked):
                    assert event.failure is None
                    reported.add(event.page_sha)
                if len(reported) == 60 and dies.is_alive():
                    dies.kill()
                    dies.join()
                    before = counter.unfinished
        again = {sha for sha, times in answers_written(emulator).items() if times > 1}
    assert reported == {page.page_sha for page in pages}
    assert 0 < before <= 100
    assert len(again) <= 40  # pages that were with the endpoint, or on their way back, when it died


def answers_written(emulator: RunningEmulator) -> Count[str]:
    """How often each page was worked on."""
    return Count(sha for entry in emulator.log if entry.service_seconds for sha in entry.pages)


def test_one_that_comes_when_nothing_waits_ends_at_once_and_starts_nothing(store: Store) -> None:
    pages = write_pages(store, 20)
    with endpoint(page_seconds=0.3) as (emulator, settings), Counter(HOST, pages=pages) as counter:
        with Visit(counter.door) as holder:
            while holder.pull():
                continue
            read_pages(counter.door, store, settings)
            assert counter.readers == 1
        assert not asked_for(emulator)


def test_an_error_of_the_run_comes_to_the_driver_as_itself_and_ends_the_task_well(store: Store) -> None:
    pages = write_pages(store, 20)
    with endpoint() as (_, settings), Counter(HOST, pages=pages) as counter:
        wrong = EndpointSettings.model_validate({**settings.model_dump(), "token": "wrong"})
        read_pages(counter.door, store, wrong)
        error = counter.event(5)
        while isinstance(error, str):
            error = counter.event(5)
    assert isinstance(error, EngineError)
    assert "wrong" not in str(error)


def test_tasks_end_when_the_driver_ends_the_run(store: Store) -> None:
    pages = write_pages(store, 400)
    with endpoint(page_seconds=0.05) as (_, settings), ExitStack() as run:
        counter = run.enter_context(Counter(HOST, pages=pages))
        with tasks(2, counter.door, store, settings) as processes:
            while counter.readers < 2:
                counter.event(0.1)
            run.close()
            for process in processes:
                process.join(30)
            assert [process.exitcode for process in processes] == [0, 0]


def test_readers_are_told_how_many_they_are(store: Store) -> None:
    pages = write_pages(store, 64)
    with Counter(HOST, pages=pages) as counter, Visit(counter.door) as first:
        first.pull()
        assert first.share() == 1
        with Visit(counter.door) as second:
            second.pull()
            assert second.share() == 0.5
            first.pull()
            assert first.share() == 0.5
        while counter.readers > 1:
            time.sleep(0.01)
        first.pull()
        assert first.share() == 1


def test_what_all_readers_say_is_told_of_one_and_their_own_news_of_each(store: Store) -> None:
    pages = write_pages(store, 64)
    with Counter(HOST, pages=pages) as counter, Visit(counter.door) as first, Visit(counter.door) as second:
        for number in range(3):
            for visit in (first, second):
                visit.tell(f"The endpoint wakes, {number} s.")
                visit.pull()
        told = []
        while (sentence := counter.event(0.1)) is not None:
            told.append(sentence)
    assert [sentence for sentence in told if "wakes" in sentence] == [
        "Reader 1: The endpoint wakes, 0 s.",
        "Reader 2: The endpoint wakes, 0 s.",
        "Reader 1: The endpoint wakes, 1 s.",
        "Reader 1: The endpoint wakes, 2 s.",
    ]


def test_nobody_gets_in_without_the_key(store: Store) -> None:
    pages = write_pages(store, 4)
    with Counter(HOST, pages=pages) as counter:
        silent = socket.create_connection((HOST, counter.door.port))
        with pytest.raises(Unreachable):
            Visit(Door(HOST, counter.door.port, b"another key"))
        with Visit(counter.door) as visit:  # the silent one keeps nobody out
            assert visit.pull()
        silent.close()


def test_a_driver_that_is_not_there_is_named() -> None:
    with socket.create_server((HOST, 0)) as taken:
        port = taken.getsockname()[1]
    with pytest.raises(Unreachable, match=f"{HOST}:{port}"):
        Visit(Door(HOST, port, b"key"))


def test_what_readers_asked_so_far_is_known_before_they_leave() -> None:
    with Counter(HOST) as counter, Visit(counter.door) as one, Visit(counter.door) as other:
        one.tell_calls(EngineCalls(requests=3, reading_seconds=1.5))
        one.tell_calls(EngineCalls(requests=5, reading_seconds=2.5))
        other.tell_calls(EngineCalls(requests=2, reading_seconds=0.5))
        assert one.pull() == other.pull() == ()  # answered in order: what was told before is heard
        assert counter.calls is not None
        assert (counter.calls.requests, counter.calls.reading_seconds) == (7, 3.0)
