"""What came of asking a model once more about a page, with what was wrong with its first answer."""

from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas.model import Value


class AnswerProblem(Value):
    """Something in an answer that a second look at the page can settle."""

    code: str = Field(description="Of the issue, e.g. 'strength_shifted'.")
    field: str | None = Field(default=None, description="Path in the answer, e.g. 'medications[1].strength'.")
    sentence: str = Field(description="What to look at, for the model. It holds nothing of page or answer.")


class SecondLookOutcome(StrEnum):
    """What a second question came to. The second answer is kept where it improved on the first, and only there."""

    IMPROVED = "improved"  # fewer problems, and nothing given up for it
    UNCHANGED = "unchanged"  # as many problems as before
    WORSE = "worse"  # more problems
    EVASIVE = "evasive"  # fewer, but it leaves out what was doubted or changes what was not
    UNUSABLE = "unusable"  # no answer that could be used
    UNANSWERED = "unanswered"  # the question came to nothing
    UNAFFORDABLE = "unaffordable"  # not asked: the page's tokens or time did not allow it


class SecondLook(Value):
    """The problems of a page's first answer, and what a second question about them came to."""

    before: tuple[str, ...] = Field(description="Codes of the problems of the first answer.")
    after: tuple[str, ...] = Field(default=(), description="Codes of those of the second, where it could be used.")
    outcome: SecondLookOutcome
    completion_tokens: int | None = Field(default=None, description="Tokens of the second answer, where counted.")

    @property
    def asked(self) -> bool:
        """Whether a second question was asked at all."""
        return self.outcome is not SecondLookOutcome.UNAFFORDABLE
