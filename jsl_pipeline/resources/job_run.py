"""A job of a Databricks workspace that runs once: submitted, looked at, cancelled."""

from collections.abc import Generator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Self

from databricks.sdk import WorkspaceClient
from databricks.sdk.config import Config
from databricks.sdk.errors import (
    DeadlineExceeded,
    InternalError,
    NotFound,
    PermissionDenied,
    TemporarilyUnavailable,
    TooManyRequests,
    Unauthenticated,
)
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import Run, RunLifeCycleState, RunResultState, TerminationTypeType

from jsl_pipeline import __version__
from jsl_pipeline.clusters import DatabricksCompute
from jsl_pipeline.errors import ComputeError, ComputeUnavailable, SettingsError

_REQUEST_SECONDS = 30
_RETRY_SECONDS = 60  # that the SDK tries a call for; longer is ours to decide
_SUBMIT = "/api/2.2/jobs/runs/submit"
_TEXT_CHARACTERS = 500

_WAITING = {
    RunLifeCycleState.QUEUED,
    RunLifeCycleState.PENDING,
    RunLifeCycleState.BLOCKED,
    RunLifeCycleState.WAITING_FOR_RETRY,
}
_ENDED = {RunLifeCycleState.TERMINATED, RunLifeCycleState.SKIPPED, RunLifeCycleState.INTERNAL_ERROR}
_PASSING = {TerminationTypeType.CLOUD_FAILURE, TerminationTypeType.INTERNAL_ERROR}
_FOR_NOW = (TooManyRequests, TemporarilyUnavailable, InternalError, DeadlineExceeded)


@contextmanager
def workspace_errors(url: str | None = None) -> Generator[None]:
    """Turn the SDK's errors into ComputeError, or ComputeUnavailable where the same call may succeed later."""
    where = f"The workspace {url}" if url else "The Databricks workspace"
    try:
        yield
    except (Unauthenticated, PermissionDenied) as error:
        raise ComputeError(
            f"{where} refuses access ({_brief(error)}). Check the token, and its rights to submit jobs and to write "
            "to the volume."
        ) from error
    except _FOR_NOW as error:
        raise ComputeUnavailable(f"{where} cannot be used for now ({_brief(error)}).") from error
    except NotFound as error:
        raise ComputeError(f"{where} does not have what the settings name: {_brief(error)}") from error
    except DatabricksError as error:
        raise ComputeError(f"{where} refuses the request: {_brief(error)}") from error
    except OSError as error:  # also what the SDK raises where nobody answers
        raise ComputeUnavailable(f"{where} cannot be reached ({type(error).__name__}).") from error


def open_workspace(choice: DatabricksCompute) -> WorkspaceClient:
    """A client of the workspace that the settings name. Raises SettingsError where no credentials are found."""
    try:
        config = Config(
            host=choice.host,
            token=choice.token.get_secret_value() if choice.token else None,
            http_timeout_seconds=_REQUEST_SECONDS,
            retry_timeout_seconds=max(1, round(min(_RETRY_SECONDS, choice.lost_seconds))),
            product="jsl-pipeline",
            product_version=__version__,
        )
        return WorkspaceClient(config=config)
    except ValueError as error:  # its text may hold parts of credentials
        raise SettingsError(
            f"No credentials for Databricks were found ({type(error).__name__}). Set `token` as env:NAME, or "
            "DATABRICKS_HOST and what its tools sign in with."
        ) from None


@dataclass(frozen=True)
class Look:
    """What a run is doing."""

    state: str
    """The API's life cycle state."""
    message: str
    """What the workspace says about it."""
    url: str | None
    """Its page in the workspace."""
    waits: bool
    """Its cluster is not there yet."""
    ended: bool


class JobRun:
    """A run that was submitted."""

    def __init__(self, client: WorkspaceClient, run_id: int) -> None:
        self.run_id = run_id
        self._client = client

    @classmethod
    def submit(cls, client: WorkspaceClient, body: Mapping[str, Any]) -> Self:
        """Submit a run; with a token that was used before, find that run again. Raises ComputeError.

        The body goes out as it is: the SDK's classes would drop what they do not know.
        """
        with workspace_errors(client.config.host):
            answer: Any = client.api_client.do("POST", _SUBMIT, body=dict(body))
            return cls(client, int(answer["run_id"]))

    def look(self) -> Look:
        """What it is doing now. Raises ComputeError."""
        run = self._get()
        state = run.state.life_cycle_state if run.state else None
        message = run.state.state_message if run.state else None
        return Look(
            state=state.value if state else "UNKNOWN",
            message=(message or "").strip()[:_TEXT_CHARACTERS],
            url=run.run_page_url,
            waits=state in _WAITING,
            ended=state in _ENDED,
        )

    def cancel(self) -> None:
        """Ask for its end. Raises ComputeError."""
        with workspace_errors(self._client.config.host):
            self._client.jobs.cancel_run(self.run_id)

    def failure(self, begun: bool) -> ComputeError:
        """Why a run ended that told nothing more itself. `begun`: it had told that it began. Raises ComputeError."""
        run = self._get()
        result = run.state.result_state if run.state else None
        details = run.status.termination_details if run.status else None
        message = (run.state.state_message if run.state else None) or (details.message if details else None) or ""
        what = f"Job run {self.run_id}"
        if result in (RunResultState.CANCELED, RunResultState.UPSTREAM_CANCELED):
            return ComputeError(f"{what} was cancelled in the workspace. Materialise the batch again to go on with it.")
        if result is RunResultState.TIMEDOUT:
            return ComputeError(
                f"{what} took longer than `run_seconds` allows. Finished work is kept: materialise the batch again, "
                "or allow more."
            )
        if begun:
            return ComputeUnavailable(
                f"{what} ended without a word: its driver was lost, or ran out of memory. Finished work is kept."
            )
        if (
            details.type in _PASSING
            if details and details.type
            else run.state is not None and run.state.life_cycle_state is RunLifeCycleState.INTERNAL_ERROR
        ):
            return ComputeUnavailable(f"{what} got no cluster: {message[:_TEXT_CHARACTERS]}")
        return ComputeError(f"{what} could not begin its work: {self._error(run) or message[:_TEXT_CHARACTERS]}")

    def _get(self) -> Run:
        with workspace_errors(self._client.config.host):
            return self._client.jobs.get_run(self.run_id)

    def _error(self, run: Run) -> str:
        """What its task's process said as it ended. Only for one that saw no document yet."""
        for task in run.tasks or []:
            with workspace_errors(self._client.config.host):
                output = self._client.jobs.get_run_output(task.run_id or self.run_id)
            if output.error:
                return output.error.strip()[:_TEXT_CHARACTERS]
        return ""


def _brief(error: Exception) -> str:
    return str(error).strip()[:_TEXT_CHARACTERS] or type(error).__name__
