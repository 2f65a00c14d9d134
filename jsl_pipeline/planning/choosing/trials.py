"""Simulations of deployments, on all cores where that pays."""

from collections.abc import Callable, Iterable, Sequence
from typing import NamedTuple, Self

from pydantic import Field

from jsl_pipeline.errors import ComputeError
from jsl_pipeline.planning.deployment import Deployment, Kind, Outcome
from jsl_pipeline.planning.load import Load
from jsl_pipeline.planning.simulation import simulate
from jsl_pipeline.schemas import PageFailure, Value
from jsl_pipeline.workers import Workers

_SECONDS = 600.0  # that a simulation may take


class Trial(Value):
    """A deployment that was simulated."""

    deployment: Deployment
    outcome: Outcome
    dollars_a_day: float = Field(description="For a week of the load, its work past Sunday included, over seven days.")

    @property
    def dollars_a_million_pages(self) -> float | None:
        """None where no page came."""
        return self.dollars_a_day * 7e6 / self.outcome.pages if self.outcome.pages else None

    def on_time(self, seconds: float) -> bool:
        """Whether 99 of 100 pages are records within a time."""
        return self.outcome.p99_seconds <= seconds


class Job(NamedTuple):
    """What is to be simulated: a week."""

    load: Load
    deployment: Deployment
    deadline_seconds: float | None = None
    seed: int = 7


def run(job: Job) -> Trial:
    """Simulate it."""
    outcome = simulate(job.load, job.deployment, job.deadline_seconds, seed=job.seed)
    # What stands by is paid by the day; all else by the page, however long after the week it is worked on.
    stands = job.deployment.kind is Kind.ALWAYS_WARM
    dollars = outcome.dollars_a_day if stands else outcome.dollars / 7
    return Trial(deployment=job.deployment, outcome=outcome, dollars_a_day=dollars)


class Simulations:
    """Runs jobs, in processes of their own if `workers` is more than one. Use as a context manager.

    `tell` is called after each with the number of those done.
    """

    def __init__(self, workers: int = 1, tell: Callable[[int], None] = lambda done: None) -> None:
        self._workers = Workers(run, workers, _SECONDS) if workers > 1 else None
        self._tell = tell
        self._done = 0

    def __enter__(self) -> Self:
        if self._workers is not None:
            self._workers.__enter__()
        return self

    def __exit__(self, *left: object) -> None:
        if self._workers is not None:
            self._workers.__exit__(None, None, None)

    def run(self, jobs: Sequence[Job]) -> list[Trial]:
        """Their trials, in their order. Raises ComputeError where one came to nothing."""
        found: dict[Job, Trial] = {}
        for job, trial in self._each(jobs):
            if isinstance(trial, PageFailure):
                raise ComputeError(f"A simulation came to nothing. {trial.message}")
            found[job] = trial
            self._done += 1
            self._tell(self._done)
        return [found[job] for job in jobs]

    def _each(self, jobs: Sequence[Job]) -> Iterable[tuple[Job, Trial | PageFailure]]:
        if self._workers is not None and len(jobs) > 1:
            return self._workers.map(jobs)
        return ((job, run(job)) for job in jobs)


def front(trials: Iterable[Trial]) -> list[Trial]:
    """Those that no other beats on both dollars a day and p95 time, the cheapest first."""
    found: list[Trial] = []
    for trial in sorted(trials, key=by_cost):
        if not found or trial.outcome.p95_seconds < found[-1].outcome.p95_seconds:
            found.append(trial)
    return found


def by_cost(trial: Trial) -> tuple[float, float]:
    """Sorts the cheapest first, and of those alike the faster."""
    return trial.dollars_a_day, trial.outcome.p95_seconds
