"""Whether waking is worth it, what an hour costs, and the times of the week in which it is kept awake."""

from datetime import UTC, datetime, timedelta
from math import inf
from typing import Any

import pytest
from pydantic import ValidationError

from jsl_pipeline.serving import (
    EndpointSettings,
    EndpointState,
    EndpointStatus,
    GatherSettings,
    PriceSettings,
    Waiting,
    WakeSettings,
    dollars_per_hour,
    keep_warm_due,
    worth_waking,
)
from jsl_pipeline.serving.windows import in_window, week_spans

MONDAY = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ASLEEP = EndpointStatus(state=EndpointState.ASLEEP)
HOUR = PriceSettings(dollars_per_hour=10, wake_seconds=600, idle_seconds=1200)  # $5 a cold start


def endpoint(max_wait_seconds: float = 3600, cents: float = 2, **more: Any) -> EndpointSettings:
    gather = GatherSettings(max_wait_seconds=max_wait_seconds, max_dollars_per_page=cents / 100)
    return EndpointSettings(**{"url": "https://h", "auth": "none", "gather": gather, "price": HOUR, **more})


@pytest.mark.parametrize(
    ("pages", "waited", "settings", "wake"),
    [
        (0, 0, endpoint(0), False),
        (0, 9999, endpoint(), False),
        (1, 0, endpoint(0), True),
        (1, 0, endpoint(), False),
        (249, 0, endpoint(), False),
        (250, 0, endpoint(), True),  # $5 over 250 pages is 2 cents
        (251, 0, endpoint(), True),
        (250, 0, endpoint(cents=1), False),
        (1, 0, endpoint(cents=500), True),
        (1, 3599, endpoint(), False),
        (1, 3600, endpoint(), True),
        (1, 0, endpoint(wake=WakeSettings(keep_warm=("Mon 09:00-11:00",))), True),
        (1, 0, endpoint(wake=WakeSettings(keep_warm=("Tue 09:00-11:00",))), False),
        (10**6, 0, endpoint(price=PriceSettings()), False),  # no price: it cannot be told
        (1, 3600, endpoint(price=PriceSettings()), True),
        (1, 0, endpoint(price=PriceSettings(dollars_per_hour=0)), True),
    ],
)
def test_what_waits_is_weighed_against_the_price(
    pages: int, waited: float, settings: EndpointSettings, wake: bool
) -> None:
    assert worth_waking(Waiting(pages, waited), ASLEEP, settings, MONDAY).wake is wake


@pytest.mark.parametrize(
    ("state", "wake"),
    [
        (EndpointState.ASLEEP, False),
        (EndpointState.WAKING, True),
        (EndpointState.READY, True),
        (EndpointState.UPDATING, True),
        (EndpointState.FAILED, False),
        (EndpointState.UNKNOWN, False),
    ],
)
def test_one_that_is_awake_needs_no_reason(state: EndpointState, wake: bool) -> None:
    status = EndpointStatus(state=state)
    assert worth_waking(Waiting(1, 0), status, endpoint(), MONDAY).wake is wake
    assert not worth_waking(Waiting(0, 0), status, endpoint(), MONDAY).wake


def test_waiting_says_its_cost_a_page_and_its_end() -> None:
    verdict = worth_waking(Waiting(40, 600), ASLEEP, endpoint(), MONDAY)
    assert verdict.reason == (
        "40 pages wait for others, until 2026-03-02 10:50:00 UTC at most: "
        "waking the endpoint costs $0.125 a page, more than $0.020."
    )


def test_the_end_of_waiting_stays_the_same_as_time_passes() -> None:
    later = MONDAY + timedelta(seconds=300)
    ends = {
        worth_waking(Waiting(1, waited), ASLEEP, endpoint(), now).reason.partition(":")[0]
        for waited, now in ((600, MONDAY), (900, later))
    }
    assert len(ends) == 1


@pytest.mark.parametrize(
    ("pages", "settings", "says"),
    [
        (0, endpoint(), "Nothing waits for the endpoint."),
        (1, endpoint(0), "1 page waits: the endpoint is woken."),
        (1, endpoint(price=PriceSettings()), "price.dollars_per_hour"),
        (500, endpoint(), "500 pages wait: waking the endpoint costs $0.010 a page."),
    ],
)
def test_every_verdict_gives_its_reason(pages: int, settings: EndpointSettings, says: str) -> None:
    assert says in worth_waking(Waiting(pages, 0), ASLEEP, settings, MONDAY).reason


@pytest.mark.parametrize(
    ("workload", "concurrency", "dollars"),
    [
        ("GPU_SMALL", 4, 0.07 * 10.48),
        ("GPU_MEDIUM", 4, 1.40),
        ("GPU_MEDIUM", 5, 2.80),
        ("GPU_MEDIUM", 16, 5.60),
        ("GPU_MEDIUM", None, 1.40),
        ("MULTIGPU_MEDIUM", 4, 0.07 * 112),
        ("GPU_MEDIUM_8", 4, 0.07 * 290.8),
        ("GPU_LARGE", 4, 0.07 * 78.6),
        ("GPU_LARGE_2", 4, 0.07 * 157.2),
        ("GPU_LARGE_8", 4, 0.07 * 628),
        ("CPU", 4, 0.28),
        ("CPU", 64, 4.48),
        ("GPU_XLARGE", 4, None),
        (None, 4, None),
    ],
)
def test_an_hour_is_priced_by_workload_type_and_replicas(
    workload: str | None, concurrency: int | None, dollars: float | None
) -> None:
    status = EndpointStatus(state=EndpointState.READY, workload_type=workload, concurrency=concurrency)
    assert dollars_per_hour(PriceSettings(), status) == (dollars if dollars is None else pytest.approx(dollars))


def test_a_price_that_is_set_counts_before_any_table() -> None:
    status = EndpointStatus(state=EndpointState.READY, workload_type="GPU_SMALL")
    assert dollars_per_hour(PriceSettings(dollars_per_hour=0), status) == 0
    assert dollars_per_hour(PriceSettings(dollars_per_dbu=0.08), status) == pytest.approx(0.08 * 10.48)


WARM = WakeSettings(keep_warm=("Mon-Fri 07:00-18:00", "Sat 10:00-11:00"), keep_warm_every_seconds=1200)


@pytest.mark.parametrize(
    ("age", "now", "due"),
    [
        (1200, MONDAY, True),
        (1199, MONDAY, False),
        (inf, MONDAY, True),
        (inf, MONDAY.replace(hour=6, minute=59), False),
        (inf, MONDAY.replace(hour=18), False),
        (inf, MONDAY.replace(day=7, hour=10), True),
        (inf, MONDAY.replace(day=8, hour=10), False),
    ],
)
def test_a_dummy_request_is_due_in_a_window_after_a_pause(age: float, now: datetime, due: bool) -> None:
    assert keep_warm_due(WARM, age, now) is due
    assert not keep_warm_due(WakeSettings(), age, now)


@pytest.mark.parametrize(
    ("window", "time", "inside"),
    [
        ("Mon-Fri 07:00-18:00 Europe/Berlin", "2026-03-02T06:00+00:00", True),  # 07:00 there, in winter
        ("Mon-Fri 07:00-18:00 Europe/Berlin", "2026-03-02T05:59+00:00", False),
        ("Mon-Fri 07:00-18:00 Europe/Berlin", "2026-07-06T05:00+00:00", True),  # in summer
        ("Mon-Fri 07:00-18:00 Europe/Berlin", "2026-03-02T17:00+00:00", False),
        ("Mon 22:00-06:00", "2026-03-02T23:00+00:00", True),
        ("Mon 22:00-06:00", "2026-03-03T05:59+00:00", True),
        ("Mon 22:00-06:00", "2026-03-03T06:00+00:00", False),
        ("Mon 22:00-06:00", "2026-03-02T05:00+00:00", False),
        ("Sun 22:00-06:00", "2026-03-02T05:00+00:00", True),
        ("Fri-Mon 00:00-12:00", "2026-03-01T11:59+00:00", True),
        ("Fri-Mon 00:00-12:00", "2026-03-03T11:59+00:00", False),
        ("mon 10:00-10:01", "2026-03-02T10:00:59+00:00", True),
    ],
)
def test_windows_run_in_their_zone_and_over_midnight(window: str, time: str, inside: bool) -> None:
    assert in_window(window, datetime.fromisoformat(time)) is inside


@pytest.mark.parametrize("window", ["Mon-Fri 07:30-18:00", "Sat-Mon 22:00-06:00", "Wed 10:00-10:00", "Sun 22:00-06:00"])
def test_spans_of_the_week_are_the_times_that_lie_in_the_window(window: str) -> None:
    spans = [(start + week, end + week) for start, end in week_spans(window) for week in (-7 * 86400, 0)]
    monday = datetime.fromisoformat("2026-03-02T00:00+00:00")
    for seconds in range(0, 7 * 86400, 900):
        inside = any(start <= seconds < end for start, end in spans)
        assert in_window(window, monday + timedelta(seconds=seconds)) is inside


@pytest.mark.parametrize(
    "window", ["", "always", "Mon 7-18", "Mon 25:00-26:00", "Mux 07:00-18:00", "Mon 07:00-18:00 Mars/Olympus"]
)
def test_a_window_that_cannot_be_is_a_wrong_setting(window: str) -> None:
    with pytest.raises(ValidationError, match=r"Mon-Fri|no day, time or zone"):
        WakeSettings(keep_warm=(window,))
