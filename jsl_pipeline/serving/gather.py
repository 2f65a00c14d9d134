"""Whether a sleeping endpoint is worth waking now, or little work waits for more."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from jsl_pipeline.serving.price import dollars_per_hour
from jsl_pipeline.serving.settings import EndpointSettings, WakeSettings
from jsl_pipeline.serving.status import EndpointState, EndpointStatus
from jsl_pipeline.serving.windows import in_window


@dataclass(frozen=True, slots=True)
class Waiting:
    """Pages that need the endpoint."""

    pages: int
    oldest_seconds: float
    """How long the first of them has waited."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to wake the endpoint, and a sentence on why."""

    wake: bool
    reason: str


def worth_waking(waiting: Waiting, status: EndpointStatus, settings: EndpointSettings, now: datetime) -> Verdict:
    """Judge at `now`, an aware time. A cold start costs its own time and the idle time until the next sleep."""
    gather = settings.gather
    pages = "1 page waits" if waiting.pages == 1 else f"{waiting.pages} pages wait"
    if waiting.pages <= 0:
        return Verdict(False, "Nothing waits for the endpoint.")
    if status.state is EndpointState.FAILED:
        return Verdict(False, f"{pages}, but the endpoint failed and no request wakes it.")
    if status.state in (EndpointState.READY, EndpointState.WAKING, EndpointState.UPDATING):
        return Verdict(True, f"{pages}; the endpoint is {status.state.value}.")
    if gather.max_wait_seconds == 0:
        return Verdict(True, f"{pages}: the endpoint is woken.")
    if _kept_warm(settings.wake, now):
        return Verdict(True, f"{pages} in a time in which the endpoint is kept awake.")
    if waiting.oldest_seconds >= gather.max_wait_seconds:
        return Verdict(True, f"{pages}, the first for {waiting.oldest_seconds:.0f} s: the endpoint is woken.")
    until = now + timedelta(seconds=gather.max_wait_seconds - waiting.oldest_seconds)
    patience = f"{pages} for others, until {until:%Y-%m-%d %H:%M:%S %Z} at most"
    rate = dollars_per_hour(settings.price, status)
    if rate is None:
        return Verdict(False, f"{patience}: the endpoint's price is not known, see `price.dollars_per_hour`.")
    seconds = settings.price.wake_seconds + settings.price.idle_seconds
    per_page = rate * seconds / 3600 / waiting.pages
    cost = f"waking the endpoint costs ${per_page:.3f} a page"
    if per_page <= gather.max_dollars_per_page:
        return Verdict(True, f"{pages}: {cost}.")
    return Verdict(False, f"{patience}: {cost}, more than ${gather.max_dollars_per_page:.3f}.")


def keep_warm_due(settings: WakeSettings, last_request_age_seconds: float, now: datetime) -> bool:
    """Whether a dummy request should keep the endpoint awake at `now`, an aware time."""
    return last_request_age_seconds >= settings.keep_warm_every_seconds and _kept_warm(settings, now)


def _kept_warm(settings: WakeSettings, now: datetime) -> bool:
    return any(in_window(window, now) for window in settings.keep_warm)
