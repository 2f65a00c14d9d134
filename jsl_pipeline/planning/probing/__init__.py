"""Probe: bounded load on a live endpoint with its user's own pages. What it showed is a `Profile`."""

import asyncio
import time
from collections.abc import Sequence

from pydantic import Field

from jsl_pipeline.planning.probing.load_test import Allowance, LoadTest
from jsl_pipeline.planning.probing.measurement import Measurement, Tell
from jsl_pipeline.planning.probing.pages import FreshPages, stored_pages
from jsl_pipeline.planning.probing.plot import plot_profile
from jsl_pipeline.planning.profile import Profile
from jsl_pipeline.schemas import Page, Value
from jsl_pipeline.serving import EndpointSettings, EndpointStatus, dollars_per_hour, open_control, wait_until_ready
from jsl_pipeline.serving.http import Http

_FEW_PAGES = 8


class ProbeLimits(Value):
    """The most that a probe may do."""

    requests: int = Field(default=2000, ge=20)
    seconds: float = Field(default=900, gt=0, description="From the first request; those in flight then are awaited.")


def probe(
    settings: EndpointSettings, pages: Sequence[Page], limits: ProbeLimits, tell: Tell, jpeg_quality: int = 90
) -> Profile:
    """Wake the endpoint, measure it and return its profile; `tell` takes sentences on the way.

    An interrupt ends it: the profile is then of what was measured, with a remark. Raises SettingsError without pages,
    EngineError and EngineUnavailable where the endpoint does not answer, or too little was measured.
    """
    fresh, control = FreshPages(pages, jpeg_quality), open_control(settings)
    tell(_promise(settings, limits, control.status()))
    status = wait_until_ready(control, settings.wake, settings.price, lambda progress: tell(progress.sentence))
    price = dollars_per_hour(settings.price, status)
    few = [] if len(fresh) >= _FEW_PAGES else [_few(len(fresh))]

    async def measure() -> Profile:
        async with Http(settings) as http:
            allowance = Allowance(limits.requests, time.monotonic() + limits.seconds)
            test = LoadTest(settings, http, fresh, allowance)
            measurement = Measurement(test, control, status, limits.seconds, tell)
            measurement.findings.remarks += few
            await measurement.run()
            seconds = measurement.seconds
            dollars = None if price is None else price * seconds / 3600
            return measurement.findings.profile(test, status, measurement.requests, seconds, dollars)

    return asyncio.run(measure())


def _promise(settings: EndpointSettings, limits: ProbeLimits, status: EndpointStatus) -> str:
    """What it will do at most."""
    price = dollars_per_hour(settings.price, status)
    cost = "" if price is None else f", at ${price:.2f} an hour no more than ${price * limits.seconds / 3600:.2f}"
    return f"At most {limits.requests} requests within {limits.seconds:.0f} s{cost}; waking is besides."


def _few(pages: int) -> str:
    what = "one page" if pages == 1 else f"{pages} different pages"
    return f"Only {what}: yours may take another time. Give {_FEW_PAGES} or more."


__all__ = ["ProbeLimits", "plot_profile", "probe", "stored_pages"]
