"""Where the time of a reading went, as the engine tells it while it reads and afterwards."""

import time
from collections.abc import Iterator

import pytest

from jsl_pipeline.emulator import EmulatorSettings, Latency, ScaleToZero, running
from jsl_pipeline.engines import EndpointEngine, EndpointSettings
from jsl_pipeline.schemas import EngineCalls, Page
from jsl_pipeline.serving import PriceSettings
from jsl_pipeline.stages import Bottleneck, find_bottleneck
from tests.engines.test_endpoint_engine import AWAKE, draw, emulated

HOUR = PriceSettings(dollars_per_hour=3600)  # a dollar a second


def read(emulator_settings: EmulatorSettings, pages: Iterator[Page], **settings: object) -> list[EngineCalls]:
    """What the engine told after each answer, and at the end."""
    with running(emulator_settings) as emulator:
        given = {"url": emulator.url, "name": "jsl-vl", "token": "emulator-token", "price": HOUR, **settings}
        with EndpointEngine(EndpointSettings.model_validate(given), lambda _: None) as engine:
            told = [engine.calls for _ in engine.read(pages)]
            return [*told, engine.calls]


def slowly(pages: Iterator[Page], seconds: float) -> Iterator[Page]:
    for page in pages:
        time.sleep(seconds)
        yield page


def test_time_without_pages_is_the_clients() -> None:
    *_, calls = read(emulated(), slowly(draw(range(1, 21)), 0.1))
    assert calls.starved_seconds == pytest.approx(calls.reading_seconds - calls.waited_seconds, rel=0.6)
    assert find_bottleneck(calls) is Bottleneck.CPU


def test_time_of_requests_is_the_endpoints() -> None:
    settings = emulated(slots=2, latency=Latency(request_seconds=0.2))
    *_, calls = read(settings, draw(range(1, 21)), concurrency=2, max_concurrency=2)
    assert 3.9 < calls.request_seconds < 8  # 20 requests of 0.2 s
    assert calls.upload_seconds < calls.request_seconds / 4
    assert find_bottleneck(calls) is Bottleneck.GPU


def test_time_of_waking_is_told_and_paid() -> None:
    zero = ScaleToZero(start_asleep=True, wake_seconds=2)
    *_, calls = read(emulated(scale_to_zero=zero, latency=Latency(request_seconds=0.01)), draw(range(1, 6)))
    assert calls.waited_seconds >= 1.5
    assert find_bottleneck(calls) is Bottleneck.WAKE
    assert calls.dollars == pytest.approx(calls.reading_seconds, rel=0.01)


def test_times_grow_while_it_reads() -> None:
    settings = emulated(slots=1, latency=Latency(request_seconds=0.05), scale_to_zero=AWAKE)
    told = read(settings, draw(range(1, 11)), max_concurrency=1)
    assert [calls.requests for calls in told] == sorted(calls.requests for calls in told)
    assert told[0].reading_seconds < told[5].reading_seconds < told[-1].reading_seconds
