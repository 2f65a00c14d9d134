"""Pages on their way through an endpoint: what was tried, what it cost, and which go together."""

from collections import Counter
from dataclasses import dataclass, field

from jsl_pipeline.engines.endpoint.answers import Judged, retry_rule
from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.schemas import AnswerFlaw, Page, PageAnswer, PageFailure, Reading, ReadingSource
from jsl_pipeline.serving.protocols import Ask, WireAnswer

_BYTES_PER_TOKEN = 3  # of an answer, where the endpoint does not count its tokens
_CHANCE = frozenset({AnswerFlaw.EMPTY, AnswerFlaw.NOT_JSON})  # may be better in another run


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

    def follow(
        self, answer: WireAnswer, judged: Judged, ask: Ask, seconds: float, most_tokens: int, most_seconds: float
    ) -> Reading | PageFailure | Ask:
        """What follows from an answer that took `seconds`: the outcome, or what to ask next within the budget."""
        tokens = answer.completion_tokens
        self.tokens += len(answer.text) // _BYTES_PER_TOKEN if tokens is None else tokens
        self.seconds += seconds
        if judged.text is not None:
            return Reading(
                text=judged.text,
                source=ReadingSource.MODEL,
                seconds=seconds,
                finish_reason=answer.finish_reason,
                flaws=judged.flaws,
                prompt_tokens=answer.prompt_tokens,
                completion_tokens=tokens,
            )
        flaw = judged.flaws[0]
        rule, again = retry_rule(flaw), retry_rule(flaw).change(ask)
        self.tries[flaw] += 1
        affordable = self.tokens + again.max_tokens <= most_tokens
        if self.tries[flaw] <= rule.times and affordable and self.seconds < most_seconds:
            return again
        message = f"The model's answers cannot be used; the last was {flaw.replace('_', ' ')}."
        return PageFailure(cause=rule.cause, message=message, retryable=flaw in _CHANCE)


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
