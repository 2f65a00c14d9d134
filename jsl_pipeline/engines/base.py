"""The interface that all engines share.

An engine reads prepared pages and answers each of them once. It pulls pages as it has room for them, so that
the number of pages in flight, not the size of the batch, sets the memory; it yields answers as they are
ready, in any order. A page it cannot read is an answer too: a `PageFailure`. It raises `EngineError` only
when it cannot work at all.
"""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

from jsl_pipeline.schemas import EngineCalls, Fingerprint, Page, PageAnswer


class Engine(Protocol):
    """Reads pages. Use as a context manager: entering starts it, leaving frees what it holds."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity of the answers that this engine gives."""
        ...

    @property
    def calls(self) -> EngineCalls | None:
        """What the last reading asked of a model so far; None for an engine without one. Any thread may look."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page exactly once, lazily, in completion order."""
        ...
