"""Reading on a cluster: pages are pulled by the tasks, not dealt out to them.

The driver gives out rows, some hundred bytes each; pixels go from the store to the task that reads them, and answers
from there into the journal. So nothing large passes through the driver, a lost executor costs only what it had not
reported, executors that come late get their part, and each task starts one engine, if it gets work at all.
"""

import time
from collections.abc import Generator, Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
from pyspark.sql import SparkSession

from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.engines import EngineSettings, JslSettings, VllmSettings
from jsl_pipeline.errors import ComputeError, PipelineError
from jsl_pipeline.extraction import Asked, PreparedPage, reading_engine
from jsl_pipeline.schemas import EngineCalls, Fingerprint
from jsl_pipeline.serving import EndpointSettings, open_control
from jsl_pipeline.spark.counter import Counter
from jsl_pipeline.spark.job import Job
from jsl_pipeline.spark.line import Door
from jsl_pipeline.spark.slot import driver_address, fit_slot, gpus_a_task, plain_errors, use_own_gpu
from jsl_pipeline.spark.task import read_pages
from jsl_pipeline.spark.visit import Unreachable
from jsl_pipeline.spark.watch import explained, not_started
from jsl_pipeline.stages.stage import Tell
from jsl_pipeline.store import Store

_LOOK_SECONDS = 0.1
_REQUESTS_A_READER = 4  # in flight; with fewer, more readers are only more connections


class SparkReader:
    """Engines in the tasks of a Spark application. See `Reader` for the interface."""

    def __init__(self, spark: SparkSession, choice: SparkCompute, engine: EngineSettings, tell: Tell) -> None:
        """`choice` says how many tasks may read, and how long the cluster may take to start one."""
        self._spark = spark
        self._choice = choice
        self._engine = fit_slot(spark, engine)
        self._tell = tell
        self._counter: Counter | None = None

    @property
    def fingerprint(self) -> Fingerprint:
        """The engine's."""
        return reading_engine(self._engine).fingerprint

    @property
    def calls(self) -> EngineCalls | None:
        """Of all readers together; of those that were lost, as they said last."""
        return self._counter.calls if self._counter else None

    def read(self, store: Store, pages: Sequence[PreparedPage]) -> Iterator[Asked]:
        """Ask for these pages. Raises EngineError, StoreError; ComputeError where tasks fail and no page gets done."""
        host, bind = driver_address(self._spark)
        self._counter = Counter(host, bind, pages)
        with self._counter as counter:
            while left := counter.unfinished:
                failure = yield from self._round(counter, store, self._tasks(left))
                if counter.unfinished == left:
                    raise failure
                if counter.unfinished:
                    self._tell(f"Readers were lost; the {counter.unfinished} pages left are read by new ones.")

    def _tasks(self, pages: int) -> int:
        tasks = self._choice.readers
        match self._engine:
            case EndpointSettings() as endpoint:
                tasks = min(tasks or _useful_readers(endpoint, self._slots), endpoint.max_concurrency)
            case JslSettings() | VllmSettings() if tasks is None and not gpus_a_task(self._spark):
                raise ComputeError(_WHOSE_GPU)
            case _:
                pass
        return min(tasks or self._slots, pages)

    @property
    def _slots(self) -> int:
        return self._spark.sparkContext.defaultParallelism

    def _round(self, counter: Counter, store: Store, tasks: int) -> Generator[Asked, None, ComputeError]:
        """Start tasks and follow them until all have ended; returns what to raise if that brought nothing."""
        task = _Task(counter.door, store, self._engine)
        frame = self._spark.range(0, tasks, 1, tasks).mapInArrow(task, "unreachable string")
        served_at = time.monotonic()
        with Job(self._spark, f"Read {counter.unfinished} pages", frame.collect) as job:
            while True:
                ended = job.ended
                match counter.event(_LOOK_SECONDS):
                    case Asked() as asked:
                        yield asked
                    case str() as sentence:
                        self._tell(sentence)
                    case PipelineError() as error:
                        raise error
                    case None if counter.readers:
                        served_at = time.monotonic()
                    case None if ended:
                        break
                    case None if time.monotonic() - served_at > self._choice.start_seconds:
                        raise not_started(self._choice.start_seconds)
                    case None:
                        continue
        if job.result:
            return ComputeError(f"No task can reach the driver ({job.result[0][0]}). {_REACH}")
        return explained(job.error) if job.error else ComputeError(_GAVE_UP)


_WHOSE_GPU = (
    "The engine holds a model in GPU memory, so each task that reads needs a GPU of its own: set "
    "spark.task.resource.gpu.amount to 1 in `conf`, or `readers` to the number of GPUs."
)
_REACH = "Let workers connect to any port of it, or set spark.driver.host in `conf` to an address that they reach."
_GAVE_UP = "The tasks that read pages were cut off from the driver. See that its connections are not closed on the way."


@dataclass(frozen=True)
class _Task:
    """Travels to the executors."""

    door: Door
    store: Store
    engine: EngineSettings

    def __call__(self, numbers: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        """Read pages; yields only why the driver cannot be reached, where that is so."""
        for _ in numbers:  # Spark wants its input read
            use_own_gpu()
        with plain_errors():
            try:
                read_pages(self.door, self.store, self.engine)
            except Unreachable as error:
                yield pa.RecordBatch.from_pydict({"unreachable": [str(error)]})


def _useful_readers(settings: EndpointSettings, slots: int) -> int:
    """As many as the endpoint's concurrency keeps busy, where that is known."""
    concurrency = settings.concurrency or open_control(settings).status().concurrency
    return min(slots, -(-concurrency // _REQUESTS_A_READER)) if concurrency else slots
