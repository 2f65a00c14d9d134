"""Watching a Spark job: it says how far it is, and ends in words where nothing works on it or it fails."""

import time
from collections.abc import Callable

from jsl_pipeline.errors import ComputeError, ComputeUnavailable
from jsl_pipeline.spark.job import Job, Result

_LOOK_SECONDS = 1
_TELL_SECONDS = 10


def watch(job: Job[Result], start_seconds: float, tell: Callable[[str], None]) -> Result:
    """The job's result, once it has ended.

    `start_seconds` is the time in which the cluster has to start a task when none of them runs. `tell` takes a
    sentence on how far the tasks are. Raises ComputeUnavailable, ComputeError.
    """
    idle_since = told_at = time.monotonic()
    done = told = 0
    while not job.wait(_LOOK_SECONDS):
        tasks, now = job.tasks, time.monotonic()
        if tasks.running or tasks.done > done or not tasks.total:
            idle_since, done = now, tasks.done
        elif now - idle_since > start_seconds:
            raise not_started(start_seconds)
        if done > told and now - told_at >= _TELL_SECONDS:
            tell(f"Spark: {done} of {tasks.total} tasks done, {tasks.running} running.")
            told_at, told = now, done
    if job.error is not None:
        raise explained(job.error) from job.error
    assert job.result is not None
    return job.result


def not_started(seconds: float) -> ComputeUnavailable:
    """The error of a cluster that lets tasks wait."""
    return ComputeUnavailable(
        f"The Spark cluster started no task within {seconds:.0f} s. See that it has workers, and that "
        "they have the cores, memory and other resources that an executor is set to ask for."
    )


def explained(error: Exception) -> ComputeError:
    """Spark's error, without its text: a task's may quote a document."""
    text = str(error)
    if "ModuleNotFoundError" in text:
        return ComputeError(
            "The Python of the Spark executors lacks a module of the pipeline. Install the same version of "
            "jsl-pipeline there, or name the right Python in `conf` as spark.pyspark.python."
        )
    if "ExecutorLostFailure" in text:
        return ComputeUnavailable(
            "Spark lost the executor of a task as often as it tries one. Give executors more memory "
            "(spark.executor.memoryOverhead), or look into the workers' logs."
        )
    if "SparkContext was shut down" in text or "stopped SparkContext" in text:
        return ComputeUnavailable("The Spark session ended during the work: its cluster or its master is gone.")
    return ComputeError(f"The Spark job failed ({type(error).__name__}); the log of its driver says why.")
