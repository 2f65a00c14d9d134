"""The emulator in a thread of its own, for tests and benches."""

import asyncio
import threading
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from typing import TypeVar

from jsl_pipeline.emulator.lifecycle import State
from jsl_pipeline.emulator.request_log import LogEntry, RunEntry
from jsl_pipeline.emulator.server import Emulator
from jsl_pipeline.emulator.settings import EmulatorSettings

_Result = TypeVar("_Result")


class RunningEmulator:
    """A running emulator, to be driven from any thread."""

    def __init__(self, emulator: Emulator, loop: asyncio.AbstractEventLoop) -> None:
        self._emulator = emulator
        self._loop = loop
        self.settings = emulator.settings
        self.url = emulator.url

    def endpoint_url(self, name: str | None = None) -> str:
        """URL of invocations of an endpoint; the emulator's own where no name is given."""
        return self._emulator.endpoint_url(name)

    def set_slots(self, count: int) -> None:
        """Change the provisioned concurrency."""
        self._call(lambda: self._emulator.set_slots(count))

    def sleep_now(self) -> None:
        """Scale to zero at once."""
        self._call(self._emulator.sleep_now)

    def wake_now(self) -> None:
        """Begin to wake."""
        self._call(self._emulator.wake_now)

    def outage(self, seconds: float, refuse: bool = True) -> Future[None]:
        """Begin an outage of simulated seconds; the future ends with it."""
        return asyncio.run_coroutine_threadsafe(self._emulator.outage(seconds, refuse), self._loop)

    @property
    def state(self) -> State:
        """State of the endpoint now."""
        return self._call(lambda: self._emulator.state)

    @property
    def replica_seconds(self) -> float:
        """Simulated seconds that replicas were awake or starting so far, all together."""
        return self._call(lambda: self._emulator.replica_seconds)

    @property
    def log(self) -> Sequence[LogEntry]:
        """What was invoked so far, oldest first."""
        return self._call(lambda: self._emulator.log)

    @property
    def runs(self) -> Sequence[RunEntry]:
        """Tasks of submitted runs that ended so far, oldest first."""
        return self._call(lambda: self._emulator.runs)

    @property
    def root(self) -> Path:
        """Folder on this machine that holds `Volumes`, `dbfs`, `Workspace` and the clusters' homes."""
        return self._emulator.root

    def lose_worker(self) -> bool:
        """Kill a worker of the newest cluster that runs a task; False where there is none."""
        return asyncio.run_coroutine_threadsafe(self._emulator.lose_worker(), self._loop).result()

    def _call(self, function: Callable[[], _Result]) -> _Result:
        async def on_loop() -> _Result:
            return function()

        return asyncio.run_coroutine_threadsafe(on_loop(), self._loop).result()


@contextmanager
def running(settings: EmulatorSettings) -> Generator[RunningEmulator]:
    """Run an emulator in a background thread for the length of a `with` block."""
    started: Future[RunningEmulator] = Future()
    leave = threading.Event()

    async def serve() -> None:
        async with Emulator(settings) as emulator:
            started.set_result(RunningEmulator(emulator, asyncio.get_running_loop()))
            await asyncio.to_thread(leave.wait)

    def run() -> None:
        try:
            asyncio.run(serve())
        except BaseException as error:
            if started.done():
                raise
            started.set_exception(error)

    thread = threading.Thread(target=run, name="emulator", daemon=True)
    thread.start()
    emulator = started.result()
    try:
        yield emulator
    finally:
        leave.set()
        thread.join()
