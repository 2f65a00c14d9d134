"""A plan: what to deploy for a load, what it costs, and why that."""

from collections.abc import Sequence
from datetime import date
from itertools import chain
from typing import NoReturn

from pydantic import Field

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning.choosing.estimate import LOOK_SECONDS
from jsl_pipeline.planning.choosing.options import Terms, options
from jsl_pipeline.planning.choosing.search import Search
from jsl_pipeline.planning.choosing.speeds import Speeds
from jsl_pipeline.planning.choosing.trials import Simulations, Trial, by_cost, front
from jsl_pipeline.planning.choosing.uncertainty import Drawn, Swing, draw_weeks, find_swings
from jsl_pipeline.planning.choosing.words import (
    chosen,
    dollars,
    name,
    other_compute,
    runner_up,
    trusted,
)
from jsl_pipeline.planning.deployment import Deployment, Kind
from jsl_pipeline.planning.load import Load
from jsl_pipeline.prices import Prices
from jsl_pipeline.schemas import Value
from jsl_pipeline.stages import duration

_TIMES = (86400, 28800, 14400, 7200, 3600, 1800, 900, 300, 120)  # for each of which the front has the cheapest
_COMPARED = 8


class Plan(Value):
    """What was found."""

    load: Load
    terms: Terms
    speeds: Speeds
    prices_read_on: date
    prices_source: str
    options: int = Field(description="Deployments that were considered.")
    simulated: int = Field(description="Those of them that were simulated.")
    choice: Trial
    ranked: tuple[Trial, ...] = Field(description="The best of each kind and compute type, the cheapest first.")
    front: tuple[Trial, ...] = Field(description="Those that none beats on both dollars a day and p95 time.")
    drawn: Drawn
    swings: tuple[Swing, ...]
    reasons: tuple[str, ...] = Field(description="Why this one, a sentence each.")
    uncertainty: tuple[str, ...] = Field(description="What it hangs on, a sentence each.")


def make_plan(
    simulations: Simulations, load: Load, prices: Prices, speeds: Speeds, terms: Terms, fastest: bool = False
) -> Plan:
    """The cheapest deployment that meets the deadline; `fastest`: the fastest that the budget allows.

    Raises SettingsError where nothing meets deadline or budget, with what would.
    """
    if not load.pages:
        raise SettingsError("The load has no pages: there is nothing to deploy for.")
    deadline = terms.deadline_seconds
    candidates = options(load, speeds.found, prices, terms)
    search = Search(simulations, load, candidates, deadline)
    if search.cheapest(deadline) is None:
        slow = options(load, speeds.found, prices, terms.model_copy(update={"deadline_seconds": _TIMES[0]}))
        _impossible(Search(simulations, load, [*candidates, *slow], deadline), deadline)
    kinds = {
        kind: search.cheapest(deadline, lambda option, kind=kind: option.kind is kind) for kind in _kinds(candidates)
    }
    computes = {
        compute: search.cheapest(deadline, lambda option, compute=compute: option.replica.compute == compute)
        for compute in dict.fromkeys(each.replica.compute for each in speeds.found)
    }
    for seconds in _TIMES:
        if seconds < deadline and search.cheapest(seconds) is None:
            break
    choice = _choice(search, terms, fastest)
    ranked = _ranked(search, choice, deadline)
    drawn = draw_weeks(simulations, load, choice.deployment, deadline)
    others = [trial.deployment for trial in ranked[:_COMPARED]]
    swings = tuple(find_swings(simulations, load, choice.deployment, others, deadline))
    why = (
        [chosen(choice, terms)]
        + [
            runner_up(kind, best, choice, deadline)
            for kind, best in kinds.items()
            if kind is not choice.deployment.kind
        ]
        + [
            other_compute(compute, best, choice, deadline)
            for compute, best in computes.items()
            if compute != choice.deployment.replica.compute
        ]
    )
    known = [each.source for each in speeds.found]
    priced = f"Prices were read on {prices.read_on} ({prices.source}); yours may differ."
    return Plan(
        load=load,
        terms=terms,
        speeds=speeds,
        prices_read_on=prices.read_on,
        prices_source=prices.source,
        options=len(candidates),
        simulated=len(search.trials),
        choice=choice,
        ranked=tuple(ranked),
        front=tuple(front(search.trials)),
        drawn=drawn,
        swings=swings,
        reasons=tuple(why),
        uncertainty=(*known, priced, *trusted(drawn, swings, deadline)),
    )


def _kinds(candidates: Sequence[Deployment]) -> list[Kind]:
    return [kind for kind in Kind if any(each.kind is kind for each in candidates)]


def _choice(search: Search, terms: Terms, fastest: bool) -> Trial:
    fast = [trial for trial in search.trials if trial.on_time(terms.deadline_seconds)]
    within = [trial for trial in fast if terms.budget is None or trial.dollars_a_day <= terms.budget]
    if not within:
        least = fast[0]
        raise SettingsError(
            f"Nothing keeps to {dollars(terms.budget or 0)} a day with a deadline of "
            f"{duration(terms.deadline_seconds)}: the cheapest is {name(least.deployment)}, at "
            f"{dollars(least.dollars_a_day)} a day. Give it more money or more time."
        )
    return min(within, key=lambda each: each.outcome.p95_seconds) if fastest else within[0]


def _ranked(search: Search, choice: Trial, deadline_seconds: float) -> list[Trial]:
    """The cheapest of each kind, compute type and number of replicas that is on time."""
    best: dict[tuple[Kind, str, int], Trial] = {}
    for trial in chain([choice], search.trials):
        option = trial.deployment
        if trial.on_time(deadline_seconds):
            best.setdefault((option.kind, option.replica.compute, option.max_replicas), trial)
    return sorted(best.values(), key=by_cost)


def _impossible(search: Search, deadline_seconds: float) -> NoReturn:
    """Say what the shortest possible is, and what takes most of it."""
    best = search.fastest()
    option, seconds = best.deployment, best.outcome.p99_seconds
    cpu = option.cpu
    batch = min(option.batch_pages, max(1, best.outcome.pages / max(best.outcome.batches, 1)))
    parts = {
        "a batch's runs to begin and to commit": option.overhead_seconds,
        "a request to be answered": option.replica.request_seconds,
        f"pages to be prepared on {cpu.cores} cores": cpu.start_seconds
        + batch / (cpu.cores * cpu.pages_per_core_second),
        f"the landing sensor to look, every {LOOK_SECONDS:.0f} s": LOOK_SECONDS,
        "gathering files": option.gather_seconds,
        "the endpoint or cluster to wake": 0 if option.kind is Kind.ALWAYS_WARM else option.start_seconds,
    }
    parts["waiting for slots, and for other batches"] = max(0.0, seconds - sum(parts.values()))
    longest = max(parts, key=lambda part: parts[part])
    raise SettingsError(
        f"No deployment has 99 % of pages as records within {duration(deadline_seconds)}. The shortest found is "
        f"{duration(seconds)}, by {name(option)} at {dollars(best.dollars_a_day)} a day; most of it is {longest}, "
        f"{duration(parts[longest])}."
    )
