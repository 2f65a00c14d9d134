"""What an engine finds in a task slot: its cores, its GPU, the driver, and errors that quote nothing."""

import os
import traceback
from collections.abc import Generator
from contextlib import contextmanager

from pyspark import TaskContext
from pyspark.sql import SparkSession

from jsl_pipeline.engines import EngineSettings, OcrSettings
from jsl_pipeline.errors import PipelineError


def driver_address(spark: SparkSession) -> tuple[str, str]:
    """Where tasks reach the driver, and what it listens on."""
    conf = spark.sparkContext.getConf()
    host = conf.get("spark.driver.host") or "127.0.0.1"
    return host, conf.get("spark.driver.bindAddress") or host


def fit_slot(spark: SparkSession, engine: EngineSettings) -> EngineSettings:
    """The same engine with as many processes as a task has cores, where it is not said otherwise."""
    if isinstance(engine, OcrSettings) and engine.workers is None:
        cores = int(spark.sparkContext.getConf().get("spark.task.cpus") or 1)
        return engine.model_copy(update={"workers": cores})
    return engine


def gpus_a_task(spark: SparkSession) -> float:
    """GPUs that Spark gives each task."""
    return float(spark.sparkContext.getConf().get("spark.task.resource.gpu.amount") or 0)


def use_own_gpu() -> None:
    """Let libraries see only the GPUs that Spark gave this task: they know no other way than the environment."""
    context = TaskContext.get()
    gpus = context.resources().get("gpu") if context is not None else None
    if gpus is not None:
        os.environ["CUDA_VISIBLE_DEVICES"] = ",".join(gpus.addresses)


@contextmanager
def plain_errors() -> Generator[None]:
    """Tell of an unforeseen error what it is and where, not its text: Spark logs it, and it may quote a document."""
    try:
        yield
    except PipelineError:
        raise
    except Exception as error:  # noqa: BLE001  (whatever it is, it is raised again, in plain words)
        frame = traceback.extract_tb(error.__traceback__)[-1]
        place = f"{os.path.basename(frame.filename)}:{frame.lineno}"
        raise RuntimeError(f"Unforeseen {type(error).__name__} at {place}.") from None
