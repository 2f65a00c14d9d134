"""Runs and their tasks: the life cycle from PENDING to TERMINATED or INTERNAL_ERROR.

https://docs.databricks.com/api/workspace/jobs/getrun. Times in answers are real milliseconds since 1970.
"""

import asyncio
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Any

from jsl_pipeline.emulator.workspace.clusters import Cluster, ClusterFailed, Place
from jsl_pipeline.emulator.workspace.submission import Submission, TaskSpec


class LifeCycle(StrEnum):
    """`state.life_cycle_state`."""

    BLOCKED = "BLOCKED"
    PENDING = "PENDING"
    RUNNING = "RUNNING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"
    SKIPPED = "SKIPPED"
    INTERNAL_ERROR = "INTERNAL_ERROR"

    @property
    def final(self) -> bool:
        """Whether nothing follows."""
        return self in (LifeCycle.TERMINATED, LifeCycle.SKIPPED, LifeCycle.INTERNAL_ERROR)


@dataclass(frozen=True)
class Outcome:
    """How a task or run ended."""

    life_cycle: LifeCycle
    result: str
    message: str
    code: str
    """Of `status.termination_details`."""
    kind: str = "CLIENT_ERROR"
    """`type` of `status.termination_details`."""


_SUCCESS = Outcome(LifeCycle.TERMINATED, "SUCCESS", "", "SUCCESS", "SUCCESS")
_FAILED = Outcome(LifeCycle.TERMINATED, "FAILED", "Workload failed, see run output for details", "RUN_EXECUTION_ERROR")
_DRIVER_LOST = Outcome(
    LifeCycle.INTERNAL_ERROR, "FAILED", "The spark driver has stopped unexpectedly.", "DRIVER_ERROR", "INTERNAL_ERROR"
)
_CANCELED = Outcome(LifeCycle.TERMINATED, "CANCELED", "Run cancelled.", "USER_CANCELED")
_TIMED_OUT = Outcome(LifeCycle.TERMINATED, "TIMEDOUT", "Run timed out.", "CANCELED")
_UPSTREAM = Outcome(LifeCycle.SKIPPED, "UPSTREAM_FAILED", "An upstream task failed.", "SKIPPED")


@dataclass
class TaskRun:
    """One task of a run, with a cluster of its own."""

    run_id: int
    spec: TaskSpec
    cluster: Cluster
    life_cycle: LifeCycle = LifeCycle.PENDING
    outcome: Outcome | None = None
    exit_code: int | None = None
    began: float = field(default_factory=time.time)
    running: float | None = None
    done: float | None = None
    ended: float | None = None
    stop: asyncio.Event = field(default_factory=asyncio.Event)
    """Set to cancel it."""


Tell = Callable[["Run", TaskRun, Outcome], None]


class Run:
    """One submitted run. `follow` takes it through its life."""

    def __init__(self, run_id: int, task_ids: Iterator[int], asked: Submission, place: Place) -> None:
        self.run_id = run_id
        self.asked = asked
        self.tasks = [
            TaskRun(next(task_ids), spec, Cluster(place, spec.new_cluster, asked.run_name)) for spec in asked.tasks
        ]
        self.began = time.time()
        self._clock = place.clock

    @property
    def life_cycle(self) -> LifeCycle:
        """The run's state, from those of its tasks."""
        states = [task.life_cycle for task in self.tasks]
        if all(state.final for state in states):
            return self.outcome.life_cycle if self.outcome is not None else LifeCycle.TERMINATED
        begun = any(task.running is not None for task in self.tasks)
        if all(state.final or state is LifeCycle.TERMINATING for state in states):
            return LifeCycle.TERMINATING
        return LifeCycle.RUNNING if begun else LifeCycle.PENDING

    @property
    def outcome(self) -> Outcome | None:
        """How it ended; None while it goes on. The first task that did not succeed says how."""
        if any(task.outcome is None for task in self.tasks):
            return None
        for task in self.tasks:
            outcome = task.outcome or _SUCCESS
            if outcome.result == "CANCELED":
                return outcome
            if outcome.result not in ("SUCCESS", "UPSTREAM_FAILED"):
                return replace(outcome, message=f"Task {task.spec.task_key} failed with message: {outcome.message}.")
        return _SUCCESS

    def cancel(self) -> None:
        """Begin to cancel all tasks that have not ended."""
        for task in self.tasks:
            task.stop.set()

    async def follow(self, tell: Tell) -> None:
        """Take all tasks through their lives; `tell` hears of each that ended."""
        followers: dict[str, asyncio.Task[None]] = {}
        async with asyncio.TaskGroup() as group:
            for task in self.tasks:
                before = [followers[dependency.task_key] for dependency in task.spec.depends_on]
                followers[task.spec.task_key] = group.create_task(self._follow_task(task, before, tell))

    async def _follow_task(self, task: TaskRun, before: list[asyncio.Task[None]], tell: Tell) -> None:
        if before:
            task.life_cycle = LifeCycle.BLOCKED
            await asyncio.wait(before)
            task.life_cycle = LifeCycle.PENDING
        names = {dependency.task_key for dependency in task.spec.depends_on}
        upstream = [each.outcome for each in self.tasks if each.spec.task_key in names]
        if any(outcome is not _SUCCESS for outcome in upstream):
            outcome = _CANCELED if task.stop.is_set() else _UPSTREAM
        else:
            outcome = await self._worked(task)
            task.life_cycle, task.done = LifeCycle.TERMINATING, time.time()
            await task.cluster.stop()
        task.outcome, task.life_cycle, task.ended = outcome, outcome.life_cycle, time.time()
        tell(self, task, outcome)

    async def _worked(self, task: TaskRun) -> Outcome:
        """Work until it ends, is cancelled or runs out of time."""
        work = asyncio.create_task(_work(task))
        stop = asyncio.create_task(task.stop.wait())
        limit = min(filter(None, (task.spec.timeout_seconds, self.asked.timeout_seconds)), default=None)
        try:
            await asyncio.wait(
                {work, stop},
                timeout=None if limit is None else limit / self._clock.speed,
                return_when=asyncio.FIRST_COMPLETED,
            )
            if work.done():
                return work.result()
            return _CANCELED if task.stop.is_set() else _TIMED_OUT
        finally:
            stop.cancel()
            work.cancel()
            with suppress(asyncio.CancelledError):
                await work


async def _work(task: TaskRun) -> Outcome:
    try:
        await task.cluster.start(task.spec.libraries)
        task.life_cycle, task.running = LifeCycle.RUNNING, time.time()
        task.exit_code = await task.cluster.run(task.spec)
    except ClusterFailed as failed:
        task.cluster.fail(failed.code, failed.message)
        message = (
            f"Unexpected failure while waiting for the cluster ({task.cluster.id}) to be ready: "
            f"{failed.code}: {failed.message}"
        )
        return Outcome(LifeCycle.INTERNAL_ERROR, "FAILED", message, "CLUSTER_ERROR", "CLOUD_FAILURE")
    except OSError as error:  # of this machine: no disk, no memory for a process
        message = f"The emulator could not run it: {type(error).__name__} {error.errno}."
        return Outcome(LifeCycle.INTERNAL_ERROR, "FAILED", message, "INTERNAL_ERROR", "INTERNAL_ERROR")
    if task.exit_code < 0:
        return _DRIVER_LOST
    return _SUCCESS if task.exit_code == 0 else _FAILED


def describe_task(task: TaskRun) -> dict[str, Any]:
    """A task as an element of `tasks` of `runs/get`."""
    told: dict[str, Any] = {
        "run_id": task.run_id,
        "task_key": task.spec.task_key,
        "attempt_number": 0,
        "start_time": _milliseconds(task.began),
        "end_time": _milliseconds(task.ended),
        "setup_duration": _between(task.began, task.running or task.done),
        "execution_duration": _between(task.running, task.done),
        "cleanup_duration": _between(task.done, task.ended),
        "cluster_instance": {"cluster_id": task.cluster.id},
        "new_cluster": task.cluster.spec.model_dump(exclude_defaults=True),
    }
    told |= task.spec.model_dump(
        exclude_defaults=True, include={"spark_python_task", "python_wheel_task", "libraries", "depends_on"}
    )
    return told | describe_state(task.life_cycle, task.outcome)


def describe_state(life_cycle: LifeCycle, outcome: Outcome | None) -> dict[str, Any]:
    """`state`, and the newer `status`."""
    messages = {LifeCycle.PENDING: "Waiting for cluster", LifeCycle.RUNNING: "In run"}
    if outcome is None:
        shown = LifeCycle.PENDING if life_cycle is LifeCycle.BLOCKED else life_cycle
        state = {"life_cycle_state": life_cycle, "state_message": messages.get(shown, "")}
        return {"state": state | {"user_cancelled_or_timedout": False}, "status": {"state": life_cycle}}
    stopped = outcome.result in ("CANCELED", "TIMEDOUT")
    return {
        "state": {
            "life_cycle_state": life_cycle,
            "result_state": outcome.result,
            "state_message": outcome.message,
            "user_cancelled_or_timedout": stopped,
        },
        "status": {
            "state": LifeCycle.TERMINATED,
            "termination_details": {"code": outcome.code, "type": outcome.kind, "message": outcome.message},
        },
    }


def describe_run(run: Run, url: str) -> dict[str, Any]:
    """A run as `runs/list` shows it, and `runs/get` with its tasks added."""
    ended = max((task.ended or 0 for task in run.tasks), default=0) if run.life_cycle.final else None
    return {
        "job_id": run.run_id,
        "run_id": run.run_id,
        "run_name": run.asked.run_name,
        "run_type": "SUBMIT_RUN",
        "creator_user_name": "emulator",
        "trigger": "ONE_TIME",
        "attempt_number": 0,
        "start_time": _milliseconds(run.began),
        "end_time": _milliseconds(ended),
        "run_duration": _between(run.began, ended),
        "run_page_url": f"{url}/?o=0#job/{run.run_id}/run/{run.run_id}",
    } | describe_state(run.life_cycle, run.outcome)


def _milliseconds(moment: float | None) -> int:
    return int(moment * 1000) if moment is not None else 0


def _between(start: float | None, end: float | None) -> int:
    return int((end - start) * 1000) if start is not None and end is not None else 0
