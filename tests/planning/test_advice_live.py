"""The published case on the emulator in accelerated time: four cards, two used, work by day, quiet nights."""

import asyncio
import base64
import logging
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import aiohttp
import pytest

from jsl_pipeline.emulator import EmulatorSettings, Latency, RunningEmulator, ScaleToZero, running
from jsl_pipeline.planning.advising import Advice, Code, advise
from jsl_pipeline.serving import EndpointSettings, Sample, observe, open_control

pytestmark = pytest.mark.deployments  # they take their time, and a machine that is theirs

SPEED = 600.0  # simulated seconds in one: an hour in 6 s
AFTERNOON = datetime(2026, 11, 18, 17, tzinfo=UTC)
DOLLARS_PER_HOUR = 112 * 0.07


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "aiohttp")


@contextmanager
def working(emulator: RunningEmulator, at_once: int) -> Iterator[None]:
    """So many requests are in flight for the length of a `with` block."""
    image = base64.b64encode(b"page").decode()
    body = {"dataframe_records": [{"image": image, "prompt": "Read."}]}
    headers = {"Authorization": "Bearer emulator-token"}
    leave = threading.Event()

    async def ask(session: aiohttp.ClientSession) -> None:
        while not leave.is_set():
            async with session.post(emulator.endpoint_url(), json=body, headers=headers) as response:
                await response.read()

    async def all_of_them() -> None:
        async with aiohttp.ClientSession() as session:
            await asyncio.gather(*(ask(session) for _ in range(at_once)))

    thread = threading.Thread(target=lambda: asyncio.run(all_of_them()))
    thread.start()
    try:
        yield
    finally:
        leave.set()
        thread.join()


def watched(settings: EndpointSettings, hours: float, since: float) -> list[Sample]:
    """Samples over so many simulated hours, each with the simulated time at which it was taken."""
    control, samples = open_control(settings), list[Sample]()
    end = time.monotonic() + hours * 3600 / SPEED
    while time.monotonic() < end:
        sample = observe(control)
        samples.append(
            sample.model_copy(update={"at": AFTERNOON + timedelta(seconds=SPEED * (time.monotonic() - since))})
        )
    return samples


@pytest.fixture(scope="module")
def advice() -> Advice:
    zero = ScaleToZero(enabled=False)
    emulated = EmulatorSettings(
        port=0, gpus=4, used_gpus=2, workload_type="MULTIGPU_MEDIUM", latency=Latency(page_seconds=200),
        scale_to_zero=zero, speed=SPEED,
    )  # fmt: skip
    with running(emulated) as emulator:
        settings = EndpointSettings(url=emulator.url, name="jsl-vl", token="emulator-token")
        began = time.monotonic()
        with working(emulator, at_once=3):
            samples = watched(settings, 1, began)
        samples += watched(settings, 2, began)
        ended = samples[-1].at
    return advise(settings, samples, [], AFTERNOON, ended)


def test_two_of_four_cards_are_found_idle_and_priced(advice: Advice) -> None:
    finding = next(each for each in advice.findings if each.code is Code.IDLE_CARDS)
    lost = DOLLARS_PER_HOUR / 2 * advice.figures.awake_hours_a_day
    assert finding.evidence.startswith("2 of 4 cards idle")
    assert f"They cost ${lost:.0f} a day: 2/4 of $7.84 an hour" in finding.evidence
    assert f"A 2-card compute type saves ${lost:.0f} a day at the same speed" in finding.effect


def test_the_quiet_evening_is_found_and_what_sleeping_would_save(advice: Advice) -> None:
    finding = next(each for each in advice.findings if each.code is Code.IDLE_HOURS)
    evening = max(advice.figures.quiet, key=lambda span: span.seconds)
    assert evening.began > AFTERNOON + timedelta(minutes=50)
    assert finding.dollars_a_day is not None
    assert 0 < finding.dollars_a_day < 24 * DOLLARS_PER_HOUR
    assert "Scale to zero, with waking before each batch, saves $" in finding.effect


def test_its_requests_are_counted_and_no_other_complaint_is_made(advice: Advice) -> None:
    assert {each.code for each in advice.findings} == {Code.IDLE_CARDS, Code.IDLE_HOURS}
    assert advice.figures.in_work is not None
    assert 1.5 < advice.figures.in_work < 4
    assert advice.figures.requests is not None
    assert advice.figures.requests > 10
