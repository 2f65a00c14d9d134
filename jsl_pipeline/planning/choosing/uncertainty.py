"""How far a choice can be trusted: other weeks drawn from the same load, and what if speeds, wakes or loads differ."""

from collections.abc import Sequence

from pydantic import Field

from jsl_pipeline.planning.choosing.trials import Job, Simulations, Trial, by_cost
from jsl_pipeline.planning.deployment import Deployment
from jsl_pipeline.planning.load import Load
from jsl_pipeline.schemas import Value

_SEEDS = range(8, 13)
_BY = 0.2


class Drawn(Value):
    """The choice in other weeks that the same load may bring."""

    weeks: int
    on_time: int = Field(description="Weeks of them in which it met the deadline.")
    dollars_a_day: tuple[float, float] = Field(description="Least and most.")
    p99_seconds: tuple[float, float] = Field(description="Least and most.")


class Swing(Value):
    """What becomes of the choice if something is not as it was taken to be."""

    what: str = Field(description="E.g. 'replicas 20 % slower'.")
    choice: Trial = Field(description="The same deployment under that.")
    on_time: bool = Field(description="Whether it meets the deadline still.")
    cheaper: Trial | None = Field(description="What is the better choice then, of those compared; None if none is.")


def draw_weeks(simulations: Simulations, load: Load, choice: Deployment, deadline_seconds: float) -> Drawn:
    """Simulate the choice for some other weeks."""
    trials = simulations.run([Job(load, choice, deadline_seconds, seed) for seed in _SEEDS])
    dollars = [trial.dollars_a_day for trial in trials]
    times = [trial.outcome.p99_seconds for trial in trials]
    return Drawn(
        weeks=len(trials),
        on_time=sum(trial.on_time(deadline_seconds) for trial in trials),
        dollars_a_day=(min(dollars), max(dollars)),
        p99_seconds=(min(times), max(times)),
    )


def find_swings(
    simulations: Simulations, load: Load, choice: Deployment, others: Sequence[Deployment], deadline_seconds: float
) -> list[Swing]:
    """A fifth more and less of what a plan takes for granted, for the choice beside `others`.

    Another choice is told where the first misses the deadline, or costs 5 % more than that.
    """
    options = list(dict.fromkeys([choice, *others]))
    found: list[Swing] = []
    for factor in (1 - _BY, 1 + _BY):
        more, by = factor > 1, f"{100 * _BY:.0f} %"
        changed = load.model_copy(update={"pages_per_hour": tuple(factor * each for each in load.pages_per_hour)})
        for what, under, tried in (
            (f"replicas {by} {'faster' if more else 'slower'}", load, [_faster(each, factor) for each in options]),
            (f"waking {by} {'longer' if more else 'shorter'}", load, [_waking(each, factor) for each in options]),
            (f"{by} {'more' if more else 'fewer'} pages", changed, options),
        ):
            trials = simulations.run([Job(under, option, deadline_seconds) for option in tried])
            found.append(_swing(what, trials, deadline_seconds))
    return found


def _swing(what: str, trials: Sequence[Trial], deadline_seconds: float) -> Swing:
    """The first trial is the choice."""
    choice = trials[0]
    fast = [trial for trial in trials if trial.on_time(deadline_seconds)]
    best = min(fast, key=by_cost, default=choice)
    on_time = choice.on_time(deadline_seconds)
    better = best is not choice and (not on_time or choice.dollars_a_day > 1.05 * best.dollars_a_day)
    return Swing(what=what, choice=choice, on_time=on_time, cheaper=best if better else None)


def _faster(option: Deployment, factor: float) -> Deployment:
    replica = option.replica.model_copy(update={"request_seconds": option.replica.request_seconds / factor})
    return option.model_copy(update={"replica": replica})


def _waking(option: Deployment, factor: float) -> Deployment:
    return option.model_copy(
        update={"start_seconds": factor * option.start_seconds, "grow_seconds": factor * option.grow_seconds}
    )
