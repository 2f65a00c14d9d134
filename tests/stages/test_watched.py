"""A run tells how busy the endpoint's cards were while it read, and the store keeps it."""

import time
from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from jsl_pipeline.emulator import EmulatorSettings, running
from jsl_pipeline.extraction import Asked, PreparedPage
from jsl_pipeline.schemas import EngineCalls, Fingerprint
from jsl_pipeline.serving import EndpointSettings, open_control
from jsl_pipeline.stages import Bottleneck, find_bottleneck
from jsl_pipeline.stages.watched import WatchedReader
from jsl_pipeline.store import Store

PAGES = [PreparedPage("part", "document", number, f"{number:064x}") for number in (1, 2)]


class Dummies:
    """A reader that asks the endpoint for nothing but dummy answers."""

    fingerprint = Fingerprint(engine="endpoint", model="m", prompt="p", schema_name="s@1")

    def __init__(self, endpoint: EndpointSettings) -> None:
        self._control = open_control(endpoint)
        self.calls: EngineCalls | None = None

    def read(self, store: Store, pages: Sequence[PreparedPage]) -> Iterator[Asked]:
        began = time.monotonic()
        for number, page in enumerate(pages, start=1):
            assert self._control.answers()
            self.calls = EngineCalls(requests=number, reading_seconds=time.monotonic() - began)
            yield Asked(page_sha=page.page_sha)


def test_what_the_metrics_say_is_in_the_figures_of_the_run_and_kept(tmp_path: Path) -> None:
    store, since = Store(str(tmp_path)), datetime.now(UTC) - timedelta(minutes=1)
    with running(EmulatorSettings(port=0, gpus=4, used_gpus=2)) as emulator:
        endpoint = EndpointSettings(url=emulator.url, name="jsl-vl", token="emulator-token")
        reader = WatchedReader(Dummies(endpoint), endpoint, "batch")
        assert [asked.page_sha for asked in reader.read(store, PAGES)] == [page.page_sha for page in PAGES]
        calls = reader.calls
    assert calls is not None
    assert calls.gpu_idle is not None
    assert 0.5 <= calls.gpu_idle <= 1  # two of four are never used
    usage, until = store.usage(endpoint.identity), datetime.now(UTC) + timedelta(minutes=1)
    assert usage.samples(since, until)
    (run,) = usage.runs(since, until)
    assert (run.batch, run.pages, run.calls.requests) == ("batch", 2, 2)
    assert run.calls.gpu_idle == pytest.approx(calls.gpu_idle)


def test_an_endpoint_without_figures_and_a_store_that_is_full_take_nothing_from_a_reading(tmp_path: Path) -> None:
    (tmp_path / "usage").write_text("no folder")
    with running(EmulatorSettings(port=0)) as emulator:
        endpoint = EndpointSettings(url=emulator.url, name="jsl-vl", token="emulator-token")
        nowhere = endpoint.model_copy(update={"name": "gone"})
        reader = WatchedReader(Dummies(endpoint), nowhere, "batch")
        assert len(list(reader.read(Store(str(tmp_path)), PAGES))) == 2
    assert reader.calls is not None
    assert reader.calls.gpu_idle is None


def test_requests_that_wait_at_the_endpoint_are_its_queue() -> None:
    calls = EngineCalls(reading_seconds=100, request_seconds=400, queue_share=0.7)
    assert find_bottleneck(calls) is Bottleneck.QUEUE
