"""The cheapest of many deployments that is fast enough, without a simulation of each.

Options are simulated in the order of what they should cost by `estimate`, a few at a time, until the next one should
cost clearly more than the best that was found. Nothing is simulated twice, whatever is asked for next.
"""

from collections.abc import Callable, Sequence
from itertools import islice
from math import inf

from jsl_pipeline.planning.choosing.estimate import estimate
from jsl_pipeline.planning.choosing.trials import Job, Simulations, Trial, by_cost
from jsl_pipeline.planning.deployment import Deployment, Kind
from jsl_pipeline.planning.load import Load

_AT_A_TIME = 8  # whatever the cores, so that all machines find the same
# How far estimates are trusted: bench.planning.choosing has how far they were off.
_COST_MARGIN = 1.25
_TIME_MARGIN = 2.0

Which = Callable[[Deployment], bool]


class Search:
    """Deployments for a load, and what is known of them so far."""

    def __init__(
        self,
        simulations: Simulations,
        load: Load,
        options: Sequence[Deployment],
        deadline_seconds: float | None = None,
    ) -> None:
        """`deadline_seconds` is what outcomes count misses by."""
        found = [(estimate(load, option), option) for option in options]
        self._options = sorted(found, key=lambda each: (each[0].dollars_a_day, each[0].seconds))
        self._simulations = simulations
        self._load = load
        self._deadline = deadline_seconds
        self._trials: dict[Deployment, Trial] = {}

    @property
    def trials(self) -> list[Trial]:
        """All that were simulated, the cheapest first."""
        return sorted(self._trials.values(), key=by_cost)

    def cheapest(self, seconds: float, which: Which = lambda option: True) -> Trial | None:
        """The cheapest option of those asked for with records within a time; None if there is none."""
        waiting = (
            (guess, option)
            for guess, option in self._options
            if option not in self._trials and which(option) and guess.seconds <= _TIME_MARGIN * seconds
        )
        while True:
            fast = (trial for trial in self.trials if which(trial.deployment) and trial.on_time(seconds))
            best = next(fast, None)
            some = list(islice(waiting, _AT_A_TIME))
            most = inf if best is None else _COST_MARGIN * best.dollars_a_day
            worth = [option for guess, option in some if guess.dollars_a_day <= most]
            if not worth:
                return best
            self._simulate(worth)

    def fastest(self) -> Trial:
        """The earliest records, of all that was tried and what should be fastest; there is an option at least."""
        by_time = sorted(self._options, key=lambda each: each[0].seconds)
        warm = (each for each in by_time if each[1].kind is Kind.ALWAYS_WARM)  # estimates leave out the waking
        some = dict.fromkeys(option for _, option in (*by_time[:_AT_A_TIME], *islice(warm, _AT_A_TIME)))
        self._simulate([option for option in some if option not in self._trials])
        return min(self.trials, key=lambda each: each.outcome.p99_seconds)

    def _simulate(self, options: Sequence[Deployment]) -> None:
        jobs = [Job(self._load, option, self._deadline) for option in options]
        self._trials |= zip(options, self._simulations.run(jobs), strict=True)
