"""A task's side of the driver's counter."""

import threading
from collections.abc import Iterator
from dataclasses import dataclass
from types import TracebackType
from typing import Any, Self

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.extraction import Asked, PreparedPage
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.spark.line import Door, Line, dial


@dataclass(frozen=True)
class Pull:
    """The task has room for pages."""


@dataclass(frozen=True)
class Portion:
    """What it gets."""

    pages: tuple[PreparedPage, ...]
    readers: int
    """Tasks that share the work now, this one included."""


@dataclass(frozen=True)
class Goodbye:
    """The task ends in good order, or with an error of the run. It is sent back once it is heard."""

    calls: EngineCalls | None = None
    error: PipelineError | None = None


class Unreachable(Exception):
    """The driver cannot be reached."""


class CutOff(Exception):
    """The driver is gone or has ended the run: nobody waits for this task's answers any more."""


class Visit:
    """A task at the driver's counter. Use as a context manager. Raises CutOff from every method."""

    def __init__(self, door: Door) -> None:
        """Raises Unreachable."""
        try:
            self._line: Line[Any, Any] = dial(door)
        except (EOFError, OSError) as error:
            reason = getattr(error, "strerror", None) or type(error).__name__
            raise Unreachable(f"{door.host}:{door.port}, {reason}") from error
        self._lock = threading.Lock()  # engines tell from threads of their own
        self._readers = 1

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._line.close()

    def share(self) -> float:
        """This task's part of what all of them may ask at once, as the driver said last."""
        return 1 / self._readers

    def pull(self) -> tuple[PreparedPage, ...]:
        """The next pages, and with them how many share the work; none where nothing waits now."""
        portion = self._ask(Pull())
        self._readers = portion.readers
        return portion.pages

    def portions(self) -> Iterator[tuple[PreparedPage, ...]]:
        """Pages as they are needed, until nothing waits."""
        while pages := self.pull():
            yield pages

    def report(self, asked: Asked) -> None:
        """A page is answered and journaled."""
        self._send(asked)

    def tell_calls(self, calls: EngineCalls) -> None:
        """What was asked of a model so far."""
        self._send(calls)

    def tell(self, sentence: str) -> None:
        """A sentence for people at the driver."""
        self._send(sentence)

    def leave(self, calls: EngineCalls | None) -> None:
        """All is reported."""
        self._ask(Goodbye(calls=calls))

    def fail(self, error: PipelineError) -> None:
        """The run cannot go on."""
        self._ask(Goodbye(error=error))

    def _ask(self, message: object) -> Any:  # noqa: ANN401  (each message has one kind of reply)
        self._send(message)
        try:
            return self._line.recv()
        except (EOFError, OSError) as error:
            raise CutOff from error

    def _send(self, message: object) -> None:
        try:
            with self._lock:
                self._line.send(message)
        except OSError as error:
            raise CutOff from error
