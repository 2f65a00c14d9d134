"""The emulator's command as a workspace: what it prints is all that the official SDK needs."""

import io
import sys
import time
from datetime import timedelta

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.service.compute import ClusterSpec
from databricks.sdk.service.jobs import RunResultState, SparkPythonTask, SubmitTask

from tests.cli.test_emulated_endpoint import Terminal

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux")

_FILE = "/Volumes/main/default/jsl/task.py"


def test_a_file_is_uploaded_and_run(tmp_path, monkeypatch):
    root = tmp_path / "root"
    terminal = Terminal(
        tmp_path, "--workspace", "root", "--cluster-seconds", "10", "--speed", "10", "--reader", "canned"
    )
    try:
        for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
            monkeypatch.setenv(name, terminal.environment[name])
        sdk = WorkspaceClient()
        sdk.files.upload(_FILE, io.BytesIO(b"print('ran')"))
        cluster = ClusterSpec(spark_version="16.4.x-scala2.12", node_type_id="i3.xlarge", num_workers=1)
        task = SubmitTask("main", spark_python_task=SparkPythonTask(_FILE), new_cluster=cluster)
        began = time.monotonic()
        submitted = sdk.jobs.submit(tasks=[task], run_name="ingest")
        sdk.jobs.cancel_run(sdk.jobs.submit(tasks=[task], run_name="cancelled").run_id)
        run = submitted.result(timeout=timedelta(seconds=60))
        assert run.state.result_state is RunResultState.SUCCESS
        assert time.monotonic() - began >= 1  # the cluster took its time
        assert sdk.jobs.get_run_output(run.tasks[0].run_id).logs == "ran\n"
    finally:
        terminal.emulator.terminate()
        assert terminal.emulator.wait(timeout=20) == 0
    assert (root / _FILE.lstrip("/")).is_file()
    assert '"what":"/Volumes/main/default/jsl/task.py"' in terminal.log.read_text()
