"""Where the library meets Dagster: its errors and its progress in Dagster's terms."""

import time
import traceback
from collections.abc import Generator
from contextlib import contextmanager

import dagster as dg
from dagster._core.errors import DagsterExecutionInterruptedError
from dagster_shared.error import DagsterError

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.stages import Look, Meter, Progress

RETRIES = dg.RetryPolicy(max_retries=3, delay=20, backoff=dg.Backoff.EXPONENTIAL, jitter=dg.Jitter.PLUS_MINUS)
"""For what may pass by itself: 20, 60, 140 s, about. What will not is never retried, see `border`."""

_LOG_SECONDS = 10


class Cancelled(DagsterExecutionInterruptedError, DagsterError):
    """The run was cancelled.

    Dagster tries a step that is interrupted again where it has a retry policy, but passes on its own errors.
    """


@contextmanager
def border() -> Generator[None]:
    """Turn any error into a `dagster.Failure` that says what to do, retried only where that may help.

    The original error is not chained: it may name a landing file or quote a page, and Dagster keeps and shows
    what it is given. Where it was raised is told without values.
    """
    try:
        yield
    except PipelineError as error:
        raise _failure(str(error), error, error.retryable) from None
    except DagsterExecutionInterruptedError:
        raise Cancelled("The run was cancelled. Finished work is kept.") from None
    except Exception as error:  # noqa: BLE001  (raised again, without what it may quote)
        message = f"Unforeseen {type(error).__name__}: a fault of the program. Finished work is kept."
        raise _failure(message, error, retryable=False) from None


def _failure(message: str, error: Exception, retryable: bool) -> dg.Failure:
    frames = traceback.extract_tb(error.__traceback__)
    here = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    where = "\n".join([*here, *getattr(error, "__notes__", [])])  # notes: where it was raised on a cluster
    return dg.Failure(
        message,
        metadata={
            "error": type(error).__name__,
            "retryable": retryable,
            "where": dg.MetadataValue.md(f"```\n{where}\n```"),
        },
        allow_retries=retryable,
    )


def logged_progress(log: dg.DagsterLogManager, what: str) -> Progress:
    """Progress that is logged every ten seconds, e.g. 'pages: 120 of 500, 2.1/s, 3 min left, bottleneck: GPU'."""
    meter, last = Meter(), time.monotonic()

    def progress(done: int, total: int, look: Look = lambda: None) -> None:
        nonlocal last
        meter(done, total, look)
        if time.monotonic() - last >= _LOG_SECONDS:
            last = time.monotonic()
            log.info(f"{what}: {meter.pace().sentence}")

    return progress
