"""Clusters that take their time, do not start, lose a worker or the driver."""

import sys

import pytest
from databricks.sdk.errors import ResourceAlreadyExists, ResourceDoesNotExist
from databricks.sdk.service import jobs
from pydantic import ValidationError
from workspace_client import (
    VOLUME,
    cluster,
    ended,
    finished,
    output,
    python_task,
    submit,
    until,
    volume_folder,
    workspace,
)

from jsl_pipeline.emulator import ClusterFault, WorkspaceSettings

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux")


def states(sdk, run_id):
    """The life cycle states that a watcher sees until the end, each once."""
    seen = []
    while not seen or seen[-1] not in ("TERMINATED", "INTERNAL_ERROR"):
        state = sdk.jobs.get_run(run_id).state.life_cycle_state.value
        if state not in seen:
            seen.append(state)
    return seen


def test_a_run_passes_through_all_states():
    code = "import time\ntime.sleep(0.5)"
    with workspace(speed=100, start_seconds=100, stop_seconds=50) as (emulator, sdk):
        run_id = submit(sdk, python_task(emulator, code))
        assert states(sdk, run_id) == ["PENDING", "RUNNING", "TERMINATING", "TERMINATED"]
        run = sdk.jobs.get_run(run_id)
        [task] = run.tasks
        assert task.setup_duration >= 1000  # real milliseconds
        assert task.execution_duration >= 500
        assert task.cleanup_duration >= 500
        shown = sdk.clusters.get(task.cluster_instance.cluster_id)
        assert shown.state.value == "TERMINATED"


def test_a_cluster_that_does_not_start():
    fault = ClusterFault(effect="start_fails", run_name="extract", times=1, message="No cards left.")
    with workspace(fault) as (emulator, sdk):
        task = python_task(emulator, "print('ran')")
        assert ended(finished(sdk, submit(sdk, task, run_name="ingest"))) == ("TERMINATED", "SUCCESS")
        run = finished(sdk, submit(sdk, task, run_name="extract 1"))
        assert ended(run) == ("INTERNAL_ERROR", "FAILED")
        assert "CLOUD_PROVIDER_LAUNCH_FAILURE: No cards left." in run.state.state_message
        assert run.status.termination_details.code.value == "CLUSTER_ERROR"
        assert output(sdk, run).logs == ""
        assert sdk.clusters.get(run.tasks[0].cluster_instance.cluster_id).termination_reason.code is not None
        assert ended(finished(sdk, submit(sdk, task, run_name="extract 2"))) == ("TERMINATED", "SUCCESS")


def test_a_cluster_that_never_starts_can_be_cancelled():
    with workspace(ClusterFault(effect="never_starts")) as (emulator, sdk):
        run_id = submit(sdk, python_task(emulator, "print('ran')"))
        assert sdk.jobs.get_run(run_id).state.life_cycle_state is jobs.RunLifeCycleState.PENDING
        sdk.jobs.cancel_run(run_id)
        run = finished(sdk, run_id)
        assert ended(run) == ("TERMINATED", "CANCELED")
        assert emulator.runs[0].start_seconds is None


def test_a_driver_that_dies():
    with workspace(ClusterFault(effect="driver_dies", after_seconds=50)) as (emulator, sdk):
        run = finished(sdk, submit(sdk, python_task(emulator, "import time\ntime.sleep(600)")))
        assert ended(run) == ("INTERNAL_ERROR", "FAILED")
        assert run.status.termination_details.code.value == "DRIVER_ERROR"


@pytest.mark.parametrize(
    "options",
    [
        {"spark_env_vars": {"A": "{{secrets/jsl/absent}}"}},
        {"spark_conf": {"spark.a": "{{secrets/absent/token}}"}},
        {"docker_image": {"url": "x", "basic_auth": {"username": "u", "password": "{{secrets/jsl/absent}}"}}},
    ],
)
def test_a_secret_that_is_not_there(options):
    with workspace(secrets={"jsl": {"token": "t"}}) as (emulator, sdk):
        run = finished(sdk, submit(sdk, python_task(emulator, "pass", new_cluster=cluster(**options))))
        assert ended(run) == ("INTERNAL_ERROR", "FAILED")
        assert "SECRET_RESOLUTION_ERROR: Secret does not exist" in run.state.state_message


def test_a_secret_that_was_put():
    with workspace() as (emulator, sdk):
        sdk.secrets.create_scope("made")
        sdk.secrets.put_secret("made", "token", string_value="s3cret")
        code = "import os\nassert os.environ['A'] == 's3cret'"
        task = python_task(emulator, code, new_cluster=cluster(spark_env_vars={"A": "{{secrets/made/token}}"}))
        assert ended(finished(sdk, submit(sdk, task))) == ("TERMINATED", "SUCCESS")
        assert [scope.name for scope in sdk.secrets.list_scopes()] == ["made"]
        assert [secret.key for secret in sdk.secrets.list_secrets("made")] == ["token"]
        with pytest.raises(ResourceAlreadyExists):
            sdk.secrets.create_scope("made")
        sdk.secrets.delete_secret("made", "token")
        assert "SECRET_RESOLUTION_ERROR" in finished(sdk, submit(sdk, task)).state.state_message
        with pytest.raises(ResourceDoesNotExist):
            sdk.secrets.list_secrets("absent")


def test_init_scripts_are_looked_for():
    with workspace() as (emulator, sdk):
        script = cluster(init_scripts=[{"volumes": {"destination": f"{VOLUME}/init.sh"}}])
        task = python_task(emulator, "pass", new_cluster=script)
        run = finished(sdk, submit(sdk, task))
        assert "INIT_SCRIPT_FAILURE" in run.state.state_message
        volume_folder(emulator).joinpath("init.sh").write_text("true\n")
        assert ended(finished(sdk, submit(sdk, task))) == ("TERMINATED", "SUCCESS")


def test_logs_are_delivered():
    with workspace() as (emulator, sdk):
        delivered = cluster(cluster_log_conf={"volumes": {"destination": f"{VOLUME}/logs"}})
        run = finished(sdk, submit(sdk, python_task(emulator, "print('said')", new_cluster=delivered)))
        cluster_id = run.tasks[0].cluster_instance.cluster_id
        assert (volume_folder(emulator) / "logs" / cluster_id / "driver" / "stdout").read_text() == "said\n"


def test_there_must_be_workers_to_lose():
    with pytest.raises(ValidationError, match="standalone"):
        WorkspaceSettings(faults=[ClusterFault(effect="lose_worker")])
    with workspace() as (emulator, sdk):
        submit(sdk, python_task(emulator, f"import time\nopen('{VOLUME}/on', 'w')\ntime.sleep(600)"))
        until((volume_folder(emulator) / "on").exists)
        assert not emulator.lose_worker()
