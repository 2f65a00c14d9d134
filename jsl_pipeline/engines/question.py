"""A question asked of a model instead of a candidate: its answer is plain text, for people."""

from pydantic import Field

from jsl_pipeline.schemas import Value


class Question(Value):
    """What is asked about every page that an engine is given, also about one that holds nothing."""

    prompt: str = Field(min_length=1, repr=False)
    max_tokens: int | None = Field(default=None, ge=1, description="Tokens of an answer; as set where unset.")
