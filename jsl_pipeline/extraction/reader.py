"""Readers: have a batch's pages answered, here or on a cluster, and every answer in the journal when it is told."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby
from operator import attrgetter
from typing import NamedTuple, Protocol

from pydantic import Field

from jsl_pipeline.engines import Engine
from jsl_pipeline.schemas import EngineCalls, Fingerprint, Page, PageFailure, Reading, Value
from jsl_pipeline.store import PageParts, Store


class PreparedPage(NamedTuple):
    """A page that can be read, and where its pixels are. A batch has many, so this is all that is known of each."""

    part: str
    document_id: str
    page_no: int
    page_sha: str


class Asked(Value):
    """A page that was asked for, and how it went. Its answer is in the journal."""

    page_sha: str
    seconds: float = Field(default=0.0, description="Time the engine worked on it.")
    failure: PageFailure | None = Field(default=None, description="Why it has no answer.")


class Reader(Protocol):
    """Has pages read, wherever the engines are."""

    @property
    def fingerprint(self) -> Fingerprint:
        """Identity of the answers."""
        ...

    @property
    def calls(self) -> EngineCalls | None:
        """What the last reading asked of a model so far; None where there is none. Any thread may look."""
        ...

    def read(self, store: Store, pages: Sequence[PreparedPage]) -> Iterator[Asked]:
        """Ask for these pages; each is told once its answer is journaled. Those of one part stand together.

        Raises EngineError, StoreError.
        """
        ...


class LocalReader:
    """One engine in this process."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    @property
    def fingerprint(self) -> Fingerprint:
        """The engine's."""
        return self._engine.fingerprint

    @property
    def calls(self) -> EngineCalls | None:
        """The engine's."""
        return self._engine.calls

    def read(self, store: Store, pages: Iterable[PreparedPage]) -> Iterator[Asked]:
        """Ask the engine, which takes pages as it has room for them; they are pulled no faster."""
        with self._engine:
            yield from ask(self._engine, store, (list(part) for _, part in groupby(pages, key=attrgetter("part"))))


def ask(engine: Engine, store: Store, portions: Iterable[Sequence[PreparedPage]]) -> Iterator[Asked]:
    """Ask a started engine. The pages of a portion are of one part; portions are pulled as the engine has room."""
    answers = store.answers(engine.fingerprint)
    for answer in engine.read(_pages(store.parts, portions)):
        answers.put(answer.page_sha, answer.outcome)
        match answer.outcome:
            case Reading(seconds=seconds):
                yield Asked(page_sha=answer.page_sha, seconds=seconds)
            case PageFailure() as failure:
                yield Asked(page_sha=answer.page_sha, failure=failure)


def _pages(parts: PageParts, portions: Iterable[Sequence[PreparedPage]]) -> Iterator[Page]:
    for portion in portions:
        wanted = {page.page_sha for page in portion}
        for page in parts.pages(portion[0].part):
            if page.page_sha in wanted:
                wanted.discard(page.page_sha)
                yield page
            if not wanted:
                break
