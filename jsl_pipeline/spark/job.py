"""A Spark action in the background."""

import uuid
from collections.abc import Callable
from dataclasses import dataclass
from types import TracebackType
from typing import Generic, Self, TypeVar

from pyspark import InheritableThread
from pyspark.sql import SparkSession

Result = TypeVar("Result")
_CANCEL_EVERY_SECONDS = 0.5


@dataclass(frozen=True)
class Tasks:
    """The tasks of a job, as far as Spark has planned it."""

    total: int
    running: int
    done: int


class Job(Generic[Result]):
    """Runs an action for the length of a `with` block at most: leaving cancels it, and waits until it is over."""

    def __init__(self, spark: SparkSession, description: str, action: Callable[[], Result]) -> None:
        """`description` is shown in Spark's UI."""
        self.result: Result | None = None
        self.error: Exception | None = None
        self._context = spark.sparkContext
        self._group = uuid.uuid4().hex
        self._description = description
        self._action = action
        self._thread = InheritableThread(target=self._run, name="spark-job", daemon=True)

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        while self._thread.is_alive():  # a job that is only about to be submitted is not known to Spark yet
            self._context.cancelJobGroup(self._group)
            self._thread.join(_CANCEL_EVERY_SECONDS)

    @property
    def ended(self) -> bool:
        """Whether `result` or `error` is there."""
        return not self._thread.is_alive()

    @property
    def tasks(self) -> Tasks:
        """Its tasks now."""
        tracker = self._context.statusTracker()
        infos = [info for number in tracker.getJobIdsForGroup(self._group) if (info := tracker.getJobInfo(number))]
        stages = [stage for info in infos for number in info.stageIds if (stage := tracker.getStageInfo(number))]
        return Tasks(
            total=sum(stage.numTasks for stage in stages),
            running=sum(stage.numActiveTasks for stage in stages),
            done=sum(stage.numCompletedTasks for stage in stages),
        )

    def wait(self, seconds: float) -> bool:
        """Whether it ended within `seconds`."""
        self._thread.join(seconds)
        return self.ended

    def _run(self) -> None:
        try:
            self._context.setJobGroup(self._group, self._description, interruptOnCancel=True)
            self.result = self._action()
        except Exception as error:  # noqa: BLE001  (handed to whoever waits for the job)
            self.error = error
