"""A time of an endpoint hour by hour, to be drawn."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from statistics import fmean

from pydantic import Field

from jsl_pipeline.planning.advising.steps import Step, find_steps
from jsl_pipeline.schemas import Value
from jsl_pipeline.serving import Sample

_HOUR = timedelta(hours=1)


class Hour(Value):
    """An hour of an endpoint. What nobody saw is 0."""

    awake: float = Field(default=0, description="Share of the hour, 0 to 1.")
    requests: float = Field(default=0, description="That ended in it.")
    refused: float = Field(default=0, description="Of them, answered with a 4xx such as 429.")
    most_used: float = Field(default=0, description="Share of the hour in which its busiest card worked, 0 to 1.")
    least_used: float = Field(default=0, description="The same of its least busy card.")


def find_hours(samples: Sequence[Sample], since: datetime, until: datetime) -> list[Hour]:
    """Each hour from `since`, of samples that are the oldest first."""
    steps = find_steps(samples)
    hours: list[Hour] = []
    while since < until:
        hours.append(_hour([step for step in steps if since <= step.before.at < since + _HOUR]))
        since += _HOUR
    return hours


def _hour(steps: Sequence[Step]) -> Hour:
    uses: dict[str, list[float]] = {}
    for step in steps:
        for card in step.after.cards:
            uses.setdefault(card.name, []).append(card.use or 0.0)
    means = [fmean(each) for each in uses.values()] or [0.0]
    return Hour(
        awake=min(1.0, sum(step.seconds for step in steps if step.awake) / _HOUR.total_seconds()),
        requests=sum(step.number("requests") or 0 for step in steps),
        refused=sum(step.number("refused") or 0 for step in steps),
        most_used=max(means),
        least_used=min(means),
    )
