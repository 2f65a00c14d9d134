"""Load: how many pages arrive in each hour of a week."""

from collections.abc import Sequence
from typing import Self

from pydantic import Field, field_validator

from jsl_pipeline.schemas import Value

HOURS = 168


class Load(Value):
    """Pages an hour over a week, Monday 00:00 first, in the time zone of the deployment's window."""

    pages_per_hour: tuple[float, ...] = Field(min_length=HOURS, max_length=HOURS)
    source: str = Field(default="", description="Where it is from, in words: a file, a constant, the store's history.")

    @field_validator("pages_per_hour")
    @classmethod
    def _not_negative(cls, pages: tuple[float, ...]) -> tuple[float, ...]:
        if any(not 0 <= each < 1e9 for each in pages):
            raise ValueError("pages an hour are 0 or more")
        return pages

    @classmethod
    def constant(cls, pages_per_hour: float) -> Self:
        """The same in each hour."""
        return cls(pages_per_hour=(pages_per_hour,) * HOURS, source=f"{pages_per_hour:g} pages in each hour")

    @classmethod
    def daily(cls, pages_per_hour: Sequence[float], days: int = 7) -> Self:
        """The same 24 hours on the first `days` days of the week, nothing on the others."""
        hours = [*list(pages_per_hour) * days, *[0.0] * (HOURS - 24 * days)]
        return cls(pages_per_hour=tuple(hours))

    @property
    def pages(self) -> float:
        """In the week."""
        return sum(self.pages_per_hour)
