"""Submitted tasks as real processes, through Databricks' own SDK: their lives, ends, outputs and environment."""

import gc
import json
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest, InvalidParameterValue, PermissionDenied, ResourceDoesNotExist
from databricks.sdk.service import compute, jobs
from workspace_client import (
    VOLUME,
    client,
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

from jsl_pipeline.emulator import EmulatorSettings, RunEntry, WorkspaceSettings, running

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux")

_FOREVER = "import pathlib, sys, time\npathlib.Path(sys.argv[1]).touch()\ntime.sleep(600)\n"


@pytest.fixture(scope="module")
def opened():
    secrets = {"jsl": {"token": "s3cret", "user": "reader"}}
    with workspace(secrets=secrets) as both:
        yield both


def test_a_task_reads_and_writes_the_volume(opened):
    emulator, sdk = opened
    code = """
import pathlib, sys
source, target = map(pathlib.Path, sys.argv[1:])
target.write_text(source.read_text().upper())
pathlib.Path("/dbfs/done").write_text("there")
print("said", "this")
"""
    volume_folder(emulator).joinpath("in.txt").write_text("text")
    task = python_task(emulator, code, f"{VOLUME}/in.txt", f"{VOLUME}/out.txt")
    run = finished(sdk, submit(sdk, task, run_name="one"))
    assert ended(run) == ("TERMINATED", "SUCCESS"), output(sdk, run).logs
    assert volume_folder(emulator).joinpath("out.txt").read_text() == "TEXT"
    assert (emulator.root / "dbfs/done").read_text() == "there"
    told = output(sdk, run)
    assert (told.logs, told.logs_truncated, told.error) == ("said this\n", False, None)
    assert told.metadata.run_id == run.tasks[0].run_id
    assert (run.run_name, run.run_type.value) == ("one", "SUBMIT_RUN")
    assert run.start_time <= run.tasks[0].end_time <= run.end_time
    assert f"run/{run.run_id}" in run.run_page_url
    assert run.status.termination_details.code.value == "SUCCESS"
    with pytest.raises(BadRequest, match="each individual task"):
        sdk.jobs.get_run_output(run.run_id)


def test_a_task_that_raises(opened):
    emulator, sdk = opened
    run = finished(sdk, submit(sdk, python_task(emulator, "print('before')\nraise ValueError('wrong')")))
    assert ended(run) == ("TERMINATED", "FAILED")
    assert run.state.state_message == "Task main failed with message: Workload failed, see run output for details."
    told = output(sdk, run)
    assert told.error == "ValueError: wrong"
    assert told.error_trace.startswith("Traceback")
    assert told.logs.startswith("before\n")
    assert run.status.termination_details.code.value == "RUN_EXECUTION_ERROR"


def test_a_task_that_leaves_with_a_status(opened):
    emulator, sdk = opened
    run = finished(sdk, submit(sdk, python_task(emulator, "import sys\nsys.exit(3)")))
    assert ended(run) == ("TERMINATED", "FAILED")
    assert output(sdk, run).error == "SystemExit: 3"


def test_a_driver_that_is_killed(opened):
    emulator, sdk = opened
    code = "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)"
    run = finished(sdk, submit(sdk, python_task(emulator, code)))
    assert ended(run) == ("INTERNAL_ERROR", "FAILED")
    assert "driver has stopped unexpectedly" in run.state.state_message
    assert run.status.termination_details.code.value == "DRIVER_ERROR"


def test_the_environment_is_the_clusters_own(opened, monkeypatch):
    emulator, sdk = opened
    monkeypatch.setenv("JSL_STORE", "of the emulator's own process")
    options = {
        "spark_env_vars": {"TOKEN": "{{secrets/jsl/token}}", "PLAIN": "as it is {{x}}"},
        "docker_image": {
            "url": "registry.example/jsl:1",
            "basic_auth": {"username": "{{secrets/jsl/user}}", "password": "{{secrets/jsl/token}}"},
        },
    }
    code = "import json, os\nprint(json.dumps(dict(os.environ)))"
    run = finished(sdk, submit(sdk, python_task(emulator, code, new_cluster=cluster(**options))))
    seen = json.loads(output(sdk, run).logs)
    assert (seen["TOKEN"], seen["PLAIN"]) == ("s3cret", "as it is {{x}}")
    assert seen["DATABRICKS_RUNTIME_VERSION"] == "16.4"
    assert "JSL_STORE" not in seen
    shown = run.tasks[0].new_cluster
    assert shown.spark_env_vars["TOKEN"] == "{{secrets/jsl/token}}"  # the reference, as it was given
    assert "s3cret" not in json.dumps(run.as_dict())


def wheel(folder, entry_points=""):
    """A wheel of one module that writes down its arguments."""
    name = f"{VOLUME}/told-1.0-py3-none-any.whl"
    with zipfile.ZipFile(folder / "told-1.0-py3-none-any.whl", "w") as file:
        file.writestr("told/__init__.py", "import sys\ndef main():\n    print(sys.argv[1:])\n")
        file.writestr("told-1.0.dist-info/METADATA", "Metadata-Version: 2.1\nName: told\nVersion: 1.0\n")
        file.writestr("told-1.0.dist-info/entry_points.txt", entry_points)
    return compute.Library(whl=name)


def wheel_task(library, entry_point="main", **parameters):
    task = jobs.PythonWheelTask(package_name="told", entry_point=entry_point, **parameters)
    return jobs.SubmitTask(task_key="main", python_wheel_task=task, new_cluster=cluster(), libraries=[library])


@pytest.mark.parametrize(
    ("entry_point", "parameters", "seen"),
    [
        ("tell", {"parameters": ["a", "b c"]}, "['a', 'b c']"),  # of the metadata
        ("main", {"named_parameters": {"stage": "ingest"}}, "['--stage=ingest']"),  # a function of the package
    ],
)
def test_a_wheel_is_installed_and_run(opened, entry_point, parameters, seen):
    emulator, sdk = opened
    library = wheel(volume_folder(emulator), "[console_scripts]\ntell = told:main\n")
    run = finished(sdk, submit(sdk, wheel_task(library, entry_point, **parameters)))
    assert ended(run) == ("TERMINATED", "SUCCESS"), output(sdk, run).logs
    assert output(sdk, run).logs.strip() == seen


def test_a_wheel_without_that_entry_point(opened):
    emulator, sdk = opened
    run = finished(sdk, submit(sdk, wheel_task(wheel(volume_folder(emulator)), "absent")))
    assert ended(run) == ("TERMINATED", "FAILED")
    assert "no entry point absent" in output(sdk, run).error


@pytest.mark.parametrize(
    "library",
    [
        compute.Library(whl=f"{VOLUME}/absent-1.0-py3-none-any.whl"),
        compute.Library(whl=f"{VOLUME}/unnamed.whl"),
        compute.Library(pypi=compute.PythonPyPiLibrary(package="surely-not-installed==1.0")),
    ],
)
def test_a_library_that_cannot_be_had(opened, library):
    emulator, sdk = opened
    run = finished(sdk, submit(sdk, python_task(emulator, "pass", libraries=[library])))
    assert ended(run) == ("INTERNAL_ERROR", "FAILED")
    assert "LIBRARY_INSTALLATION_ERROR" in run.state.state_message


def test_a_package_that_is_there_is_found(opened):
    emulator, sdk = opened
    library = compute.Library(pypi=compute.PythonPyPiLibrary(package="pydantic>=2"))
    assert ended(finished(sdk, submit(sdk, python_task(emulator, "import pydantic", libraries=[library])))) == (
        "TERMINATED",
        "SUCCESS",
    )


def test_a_token_starts_one_run_only(opened):
    emulator, sdk = opened
    task = python_task(emulator, "pass")
    first = submit(sdk, task, idempotency_token="batch-1")
    assert submit(sdk, task, idempotency_token="batch-1") == first
    finished(sdk, first)
    assert submit(sdk, task, idempotency_token="batch-1") == first
    other = submit(sdk, task, idempotency_token="batch-2")
    assert other != first
    finished(sdk, other)


def alive(marker: str) -> list[int]:
    """Processes whose command line holds the marker."""
    found = []
    for entry in Path("/proc").iterdir():
        if entry.name.isdecimal():
            try:
                if marker in (entry / "cmdline").read_text():
                    found.append(int(entry.name))
            except OSError:
                continue  # it ended meanwhile
    return found


def test_cancelling_ends_the_process_and_its_children(opened):
    emulator, sdk = opened
    code = f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {_FOREVER!r}, *sys.argv[1:]])"
    there = volume_folder(emulator) / "cancel-me"
    run_id = submit(sdk, python_task(emulator, code, f"{VOLUME}/cancel-me"))
    until(there.exists)
    running = sdk.jobs.get_run(run_id)
    assert running.state.life_cycle_state.value == "RUNNING"
    assert len(alive("cancel-me")) == 2
    sdk.jobs.cancel_run(run_id)
    run = finished(sdk, run_id)
    assert ended(run) == ("TERMINATED", "CANCELED")
    assert run.state.user_cancelled_or_timedout
    assert run.status.termination_details.code.value == "USER_CANCELED"
    assert alive("cancel-me") == []
    sdk.jobs.cancel_run(run_id)  # once more does no harm
    assert ended(sdk.jobs.get_run(run_id)) == ("TERMINATED", "CANCELED")


def test_a_task_that_runs_for_too_long(opened):
    emulator, sdk = opened
    run = finished(sdk, submit(sdk, python_task(emulator, _FOREVER, f"{VOLUME}/timed-out", timeout_seconds=100)))
    assert ended(run) == ("TERMINATED", "TIMEDOUT")
    assert alive("/timed-out") == []


def test_tasks_wait_for_those_they_depend_on(opened):
    emulator, sdk = opened
    append = f"import sys\nopen('{VOLUME}/order', 'a').write(sys.argv[1])"
    first = python_task(emulator, append, "1", key="first")
    second = python_task(emulator, append, "2", key="second")
    second.depends_on = [jobs.TaskDependency(task_key="first")]
    run = finished(sdk, submit(sdk, first, second))
    assert ended(run) == ("TERMINATED", "SUCCESS")
    assert volume_folder(emulator).joinpath("order").read_text() == "12"
    assert len({task.cluster_instance.cluster_id for task in run.tasks}) == 2

    bad = python_task(emulator, "raise OSError", key="first", name="bad.py")
    run = finished(sdk, submit(sdk, bad, second))
    assert ended(run) == ("TERMINATED", "FAILED")
    skipped = run.tasks[1].state
    assert (skipped.life_cycle_state.value, skipped.result_state.value) == ("SKIPPED", "UPSTREAM_FAILED")


def test_listing():
    with workspace() as (emulator, sdk):
        runs = [submit(sdk, python_task(emulator, "pass"), run_name=f"run {number}") for number in range(5)]
        for run_id in runs:
            finished(sdk, run_id)
        running = submit(sdk, python_task(emulator, _FOREVER, f"{VOLUME}/x", name="long.py"), run_name="long")
        assert [run.run_id for run in sdk.jobs.list_runs(limit=2)] == [running, *reversed(runs)]
        assert [run.run_name for run in sdk.jobs.list_runs(active_only=True)] == ["long"]
        expanded = list(sdk.jobs.list_runs(completed_only=True, expand_tasks=True))
        assert [run.tasks[0].task_key for run in expanded] == ["main"] * 5
        with pytest.raises(InvalidParameterValue):
            list(sdk.jobs.list_runs(active_only=True, completed_only=True))


def test_leaving_while_clusters_start():
    with workspace(start_seconds=100) as (emulator, sdk):
        for _ in range(3):
            submit(sdk, python_task(emulator, "pass"))
    gc.collect()  # a process left behind would be a warning, so an error


def test_leaving_ends_what_runs():
    with workspace() as (emulator, sdk):
        submit(sdk, python_task(emulator, _FOREVER, f"{VOLUME}/left-behind"))
        until((volume_folder(emulator) / "left-behind").exists)
        root = emulator.root
    assert alive("left-behind") == []
    assert not root.exists()


_EMULATOR = """
import sys, time
from jsl_pipeline.emulator import EmulatorSettings, WorkspaceSettings, running
workspace = WorkspaceSettings(root=sys.argv[1], start_seconds=0)
with running(EmulatorSettings(port=0, workspace=workspace)) as emulator:
    print(emulator.url, flush=True)
    time.sleep(600)
"""


def test_nothing_outlives_a_killed_emulator(tmp_path):
    folder = tmp_path / "Volumes/main/default/jsl"
    with subprocess.Popen(
        [sys.executable, "-c", _EMULATOR, str(tmp_path)], stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        sdk = WorkspaceClient(host=process.stdout.readline().strip(), token="emulator-token")
        (folder / "task.py").write_text(_FOREVER)
        task = jobs.SparkPythonTask(python_file=f"{VOLUME}/task.py", parameters=[f"{VOLUME}/outlives"])
        submit(sdk, jobs.SubmitTask(task_key="main", spark_python_task=task, new_cluster=cluster()))
        until((folder / "outlives").exists)
        assert len(alive("/outlives")) == 1
        process.kill()
    until(lambda: alive("/outlives") == [])


def test_the_older_version_of_the_api(opened):
    emulator, sdk = opened
    body = {"tasks": [python_task(emulator, "pass").as_dict()]}
    run_id = sdk.api_client.do("POST", "/api/2.1/jobs/runs/submit", body=body)["run_id"]
    finished(sdk, run_id)
    assert sdk.api_client.do("GET", "/api/2.1/jobs/runs/get", query={"run_id": run_id})["run_id"] == run_id


def test_strangers_and_unknown_runs(opened):
    emulator, sdk = opened
    with pytest.raises(PermissionDenied, match="Invalid access token"):
        submit(client(emulator, "wrong"), python_task(emulator, "pass"))
    with pytest.raises(ResourceDoesNotExist, match="Run 7 does not exist"):
        sdk.jobs.get_run(7)
    with pytest.raises(InvalidParameterValue, match="Run 7 does not exist"):
        sdk.jobs.cancel_run(7)
    with pytest.raises(ResourceDoesNotExist):
        sdk.clusters.get("0-0-0")


def test_the_log_names_what_ran_and_no_content(tmp_path):
    settings = WorkspaceSettings(root=tmp_path / "root", start_seconds=0, stop_seconds=0)
    log = tmp_path / "log"
    with running(EmulatorSettings(port=0, workspace=settings, log=log)) as emulator:
        sdk = client(emulator)
        task = python_task(emulator, "raise ValueError('patient')", "parameter")
        run = finished(sdk, submit(sdk, task, run_name="extract"))
        [entry] = emulator.runs
    assert (entry.run_id, entry.run_name, entry.task_key) == (run.run_id, "extract", "main")
    assert (entry.what, entry.result, entry.exit_code) == (f"{VOLUME}/task.py", "FAILED", 1)
    assert (entry.node_type, entry.workers) == ("i3.xlarge", (1, 1))
    [line] = log.read_text().splitlines()
    assert RunEntry.model_validate_json(line) == entry
    assert "patient" not in line
    assert "parameter" not in line
    assert "patient" in (settings.root / "clusters" / entry.cluster_id / "stderr").read_text()  # the folder is kept
