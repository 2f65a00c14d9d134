"""How a stage goes: rate, time left, dollars and bottleneck, on a clock of our own."""

import pytest

from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.stages import Bottleneck, Meter, find_bottleneck


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


def test_rate_and_time_left_are_of_what_was_done_in_this_run() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter(400, 1000)  # answered before
    clock.now += 10
    meter(420, 1000)
    pace = meter.pace()
    assert pace.per_second == pytest.approx(2.0)
    assert pace.eta_seconds == pytest.approx(290)
    assert pace.bottleneck is Bottleneck.CPU  # no engine was asked


def test_the_rate_follows_the_last_minute() -> None:
    clock = Clock()
    meter = Meter(clock)
    meter(0, 1000)
    for _ in range(60):  # ten minutes at a page in ten seconds, then a minute at ten a second
        clock.now += 10
        meter(1 + int(meter.pace().done), 1000)
    for _ in range(12):
        clock.now += 5
        meter(50 + int(meter.pace().done), 1000)
    assert meter.pace().per_second == pytest.approx(10, rel=0.1)


def test_nothing_done_has_no_time_left_and_no_price_a_page() -> None:
    meter = Meter(clock := Clock())
    meter(0, 10, lambda: EngineCalls(reading_seconds=5, waited_seconds=5, dollars=0.25))
    clock.now += 5
    pace = meter.pace()
    assert (pace.eta_seconds, pace.dollars, pace.dollars_per_page) == (None, 0.25, None)
    assert pace.sentence == "0 of 10, $0.25 so far, bottleneck: waiting for wake"


def test_all_that_is_known_is_said_on_a_line() -> None:
    meter = Meter(clock := Clock())
    meter(100, 500)
    clock.now += 100
    meter(200, 500, lambda: EngineCalls(reading_seconds=100, request_seconds=50, gpu_idle=0.5, dollars=1.0))
    assert meter.pace().sentence == (
        "200 of 500, 1/s, 5 min left, $1.00 so far, $0.01 a page, GPU 50% idle, bottleneck: GPU"
    )


@pytest.mark.parametrize(
    ("calls", "bottleneck"),
    [
        ({"waited_seconds": 60}, Bottleneck.WAKE),
        ({"starved_seconds": 70}, Bottleneck.CPU),
        ({"request_seconds": 400, "upload_seconds": 300}, Bottleneck.WIRE),
        ({"requests": 10, "faults": {"throttled": 8}, "request_seconds": 90}, Bottleneck.QUEUE),
        ({"requests": 10, "faults": {"throttled": 1}, "request_seconds": 400, "upload_seconds": 9}, Bottleneck.GPU),
        ({"waited_seconds": 30, "starved_seconds": 30, "request_seconds": 40}, Bottleneck.GPU),
    ],
)
def test_the_largest_part_of_the_time_is_the_bottleneck(calls: dict[str, float], bottleneck: Bottleneck) -> None:
    assert find_bottleneck(EngineCalls.model_validate({"reading_seconds": 100, **calls})) is bottleneck


def test_the_bottleneck_is_that_of_the_time_since() -> None:
    woken = EngineCalls(reading_seconds=700, waited_seconds=700)
    later = EngineCalls(reading_seconds=760, waited_seconds=700, request_seconds=200)
    assert find_bottleneck(later) is Bottleneck.WAKE
    assert find_bottleneck(later, woken) is Bottleneck.GPU
    assert find_bottleneck(later, later) is None


def test_readings_add_up() -> None:
    one = EngineCalls(requests=3, reading_seconds=10, starved_seconds=4, dollars=0.5, faults={"throttled": 1})
    two = EngineCalls(requests=5, reading_seconds=20, gpu_idle=0.25, concurrency=8)
    total = EngineCalls.total([one, two])
    assert total is not None
    assert (total.requests, total.reading_seconds, total.starved_seconds) == (8, 30, 4)
    assert (total.dollars, total.gpu_idle, total.concurrency) == (0.5, 0.25, 8)
