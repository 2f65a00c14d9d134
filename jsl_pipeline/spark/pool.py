"""Items worked on by a cluster: files, pages and documents in, small rows out.

Items come as a stream and are cut into jobs, so that the driver never holds all of them. Those of a job are put into
groups of about equal bytes, one for each Spark task; executors get them as a broadcast, tasks are told numbers.
In a task each item goes through the same worker process as on one machine: one that crashes, hangs or asks for too
much memory fails alone. Pixels go from there straight into the store; only rows come back.
"""

import math
import pickle
import uuid
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import Any, Generic, TypeVar

import pyarrow as pa
from pyspark import Broadcast
from pyspark.sql import SparkSession

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.schemas import PageFailure
from jsl_pipeline.spark.job import Job
from jsl_pipeline.spark.watch import watch
from jsl_pipeline.workers import Work, Workers

Item = TypeVar("Item")
Result = TypeVar("Result")

_Numbered = tuple[int, bytes]
"""An item's place in the sequence, and the item, pickled."""

_OUTCOMES = "item long, outcome binary"
_NO_ITEM = -1
_GROUPS_A_SLOT = 4  # so that a slot which ends early finds more to do
_WAVE_BYTES = 4 * 2**20  # of items, pickled


@dataclass(frozen=True)
class SparkPool:
    """The cores of a cluster's executors."""

    session: SparkSession
    group_bytes: int
    """Bytes of items in one task, at most; a single item may be larger."""
    start_seconds: float
    """Time the cluster may take to start a task."""
    tell: Callable[[str], None]
    """Takes a sentence on how far the tasks are."""

    def map(self, work: Work[Item, Result], items: Iterable[Item]) -> Iterator[tuple[Item, Result | PageFailure]]:
        """Results with their items, some thousand at a time. Errors as in `Workers.map`, and ComputeError."""
        weighed = ((max(work.weigh(item), 1), pickle.dumps(item)) for item in items)  # an empty one is work, too
        name = uuid.uuid4().hex
        for wave in _waves(weighed):
            yield from self._job(name, work, wave)

    def _job(self, name: str, work: Work[Item, Result], wave: "_Wave") -> Iterator[tuple[Item, Result | PageFailure]]:
        groups = self._groups(wave)
        dealt = self.session.sparkContext.broadcast(groups)
        tasks = self.session.range(0, len(groups), 1, len(groups)).mapInArrow(_Task(name, work, dealt), _OUTCOMES)
        title = getattr(work.function, "func", work.function).__name__.strip("_")
        try:
            with Job(self.session, title, tasks.toArrow) as job:
                rows = watch(job, self.start_seconds, self.tell)
        finally:
            dealt.destroy()
        for number, outcome in zip(rows["item"], rows["outcome"], strict=True):
            result = pickle.loads(outcome.as_buffer())
            if isinstance(result, PipelineError):
                raise result  # concerns the run as a whole, not this item
            yield pickle.loads(wave[number.as_py()][1]), result

    def _groups(self, wave: "_Wave") -> list[list[_Numbered]]:
        weights = [weight for weight, _ in wave]
        slots = self.session.sparkContext.defaultParallelism
        limit = min(self.group_bytes, math.ceil(sum(weights) / (_GROUPS_A_SLOT * slots)))
        return [[(number, wave[number][1]) for number in run] for run in runs(weights, limit)]


_Wave = list[tuple[int, bytes]]
"""Items of one job: the weight of each, and the item, pickled."""


def _waves(weighed: Iterator[tuple[int, bytes]]) -> Iterator[_Wave]:
    """Cut a stream of items into jobs, so that the driver holds no more than a job's."""
    wave: _Wave = []
    held = 0
    for weight, data in weighed:
        wave.append((weight, data))
        held += len(data)
        if held >= _WAVE_BYTES:
            yield wave
            wave, held = [], 0
    if wave:
        yield wave


def runs(weights: Sequence[int], limit: int) -> Iterator[range]:
    """Cut a sequence into runs of neighbours that weigh at most `limit` together; a heavier one is a run by itself."""
    start, weight = 0, 0
    for number, each in enumerate(weights):
        if number > start and weight + each > limit:
            yield range(start, number)
            start, weight = number, 0
        weight += each
    yield range(start, len(weights))


@dataclass(frozen=True)
class _Task(Generic[Item, Result]):
    """What one Spark task does: the group of its number. A frame of the groups themselves would cost a Python more."""

    name: str
    work: Work[Item, Result]
    groups: "Broadcast[list[list[_Numbered]]]"

    def __call__(self, batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        own: list[int] = [number.as_py() for batch in batches for number in batch["id"]]
        dealt: list[list[_Numbered]] = self.groups.value
        numbered = (item for number in own for item in dealt[number])
        try:
            for (number, _), outcome in _workers(self.name, self.work).map(numbered):
                yield _row(number, pickle.dumps(outcome) if isinstance(outcome, PageFailure) else outcome)
        except PipelineError as error:
            yield _row(_NO_ITEM, pickle.dumps(error))


def _row(number: int, outcome: bytes) -> pa.RecordBatch:
    return pa.RecordBatch.from_pydict({"item": pa.array([number], pa.int64()), "outcome": pa.array([outcome])})


_kept: dict[str, Workers[_Numbered, bytes]] = {}


def _workers(name: str, work: Work[Any, Any]) -> Workers[_Numbered, bytes]:
    """The process that works for this Python worker of Spark, kept from one task of a map to the next.

    It ends with the worker that it works for, or when another map comes.
    """
    if name not in _kept:
        for other in _kept.values():
            other.__exit__(None, None, None)
        _kept.clear()
        function = partial(_on_pickled, work.function)
        _kept[name] = Workers(function, 1, work.timeout, memory_bytes=work.memory_bytes).__enter__()
    return _kept[name]


def _on_pickled(function: Callable[[Item], Result], numbered: _Numbered) -> bytes:
    """Apply the function in the worker process, which alone takes the item and its result apart."""
    return pickle.dumps(function(pickle.loads(numbered[1])))
