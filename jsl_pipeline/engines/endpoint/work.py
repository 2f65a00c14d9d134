"""Pages on their way through an endpoint: what was tried, what it cost, and which go together."""

from collections import Counter
from dataclasses import dataclass, field

from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.schemas import AnswerFlaw, Page, PageAnswer, PageFailure, Reading
from jsl_pipeline.serving.protocols import Ask


@dataclass(slots=True, eq=False)
class Work:
    """A page and what it went through."""

    page: Page
    tries: Counter[Fault | AnswerFlaw] = field(default_factory=Counter[Fault | AnswerFlaw])
    tokens: int = 0
    seconds: float = 0.0
    """Time it was worked on or backed off for its own sake; waits for the endpoint are not its own."""

    def answer(self, outcome: Reading | PageFailure) -> PageAnswer:
        """The page's answer."""
        page = self.page
        return PageAnswer(document_id=page.document_id, page_no=page.page_no, page_sha=page.page_sha, outcome=outcome)


@dataclass(slots=True, eq=False)
class Bundle:
    """Pages that travel in one request."""

    works: list[Work]
    ask: Ask
    not_before: float = 0.0

    def halves(self) -> tuple["Bundle", "Bundle"]:
        """The same pages in two bundles."""
        middle = len(self.works) // 2
        return Bundle(self.works[:middle], self.ask), Bundle(self.works[middle:], self.ask)
