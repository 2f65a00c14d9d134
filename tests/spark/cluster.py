"""A real Spark cluster on loopback, from pip's pyspark: a master and two workers, each a process of its own."""

import json
import os
import signal
import socket
import subprocess
import time
import urllib.request
from contextlib import ExitStack
from pathlib import Path

import pyspark

from jsl_pipeline.clusters import SparkCompute

from .acting import QUICK

ROOT = Path(__file__).parents[2]
SPARK_HOME = Path(pyspark.__file__).parent
HOST = "127.0.0.1"


class Process:
    """A part of the cluster, with the executors that it starts in its process group."""

    def __init__(self, folder: Path, name: str, *arguments: str) -> None:
        environment = os.environ | {
            "SPARK_HOME": str(SPARK_HOME),
            "SPARK_LOCAL_IP": HOST,
            "SPARK_DAEMON_JAVA_OPTS": QUICK,
            "SPARK_MASTER_OPTS": "-Dspark.master.rest.enabled=false",
        }
        with (folder / f"{name}.log").open("wb") as log:
            self._process = subprocess.Popen(
                [SPARK_HOME / "bin/spark-class", *arguments],
                env=environment,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )

    @property
    def pid(self) -> int:
        return self._process.pid

    @property
    def alive(self) -> bool:
        return self._process.poll() is None

    def kill(self) -> None:
        """End it as a machine ends that loses its power, its executors included."""
        if self.alive:
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()


class Cluster:
    """A standalone master and its workers. Each worker has one slot for tasks unless told otherwise."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._stack = ExitStack()
        self._port, self._page = free_port(), free_port()
        self._started = 0
        ports = ("--port", str(self._port), "--webui-port", str(self._page))
        self._start("master", "org.apache.spark.deploy.master.Master", "--host", HOST, *ports)
        _until(lambda: self._alive() is not None, "the master")

    @property
    def master(self) -> str:
        return f"spark://{HOST}:{self._port}"

    def compute(self, **changes: object) -> SparkCompute:
        """Settings that lead to this cluster; the tests' modules can be imported by its executors."""
        conf = {
            "spark.driver.extraJavaOptions": QUICK,
            "spark.executor.extraJavaOptions": QUICK,
            "spark.executor.memory": "512m",
            "spark.executorEnv.PYTHONPATH": str(ROOT),
            "spark.ui.enabled": "false",
        }
        return SparkCompute.model_validate({"master": self.master, "conf": conf, **changes})

    def add_worker(self, cores: int = 1) -> Process:
        """Start a worker; it is registered when this returns, and killed with the cluster."""
        before = self._alive() or 0
        self._started += 1
        name = f"worker{self._started}"
        worker = self._start(
            name,
            "org.apache.spark.deploy.worker.Worker",
            *("--host", HOST, "--webui-port", "0", "-c", str(cores), "-m", "1g"),
            *("-d", str(self._folder / name), self.master),
        )
        _until(lambda: (self._alive() or 0) > before, "the worker")
        return worker

    def close(self) -> None:
        self._stack.close()

    def _start(self, name: str, *arguments: str) -> Process:
        process = Process(self._folder, name, *arguments)
        self._stack.callback(process.kill)
        return process

    def _alive(self) -> int | None:
        """Workers that the master counts; None while it does not answer."""
        try:
            with urllib.request.urlopen(f"http://{HOST}:{self._page}/json/", timeout=5) as answer:
                return json.load(answer)["aliveworkers"]
        except OSError:
            return None


def free_port() -> int:
    with socket.socket() as listener:
        listener.bind((HOST, 0))
        return listener.getsockname()[1]


def _until(is_so, what: str) -> None:
    deadline = time.monotonic() + 60
    while not is_so():
        assert time.monotonic() < deadline, f"{what} did not start"
        time.sleep(0.2)
