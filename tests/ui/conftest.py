"""`dagster dev` over a finished batch, and a real browser to look at it."""

import os
import shutil
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from functools import partial

import dagster as dg
import pytest

from jsl_pipeline.definitions import defs
from jsl_pipeline.resources import SettingsResource
from tests.dagster.command import DagsterCommand
from tests.dagster.conftest import fill_landing


class Dev:
    """A running `dagster dev`, on loopback."""

    def __init__(self, command: DagsterCommand, port: int) -> None:
        self.command = command
        self.url = f"http://127.0.0.1:{port}"
        self.execute("close_batch")
        (self.batch,) = command.store.manifests.batch_keys()

    def answers(self) -> bool:
        """Whether the webserver is up."""
        try:
            with urllib.request.urlopen(f"{self.url}/server_info", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False

    def execute(self, job: str, batch: str | None = None) -> bool:
        """Run a job in this process, on the instance that is shown; whether it succeeded."""
        settings = SettingsResource(landing=str(self.command.landing), store=self.command.store.url, workers=1)
        with dg.DagsterInstance.from_config(str(self.command.home)) as instance:
            run = partial(
                defs.resolve_job_def(job).execute_in_process,
                instance=instance,
                partition_key=batch,
                resources={"settings": settings},
                raise_on_error=False,
            )
            with ThreadPoolExecutor(1) as thread:  # the browser's event loop runs in this one
                return thread.submit(run).result().success


def wait_until(happened: Callable[[], bool], seconds: float = 120) -> None:
    """Wait for something that another process does."""
    until = time.monotonic() + seconds
    while not happened():
        assert time.monotonic() < until, f"{happened} did not happen in {seconds} s"
        time.sleep(0.2)


@pytest.fixture(scope="session")
def dev(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dev]:
    """`dagster dev`, with a closed batch that no run has touched."""
    folder = tmp_path_factory.mktemp("dev")
    fill_landing(folder / "landing")
    command = DagsterCommand(folder)
    port = free_port()
    dev = Dev(command, port)
    with dagster_dev(command, port):
        wait_until(dev.answers)
        yield dev


def free_port() -> int:
    """A port of loopback that nobody listens on."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@contextmanager
def dagster_dev(command: DagsterCommand, port: int) -> Generator[None]:
    """`dagster dev` for the length of a `with` block; its log is `dev.log` beside the instance."""
    process = command.start("dev", "-h", "127.0.0.1", "-p", str(port), log=command.home.parent / "dev.log")
    try:
        yield
    finally:
        os.killpg(process.pid, signal.SIGINT)
        try:
            process.wait(timeout=30)
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGKILL)


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of a Chromium; tests that need one are skipped where there is none."""
    path = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
    if path is None:
        pytest.skip("no Chromium is installed: apt-get install chromium")
    return path
