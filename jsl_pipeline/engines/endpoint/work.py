"""Pages on their way through an endpoint: what was tried, what it cost, and which go together."""

import asyncio
from collections import Counter
from dataclasses import dataclass, field

from jsl_pipeline.engines.endpoint.answers import Judged, retry_rule
from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.engines.endpoint.probabilities import value_probabilities
from jsl_pipeline.engines.endpoint.second_question import second_ask
from jsl_pipeline.engines.review import Reviewer
from jsl_pipeline.schemas import (
    AnswerFlaw,
    AnswerProblem,
    Page,
    PageAnswer,
    PageFailure,
    Reading,
    ReadingSource,
    SecondLook,
    SecondLookOutcome,
)
from jsl_pipeline.serving.protocols import Ask, WireAnswer

_BYTES_PER_TOKEN = 3  # of an answer, where the endpoint does not count its tokens
_CHANCE = frozenset({AnswerFlaw.EMPTY, AnswerFlaw.NOT_JSON})  # may be better in another run


@dataclass(frozen=True, slots=True)
class Budget:
    """What all questions about a page may cost together."""

    tokens: int
    """Of answers."""
    seconds: float

    def allows(self, work: "Work", ask: Ask) -> bool:
        """Whether one more question fits in."""
        return work.tokens + ask.max_tokens <= self.tokens and work.seconds < self.seconds


@dataclass(slots=True, eq=False)
class Work:
    """A page and what it went through."""

    page: Page
    tries: Counter[Fault | AnswerFlaw] = field(default_factory=Counter[Fault | AnswerFlaw])
    tokens: int = 0
    seconds: float = 0.0
    """Time it was worked on or backed off for its own sake; waits for the endpoint are not its own."""
    again: Ask | None = None
    """What to ask next, where that is not what every page is asked."""
    first: Reading | None = None
    """A usable answer with problems, about which a second question was asked."""
    problems: tuple[AnswerProblem, ...] = ()

    def answer(self, outcome: Reading | PageFailure) -> PageAnswer:
        """The page's answer."""
        page = self.page
        return PageAnswer(document_id=page.document_id, page_no=page.page_no, page_sha=page.page_sha, outcome=outcome)

    async def follow(
        self, answer: WireAnswer, judged: Judged, ask: Ask, seconds: float, budget: Budget, reviewer: Reviewer | None
    ) -> Reading | PageFailure | Ask:
        """What follows from an answer that took `seconds`: the outcome, or what to ask next within the budget."""
        tokens = answer.completion_tokens
        self.tokens += len(answer.text) // _BYTES_PER_TOKEN if tokens is None else tokens
        self.seconds += seconds
        if judged.text is None:
            return self._after_flaw(judged.flaws[0], ask, tokens, budget)
        reading = Reading(
            text=judged.text,
            source=ReadingSource.MODEL,
            seconds=seconds,
            finish_reason=answer.finish_reason,
            flaws=judged.flaws,
            prompt_tokens=answer.prompt_tokens,
            completion_tokens=tokens,
            probabilities=value_probabilities(judged.text, answer.tokens) if answer.tokens else {},
        )
        if reviewer is None:
            return reading
        if self.first is None:
            return await self._review(reading, ask, budget, reviewer)
        look = await asyncio.to_thread(reviewer.compare, self.page, self.first, reading)
        kept = reading if look.outcome is SecondLookOutcome.IMPROVED else self.first
        return _looked_at(kept, look.model_copy(update={"completion_tokens": tokens}))

    def fail(self, failure: PageFailure) -> Reading | PageFailure:
        """What becomes of a page whose question came to nothing: its first answer, where that was the second."""
        return failure if self.first is None else self._keep(self.first, SecondLookOutcome.UNANSWERED)

    async def _review(self, reading: Reading, ask: Ask, budget: Budget, reviewer: Reviewer) -> Reading | Ask:
        """Ask once more about a first answer with problems."""
        self.problems = await asyncio.to_thread(reviewer.problems, self.page, reading)
        if not self.problems:
            return reading
        again = second_ask(ask, reading.text, self.problems)
        if not budget.allows(self, again):
            return self._keep(reading, SecondLookOutcome.UNAFFORDABLE)
        self.first, self.again = reading, again
        return again

    def _after_flaw(
        self, flaw: AnswerFlaw, ask: Ask, tokens: int | None, budget: Budget
    ) -> Reading | PageFailure | Ask:
        if self.first is not None:
            return self._keep(self.first, SecondLookOutcome.UNUSABLE, tokens)
        rule, again = retry_rule(flaw), retry_rule(flaw).change(ask)
        self.tries[flaw] += 1
        if self.tries[flaw] <= rule.times and budget.allows(self, again):
            self.again = again
            return again
        message = f"The model's answers cannot be used; the last was {flaw.replace('_', ' ')}."
        return PageFailure(cause=rule.cause, message=message, retryable=flaw in _CHANCE)

    def _keep(self, first: Reading, outcome: SecondLookOutcome, tokens: int | None = None) -> Reading:
        codes = tuple(problem.code for problem in self.problems)
        return _looked_at(first, SecondLook(before=codes, outcome=outcome, completion_tokens=tokens))


def _looked_at(reading: Reading, look: SecondLook) -> Reading:
    return reading.model_copy(update={"asked_again": look})


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
