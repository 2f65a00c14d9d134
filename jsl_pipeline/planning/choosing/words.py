"""Deployments, times and reasons in plain words."""

from jsl_pipeline.planning.choosing.options import THIS_MACHINE, Terms
from jsl_pipeline.planning.choosing.trials import Trial
from jsl_pipeline.planning.choosing.uncertainty import Drawn, Swing
from jsl_pipeline.planning.deployment import Deployment, Kind
from jsl_pipeline.stages import duration

KINDS = {
    Kind.CLUSTER: "a container cluster",
    Kind.SCALE_TO_ZERO: "an endpoint that scales to zero",
    Kind.ALWAYS_WARM: "an endpoint that is always warm",
    Kind.WINDOW: "an endpoint that is kept warm in a window",
}
_CLOSE = 1.05


def percent(share: float) -> str:
    """E.g. 9 %."""
    return f"{share:.0%}".replace("%", " %")


def dollars(amount: float) -> str:
    """E.g. $0.42, $57.10, $1,240."""
    return f"${amount:,.0f}" if amount >= 1000 else f"${amount:.2f}"


def name(deployment: Deployment) -> str:
    """Kind, compute and size: what tells it from others at a glance."""
    window = f": {deployment.window}" if deployment.window else ""
    return f"{KINDS[deployment.kind]}{window}, {size(deployment)}"


def size(deployment: Deployment) -> str:
    """Replicas and cards."""
    least, most, replica = deployment.min_replicas, deployment.max_replicas, deployment.replica
    count = f"{most}" if least == most else f"{least} to {most}" if least else f"up to {most}"
    cards = f" of {replica.cards} cards each" if replica.cards > 1 else ""
    return f"{count} x {replica.compute}{cards}"


def prepared_by(deployment: Deployment) -> str:
    """Where pages are prepared."""
    cpu = deployment.cpu
    place = "this machine" if cpu.compute == THIS_MACHINE else f"a cluster of {cpu.compute}"
    return f"{place}, {cpu.cores} cores"


def chosen(choice: Trial, terms: Terms) -> str:
    """The choice in a sentence."""
    option, outcome = choice.deployment, choice.outcome
    million = choice.dollars_a_million_pages
    price = "" if million is None else f" ({dollars(million)} a million pages)"
    times = f"half of the pages are records within {duration(outcome.p50_seconds)}, 99 % within"
    return (
        f"{_upper(name(option))}; pages prepared on {prepared_by(option)}; files "
        f"gathered for {duration(option.gather_seconds)}: {dollars(choice.dollars_a_day)} a day{price}; {times} "
        f"{duration(outcome.p99_seconds)} (deadline {duration(terms.deadline_seconds)})."
    )


def runner_up(kind: Kind, other: Trial | None, choice: Trial, deadline_seconds: float) -> str:
    """Why not another kind: what its best costs, and what that is paid for."""
    if other is None:
        return f"{_upper(KINDS[kind])} does not meet the deadline of {duration(deadline_seconds)}, whatever its size."
    ratio = other.dollars_a_day / max(choice.dollars_a_day, 1e-9)
    cost = f"{_upper(name(other.deployment))} costs {dollars(other.dollars_a_day)} a day"
    if ratio < _CLOSE:
        return f"{cost}, about as much: {_paid_for(other)}."
    return f"{cost}, {ratio:.2g} times as much: {_paid_for(other)}."


def other_compute(compute: str, other: Trial | None, choice: Trial, deadline_seconds: float) -> str:
    """Why not other machines, of whatever kind."""
    if other is None:
        return f"{compute} does not meet the deadline of {duration(deadline_seconds)}."
    mine, its = choice.deployment.replica, other.deployment.replica
    more = other.dollars_a_day - choice.dollars_a_day
    speed = its.pages_per_second / mine.pages_per_second
    fast = "as fast" if abs(speed - 1) < _CLOSE - 1 else f"{speed:.2g} times as fast"
    cards = f", with {its.cards} cards instead of {mine.cards}" if its.cards != mine.cards else ""
    price = its.dollars_per_hour / mine.dollars_per_hour
    return (
        f"{compute} reads {fast} at {price:.2g} times the price{cards}: its best, "
        f"{name(other.deployment)}, costs {dollars(other.dollars_a_day)} a day, {dollars(abs(more))} "
        f"{'more' if more >= 0 else 'less'}."
    )


def _paid_for(trial: Trial) -> str:
    option, outcome = trial.deployment, trial.outcome
    busy = f"its GPUs work {percent(outcome.busy_share)} of the time they are paid for"
    starts = outcome.cold_starts * option.start_seconds / 3600
    if option.kind is Kind.CLUSTER:
        return f"{busy}, and it starts {outcome.cold_starts} times a week, {starts:.0f} h in all"
    if option.kind is Kind.ALWAYS_WARM:
        return f"{busy}, nights and weekends included"
    idle = duration(option.idle_seconds)
    return f"{busy}; {outcome.cold_starts} cold starts a week, and {idle} of idle time before it sleeps"


def trusted(drawn: Drawn, swings: tuple[Swing, ...], deadline_seconds: float) -> list[str]:
    """What the choice hangs on."""
    low, high = drawn.dollars_a_day
    early, late = drawn.p99_seconds
    found = [
        f"In {drawn.weeks} other weeks drawn from the same load it costs {dollars(low)} to {dollars(high)} a day, 99 % "
        f"of pages are records within {duration(early)} to {duration(late)}, and it is on time in {drawn.on_time} of "
        f"{drawn.weeks}."
    ]
    return found + [_swung(swing, deadline_seconds) for swing in swings]


def _swung(swing: Swing, deadline_seconds: float) -> str:
    cost = f"With {swing.what} it costs {dollars(swing.choice.dollars_a_day)} a day"
    late = "" if swing.on_time else f" and misses the deadline of {duration(deadline_seconds)}"
    if swing.cheaper is None:
        return f"{cost}{late}; nothing that was compared is better." if late else f"{cost}; the choice stays."
    other = swing.cheaper
    return f"{cost}{late}; the choice would be {name(other.deployment)} at {dollars(other.dollars_a_day)} a day."


def _upper(text: str) -> str:
    return text[:1].upper() + text[1:]
