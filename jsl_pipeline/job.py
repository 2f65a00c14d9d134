"""A stage as a job of its own: what the wheel runs on a cluster, and what it and Dagster say to each other.

The job needs no Dagster, only `dagster-pipes`. What it is to do comes as the extras of the Pipes context; progress
and how it ended go back as custom messages. Both lie in a folder that both sides can reach, so no secret is in them,
and nothing of a document.
"""

import signal
import sys
import threading
import time
import traceback
from collections.abc import Iterator, Mapping
from pathlib import PurePosixPath
from types import FrameType
from typing import Annotated, Any, Literal, NoReturn, Self

from dagster_pipes import (
    PipesCliArgsParamsLoader,
    PipesContext,
    PipesUnityCatalogVolumesContextLoader,
    PipesUnityCatalogVolumesMessageWriter,
    open_dagster_pipes,
)
from pydantic import Field, JsonValue, TypeAdapter

from jsl_pipeline import __version__, errors
from jsl_pipeline.clusters import ComputeSettings, DatabricksCompute
from jsl_pipeline.compute import run_stage
from jsl_pipeline.errors import ComputeError, PipelineError, SettingsError
from jsl_pipeline.schemas import EngineCalls, Value
from jsl_pipeline.schemas.secret import names_secret
from jsl_pipeline.settings import Settings, load_settings
from jsl_pipeline.stages import STAGES, Look, Progress

_SEND_SECONDS = 1  # pause between messages that are sent; progress is told as often
_HIDDEN = "**********"


class Assignment(Value):
    """What a job is to do."""

    stage: Literal["ingest", "preprocess", "extract", "validate"]
    batch: str
    version: str = Field(description="Of the package that asks; the job's must be the same.")
    settings: dict[str, JsonValue] = Field(description="With secrets as env:NAME, set in the cluster's environment.")

    @classmethod
    def of(cls, stage: str, batch: str, settings: Settings, compute: DatabricksCompute) -> Self:
        """A stage of a batch, for a cluster that `compute` describes.

        Raises SettingsError where a secret is no reference, or one that the cluster's environment has not, and
        where landing folder or store are known to this machine alone.
        """
        for name, place in (("landing", settings.landing), ("store", settings.store)):
            if "://" not in place and not PurePosixPath(place).is_absolute():
                raise SettingsError(
                    f"`{name}` is a folder of this machine's working directory, which a cluster cannot see: give a "
                    "URL of an object store, or a folder of a volume (/Volumes/...)."
                )
        there = settings.model_copy(update={"compute": ComputeSettings(cpu=compute.inside, gpu=compute.inside)})
        written = there.model_dump(mode="json")
        for path, text in _texts(written):
            if text == _HIDDEN or (names_secret(path.rpartition(".")[2]) and not text.startswith("env:")):
                raise SettingsError(f"`{path}` would leave this machine as text: give it as env:NAME.")
            name = text.removeprefix("env:")
            if text != name and name not in compute.cluster.env:
                raise SettingsError(
                    f"`{path}` names {name}, which the cluster does not have: add {name} to the cluster's `env`, "
                    "as {{secrets/SCOPE/KEY}}."
                )
        return cls(stage=stage, batch=batch, version=__version__, settings=written)  # pyright: ignore[reportArgumentType]


class Progressed(Value):
    """How far the stage is."""

    kind: Literal["progress"] = "progress"
    done: int
    total: int
    calls: EngineCalls | None = Field(default=None, description="What was asked of a model so far.")


class Finished(Value):
    """The stage ended well."""

    kind: Literal["finished"] = "finished"
    report: dict[str, JsonValue] = Field(description="The stage's report.")


class Failed(Value):
    """The stage could not be done."""

    kind: Literal["failed"] = "failed"
    error: str = Field(description="Its class in `errors`, or one that nobody foresaw.")
    message: str
    where: str = Field(description="Files, lines and functions that were under way, without values.")

    def exception(self) -> PipelineError:
        """What was raised there, to be raised here."""
        found: Any = getattr(errors, self.error, None)
        kind = found if isinstance(found, type) and issubclass(found, PipelineError) else ComputeError
        error = kind.__new__(kind)  # some take more than a message to make
        error.args = (self.message,)
        error.add_note(self.where)
        return error


_MESSAGE: TypeAdapter[Progressed | Finished | Failed] = TypeAdapter(
    Annotated[Progressed | Finished | Failed, Field(discriminator="kind")]
)


def read_message(payload: JsonValue) -> Progressed | Finished | Failed:
    """A message of a job. Raises ValidationError."""
    return _MESSAGE.validate_python(payload)


def main() -> None:
    """Do what Dagster asks for: the entry point of the wheel on a cluster. Raises ComputeError where that fails."""
    _leave_properly()
    params = PipesCliArgsParamsLoader()
    if not params.is_dagster_pipes_process():
        raise ComputeError("This command is started by Dagster, as a job. To run a stage by hand: jsl-pipeline run")
    pipes = open_dagster_pipes(
        params_loader=params,
        context_loader=PipesUnityCatalogVolumesContextLoader(),
        message_writer=PipesUnityCatalogVolumesMessageWriter(interval=_SEND_SECONDS),
    )
    try:
        ended = _run(pipes)
        pipes.report_custom_message(ended.model_dump(mode="json"))
    finally:
        pipes.close()  # not as a context manager, which would send the text of any error
    if isinstance(ended, Failed):  # raised anew, without what the first one may quote
        raise ComputeError(f"{ended.error}: {ended.message}")


def _run(pipes: PipesContext) -> Finished | Failed:
    try:
        assignment = Assignment.model_validate(dict(pipes.extras))
        if assignment.version != __version__:
            raise ComputeError(
                f"The cluster has version {__version__} of jsl-pipeline and Dagster {assignment.version}: "
                "install the same wheel on both."
            )
        settings = load_settings(**assignment.settings)
        stage = next(each for each in STAGES if each.name == assignment.stage)
        report = run_stage(
            stage, settings.open_store(), assignment.batch, settings, _told_progress(pipes), pipes.log.info
        )
    except PipelineError as error:
        return Failed(error=type(error).__name__, message=str(error), where=_where(error))
    except Exception as error:  # noqa: BLE001  (told without its text, which may quote a page)
        message = f"Unforeseen {type(error).__name__} on the cluster: a fault of the program. Finished work is kept."
        return Failed(error=type(error).__name__, message=message, where=_where(error))
    return Finished(report=report.model_dump(mode="json"))


def _told_progress(pipes: PipesContext) -> Progress:
    last = 0.0

    def progress(done: int, total: int, look: Look = lambda: None) -> None:
        nonlocal last
        if done == total or time.monotonic() - last >= _SEND_SECONDS:
            last = time.monotonic()
            pipes.report_custom_message(Progressed(done=done, total=total, calls=look()).model_dump())

    return progress


def _where(error: Exception) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    return "\n".join(f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames)


def _texts(settings: Mapping[str, Any], path: str = "") -> Iterator[tuple[str, str]]:
    for name, value in settings.items():
        if isinstance(value, Mapping):
            yield from _texts(value, f"{path}{name}.")
        elif isinstance(value, str):
            yield f"{path}{name}", value


def _leave_properly() -> None:
    """Have a cancelled job free what it holds, where the platform says so with SIGTERM and gives us that thread."""
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _leave)


def _leave(number: int, frame: FrameType | None) -> NoReturn:
    sys.exit(128 + number)
