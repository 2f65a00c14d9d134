"""A stage as a job on a new cluster of Databricks, followed from Dagster through Dagster Pipes.

Dagster                                  volume                        cluster
what to do                  ->  context.json                  ->  jsl_pipeline.job
log, progress, the report   <-  1.json, 2.json ...            <-
submit, look, cancel        ->  the workspace's Jobs API
"""

import hashlib
import time
import warnings
from collections.abc import Generator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Final

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster_databricks.pipes import PipesUnityCatalogVolumesContextInjector, PipesUnityCatalogVolumesMessageReader
from databricks.sdk import WorkspaceClient

from jsl_pipeline.clusters import DatabricksCompute
from jsl_pipeline.errors import ComputeError, ComputeUnavailable
from jsl_pipeline.job import Assignment, Failed, Finished, Progressed, read_message
from jsl_pipeline.resources.job_run import JobRun, Look, open_workspace, workspace_errors
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages import Progress, Stage
from jsl_pipeline.stages.stage import Report

_CANCEL_SECONDS: Final = 30


def run_on_databricks(
    context: dg.AssetExecutionContext,
    stage: Stage[Report],
    settings: Settings,
    choice: DatabricksCompute,
    progress: Progress,
) -> Report:
    """Run one stage of the context's batch on a cluster of its own, which ends with it.

    The job is cancelled where the Dagster run is, and where it cannot be followed. Raises what the stage raised
    there; ComputeError, ComputeUnavailable, SettingsError.
    """
    assignment = Assignment.of(stage.name, context.partition_key, settings, choice)
    client = open_workspace(choice)
    with _session(context, client, choice, assignment) as session:
        body = _body(context, stage.name, choice, session.get_bootstrap_cli_arguments())
        try:
            run = JobRun.submit(client, body)
        except DagsterExecutionInterruptedError:
            _cancel(context, JobRun.submit(client, body), choice)  # the same token: what was submitted, if it was
            raise
        try:
            _Following(context, session, run, choice, progress).to_the_end()
        except BaseException:
            _cancel(context, run, choice)
            raise
    for message in map(read_message, reversed(session.get_custom_messages())):
        if isinstance(message, Finished):
            return stage.report.model_validate(message.report)
        if isinstance(message, Failed):
            raise message.exception()
    raise run.failure(begun=session.message_handler.received_opened_message)


@contextmanager
def _session(
    context: dg.AssetExecutionContext, client: WorkspaceClient, choice: DatabricksCompute, assignment: Assignment
) -> Generator[dg.PipesSession]:
    """The two folders of a job in the volume, and a thread that reads what it tells. Raises ComputeError."""
    opened = dg.open_pipes_session(
        context=context,
        context_injector=PipesUnityCatalogVolumesContextInjector(client=client, volume_path=choice.volume),
        message_reader=PipesUnityCatalogVolumesMessageReader(
            client=client,
            volume_path=choice.volume,
            interval=choice.poll_seconds,
            include_stdio_in_messages=False,  # what libraries print stays in the workspace's logs
        ),
        extras=assignment.model_dump(mode="json"),
    )
    with workspace_errors(client.config.host), warnings.catch_warnings():
        warnings.simplefilter("ignore", dg.PreviewWarning)  # Dagster warns of a property that only it reads
        session = opened.__enter__()
    try:
        yield session
    finally:
        try:
            opened.__exit__(None, None, None)
        except OSError as error:  # takes nothing from what was done, so it must not hide how that ended
            context.log.warning(f"Messages of a job stay in {choice.volume} ({type(error).__name__}).")


def _body(
    context: dg.AssetExecutionContext, stage: str, choice: DatabricksCompute, arguments: Mapping[str, str]
) -> dict[str, Any]:
    """What is submitted. Sent again for the same attempt, it is the same run."""
    batch, attempt = context.partition_key, context.retry_number
    tags = {"jsl_stage": stage, "jsl_batch": batch.lower(), "dagster_run": context.run_id}
    token = hashlib.sha256(f"{context.run_id} {batch} {stage} {attempt}".encode()).hexdigest()
    task = {
        "task_key": stage,
        "new_cluster": choice.cluster.new_cluster(tags),
        "libraries": [_library(each) for each in choice.libraries],
        "python_wheel_task": {
            "package_name": "jsl_pipeline",
            "entry_point": "jsl-pipeline-stage",
            "parameters": [part for pair in arguments.items() for part in pair],
        },
    }
    return {
        "run_name": f"jsl-pipeline {stage} {batch}",
        "idempotency_token": token[:40],
        "timeout_seconds": round(choice.run_seconds),
        "tasks": [task],
    }


def _library(name: str) -> dict[str, Any]:
    return {"whl": name} if name.endswith(".whl") else {"pypi": {"package": name}}


class _Following:
    """Watches a job until it ends, and passes on what it tells."""

    def __init__(
        self,
        context: dg.AssetExecutionContext,
        session: dg.PipesSession,
        run: JobRun,
        choice: DatabricksCompute,
        progress: Progress,
    ) -> None:
        self._context = context
        self._session = session
        self._run = run
        self._choice = choice
        self._progress = progress
        self._heard = 0
        self._told = ("", "")
        self._shown = False

    def to_the_end(self) -> None:
        """Return once it ended. Raises ComputeError: it never starts, or the workspace is gone."""
        began = answered = time.monotonic()
        while True:
            self._pass_on_progress()
            try:
                look = self._run.look()
            except ComputeUnavailable as error:
                if time.monotonic() - answered > self._choice.lost_seconds:
                    raise
                self._tell("out of sight", str(error))
            else:
                answered = time.monotonic()
                self._show(look)
                if look.ended:
                    return
                if look.waits and answered - began > self._choice.start_seconds:
                    raise ComputeUnavailable(
                        f"No cluster within {self._choice.start_seconds:.0f} s ({look.message or look.state}). "
                        "Materialise the batch later, or choose machines that can be had."
                    )
            time.sleep(self._choice.poll_seconds)

    def _pass_on_progress(self) -> None:
        messages: Sequence[Any] = self._session.get_custom_messages()
        for message in map(read_message, messages[self._heard :]):
            if isinstance(message, Progressed):
                self._progress(message.done, message.total, lambda calls=message.calls: calls)
        self._heard = len(messages)

    def _show(self, look: Look) -> None:
        self._tell(look.state, look.message)
        if look.url and not self._shown:
            self._shown = True
            metadata = _metadata(self._run.run_id, look.url)
            for key in self._context.selected_asset_keys:
                observation = dg.AssetObservation(key, partition=self._context.partition_key, metadata=metadata)
                self._context.log_event(observation)
                self._context.add_asset_metadata(metadata, asset_key=key)

    def _tell(self, state: str, message: str) -> None:
        if (state, message) != self._told:
            self._told = (state, message)
            self._context.log.info(f"Job run {self._run.run_id}: {state}{': ' if message else ''}{message}")


def _metadata(run_id: int, url: str) -> dict[str, dg.MetadataValue]:
    return {"Databricks run": dg.MetadataValue.url(url), "Databricks run id": dg.MetadataValue.text(str(run_id))}


def _cancel(context: dg.AssetExecutionContext, run: JobRun, choice: DatabricksCompute) -> None:
    """End the job, so that no cluster is paid for nobody. What stands in the way is told, not raised."""
    context.log.info(f"Job run {run.run_id}: cancelling it.")
    try:
        run.cancel()
        deadline = time.monotonic() + _CANCEL_SECONDS
        while not run.look().ended and time.monotonic() < deadline:
            time.sleep(choice.poll_seconds)
    except ComputeError as error:
        context.log.error(f"Job run {run.run_id} could not be cancelled; do so in the workspace. {error}")
