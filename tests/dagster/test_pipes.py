"""Stages as jobs of an emulated workspace, followed from Dagster: what comes of them, and every way they end."""

import json
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.jobs import RunLifeCycleState, RunResultState

from jsl_pipeline import stages
from jsl_pipeline.assets import batches
from jsl_pipeline.emulator import ClusterFault, EmulatorSettings, RunningEmulator, WorkspaceSettings, running
from jsl_pipeline.errors import ComputeError, ComputeUnavailable, PipelineError, StageOrderError
from jsl_pipeline.resources import ComputeResource, SettingsResource
from jsl_pipeline.resources.job_run import JobRun
from jsl_pipeline.store import TABLES
from tests.dagster.conftest import SECRET, Deployment
from tests.dagster.test_assets import materialized, rows
from tests.wheel import build_wheel

pytestmark = [
    pytest.mark.deployments,
    pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux"),
]

VOLUME = "/Volumes/main/default/jsl"
NODES = {"cpu": "m5d.xlarge", "gpu": "g5.xlarge"}

Start = Callable[..., RunningEmulator]


@pytest.fixture(scope="session")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build_wheel(tmp_path_factory.mktemp("wheel"))


@pytest.fixture
def workspace(wheel: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Start]:
    """Starts a workspace that has the wheel in a volume, and sets the stages to run there."""
    # Dagster waits 10 s for late messages of a job that ended without a word.
    monkeypatch.setattr("dagster._core.pipes.utils.WAIT_FOR_LOGS_AFTER_EXECUTION_INTERVAL", 1)

    def start(faults: tuple[ClusterFault, ...] = (), **compute: Any) -> RunningEmulator:
        clusters = WorkspaceSettings(root=tmp_path / "workspace", start_seconds=0.5, stop_seconds=0, faults=faults)
        emulator = stack.enter_context(running(EmulatorSettings(port=0, workspace=clusters)))
        path = f"{VOLUME}/wheels/{wheel.name}"
        with wheel.open("rb") as file:
            client(emulator).files.upload(path, file)
        monkeypatch.setenv("JSL_COMPUTE", json.dumps(chosen(emulator, path, compute)))
        monkeypatch.setenv("WORKSPACE_TOKEN", emulator.settings.token.get_secret_value())
        return emulator

    with ExitStack() as stack:
        yield start


def chosen(emulator: RunningEmulator, wheel: str, changed: Mapping[str, Any]) -> dict[str, Any]:
    """Settings of compute: CPU and GPU work each on clusters of their own."""
    common = {
        "kind": "databricks",
        "host": emulator.url,
        "token": "env:WORKSPACE_TOKEN",
        "volume": f"{VOLUME}/runs",
        "libraries": [wheel],
        "inside": {"kind": "inline"},
        "poll_seconds": 0.3,
    }
    clusters = {
        needs: {"spark_version": "17.3.x-scala2.13", "node_type": node, "workers": {"min": 1, "max": 2}}
        for needs, node in NODES.items()
    }
    return {needs: common | {"cluster": cluster} | changed for needs, cluster in clusters.items()}


def client(emulator: RunningEmulator) -> WorkspaceClient:
    return WorkspaceClient(host=emulator.url, token=emulator.settings.token.get_secret_value())


def left_in(emulator: RunningEmulator) -> list[str]:
    """Files that jobs and Dagster left in the volume's folder of messages."""
    runs = emulator.root / VOLUME.lstrip("/") / "runs"
    return [path.name for path in runs.rglob("*") if path.is_file()]


@pytest.fixture
def probe(fresh: Deployment) -> Callable[[stages.Stage[Any]], "Probed"]:
    """Runs one stage over the waiting files and keeps what came of it, with no retry and no table."""
    batch = fresh.close()

    def run(stage: stages.Stage[Any]) -> Probed:
        probed = Probed()

        @dg.asset(partitions_def=batches)
        def table(
            context: dg.AssetExecutionContext, settings: SettingsResource, compute: ComputeResource
        ) -> dg.MaterializeResult[Any]:
            try:
                probed.report = compute.run(context, stage, settings.load(), probed.progress)
            except PipelineError as error:
                probed.error = error
            return dg.MaterializeResult()

        result = dg.materialize(
            [table],
            instance=fresh.instance,
            partition_key=batch,
            resources={"settings": fresh.settings, "compute": ComputeResource()},
        )
        probed.log = [entry.message for entry in fresh.instance.all_logs(result.run_id)]
        return probed

    return run


class Probed:
    """What came of a stage."""

    def __init__(self) -> None:
        self.report: Any = None
        self.error: PipelineError | None = None
        self.steps: list[tuple[int, int]] = []
        self.log: list[str] = []

    def progress(self, done: int, total: int, look: stages.Look = lambda: None) -> None:
        self.steps.append((done, total))


def test_a_batch_on_clusters_has_the_rows_that_it_has_here(
    fresh: Deployment, done: Deployment, workspace: Start
) -> None:
    emulator = workspace()
    batch = fresh.close()
    result = fresh.run("run_batch", batch)
    assert result.success
    for table in TABLES:
        assert unbatched(fresh, table) == unbatched(done, table), table
    assert [(run.task_key, run.node_type, run.result) for run in emulator.runs] == [
        ("ingest", NODES["cpu"], "SUCCESS"),
        ("preprocess", NODES["cpu"], "SUCCESS"),
        ("extract", NODES["gpu"], "SUCCESS"),
        ("validate", NODES["cpu"], "SUCCESS"),
    ]
    here, there = materialized(done, "extractions"), materialized(fresh, "extractions")
    assert there["pages"] == here["pages"]
    assert str(there["Databricks run"].value).startswith(emulator.url)
    assert set(there) == {*here, "Databricks run", "Databricks run id"}
    assert left_in(emulator) == []
    kept = [path for folder in (fresh.home, emulator.root) for path in folder.rglob("*") if path.is_file()]
    leaks = [path.name for path in kept if SECRET.split()[1].lower().encode() in path.read_bytes().lower()]
    assert any(batch.encode() in path.read_bytes() for path in kept), "nothing is kept here"
    assert leaks == []


def unbatched(deployment: Deployment, table: str) -> str:
    """Rows without what differs between stores: the time in the batch's key."""
    (batch,) = deployment.store.manifests.batch_keys()
    return json.dumps(rows(deployment, table), default=str).replace(batch, "batch")


def test_a_job_is_followed_while_it_runs(probe: Callable[..., "Probed"], workspace: Start, fresh: Deployment) -> None:
    emulator = workspace()
    probed = probe(stages.INGEST)
    assert probed.error is None
    assert probed.report.files == 4
    assert probed.steps[-1] == (4, 4)
    states = [line.partition(": ")[2] for line in probed.log if line.startswith("Job run")]
    assert states[0] == "PENDING: Waiting for cluster"
    assert "RUNNING: In run" in states
    assert states[-1] == "TERMINATED"
    (observed,) = fresh.instance.fetch_observations(dg.AssetKey("table"), limit=5).records
    assert observed.asset_observation is not None
    assert str(observed.asset_observation.metadata["Databricks run"].value).startswith(emulator.url)
    (run,) = client(emulator).jobs.list_runs(expand_tasks=True)
    (task,) = run.tasks or ()
    assert task.new_cluster is not None
    assert task.new_cluster.custom_tags is not None
    assert task.new_cluster.custom_tags["jsl_stage"] == "ingest"
    assert emulator.settings.token.get_secret_value() not in json.dumps(task.as_dict())


def test_a_submission_sent_again_is_the_same_run(workspace: Start) -> None:
    emulator = workspace((ClusterFault(effect="never_starts"),))
    cluster = {"spark_version": "17.3.x-scala2.13", "node_type_id": NODES["cpu"], "num_workers": 1}
    task = {"package_name": "jsl_pipeline", "entry_point": "jsl-pipeline-stage"}
    body = {
        "idempotency_token": "of this attempt",
        "tasks": [{"task_key": "ingest", "new_cluster": cluster, "python_wheel_task": task}],
    }
    first, again = (JobRun.submit(client(emulator), body) for _ in range(2))
    assert first.run_id == again.run_id
    other = JobRun.submit(client(emulator), body | {"idempotency_token": "of the next"})
    assert other.run_id != first.run_id


def test_an_error_of_a_stage_is_raised_here_as_itself(probe: Callable[..., "Probed"], workspace: Start) -> None:
    workspace()
    probed = probe(stages.PREPROCESS)
    assert type(probed.error) is StageOrderError
    assert "materialise `documents`" in str(probed.error)


def test_a_wrong_token_is_told_and_not_tried_again(
    probe: Callable[..., "Probed"], workspace: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace()
    monkeypatch.setenv("WORKSPACE_TOKEN", "dapi-of-somebody-else")
    error = probe(stages.INGEST).error
    assert type(error) is ComputeError
    assert "refuses access" in str(error)
    assert "dapi" not in str(error)


def test_a_workspace_that_cannot_be_reached_may_be_tried_again(
    probe: Callable[..., "Probed"], workspace: Start, monkeypatch: pytest.MonkeyPatch
) -> None:
    workspace(lost_seconds=1)
    nobody = json.loads(os.environ["JSL_COMPUTE"])
    nobody["cpu"]["host"] = "http://127.0.0.1:1"
    monkeypatch.setenv("JSL_COMPUTE", json.dumps(nobody))
    assert type(probe(stages.INGEST).error) is ComputeUnavailable


def test_no_cluster_for_now_may_be_tried_again(probe: Callable[..., "Probed"], workspace: Start) -> None:
    workspace((ClusterFault(effect="start_fails", message="No capacity left."),))
    error = probe(stages.INGEST).error
    assert type(error) is ComputeUnavailable
    assert "No capacity left." in str(error)


def test_a_cluster_that_never_starts_is_given_up_and_cancelled(
    probe: Callable[..., "Probed"], workspace: Start
) -> None:
    emulator = workspace((ClusterFault(effect="never_starts"),), start_seconds=1)
    error = probe(stages.INGEST).error
    assert type(error) is ComputeUnavailable
    assert "No cluster within 1 s" in str(error)
    assert [run.result for run in emulator.runs] == ["CANCELED"]


def test_a_lost_driver_may_be_tried_again(probe: Callable[..., "Probed"], workspace: Start) -> None:
    emulator = workspace((ClusterFault(effect="driver_dies", after_seconds=0),))
    error = probe(stages.INGEST).error
    assert isinstance(error, ComputeUnavailable)
    (run,) = client(emulator).jobs.list_runs()
    told = JobRun(client(emulator), run.run_id or 0).failure(begun=True)  # where it dies later
    assert type(told) is ComputeUnavailable
    assert "Finished work is kept" in str(told)


def test_a_machine_that_does_not_exist_is_refused_with_the_reason(
    probe: Callable[..., "Probed"], workspace: Start
) -> None:
    cluster = {"spark_version": "17.3.x-scala2.13", "node_type": "z9.huge", "workers": 2}
    workspace(cluster=cluster)
    error = probe(stages.INGEST).error
    assert type(error) is ComputeError
    assert "z9.huge is not supported" in str(error)


def test_a_cluster_without_the_wheel_says_so(probe: Callable[..., "Probed"], workspace: Start, tmp_path: Path) -> None:
    emulator = workspace(libraries=["/Volumes/main/default/jsl/wheels/jsl_pipeline-9.9.9-py3-none-any.whl"])
    error = probe(stages.INGEST).error
    assert error is not None
    assert "jsl_pipeline-9.9.9" in str(error)
    assert len(emulator.runs) == 1


def test_a_run_cancelled_in_the_workspace_says_so(probe: Callable[..., "Probed"], workspace: Start) -> None:
    emulator = workspace((ClusterFault(effect="never_starts"),))
    jobs = client(emulator).jobs

    def cancel() -> None:
        while not (found := list(jobs.list_runs())):
            time.sleep(0.1)
        jobs.cancel_run(found[0].run_id or 0)

    thread = threading.Thread(target=cancel)
    thread.start()
    error = probe(stages.INGEST).error
    thread.join()
    assert type(error) is ComputeError
    assert "cancelled in the workspace" in str(error)


def test_a_workspace_that_is_away_for_a_while_costs_nothing(probe: Callable[..., Probed], workspace: Start) -> None:
    emulator = workspace()
    jobs = client(emulator).jobs

    def away() -> None:
        while not any(
            run.state and run.state.life_cycle_state is RunLifeCycleState.RUNNING for run in jobs.list_runs()
        ):
            time.sleep(0.05)
        emulator.outage(2).result()

    thread = threading.Thread(target=away)
    thread.start()
    probed = probe(stages.INGEST)
    thread.join()
    assert probed.error is None
    assert probed.report.files == 4
    assert [run.result for run in emulator.runs] == ["SUCCESS"]


def test_a_job_that_takes_too_long_is_ended(probe: Callable[..., "Probed"], workspace: Start) -> None:
    workspace((ClusterFault(effect="never_starts"),), run_seconds=1)
    error = probe(stages.INGEST).error
    assert type(error) is ComputeError
    assert "run_seconds" in str(error)


@pytest.mark.parametrize("state", [RunLifeCycleState.PENDING, RunLifeCycleState.RUNNING])
def test_a_cancelled_run_cancels_its_job(state: RunLifeCycleState, fresh: Deployment, workspace: Start) -> None:
    """As Dagster terminates a run: it notes so, and sends the signal of Ctrl-C. It would try the step again."""
    batch = fresh.close()
    emulator = workspace((ClusterFault(effect="never_starts"),) if state is RunLifeCycleState.PENDING else ())
    jobs = client(emulator).jobs

    def cancel() -> None:
        while not any(run.state and run.state.life_cycle_state is state for run in jobs.list_runs()):
            time.sleep(0.05)
        (dagster_run,) = fresh.instance.get_runs(dg.RunsFilter(job_name="prepare_batch"))
        fresh.instance.report_run_canceling(dagster_run)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=cancel)
    thread.start()
    assert not fresh.run("prepare_batch", batch).success
    thread.join()
    (run,) = jobs.list_runs()
    assert run.state is not None
    assert run.state.life_cycle_state is RunLifeCycleState.TERMINATED
    assert run.state.result_state is RunResultState.CANCELED
    (cancelled,) = fresh.instance.get_runs(dg.RunsFilter(job_name="prepare_batch"))
    assert cancelled.status is dg.DagsterRunStatus.CANCELED
