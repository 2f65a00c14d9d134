"""Samples of an endpoint and the readings through it, put into the figures that advice is made of."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from itertools import groupby, pairwise
from statistics import fmean

from pydantic import AwareDatetime, Field

from jsl_pipeline.planning.advising.steps import IDLE_USE, Step, find_steps
from jsl_pipeline.schemas import EngineCalls, Value
from jsl_pipeline.serving import EndpointStatus, Sample, Timing
from jsl_pipeline.store import EndpointRun


class Span(Value):
    """A time in which nothing changed."""

    began: AwareDatetime
    ended: AwareDatetime

    @property
    def seconds(self) -> float:
        """Its length."""
        return (self.ended - self.began).total_seconds()


class CardUse(Value):
    """A card over the time in which the endpoint had work."""

    name: str
    use: float | None = Field(description="Mean share of time in which it worked, 0 to 1.")
    memory: float | None = Field(description="The most of its memory that was taken, 0 to 1.")


class Figures(Value):
    """How an endpoint was used in a time. None is what nobody said."""

    since: AwareDatetime
    until: AwareDatetime
    samples: int
    measured: int = Field(description="Samples with figures of a metrics page.")
    message: str = Field(description="Why the last sample without figures had none.")
    status: EndpointStatus | None = Field(description="As it was last seen, with its size.")
    known_seconds: float = Field(description="Time between samples that are at most 5 minutes apart.")
    awake_seconds: float = Field(description="Of it, ready.")
    active_seconds: float = Field(description="Of that, with work.")
    quiet: tuple[Span, ...] = Field(description="Awake without work.")
    starts: int = Field(description="Times that it came up.")
    cards: tuple[CardUse, ...]
    requests: float | None
    refused: float | None
    failed: float | None
    latency_seconds: float | None = Field(description="Of a request, mean.")
    queue_seconds: float | None = Field(description="Of that, waiting at the endpoint, mean.")
    slots: float | None = Field(description="The most that were provisioned.")
    in_work: float | None = Field(description="Requests worked on at once, mean over the time with work.")
    in_work_peak: float | None = Field(description="The most of them at once, seen between two samples.")
    cache: float | None = Field(description="The most of the KV cache that was in use, 0 to 1.")
    preemptions: float | None
    runs: tuple[EndpointRun, ...] = ()

    @property
    def use(self) -> float | None:
        """Mean share of time that the cards worked which are not idle, while there was work."""
        uses = [card.use for card in self.cards if card.use is not None and card.use > IDLE_USE]
        return fmean(uses) if uses else None

    @property
    def awake_hours_a_day(self) -> float:
        """As much of a day as it was awake of the time that is known."""
        return 24 * self.awake_seconds / self.known_seconds if self.known_seconds else 0.0

    @property
    def days(self) -> float:
        """That are known."""
        return self.known_seconds / 86400

    @property
    def calls(self) -> EngineCalls | None:
        """What all readings did; None where there were none."""
        return EngineCalls.total(run.calls for run in self.runs)

    @property
    def time(self) -> str:
        """The time in words."""
        day = "%Y-%m-%d %H:%M"
        return f"{self.since.strftime(day)} to {self.until.strftime(day)} {self.until.tzname() or ''}".strip()


def find_figures(samples: Sequence[Sample], runs: Sequence[EndpointRun], since: datetime, until: datetime) -> Figures:
    """The figures of samples, oldest first, and of readings. Where no metrics tell, work is when readings ran."""
    steps = find_steps(samples, runs)
    awake = [step for step in steps if step.awake]
    active = [step for step in awake if step.worked]
    measured = [sample for sample in samples if not sample.message]
    in_work = [(at_once, step.seconds) for step in active if (at_once := step.in_work) is not None]
    worked_seconds = sum(seconds for _, seconds in in_work)
    return Figures(
        since=since,
        until=until,
        samples=len(samples),
        measured=len(measured),
        message=next((each.message for each in reversed(samples) if each.message), ""),
        status=_last_status(samples),
        known_seconds=sum(step.seconds for step in steps),
        awake_seconds=sum(step.seconds for step in awake),
        active_seconds=sum(step.seconds for step in active),
        quiet=_quiet(steps),
        starts=sum(not before.awake and after.awake for before, after in pairwise(steps)),
        cards=_cards([step.after for step in active]),
        requests=_total(step.number("requests") for step in steps),
        refused=_total(step.number("refused") for step in steps),
        failed=_total(step.number("failed") for step in steps),
        latency_seconds=_mean([step.timing("latency") for step in steps]),
        queue_seconds=_mean([step.timing("queue") for step in steps]),
        slots=max((each.slots for each in samples if each.slots), default=None),
        in_work=sum(at_once * seconds for at_once, seconds in in_work) / worked_seconds if worked_seconds else None,
        in_work_peak=max((at_once for at_once, _ in in_work), default=None),
        cache=max((each.cache for each in samples if each.cache is not None), default=None),
        preemptions=_total(step.number("preemptions") for step in steps),
        runs=tuple(runs),
    )


def _quiet(steps: Sequence[Step]) -> tuple[Span, ...]:
    """Times awake without work; a gap between samples ends one."""
    spans: list[Span] = []
    for idle, together in groupby(steps, key=lambda step: step.awake and not step.worked):
        if not idle:
            continue
        first = len(spans)
        for step in together:
            if len(spans) > first and spans[-1].ended == step.before.at:
                spans[-1] = Span(began=spans[-1].began, ended=step.after.at)
            else:
                spans.append(Span(began=step.before.at, ended=step.after.at))
    return tuple(spans)


def _cards(samples: Sequence[Sample]) -> tuple[CardUse, ...]:
    names = sorted({card.name for sample in samples for card in sample.cards})
    found: list[CardUse] = []
    for name in names:
        seen = [card for sample in samples for card in sample.cards if card.name == name]
        uses = [card.use for card in seen if card.use is not None]
        memories = [card.memory for card in seen if card.memory is not None]
        found.append(CardUse(name=name, use=fmean(uses) if uses else None, memory=max(memories, default=None)))
    return tuple(found)


def _last_status(samples: Sequence[Sample]) -> EndpointStatus | None:
    """The last that tells a size, or the last at all: an endpoint that is away tells nothing."""
    seen = [sample.status for sample in reversed(samples) if sample.status]
    return next((status for status in seen if status.workload_type or status.concurrency), seen[0] if seen else None)


def _total(counts: Iterable[float | None]) -> float | None:
    known = [count for count in counts if count is not None]
    return sum(known) if known else None


def _mean(timings: Sequence[Timing | None]) -> float | None:
    known = [timing for timing in timings if timing is not None]
    count = sum(timing.count for timing in known)
    return sum(timing.seconds for timing in known) / count if count else None
