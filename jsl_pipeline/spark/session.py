"""The Spark session: the one that is there, or one of our own for as long as it is needed."""

import os
import signal
import socket
import sys
import threading
from collections.abc import Generator
from contextlib import contextmanager

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import SparkSession

from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.errors import ComputeError, ComputeUnavailable

_DEFAULTS = {"spark.app.name": "jsl-pipeline", "spark.ui.showConsoleProgress": "false"}
_LOOPBACK = "127.0.0.1"
_REACH_SECONDS = 10


@contextmanager
def open_session(choice: SparkCompute) -> Generator[SparkSession]:
    """A session on the chosen master, for the length of a `with` block.

    A session that this process has already is used and left open. Without a master it is the platform's, as on
    Databricks, and is left open too. A process is the driver of one cluster at a time. Raises ComputeError,
    ComputeUnavailable where the master is out of reach.
    """
    there = _existing()
    if there is not None:
        if choice.master is not None and choice.master != there.sparkContext.master:
            raise ComputeError(
                f"This process drives the Spark cluster {there.sparkContext.master} already; run the stages of "
                f"{choice.master} in another process, or give both kinds of compute the same master."
            )
        yield there
        return
    if choice.master is not None:
        _reach(choice.master)
    session = _create(choice)
    try:
        yield session
    finally:
        if choice.master is not None:
            session.stop()


def _existing() -> SparkSession | None:
    try:
        return SparkSession.active()
    except PySparkException:  # there is none
        return None


def _create(choice: SparkCompute) -> SparkSession:
    conf: dict[str, bool | float | int | str | None] = {**_DEFAULTS, **choice.conf}
    environment: dict[str, str] = {}
    if choice.master is not None:
        conf["spark.master"] = choice.master
        environment["PYSPARK_PYTHON"] = choice.conf.get("spark.pyspark.python", sys.executable)
        if f"//{_LOOPBACK}:" in choice.master or choice.master.startswith("local"):
            environment["SPARK_LOCAL_IP"] = _LOOPBACK
            conf = {"spark.driver.host": _LOOPBACK, "spark.driver.bindAddress": _LOOPBACK, **conf}
    try:
        with _set(environment), _interrupts_kept():
            return SparkSession.builder.config(map=conf).getOrCreate()
    except PySparkException as error:
        raise ComputeError(
            "Spark's Java process did not start. Install Java 17 or later, or set JAVA_HOME; if it is there, the "
            "log says which of the `conf` settings it refused."
        ) from error
    except Py4JError as error:
        reason = str(getattr(error, "java_exception", error)).splitlines()[0]
        raise ComputeUnavailable(f"No Spark session could be started: {reason}") from error


def _reach(master: str) -> None:
    """Spark itself tries for a minute and then tells of something else, so knock first."""
    if not master.startswith("spark://"):
        return
    for address in master.removeprefix("spark://").split(","):
        host, _, port = address.rpartition(":")
        if not host or not port.isdecimal():
            raise ComputeError(f"The Spark master '{master}' is not of the form spark://HOST:PORT.")
        try:
            socket.create_connection((host, int(port)), _REACH_SECONDS).close()
        except OSError:
            continue  # of several masters, one is enough
        return
    raise ComputeUnavailable(
        f"The Spark master {master} cannot be reached. Start it, or correct `master` in the compute settings."
    )


@contextmanager
def _set(variables: dict[str, str]) -> Generator[None]:
    """Variables that Spark takes from the environment only, and only while it starts."""
    before = {name: os.environ.get(name) for name in variables}
    os.environ.update(variables)
    try:
        yield
    finally:
        for name, value in before.items():
            if value is None:
                del os.environ[name]
            else:
                os.environ[name] = value


@contextmanager
def _interrupts_kept() -> Generator[None]:
    """Keep Ctrl-C what it was: pyspark takes it for itself, and Dagster's runs could not be cancelled."""
    ours = signal.getsignal(signal.SIGINT)
    try:
        yield
    finally:
        if ours is not None and threading.current_thread() is threading.main_thread():
            signal.signal(signal.SIGINT, ours)
