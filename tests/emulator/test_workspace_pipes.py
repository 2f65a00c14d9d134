"""`dagster-databricks`' own Pipes client, unchanged, against the emulated workspace: over DBFS and over a volume."""

import sys

import dagster as dg
import pytest
from dagster_databricks import PipesDatabricksClient
from dagster_databricks.pipes import (
    PipesDbfsContextInjector,
    PipesDbfsMessageReader,
    PipesUnityCatalogVolumesContextInjector,
    PipesUnityCatalogVolumesMessageReader,
)
from databricks.sdk.service import jobs
from workspace_client import VOLUME, python_task, volume_folder, workspace

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux"),
    pytest.mark.filterwarnings("ignore::dagster.PreviewWarning"),  # Dagster's own call of its own preview
]

_TASK = """
import dagster_pipes as pipes
Writer = pipes.{0}MessageWriter
if "Dbfs" in Writer.__name__:  # it asks a Spark session where logs are delivered: a JVM's start, for nothing here
    Writer.get_opened_extras = lambda self: {{}}
with pipes.open_dagster_pipes(context_loader=pipes.{0}ContextLoader(), message_writer=Writer()) as told:
    told.log.info("working on " + told.get_extra("stage"))
    told.report_asset_materialization(metadata={{"pages": 7}})
    if told.get_extra("stage") == "bad":
        raise ValueError("no such stage")
"""


def over_dbfs(sdk):
    return PipesDbfsContextInjector(client=sdk), PipesDbfsMessageReader(client=sdk, interval=0.2)


def over_volume(sdk):
    injector = PipesUnityCatalogVolumesContextInjector(client=sdk, volume_path=VOLUME)
    reader = PipesUnityCatalogVolumesMessageReader(
        client=sdk, interval=0.2, volume_path=VOLUME, include_stdio_in_messages=False
    )
    return injector, reader


def materialised(emulator, sdk, parts, name: str, stage: str) -> dg.ExecuteInProcessResult:
    injector, reader = parts
    client = PipesDatabricksClient(sdk, context_injector=injector, message_reader=reader, poll_interval_seconds=0.1)
    task: jobs.SubmitTask = python_task(emulator, _TASK.format(name))

    @dg.asset
    def pages(context: dg.AssetExecutionContext):
        return client.run(context=context, task=task, extras={"stage": stage}).get_materialize_result()

    with dg.DagsterInstance.ephemeral() as instance:
        return dg.materialize([pages], instance=instance, raise_on_error=False)


@pytest.mark.parametrize(("parts", "name"), [(over_dbfs, "PipesDbfs"), (over_volume, "PipesUnityCatalogVolumes")])
def test_messages_come_back(parts, name):
    with workspace() as (emulator, sdk):
        result = materialised(emulator, sdk, parts(sdk), name, "ingest")
        assert result.success
        [event] = result.get_asset_materialization_events()
        metadata = event.materialization.metadata
        assert metadata["pages"].value == 7
        assert metadata["Databricks Job Run ID"].value == str(emulator.runs[0].run_id)
        left = [*volume_folder(emulator).glob("tmp/*"), *(emulator.root / "dbfs").glob("tmp/*")]
        assert left == []


def test_a_task_that_fails_is_told():
    with workspace() as (emulator, sdk):
        result = materialised(emulator, sdk, over_volume(sdk), "PipesUnityCatalogVolumes", "bad")
        assert not result.success
        failure = result.get_step_failure_events()[0].event_specific_data.error
        assert "Workload failed, see run output for details" in failure.to_string()
