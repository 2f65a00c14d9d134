"""`dagster dev` over a finished batch, and a real browser to look at it."""

import os
import shutil
import signal
import socket
import time
import urllib.request
from collections.abc import Callable, Generator, Iterator
from contextlib import contextmanager

import pytest

from tests.dagster.command import DagsterCommand
from tests.dagster.conftest import fill_landing


class Dev:
    """A running `dagster dev`, on loopback."""

    def __init__(self, command: DagsterCommand, port: int, batch: str) -> None:
        self.command = command
        self.url = f"http://127.0.0.1:{port}"
        self.batch = batch

    def answers(self) -> bool:
        """Whether the webserver is up."""
        try:
            with urllib.request.urlopen(f"{self.url}/server_info", timeout=5) as answer:
                return answer.status == 200
        except OSError:
            return False


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
    dev = Dev(command, port, command.close_batch())
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
