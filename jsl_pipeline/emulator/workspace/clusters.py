"""A job cluster: it takes time to start, may fail to, runs one task, loses workers, and goes."""

import asyncio
import os
import secrets
import shutil
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from typing import Any

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace.cluster_faults import ClusterFaults, StartFailed
from jsl_pipeline.emulator.workspace.folders import Folders
from jsl_pipeline.emulator.workspace.libraries import LibraryFailed, install
from jsl_pipeline.emulator.workspace.machine import Machine, why_no_clusters
from jsl_pipeline.emulator.workspace.secrets import SecretMissing, Secrets
from jsl_pipeline.emulator.workspace.spark import (
    SparkNotStarted,
    Standalone,
    base_conf,
    configure,
    find_spark,
    gpu_conf,
)
from jsl_pipeline.emulator.workspace.submission import ClusterSpec, TaskSpec
from jsl_pipeline.emulator.workspace_settings import WorkspaceSettings

_INHERITED = ("PATH", "LANG", "JAVA_HOME", "LD_LIBRARY_PATH")  # all else of a cluster's environment is its own
_DELIVERY_SECONDS = 300  # logs are delivered every five minutes (cluster_log_conf), simulated


class ClusterState(StrEnum):
    """Where a cluster stands, in the words of the clusters API."""

    PENDING = "PENDING"
    RUNNING = "RUNNING"
    TERMINATING = "TERMINATING"
    TERMINATED = "TERMINATED"


class ClusterFailed(Exception):
    """The cluster did not start; `code` is the reason as the clusters API has it."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


@dataclass(frozen=True)
class Place:
    """What all clusters of a workspace share."""

    settings: WorkspaceSettings
    folders: Folders
    clock: Clock
    faults: ClusterFaults
    secrets: Secrets


class Cluster:
    """One new cluster for one task."""

    def __init__(self, place: Place, spec: ClusterSpec, run_name: str) -> None:
        self.id = f"{datetime.now(UTC):%m%d-%H%M%S}-{secrets.token_hex(4)}"
        self.spec = spec
        self.state = ClusterState.PENDING
        self.reason: dict[str, Any] | None = None
        self.home = place.folders.clusters / self.id
        self.python = str(place.settings.python or sys.executable)
        self._place = place
        self._settings = place.settings
        self._run_name = run_name
        self._machine: Machine | None = None
        self._spark: Standalone | None = None

    async def start(self, libraries: Sequence[Mapping[str, Any]]) -> None:
        """Return when tasks can run. Raises ClusterFailed."""
        ready = self._place.clock.now() + self._settings.start_seconds
        try:
            await self._place.faults.at_start(self._run_name)
            if (reason := await why_no_clusters(self._place.folders.root)) is not None:
                raise ClusterFailed("INTERNAL_ERROR", reason)
            machine = self._prepare()
            await self._start_spark(machine)
            await install(libraries, self.home / "site", self._place.folders, self.python, machine.environment)
            await self._place.clock.sleep_until(ready)
        except StartFailed as failed:
            raise ClusterFailed(failed.code, str(failed)) from None
        except SecretMissing as missing:
            raise ClusterFailed("SECRET_RESOLUTION_ERROR", str(missing)) from None
        except LibraryFailed as failed:
            raise ClusterFailed("LIBRARY_INSTALLATION_ERROR", str(failed)) from None
        except SparkNotStarted as failed:
            raise ClusterFailed("SPARK_STARTUP_FAILURE", str(failed)) from None
        self.state = ClusterState.RUNNING

    async def run(self, task: TaskSpec) -> int:
        """Run the task's process; its exit code, negative for a signal. Faults strike meanwhile."""
        machine = self._ready()
        with (self.home / "stdout").open("wb") as output, (self.home / "stderr").open("wb") as errors:
            process = await machine.start(self._command(task), output, errors, DB_IS_DRIVER="TRUE")
            watches = [
                asyncio.create_task(self._place.faults.while_running(self._run_name, self.lose_worker, process.kill)),
                asyncio.create_task(self._grow()),
                asyncio.create_task(self._deliver_logs()),
            ]
            try:
                code = await process.wait()
            finally:
                for watch in watches:
                    watch.cancel()
                ended = await asyncio.gather(*watches, return_exceptions=True)
                await machine.end(process, self._settings.cancel_seconds)
                self._deliver()
            for error in ended:
                if isinstance(error, Exception):  # not for being cancelled
                    raise error
            return code

    async def stop(self) -> None:
        """End everything of the cluster; then it is TERMINATING for a while."""
        await self.kill()
        await self._place.clock.sleep_until(self._place.clock.now() + self._settings.stop_seconds)
        self.state = ClusterState.TERMINATED

    async def kill(self) -> None:
        """End all its processes."""
        self.state = ClusterState.TERMINATING
        if self._machine is not None:
            await self._machine.stop()
        if self._spark is not None:
            self._spark.close()

    async def lose_worker(self) -> bool:
        """Kill a worker with its executors; False where there is none."""
        return self._spark is not None and await self._spark.lose_worker()

    def describe(self) -> dict[str, Any]:
        """The cluster as `GET /api/2.1/clusters/get` shows it."""
        workers = self._spark.workers if self._spark is not None else self.spec.workers[0]
        told = self.spec.model_dump(exclude_defaults=True)
        told |= {"cluster_id": self.id, "state": self.state, "num_workers": workers}
        return told | ({"termination_reason": self.reason} if self.reason is not None else {})

    def fail(self, code: str, message: str) -> None:
        """Note why it ended."""
        self.reason = {"code": code, "type": "CLIENT_ERROR", "parameters": {"databricks_error_message": message}}

    def _prepare(self) -> Machine:
        """Resolve what refers to secrets, look for init scripts, and make the cluster's home and environment."""
        self._place.secrets.check_image(self.spec)
        own = self._place.secrets.resolved(self.spec.spark_env_vars)
        self._find_init_scripts()
        environment = {name: os.environ[name] for name in _INHERITED if name in os.environ}
        paths = [str(self.home / "site"), *filter(None, [own.get("PYTHONPATH")])]
        environment |= own | {
            "HOME": str(self.home),
            "PYTHONPATH": os.pathsep.join(paths),
            "PYTHONUNBUFFERED": "1",
            "PYSPARK_PYTHON": self.python,
            "SPARK_LOCAL_IP": "127.0.0.1",
            "SPARK_LOCAL_DIRS": str(self.home / "local"),
            "SPARK_CONF_DIR": str(self.home / "conf"),
            "DATABRICKS_RUNTIME_VERSION": self.spec.spark_version.partition(".x")[0],
        }
        self._machine = Machine(self._place.folders, self.home, environment)
        return self._machine

    async def _start_spark(self, machine: Machine) -> None:
        conf = base_conf(self._settings, self.home) | self._usage_tags()
        own = self._place.secrets.resolved(self.spec.spark_conf)
        if self._settings.spark == "local" or self.spec.single_node:
            # One process has no executors that cards could be given to.
            conf |= {name: value for name, value in own.items() if ".resource." not in name}
            configure(self.home, conf)
            return
        node_type = self._settings.node_types.get(self.spec.node_type_id or "")
        cards = node_type.gpus if node_type is not None else 0
        self._spark = Standalone(machine, self._settings, await find_spark(machine, self.python), cards)
        conf |= {"spark.master": self._spark.master} | (gpu_conf(cards) if cards else {}) | own
        configure(self.home, conf)
        await self._spark.start(min(max(self.spec.workers[0], 1), self._settings.most_workers))

    async def _grow(self) -> None:
        """Gain a worker every so often, up to the most there may be; so a lost one is replaced."""
        most = min(self.spec.workers[1], self._settings.most_workers)
        while self._spark is not None:
            await self._place.clock.sleep_until(self._place.clock.now() + self._settings.grow_seconds)
            if self._spark.workers < most:
                await self._spark.add_worker()

    def _usage_tags(self) -> dict[str, str]:
        """What Databricks tells a session of its cluster; `dagster_pipes` looks there for where logs are delivered."""
        destinations = [place.get("destination", "") for place in self.spec.cluster_log_conf.values()]
        tags = {
            "clusterId": self.id,
            "clusterName": f"job-{self.id}",
            "clusterLogDeliveryEnabled": str(bool(destinations)).lower(),
            "clusterLogDestination": next(iter(destinations), ""),
        }
        return {f"spark.databricks.clusterUsageTags.{name}": value for name, value in tags.items()}

    def _find_init_scripts(self) -> None:
        """They are looked for and not run: they change machines, and this one is not the cluster's own."""
        for script in self.spec.init_scripts:
            destination = next(iter(script.values()))["destination"]
            try:
                found = self._place.folders.local(destination).is_file()
            except Refused:
                found = False
            if not found:
                raise ClusterFailed("INIT_SCRIPT_FAILURE", f"The init script {destination} is not there.")

    def _command(self, task: TaskSpec) -> list[str]:
        if task.spark_python_task is not None:
            file = self._place.folders.seen(task.spark_python_task.python_file)
            return [self.python, file, *task.spark_python_task.parameters]
        wheel = task.python_wheel_task
        if wheel is None:
            raise ValueError("A checked task has one of the two.")
        named = (f"--{name}={value}" for name, value in wheel.named_parameters.items())
        entry = str(Path(__file__).with_name("wheel_entry.py"))
        return [self.python, "-P", entry, wheel.package_name, wheel.entry_point, *wheel.parameters, *named]

    async def _deliver_logs(self) -> None:
        while self.spec.cluster_log_conf:
            await self._place.clock.sleep_until(self._place.clock.now() + _DELIVERY_SECONDS)
            self._deliver()

    def _deliver(self) -> None:
        """Copy the driver's output to where `cluster_log_conf` says."""
        for place in self.spec.cluster_log_conf.values():
            with suppress(Refused):  # a cloud's store cannot be reached from here
                folder = self._place.folders.local(place.get("destination", "")) / self.id / "driver"
                folder.mkdir(parents=True, exist_ok=True)
                for name in ("stdout", "stderr"):
                    shutil.copyfile(self.home / name, folder / name)

    def _ready(self) -> Machine:
        if self._machine is None or self.state is not ClusterState.RUNNING:
            raise RuntimeError("The cluster was not started.")
        return self._machine
