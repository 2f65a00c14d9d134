"""`dagster dev`, a sleeping endpoint, files dropped in: the records appear with nobody touching anything."""

from pathlib import Path

import dagster as dg
import pytest

from jsl_pipeline.emulator import EmulatorSettings, OcrReader, RunningEmulator, ScaleToZero, State, Waking, running
from jsl_pipeline.stages import account
from tests.dagster.command import DagsterCommand
from tests.dagster.conftest import SECRET, fill_landing
from tests.ui.conftest import dagster_dev, free_port, wait_until

pytestmark = pytest.mark.deployments

WAKE_SECONDS = 8
DUMMY_BYTES = 5_000  # requests that only wake it are smaller


def endpoint_environment(emulator: RunningEmulator) -> dict[str, str]:
    """Settings by which the pipeline finds the emulator."""
    return {
        "JSL_ENGINE__KIND": "endpoint",
        "JSL_ENGINE__URL": emulator.url,
        "JSL_ENGINE__NAME": emulator.settings.endpoint,
        "JSL_ENGINE__TOKEN": "env:SERVING_TOKEN",
        "SERVING_TOKEN": emulator.settings.token.get_secret_value(),
        "JSL_BATCHING__MAX_AGE_SECONDS": "0",
    }


def test_files_become_records_while_nobody_looks(tmp_path: Path) -> None:
    asleep = ScaleToZero(start_asleep=True, wake_seconds=WAKE_SECONDS, waking=Waking.UNAVAILABLE)
    with running(EmulatorSettings(port=0, reader=OcrReader(workers=1), scale_to_zero=asleep)) as emulator:
        command = DagsterCommand(tmp_path, **endpoint_environment(emulator))
        command.turn_on_sensors()
        assert emulator.state is State.ASLEEP
        with dagster_dev(command, free_port()):
            fill_landing(command.landing)
            store = command.store
            wait_until(lambda: bool(store.manifests.batch_keys()))
            (batch,) = store.manifests.batch_keys()
            wait_until(lambda: account(store, batch).finished)
            wait_until(lambda: runs(command)[dg.DagsterRunStatus.SUCCESS] == ["prepare_batch", "read_batch"])
        answered = [entry for entry in emulator.log if entry.outcome == "answered" and entry.bytes_in > DUMMY_BYTES]

    assert [row["name"] for row in store.tables.read("medications", batch).to_pylist()] == ["Ibuprofen"]
    assert [row["patient_name"] for row in store.tables.read("patients", batch).to_pylist()] == [SECRET]
    (page,) = [row for row in store.tables.read("extractions", batch).to_pylist()]
    assert page["engine"] == "endpoint"
    assert [entry.page_count for entry in answered] == [1], "a page was answered twice"
    assert waited_in_the_run(command) < WAKE_SECONDS / 2, "the sensors left the waking to a run"


def runs(command: DagsterCommand) -> dict[dg.DagsterRunStatus, list[str]]:
    """Names of jobs by how their runs ended, sorted."""
    found: dict[dg.DagsterRunStatus, list[str]] = {dg.DagsterRunStatus.SUCCESS: []}
    with dg.DagsterInstance.from_config(str(command.home)) as instance:
        for run in instance.get_runs():
            found.setdefault(run.status, []).append(run.job_name)
    return {status: sorted(names) for status, names in found.items()}


def waited_in_the_run(command: DagsterCommand) -> float:
    """Seconds that the run which read the pages waited for the endpoint."""
    with dg.DagsterInstance.from_config(str(command.home)) as instance:
        event = instance.get_latest_materialization_event(dg.AssetKey("extractions"))
    assert event is not None
    assert event.asset_materialization is not None
    value = event.asset_materialization.metadata["seconds until ready"].value
    assert isinstance(value, float)
    return value
