"""The runner: asks an engine for the pages that have no answer yet, and journals answers as they arrive."""

from collections.abc import Iterable, Iterator, Sequence

from jsl_pipeline.engines import Engine
from jsl_pipeline.schemas import FailureCause, Page, PageFailure, Reading
from jsl_pipeline.store import Answers, PageParts, PageRow

_UNANSWERED = PageFailure(cause=FailureCause.ENGINE, message="The engine gave no answer.", retryable=True)


class Runner:
    """Answers a batch's pages, each distinct page once, resuming from the journal."""

    def __init__(self, engine: Engine, answers: Answers, parts: PageParts) -> None:
        self._engine = engine
        self._answers = answers
        self._parts = parts
        self._failures: dict[str, PageFailure] = {}

    def unanswered(self, rows: Sequence[PageRow]) -> list[PageRow]:
        """The rows to ask for: the first of each distinct page that the journal does not know."""
        distinct: dict[str, PageRow] = {}
        for row in rows:
            if row.page_sha is not None:
                distinct.setdefault(row.page_sha, row)
        return [row for sha, row in distinct.items() if self._answers.get(sha) is None]

    def ask(self, rows: Sequence[PageRow]) -> Iterator[Reading | PageFailure]:
        """Ask for these pages; outcomes come as they arrive and are in the journal when they do."""
        if not rows:
            return
        with self._engine:
            for answer in self._engine.read(self._pages(rows)):
                self._answers.put(answer.page_sha, answer.outcome)
                if isinstance(answer.outcome, PageFailure):
                    self._failures[answer.page_sha] = answer.outcome
                yield answer.outcome

    def outcome(self, page_sha: str) -> Reading | PageFailure:
        """What became of a page: its journaled answer, or why it has none."""
        return self._answers.get(page_sha) or self._failures.get(page_sha, _UNANSWERED)

    def _pages(self, rows: Iterable[PageRow]) -> Iterator[Page]:
        wanted: dict[str, set[str]] = {}
        for row in rows:
            if row.part is not None and row.page_sha is not None:
                wanted.setdefault(row.part, set()).add(row.page_sha)
        for part, shas in wanted.items():
            for page in self._parts.pages(part):
                if page.page_sha in shas:
                    shas.discard(page.page_sha)
                    yield page
