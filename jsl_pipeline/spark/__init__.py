"""The stages on a Spark cluster. The process that runs a stage is the driver; pixels never come to it.

session      got, or started for as long as it is needed
job          Spark's work, watched and cancelled from the thread that asked for it
pool         files, pages and documents, worked on by the executors' cores
reading      pages, pulled and read by engines in the executors
transformer  `PageReader`, an engine as a stage of a pyspark.ml pipeline
"""

from collections.abc import Generator
from contextlib import contextmanager
from dataclasses import dataclass

from pyspark.sql import SparkSession

from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.engines import EngineSettings
from jsl_pipeline.extraction import Reader
from jsl_pipeline.spark.pool import SparkPool
from jsl_pipeline.spark.reading import SparkReader
from jsl_pipeline.spark.session import open_session
from jsl_pipeline.stages import Compute
from jsl_pipeline.stages.stage import Tell

__all__ = ["open_spark"]


@contextmanager
def open_spark(choice: SparkCompute, tell: Tell) -> Generator[Compute]:
    """The cluster as compute for stages, for the length of a `with` block. `tell` hears how far its tasks are.

    Raises ComputeError, ComputeUnavailable where no session can be had.
    """
    with open_session(choice) as session:
        yield _Cluster(choice, session, tell)


@dataclass(frozen=True)
class _Cluster:
    """A cluster that this process drives."""

    choice: SparkCompute
    session: SparkSession
    tell: Tell

    @property
    def pool(self) -> SparkPool:
        """The executors' cores."""
        return SparkPool(self.session, self.choice.partition_bytes, self.choice.start_seconds, self.tell)

    def reader(self, engine: EngineSettings, tell: Tell) -> Reader:
        """An engine in each reading task."""
        return SparkReader(self.session, self.choice, engine, tell)
