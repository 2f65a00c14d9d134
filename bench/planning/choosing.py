"""Is the deployment that `plan` chooses the cheapest? Beside a simulation of every option, on random loads and prices.

Every case has a load, a price table, speeds and a deadline of its own, drawn from its number. Where no option meets the
deadline, the search has to find that, too.
"""

import sys
from collections.abc import Iterator, Sequence
from datetime import date
from functools import cache

import numpy as np

from bench.figures import Figure, Scale
from jsl_pipeline.planning import Load, Simulations, Terms, Trial, find_speeds, options
from jsl_pipeline.planning.choosing.estimate import estimate
from jsl_pipeline.planning.choosing.search import Search
from jsl_pipeline.planning.choosing.trials import Job
from jsl_pipeline.planning.deployment import Deployment
from jsl_pipeline.prices import JobsPrices, NodePrice, Prices, ServingPrices
from jsl_pipeline.workers import available_cores

_AIM = 0.05
_CASES = 50
_QUICK = (8, 9, 10)  # with few options


class Case:
    """A load, and everything that could be deployed for it."""

    def __init__(self, number: int) -> None:
        random = np.random.default_rng(number)
        self.load = _load(random)
        prices = _prices(random)
        names = [*prices.serving.dbu_per_hour, *(name for name, node in prices.jobs.nodes.items() if node.cards)]
        speeds = find_speeds(prices, assumed={name: float(random.uniform(0.5, 8)) for name in names})
        self.terms = Terms(
            deadline_seconds=float(random.choice([600, 1800, 3600, 7200, 14400, 86400])),
            wake_seconds=float(random.choice([120, 720, 1200])),
            cores=int(random.choice([1, 4, 16])),
        )
        self.options = options(self.load, speeds.found, prices, self.terms)

    def jobs(self) -> list[Job]:
        return [Job(self.load, option, self.terms.deadline_seconds) for option in self.options]


class _Known(Simulations):
    """Trials that were made already."""

    def __init__(self, trials: Sequence[Trial]) -> None:
        super().__init__()
        self._trials = {trial.deployment: trial for trial in trials}

    def run(self, jobs: Sequence[Job]) -> list[Trial]:
        return [self._trials[job.deployment] for job in jobs]


def choosing(scale: Scale) -> Iterator[Figure]:
    """The search beside all options."""
    costs, tried, misjudged, ratios, count = [], [], 0, [], 0
    with Simulations(available_cores()) as simulations:
        for number in _QUICK if scale.quick else range(_CASES):
            case = Case(number)
            trials = simulations.run(case.jobs())
            deadline = case.terms.deadline_seconds
            search = Search(_Known(trials), case.load, case.options, deadline)
            found = search.cheapest(deadline)
            best = min((each.dollars_a_day for each in trials if each.on_time(deadline)), default=None)
            tried.append(len(search.trials) / len(trials))
            count += len(trials)
            ratios += [ratio for each in trials for ratio in _ratios(case.load, each)]
            if found is None or best is None:
                misjudged += (found is None) != (best is None)
                verdict = "no option is fast enough"
            else:
                costs.append(found.dollars_a_day / best - 1)
                verdict = f"best ${best:.2f}, chosen {costs[-1]:+.1%}"
            tries = f"{len(search.trials)} of {len(trials)} options tried"
            print(f"case {number}: {verdict}; {tries}", file=sys.stderr, flush=True)
    cases = f"{len(tried)} cases, {len(costs)} of them possible, {count} options"
    worst = max(costs, default=0.0)
    yield Figure("choosing", "cost over the best, worst case", worst, "%", "at most 5 %", worst <= _AIM, cases)
    yield Figure("choosing", "cost over the best, mean", float(np.mean(costs)), "%")
    yield Figure("choosing", "wrong on whether it is possible", misjudged, "cases", "0", misjudged == 0)
    yield Figure("choosing", "options that were simulated", float(np.mean(tried)), "%", detail=f"most {max(tried):.0%}")
    low, high = np.percentile([cost for cost, _ in ratios], [1, 99])
    slow = np.percentile([time for _, time in ratios], 99)
    yield Figure("choosing", "estimated over simulated cost, 1st percentile", float(low), "")
    yield Figure("choosing", "estimated over simulated cost, 99th percentile", float(high), "")
    yield Figure("choosing", "estimated over simulated time, 99th percentile", float(slow), "")


def _ratios(load: Load, trial: Trial) -> Iterator[tuple[float, float]]:
    guess = _guess(load, trial.deployment)
    yield guess[0] / max(trial.dollars_a_day, 1e-9), guess[1] / max(trial.outcome.p99_seconds, 1e-9)


@cache
def _guess(load: Load, deployment: Deployment) -> tuple[float, float]:
    guess = estimate(load, deployment)
    return guess.dollars_a_day, guess.seconds


def _load(random: np.random.Generator) -> Load:
    """Working hours, day and night, one burst a day, or anything."""
    hours = np.arange(24)
    start, length = random.integers(5, 10), random.integers(6, 13)
    shapes = [
        ((hours >= start) & (hours < start + length)).astype(float),
        np.ones(24),
        (hours == random.integers(0, 24)).astype(float),
        random.gamma(0.5, 1, 24),
    ]
    week = np.tile(shapes[random.integers(len(shapes))], 7)
    if random.random() < 0.6:
        week[5 * 24 :] *= random.choice([0, 0.1])
    week *= random.uniform(0.5, 1.5, len(week))
    pages = 10 ** random.uniform(2.3, 4.8)  # a week
    return Load(pages_per_hour=tuple(float(each) for each in week / week.sum() * pages))


def _prices(random: np.random.Generator) -> Prices:
    def around(value: float) -> float:
        return float(value * random.uniform(0.4, 2.5))

    types = {"GPU_SMALL": 10.48, "GPU_MEDIUM": 20.0, "GPU_LARGE": 78.6, "GPU_LARGE_2": 157.2}
    some = random.choice(list(types), size=2, replace=False)
    nodes = {
        "gpu_node": NodePrice(dollars_per_hour=around(2.5), dbu_per_hour=around(6), cores=24, cards=1),
        "cpu_node": NodePrice(dollars_per_hour=around(0.45), dbu_per_hour=around(1.5), cores=8),
    }
    return Prices(
        read_on=date(2026, 11, 21),
        source="drawn",
        serving=ServingPrices(
            dollars_per_dbu=0.07, cpu_dbu_per_hour=1, dbu_per_hour={str(name): around(types[name]) for name in some}
        ),
        jobs=JobsPrices(dollars_per_dbu=0.15, nodes=nodes),
    )
