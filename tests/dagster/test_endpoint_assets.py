"""A batch over a real endpoint, without sensors: the run wakes it, waits for it, and tells what it cost."""

from collections.abc import Iterator

import dagster as dg
import pytest

from jsl_pipeline.emulator import CannedReader, EmulatorSettings, RunningEmulator, ScaleToZero, State, Waking, running
from jsl_pipeline.resources import EndpointResource
from jsl_pipeline.serving import EndpointState
from tests.dagster.conftest import Deployment


@pytest.fixture
def emulator(monkeypatch: pytest.MonkeyPatch) -> Iterator[RunningEmulator]:
    """An endpoint that sleeps, and settings that name it."""
    asleep = ScaleToZero(start_asleep=True, wake_seconds=1, waking=Waking.UNAVAILABLE)
    with running(EmulatorSettings(port=0, reader=CannedReader(), scale_to_zero=asleep)) as emulator:
        environment = {
            "KIND": "endpoint",
            "URL": emulator.url,
            "NAME": emulator.settings.endpoint,
            "TOKEN": emulator.settings.token.get_secret_value(),
            "PRICE__DOLLARS_PER_HOUR": "20",
        }
        for name, value in environment.items():
            monkeypatch.setenv(f"JSL_ENGINE__{name}", value)
        yield emulator


def test_a_run_wakes_the_endpoint_by_itself_and_says_what_it_waited_for(
    prepared: Deployment, emulator: RunningEmulator
) -> None:
    (batch,) = prepared.store.manifests.batch_keys()
    result = prepared.run("read_batch", batch)
    assert result.success
    event = prepared.instance.get_latest_materialization_event(dg.AssetKey("extractions"))
    assert event is not None
    assert event.asset_materialization is not None
    told = event.asset_materialization.metadata
    assert told["requests"].value == 1
    assert float(str(told["seconds until ready"].value)) > 0
    assert told["flaws"].value == "None."
    said = [entry.message for entry in prepared.instance.all_logs(result.run_id)]
    assert any("Endpoint is" in message and "$" in message for message in said)


def test_the_resource_controls_the_endpoint_of_the_settings(prepared: Deployment, emulator: RunningEmulator) -> None:
    control = EndpointResource().control(prepared.settings.load())
    assert control is not None
    assert control.status().state is EndpointState.ASLEEP
    control.wake()
    assert emulator.state is not State.ASLEEP


def test_another_engine_has_nothing_to_control(prepared: Deployment) -> None:
    assert EndpointResource().control(prepared.settings.load()) is None
