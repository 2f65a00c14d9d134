"""The errors that the pipeline raises, as one tree.

    PipelineError
    ├── SettingsError        a setting is missing, wrong, or contradicts another
    ├── LandingError         the landing folder cannot be listed or read
    │   └── LandingUnavailable    ... for now (retryable)
    ├── StoreError           the store cannot be read or written
    │   └── StoreConflict         another writer won every attempt (retryable)
    ├── BatchNotFound        no batch of that key was ever closed
    ├── StageOrderError      a stage was asked for before the one it reads from
    ├── EngineError          the engine cannot answer at all
    │   └── EngineUnavailable     ... for now (retryable)
    ├── ComputeError         a cluster cannot do the work
    │   └── ComputeUnavailable    ... for now (retryable)
    └── MissingExtra         an optional part is not installed

A page that cannot be read is never an exception: it is a `PageFailure`. A file that cannot be used is a
`Rejection`. What is raised here concerns the run as a whole. `retryable` says whether the same call may
succeed later without anybody changing anything; Dagster retries on it.

Messages never hold text from a document or the name of a landing file.
"""

from typing import ClassVar, Self


class PipelineError(Exception):
    """Base of all errors raised on purpose. The message says what to do next."""

    retryable: ClassVar[bool] = False


class SettingsError(PipelineError):
    """A setting is missing, wrong, or contradicts another."""


class LandingError(PipelineError):
    """The landing folder cannot be listed or read."""


class LandingUnavailable(LandingError):
    """The landing folder cannot be reached for now."""

    retryable = True


class StoreError(PipelineError):
    """The store cannot be read or written."""


class StoreConflict(StoreError):
    """Another writer changed the same rows on every attempt."""

    retryable = True


class BatchNotFound(PipelineError):
    """No batch of that key was ever closed in this store."""


class StageOrderError(PipelineError):
    """A stage was asked for before the stage that it reads from."""


class EngineError(PipelineError):
    """The engine cannot answer at all, whatever the page."""


class EngineUnavailable(EngineError):
    """The engine cannot answer for now."""

    retryable = True


class ComputeError(PipelineError):
    """A cluster cannot do the work, whatever the batch."""


class ComputeUnavailable(ComputeError):
    """A cluster cannot be had for now."""

    retryable = True


class MissingExtra(PipelineError):
    """An optional part of the package is needed and not installed."""

    def __init__(self, extra: str, purpose: str) -> None:
        super().__init__(f"{purpose} needs the extra '{extra}': pip install 'jsl-pipeline[{extra}]'")
        self._given = extra, purpose

    def __reduce__(self) -> tuple[type[Self], tuple[str, str]]:
        """Errors travel from workers and tasks to whoever waits for them."""
        return type(self), self._given
