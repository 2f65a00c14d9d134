"""The scripted endpoint in a process of its own, so that its work is not counted as the client's."""

import multiprocessing
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from multiprocessing.connection import Connection

from jsl_pipeline.emulator import EmulatorSettings, LogEntry, ScaleToZero, running
from jsl_pipeline.engines import EndpointSettings

AWAKE = ScaleToZero(enabled=False)


@dataclass(frozen=True)
class Scripted:
    """A running endpoint."""

    url: str
    began: float
    """`time.monotonic()`, which processes share, at the start of its script."""
    _connection: Connection
    _settings: EmulatorSettings

    def log(self) -> Sequence[LogEntry]:
        """What it was asked so far, in the order in which requests ended."""
        self._connection.send("log")
        return self._connection.recv()

    def replica_seconds(self) -> float:
        """Simulated seconds that were paid so far, of all replicas."""
        self._connection.send("replica_seconds")
        return self._connection.recv()

    def client(self, **changes: object) -> EndpointSettings:
        """Settings of a client of it."""
        token = self._settings.token.get_secret_value()
        return EndpointSettings(url=self.url, name=self._settings.endpoint, token=token, model="scripted", **changes)


@contextmanager
def scripted(settings: EmulatorSettings) -> Iterator[Scripted]:
    """Run an endpoint on a free port for the length of a `with` block."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    process = context.Process(target=_serve, args=(settings.model_copy(update={"port": 0}), theirs))
    process.start()
    theirs.close()  # the child's end: with it closed here, a dead child is an EOFError instead of a wait for ever
    try:
        url, began = ours.recv()
        yield Scripted(url, began, ours, settings)
    finally:
        ours.close()
        process.join()


def _serve(settings: EmulatorSettings, connection: Connection) -> None:
    began = time.monotonic()
    with running(settings) as emulator:
        connection.send((emulator.url, began))
        while True:
            try:
                asked = connection.recv()
            except EOFError:
                return
            connection.send(tuple(emulator.log) if asked == "log" else emulator.replica_seconds)
