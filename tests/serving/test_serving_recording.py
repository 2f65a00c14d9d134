"""An endpoint is watched while pages are read through it, and nothing of that disturbs the reading."""

import logging
import threading
from collections.abc import Callable

import pytest
from loopback import listening, saying, silent

from jsl_pipeline.emulator import EmulatorSettings, running
from jsl_pipeline.errors import StoreError
from jsl_pipeline.serving import Control, EndpointSettings, EndpointState, Sample, open_control, recording


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "aiohttp")


def control_of(url: str) -> Control:
    return open_control(EndpointSettings(url=url, name="jsl-vl", token="emulator-token"))


class Kept:
    """Samples in the order in which they were kept, and a way to wait for so many."""

    def __init__(self) -> None:
        self.samples: list[Sample] = []
        self._more = threading.Condition()

    def __call__(self, sample: Sample) -> None:
        with self._more:
            self.samples.append(sample)
            self._more.notify_all()

    def wait_for(self, count: int) -> None:
        with self._more:
            assert self._more.wait_for(lambda: len(self.samples) >= count, timeout=30)


def test_samples_are_taken_at_once_in_between_and_at_the_end() -> None:
    kept = Kept()
    with running(EmulatorSettings(port=0)) as emulator:
        control = control_of(emulator.url)
        with recording(control, kept, every_seconds=0.05):
            kept.wait_for(3)
            assert control.answers()
        after = len(kept.samples)
    assert (kept.samples[-1].requests, kept.samples[-1].state) == (1, EndpointState.READY)
    assert sorted(kept.samples, key=lambda each: each.at) == kept.samples
    assert len(kept.samples) == after


def test_an_endpoint_without_metrics_is_recorded_with_the_reason() -> None:
    kept = Kept()
    with listening(saying(404)) as server, recording(open_control(EndpointSettings(url=server.url, auth="none")), kept):
        kept.wait_for(1)
    assert all("no metrics page" in each.message for each in kept.samples)


def test_a_store_that_takes_nothing_does_no_harm() -> None:
    offered = list[Sample]()

    def refuse(sample: Sample) -> None:
        offered.append(sample)
        raise StoreError("The store cannot be written: no space.")

    keep: Callable[[Sample], None] = refuse
    with running(EmulatorSettings(port=0)) as emulator, recording(control_of(emulator.url), keep):
        pass
    assert len(offered) == 2


def test_an_endpoint_that_never_answers_ends_no_later_for_it() -> None:
    kept = Kept()
    with listening(silent) as server:
        with recording(control_of(server.url), kept):
            pass
        assert len(kept.samples) == 2
        assert all(each.message.endswith("in time.") for each in kept.samples)
