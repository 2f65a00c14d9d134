"""Spark of an emulated cluster: the configuration that a session there finds, and a real master with its workers.

https://spark.apache.org/docs/latest/spark-standalone.html
"""

import asyncio
import json
import socket
from asyncio.subprocess import Process
from collections.abc import Mapping
from contextlib import ExitStack
from pathlib import Path

import aiohttp

from jsl_pipeline.emulator.workspace.machine import Machine, answered
from jsl_pipeline.emulator.workspace_settings import WorkspaceSettings

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.2
_START_SECONDS = 120  # real ones, for a JVM on a busy machine
# No process of an emulated cluster lives long, and the pages are read in Python: a quick start is all that counts.
_QUICK = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"
_DAEMON = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": _QUICK}
_DEPLOY = "org.apache.spark.deploy"


class SparkNotStarted(Exception):
    """The master or a worker did not come up."""


def configure(home: Path, conf: Mapping[str, str]) -> Path:
    """Write the configuration that a new session reads; returns the folder for SPARK_CONF_DIR."""
    folder = home / "conf"
    folder.mkdir()
    lines = (f"{name} {_escaped(value)}\n" for name, value in conf.items())
    (folder / "spark-defaults.conf").write_text("".join(lines))
    return folder


def base_conf(settings: WorkspaceSettings, home: Path) -> dict[str, str]:
    """What every session of an emulated cluster has."""
    return {
        "spark.master": f"local[{settings.worker_cores}]",
        "spark.app.name": "Databricks Shell",
        "spark.driver.host": _HOST,
        "spark.driver.bindAddress": _HOST,
        "spark.driver.memory": f"{settings.driver_memory_mb}m",
        "spark.executor.memory": f"{settings.worker_memory_mb}m",
        "spark.executor.cores": str(settings.worker_cores),
        "spark.driver.defaultJavaOptions": _QUICK,
        "spark.executor.defaultJavaOptions": _QUICK,
        "spark.ui.enabled": "false",
        "spark.sql.warehouse.dir": str(home / "warehouse"),
    }


def gpu_conf(cards: int) -> dict[str, str]:
    """What a session has where a machine has cards: Databricks sets one card a task, all cards an executor."""
    return {"spark.executor.resource.gpu.amount": str(cards), "spark.task.resource.gpu.amount": "1"}


class Standalone:
    """A master and workers, as processes of a machine's group each, so that one can be lost."""

    def __init__(self, machine: Machine, settings: WorkspaceSettings, spark_home: Path, cards: int) -> None:
        self._machine = machine
        self._settings = settings
        self._class = str(spark_home / "bin" / "spark-class")
        self._cards = cards
        self._workers: list[Process] = []
        self._started = 0
        self._logs = ExitStack()
        self._port, self._page = _free_port(), _free_port()
        self.master = f"spark://{_HOST}:{self._port}"

    @property
    def workers(self) -> int:
        """Workers that run."""
        return len(self._workers)

    async def start(self, workers: int) -> None:
        """Start the master and workers; return when all are there. Raises SparkNotStarted."""
        ports = ("--host", _HOST, "--port", str(self._port), "--webui-port", str(self._page))
        await self._daemon("master", f"{_DEPLOY}.master.Master", *ports)
        await self._until_there(0)
        for _ in range(workers):
            await self.add_worker()
        await self._until_there(workers)

    async def add_worker(self) -> None:
        """Start one more worker, without waiting for it."""
        self._started += 1
        name = f"worker-{self._started}"
        size = ("-c", str(self._settings.worker_cores), "-m", f"{self._settings.worker_memory_mb}m")
        place = ("--host", _HOST, "--webui-port", "0", "-d", str(self._machine.home / name))
        options = self._card_options(name)
        self._workers.append(
            await self._daemon(name, f"{_DEPLOY}.worker.Worker", *place, *size, self.master, **options)
        )

    async def lose_worker(self) -> bool:
        """Kill the newest worker with its executors; False where there is none."""
        if not self._workers:
            return False
        await self._machine.end(self._workers.pop())
        return True

    def close(self) -> None:
        """Close the logs; the machine ends the processes."""
        self._logs.close()

    async def _daemon(self, name: str, main: str, *arguments: str, **environment: str) -> Process:
        log = self._logs.enter_context((self._machine.home / f"{name}.log").open("wb"))
        return await self._machine.start((self._class, main, *arguments), log, log, **_DAEMON, **environment)

    async def _until_there(self, workers: int) -> None:
        try:
            async with asyncio.timeout(_START_SECONDS), aiohttp.ClientSession() as session:
                while await self._alive(session) < workers:
                    await asyncio.sleep(_LOOK_SECONDS)
        except TimeoutError:
            raise SparkNotStarted(
                f"Spark did not start within {_START_SECONDS} s; its logs are with the cluster."
            ) from None

    async def _alive(self, session: aiohttp.ClientSession) -> int:
        """Workers that the master knows; -1 while there is no master."""
        try:
            async with session.get(f"http://{_HOST}:{self._page}/json/") as response:
                return json.loads(await response.text())["aliveworkers"]
        except (aiohttp.ClientError, json.JSONDecodeError, KeyError):
            return -1

    def _card_options(self, name: str) -> dict[str, str]:
        """Environment in which a worker finds the cards that its machine is said to have."""
        if not self._cards:
            return {}
        script = self._machine.home / f"{name}-cards.sh"
        found = {"name": "gpu", "addresses": [str(card) for card in range(self._cards)]}
        script.write_text(f"#!/bin/sh\necho '{json.dumps(found)}'\n")
        script.chmod(0o755)
        amount, discovery = "spark.worker.resource.gpu.amount", "spark.worker.resource.gpu.discoveryScript"
        return {"SPARK_WORKER_OPTS": f"-D{amount}={self._cards} -D{discovery}={script}"}


async def find_spark(machine: Machine, python: str) -> Path:
    """The Spark of an interpreter's pyspark. Raises SparkNotStarted where it has none."""
    code = "import importlib.util as u; s = u.find_spec('pyspark'); print(s.submodule_search_locations[0] if s else '')"
    _, told, _ = await answered((python, "-c", code), machine.environment)
    if not told.strip():
        raise SparkNotStarted("The interpreter that runs tasks has no pyspark: pip install 'jsl-pipeline[spark]'.")
    return Path(told.strip())


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as listening:
        return listening.getsockname()[1]


def _escaped(value: str) -> str:
    """A value in the format of Java's properties files."""
    return value.replace("\\", "\\\\").replace("\n", "\\n").replace("\r", "\\r")
