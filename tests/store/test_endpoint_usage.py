"""How an endpoint was used is kept by day, one sample a minute, and found again by time."""

from datetime import UTC, datetime, timedelta, timezone
from pathlib import Path

import pytest

from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.serving import Card, EndpointState, EndpointStatus, Sample, Timing
from jsl_pipeline.store import EndpointRun, Store, Usage

NIGHT = datetime(2026, 11, 20, 23, 58, 10, tzinfo=UTC)
MINUTE = timedelta(minutes=1)


@pytest.fixture
def usage(tmp_path: Path) -> Usage:
    return Store(str(tmp_path / "store")).usage("reader")


def sample(at: datetime, requests: float = 0) -> Sample:
    return Sample(
        at=at,
        status=EndpointStatus(state=EndpointState.READY, concurrency=4, workload_type="GPU_MEDIUM"),
        cards=(Card(name="gpu0", use=0.5, memory=0.9), Card(name="gpu1")),
        requests=requests,
        window_seconds=60,
        latency=Timing(seconds=3.5, count=2),
    )


def run(ended: datetime, batch: str = "b") -> EndpointRun:
    calls = EngineCalls(requests=3, faults={"throttled": 1})
    return EndpointRun(batch=batch, began=ended - 5 * MINUTE, ended=ended, pages=3, calls=calls)


def test_samples_come_back_as_they_were_across_midnight(usage: Usage) -> None:
    samples = [sample(NIGHT + number * MINUTE, number) for number in range(4)]
    for each in reversed(samples):
        usage.add(each)
    assert usage.samples(NIGHT, NIGHT + 4 * MINUTE) == samples
    assert usage.samples(NIGHT + MINUTE, NIGHT + 3 * MINUTE) == samples[1:3]
    assert usage.samples(NIGHT + timedelta(days=2), NIGHT + timedelta(days=3)) == []


def test_a_minute_keeps_its_last_sample(usage: Usage) -> None:
    assert not usage.has(NIGHT)
    usage.add(sample(NIGHT, 1))
    assert usage.has(NIGHT + timedelta(seconds=40))
    usage.add(sample(NIGHT + timedelta(seconds=20), 2))
    assert [each.requests for each in usage.samples(NIGHT - MINUTE, NIGHT + MINUTE)] == [2]


def test_another_time_zone_is_the_same_time(usage: Usage) -> None:
    berlin = NIGHT.astimezone(timezone(timedelta(hours=1)))
    usage.add(sample(berlin))
    assert usage.has(NIGHT)
    assert usage.samples(berlin, berlin + MINUTE) == [sample(NIGHT)]


def test_endpoints_of_a_store_are_kept_apart(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.usage("reader").add(sample(NIGHT))
    store.usage("http://127.0.0.1:8000/../x").add(sample(NIGHT, 5))
    assert [each.requests for each in store.usage("reader").samples(NIGHT, NIGHT + MINUTE)] == [0]
    assert sorted(path.name for path in (tmp_path / "usage").iterdir()) == [
        "http%3A%2F%2F127.0.0.1%3A8000%2F..%2Fx",
        "reader",
    ]


def test_a_damaged_sample_counts_as_none(usage: Usage, tmp_path: Path) -> None:
    usage.add(sample(NIGHT))
    usage.add(sample(NIGHT + MINUTE))
    next((tmp_path / "store").rglob("2358.json")).write_bytes(b'{"at": "2026-1')
    assert usage.samples(NIGHT, NIGHT + 2 * MINUTE) == [sample(NIGHT + MINUTE)]


def test_runs_are_found_by_when_they_ended(usage: Usage) -> None:
    for each in (run(NIGHT, "a"), run(NIGHT, "b"), run(NIGHT + 3 * MINUTE, "c")):
        usage.add_run(each)
    usage.add(sample(NIGHT))
    assert {each.batch for each in usage.runs(NIGHT, NIGHT + 3 * MINUTE)} == {"a", "b"}
    assert usage.runs(NIGHT + MINUTE, NIGHT + 4 * MINUTE) == [run(NIGHT + 3 * MINUTE, "c")]
