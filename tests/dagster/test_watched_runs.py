"""A run whose process is gone is noticed; one that works is left alone."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import dagster as dg
import pytest
from dagster._core.events import EngineEventData
from dagster._core.launcher import WorkerStatus

from jsl_pipeline.resources.runs import QueueOrRun, WatchedRunLauncher

ROOT = Path(__file__).parents[2]


@pytest.fixture
def instance(tmp_path: Path) -> Iterator[dg.DagsterInstance]:
    """An instance as the project's own dagster.yaml describes it."""
    (tmp_path / "dagster.yaml").write_text((ROOT / "dagster.yaml").read_text())
    with dg.DagsterInstance.from_config(str(tmp_path)) as instance:
        yield instance


def gone() -> int:
    process = subprocess.Popen([sys.executable, "-c", ""])
    process.wait()
    return process.pid


@pytest.mark.parametrize(
    ("pids", "status"),
    [
        ([], WorkerStatus.RUNNING),
        ([os.getpid()], WorkerStatus.RUNNING),
        ([1], WorkerStatus.RUNNING),
        ([gone()], WorkerStatus.FAILED),
        ([gone(), os.getpid()], WorkerStatus.RUNNING),
    ],
    ids=["not named yet", "at work", "another user's", "killed", "killed and started again"],
)
def test_the_process_of_a_run_tells_how_it_is(
    instance: dg.DagsterInstance, pids: list[int], status: WorkerStatus
) -> None:
    run = instance.create_run_for_job(dg.GraphDefinition("work").to_job(), status=dg.DagsterRunStatus.STARTED)
    for pid in pids:
        instance.report_engine_event("Executing steps", run, EngineEventData(metadata={"pid": str(pid)}))
    assert instance.run_launcher.check_run_worker_health(run).status is status


def test_the_instance_is_what_dagster_yaml_says(instance: dg.DagsterInstance) -> None:
    assert isinstance(instance.run_coordinator, QueueOrRun)
    assert isinstance(instance.run_launcher, WatchedRunLauncher)
    assert instance.run_monitoring_enabled
    assert not instance.telemetry_enabled
    queue = instance.get_concurrency_config().run_queue_config
    assert queue is not None
    assert queue.max_concurrent_runs == 2
