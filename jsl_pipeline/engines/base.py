"""The interface that all engines share.

An engine reads prepared pages and answers each of them once. It pulls pages as it has room for them, so that
the number of pages in flight, not the size of the batch, sets the memory; it yields answers as they are
ready, in any order. A page it cannot read is an answer too: a `PageFailure`. It raises `EngineError` only
when it cannot work at all.
"""

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol, Self

from pydantic import Field

from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.page import Page, PageAnswer


class Fingerprint(Value):
    """What an answer depends on besides the page: a change of any part makes a new answer."""

    engine: str
    model: str = Field(description="Name and version of the weights.")
    prompt: str = Field(description="Version or digest of the prompt, or of the reader's rules.")
    schema_name: str = Field(description="Candidate schema, name@version.")


class Engine(Protocol):
    """Reads pages. Use as a context manager: entering starts it, leaving frees what it holds."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity of the answers that this engine gives."""
        ...

    def __enter__(self) -> Self: ...

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None: ...

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page exactly once, lazily, in completion order."""
        ...
