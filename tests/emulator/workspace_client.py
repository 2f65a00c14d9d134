"""The official SDK against an emulated workspace, and tasks for it to run."""

import time
from contextlib import contextmanager
from pathlib import Path

from databricks.sdk import WorkspaceClient
from databricks.sdk.service import compute, jobs

from jsl_pipeline.emulator import ClusterFault, EmulatorSettings, WorkspaceSettings, running

VOLUME = "/Volumes/main/default/jsl"
FINAL = {jobs.RunLifeCycleState.TERMINATED, jobs.RunLifeCycleState.INTERNAL_ERROR, jobs.RunLifeCycleState.SKIPPED}


def client(emulator, token="emulator-token"):
    return WorkspaceClient(host=emulator.url, token=token)


@contextmanager
def workspace(*faults: ClusterFault, speed: float = 100, **settings):
    """An emulator and the SDK's client for it; clusters start and stop at once unless told otherwise."""
    settings = {"start_seconds": 0, "stop_seconds": 0, **settings}
    with running(
        EmulatorSettings(port=0, speed=speed, workspace=WorkspaceSettings(faults=faults, **settings))
    ) as emulator:
        yield emulator, client(emulator)


def cluster(**options):
    base = {"spark_version": "16.4.x-scala2.12", "node_type_id": "i3.xlarge", "num_workers": 1}
    return compute.ClusterSpec.from_dict({**base, **options})


def python_task(emulator, code: str, *parameters: str, key="main", name="task.py", **options):
    """A task that runs `code`, which is put into the volume."""
    volume_folder(emulator).joinpath(name).write_text(code)
    task = jobs.SparkPythonTask(python_file=f"{VOLUME}/{name}", parameters=list(parameters))
    return jobs.SubmitTask(task_key=key, spark_python_task=task, **{"new_cluster": cluster(), **options})


def volume_folder(emulator) -> Path:
    """The volume, as this machine has it."""
    return emulator.root / VOLUME.lstrip("/")


def submit(workspace_client, *tasks, **options) -> int:
    return workspace_client.jobs.submit(tasks=list(tasks), **options).run_id


def finished(workspace_client, run_id: int, seconds: float = 60) -> jobs.Run:
    """The run once it has ended; it must, within real seconds."""
    end = time.monotonic() + seconds
    while (run := workspace_client.jobs.get_run(run_id)).state.life_cycle_state not in FINAL:
        assert time.monotonic() < end, f"still {run.state.life_cycle_state}"
        time.sleep(0.02)
    return run


def until(condition, seconds: float = 30):
    """What `condition` gives, once that is true; it must be, within real seconds."""
    end = time.monotonic() + seconds
    while not (value := condition()):
        assert time.monotonic() < end
        time.sleep(0.02)
    return value


def output(workspace_client, run: jobs.Run, task: int = 0) -> jobs.RunOutput:
    return workspace_client.jobs.get_run_output(run.tasks[task].run_id)


def ended(run: jobs.Run) -> tuple[str, str]:
    return run.state.life_cycle_state.value, run.state.result_state.value
