"""The driver's counter, where tasks fetch pages and report what became of them.

Tasks come and go as the cluster does. Whoever comes is served, whoever is cut off gives back what was not reported.
"""

import re
import secrets
import socket
import threading
from collections.abc import Iterable
from contextlib import suppress
from queue import Empty, SimpleQueue
from types import TracebackType
from typing import Any, Self

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.extraction import Asked, PreparedPage
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.spark.line import Door, Line, admit, wrap
from jsl_pipeline.spark.queue import PageQueue
from jsl_pipeline.spark.visit import Goodbye, Portion, Pull

Event = Asked | PipelineError | str
"""A page that is done with, an error that ends the run, a sentence for people."""


class Counter:
    """Serves tasks from threads of its own. Use as a context manager; leaving cuts all tasks off.

    Without pages it has none to give and tells those who come only how many they are.
    """

    def __init__(self, host: str, bind: str | None = None, pages: Iterable[PreparedPage] = ()) -> None:
        """`host` is how tasks reach this machine, `bind` the address listened on where it differs."""
        self._queue = PageQueue(pages)
        self._sharing = self._queue.unfinished == 0
        self._events: SimpleQueue[Event] = SimpleQueue()
        self._lock = threading.Lock()
        self._sockets: dict[int, socket.socket] = {}
        self._present: set[int] = set()
        self._said: set[tuple[int, str]] = set()
        self._calls: dict[int, EngineCalls] = {}
        self._visits = 0
        self._listener = socket.create_server((bind or host, 0), backlog=128)
        self.door = Door(host, self._listener.getsockname()[1], secrets.token_bytes(32))

    def __enter__(self) -> Self:
        threading.Thread(target=self._listen, name="counter", daemon=True).start()
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        with self._lock:
            sockets = list(self._sockets.values())
        for each in (self._listener, *sockets):
            _hang_up(each)
        self._listener.close()

    @property
    def unfinished(self) -> int:
        """Pages that wait or are with a task."""
        with self._lock:
            return self._queue.unfinished

    @property
    def readers(self) -> int:
        """Tasks that share the work now."""
        with self._lock:
            return self._readers()

    @property
    def calls(self) -> EngineCalls | None:
        """What all readers together asked of a model, as they said last; None where none said anything."""
        with self._lock:
            return EngineCalls.total(self._calls.values())

    def event(self, seconds: float) -> Event | None:
        """What happened next; None where nothing did in this time."""
        try:
            return self._events.get(timeout=seconds) if seconds > 0 else self._events.get_nowait()
        except Empty:
            return None

    def _listen(self) -> None:
        while True:
            try:
                accepted, _ = self._listener.accept()
            except OSError:
                return  # closed
            with self._lock:
                self._visits += 1
                number = self._visits
                self._sockets[number] = accepted
            threading.Thread(target=self._attend, args=(number, accepted), name="counter", daemon=True).start()

    def _attend(self, number: int, accepted: socket.socket) -> None:
        try:
            with wrap(accepted.dup()) as line, suppress(EOFError, OSError):  # it ends, or is cut off
                admit(line, self.door.key)
                with self._lock:
                    self._present.add(number)
                while True:
                    self._serve(number, line, line.recv())
        finally:
            self._lose(number)
            accepted.close()

    def _serve(self, number: int, line: "Line[Any, Any]", message: object) -> None:
        match message:
            case Pull():
                line.send(self._portion(number))
            case Asked(page_sha=sha):
                with self._lock:
                    self._queue.finish(number, sha)
                self._events.put(message)
            case EngineCalls():
                with self._lock:
                    self._calls[number] = message
            case str():
                if self._is_news(number, message):
                    self._events.put(f"Reader {number}: {message}")
            case Goodbye(error=error, calls=calls):
                with self._lock:
                    if error is None:
                        self._queue.leave(number)
                    if calls is not None:
                        self._calls[number] = calls
                if error is not None:
                    self._events.put(error)
                line.send(message)  # it waits for this: all that it said is heard
            case _:
                raise TypeError(f"A task sent a {type(message).__name__}.")

    def _portion(self, number: int) -> Portion:
        with self._lock:
            before = self._queue.readers
            pages = tuple(self._queue.take(number))
            joined = self._queue.readers > before
            portion = Portion(pages, max(1, self._readers()))
        if joined:
            self._events.put(f"Reader {number} has begun; {portion.readers} share the pages.")
        return portion

    def _lose(self, number: int) -> None:
        with self._lock:
            self._present.discard(number)
            self._sockets.pop(number, None)
            before = self._queue.readers
            failed = self._queue.lose(number)
            left = self._queue.readers
        for asked in failed:
            self._events.put(asked)
        if left < before:
            self._events.put(f"Reader {number} was lost; {left} are left, and others read what it had not.")

    def _readers(self) -> int:
        return len(self._present) if self._sharing else self._queue.readers

    def _is_news(self, number: int, sentence: str) -> bool:
        """All readers wait for the same endpoint: what they repeat is told of the first of them alone."""
        kind = (number, re.sub(r"[\d.:]+", "#", sentence))
        with self._lock:
            news = kind not in self._said or number == min(self._present)
            self._said.add(kind)
        return news


def _hang_up(connected: socket.socket) -> None:
    """End a socket that another thread waits on."""
    with suppress(OSError):  # the other side was quicker
        connected.shutdown(socket.SHUT_RDWR)
