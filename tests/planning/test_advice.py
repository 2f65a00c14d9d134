"""Recorded days of an endpoint, and what is said of them."""

from datetime import timedelta
from typing import Any

import pytest
from recorded_days import DAY, MINUTE, a_day, a_run, cards, reader, status, working_hours

from jsl_pipeline.planning.advising import Advice, Code, Finding, Severity, advise
from jsl_pipeline.prices import load_prices
from jsl_pipeline.serving import EndpointSettings, EndpointState, Sample
from jsl_pipeline.store import EndpointRun

MULTIGPU_MEDIUM = 112 * 0.07  # dollars an hour, as the built-in prices have it
GPU_LARGE = 78.6 * 0.07


def advice(
    samples: list[Sample], *runs: EndpointRun, settings: EndpointSettings | None = None, days: float = 1
) -> Advice:
    return advise(settings or reader(), samples, runs, DAY, DAY + timedelta(days=days))


def found(code: Code, samples: list[Sample], *runs: EndpointRun, **more: Any) -> Finding:
    findings = {each.code: each for each in advice(samples, *runs, **more).findings}
    assert code in findings, f"found {sorted(findings)} only"
    return findings[code]


def codes(samples: list[Sample], *runs: EndpointRun, **more: Any) -> set[Code]:
    return {each.code for each in advice(samples, *runs, **more).findings}


# The published case: four cards, two in use, load in working hours, quiet nights


def test_the_published_case_names_idle_cards_and_what_they_cost() -> None:
    finding = found(Code.IDLE_CARDS, a_day())
    assert finding.evidence.startswith("2 of 4 cards idle over 10 h of work: gpu0 70% (memory 90%)")
    assert "They cost $94 a day: 2/4 of $7.84 an hour" in finding.evidence
    assert "A 2-card compute type saves $94 a day at the same speed" in finding.effect
    assert "None is on the price list" in finding.effect
    assert "2 replicas of GPU_MEDIUM have as many cards, at $2.80 an hour, and save $121 a day" in finding.effect
    assert "the 43 GB in use: GPU_LARGE (A100 80 GB) at $5.50 an hour saves $56 a day" in finding.effect
    assert finding.dollars_a_day == pytest.approx(24 * (MULTIGPU_MEDIUM - GPU_LARGE))
    assert (finding.severity, finding.sure) == (Severity.WARNING, "guessed")


def test_the_published_case_names_idle_nights_and_what_sleeping_would_save() -> None:
    finding = found(Code.IDLE_HOURS, a_day())
    assert finding.evidence == (
        "Awake and idle for 14 h of the 24 h that it was awake, most of it Wed 00:00 to Wed 08:00 and Wed 18:00 "
        "to Thu 00:00 UTC. At $7.84 an hour that cost $110 a day."
    )
    # 8 h and 6 h, less half an hour until it sleeps and 12 minutes to come up
    assert finding.dollars_a_day == pytest.approx(MULTIGPU_MEDIUM * (14 - 2 * 0.7))
    assert "Scale to zero, with waking before each batch, saves $99 a day" in finding.effect
    assert "2 a day" in finding.effect
    assert "`scale_to_zero_enabled`" in finding.change


def test_the_published_case_holds_nothing_else() -> None:
    assert codes(a_day()) == {Code.IDLE_CARDS, Code.IDLE_HOURS}


# Cards


@pytest.mark.parametrize(
    ("workload_type", "uses", "better", "saves"),
    [
        ("GPU_MEDIUM_8", (0.6,) * 4 + (0,) * 4, "MULTIGPU_MEDIUM", 290.8 - 112),
        ("GPU_MEDIUM_8", (0.6,) + (0,) * 7, "GPU_MEDIUM", 290.8 - 20),
        ("GPU_LARGE_8", (0.6,) * 2 + (0,) * 6, "GPU_LARGE_2", 628 - 157.2),
    ],
)
def test_fewer_of_the_same_cards_are_named_where_they_are_sold(
    workload_type: str, uses: tuple[float, ...], better: str, saves: float
) -> None:
    finding = found(Code.IDLE_CARDS, a_day(uses, lambda _: True, seen=status(workload_type)))
    assert finding.change == f"Set `workload_type` of the served entity to {better}."
    assert finding.dollars_a_day == pytest.approx(24 * 0.07 * saves)
    assert "at the same speed" in finding.effect
    assert finding.sure == "computed"


def test_idle_replicas_are_fewer_replicas() -> None:
    seen = status("GPU_MEDIUM", concurrency=16)
    finding = found(Code.IDLE_CARDS, a_day((0.9, 0.8, 0, 0), lambda _: True, seen=seen))
    assert "to 8" in finding.change
    assert finding.dollars_a_day == pytest.approx(24 * 2 * 20 * 0.07)


def test_a_machine_without_a_price_is_told_its_cards() -> None:
    unpriced = found(Code.IDLE_CARDS, a_day(seen=status(None)))
    assert unpriced.dollars_a_day is None
    assert "`engine.price.dollars_per_hour`" in unpriced.change
    priced = found(Code.IDLE_CARDS, a_day(seen=status(None)), settings=reader(price={"dollars_per_hour": 8}))
    assert priced.dollars_a_day == pytest.approx(24 * 8 / 2)


@pytest.mark.parametrize("uses", [(0.6, 0.5, 0.3, 0.1), (0, 0, 0, 0)])
def test_cards_that_work_and_cards_that_all_rest_are_no_idle_cards(uses: tuple[float, ...]) -> None:
    assert Code.IDLE_CARDS not in codes(a_day(uses))


def test_a_day_with_nights_asleep_costs_only_its_hours_awake() -> None:
    asleep = status(state=EndpointState.ASLEEP)
    day = [each if working_hours(each.at) else each.model_copy(update={"status": asleep}) for each in a_day()]
    finding = found(Code.IDLE_CARDS, day)
    assert "awake for 10 h a day" in finding.evidence
    assert finding.dollars_a_day == pytest.approx(10 * (MULTIGPU_MEDIUM - GPU_LARGE))
    assert Code.IDLE_HOURS not in codes(day)


# Hours


def test_an_endpoint_that_could_sleep_and_does_not_is_kept_awake_by_something() -> None:
    finding = found(Code.IDLE_HOURS, a_day(seen=status(scales_to_zero=True)))
    assert "something keeps it awake" in finding.change


def test_short_pauses_are_not_worth_sleeping() -> None:
    assert Code.IDLE_HOURS not in codes(a_day(busy=lambda at: at.minute >= 40))


def test_time_that_nobody_saw_is_neither_idle_nor_paid() -> None:
    day = [each for each in a_day() if each.at.hour < 2 or each.at.hour >= 7]
    finding = found(Code.IDLE_HOURS, day)
    # of 19 hours known, 9 quiet in spans of 2, 1 and 6
    assert finding.dollars_a_day == pytest.approx(MULTIGPU_MEDIUM * (9 - 3 * 0.7) * 24 / 19, rel=0.01)


def test_cards_at_work_are_work_even_before_a_request_ends() -> None:
    day = a_day((0.9,), lambda _: True, seen=status("GPU_MEDIUM"), requests=0.0)
    assert Code.IDLE_HOURS not in codes(day)


# Requests


def always(use: float = 0.5, workload_type: str = "GPU_MEDIUM", **seen: Any) -> list[Sample]:
    return a_day((use,), lambda _: True, minutes=120, seen=status(workload_type), **seen)


def test_a_queue_before_cards_with_time_asks_for_more_slots() -> None:
    finding = found(Code.CONCURRENCY_LOW, always(0.4, latency=6, queue=3), a_run())
    assert "waits for 3 s at the endpoint, 50% of its time" in finding.evidence
    assert "only 40% of the time" in finding.evidence
    assert "2.0 times the pages a second, 1 to 2" in finding.effect
    assert "from 4 to some 8" in finding.change


def test_a_queue_before_busy_cards_says_that_they_are_the_limit() -> None:
    finding = found(Code.GPU_FULL, always(0.95, latency=6, queue=3))
    assert "they are the limit" in finding.evidence
    assert finding.severity is Severity.INFO


def test_refusals_without_figures_of_cards_are_told_as_such() -> None:
    samples = [each.model_copy(update={"cards": ()}) for each in always(refused=6.0)]
    finding = found(Code.THROTTLED, samples)
    assert "10.0% of requests were refused (4xx)" in finding.evidence
    own = found(Code.THROTTLED, samples, a_run(faults={"throttled": 360}))
    assert "10.0% of requests were refused (429)" in own.evidence
    assert Code.THROTTLED not in codes(samples, a_run(faults={"bad_input": 360}))


def test_slots_that_are_never_used_are_replicas_too_many() -> None:
    samples = always(slots=16.0, latency=3)  # one request ends each second: three are worked on
    finding = found(
        Code.CONCURRENCY_HIGH, [each.model_copy(update={"status": status("GPU_MEDIUM", 16)}) for each in samples]
    )
    assert "16 requests at once are provisioned, and never more than 3.0" in finding.evidence
    assert finding.dollars_a_day == pytest.approx(24 * 3 * 20 * 0.07)
    assert finding.change.endswith("to 4.")


def test_a_client_that_may_not_send_more_is_named() -> None:
    settings = reader(max_concurrency=3)
    finding = found(Code.CONCURRENCY_LOW, always(slots=8.0, latency=3), settings=settings)
    assert "at most 3 requests at once; 8 are provisioned" in finding.evidence
    assert "`engine.max_concurrency` to at least 8" in finding.change
    assert Code.CONCURRENCY_LOW not in codes(always(slots=8.0, latency=1), settings=settings)


def test_failures_are_named_by_their_share() -> None:
    assert found(Code.FAILURES, always(failed=3.0)).severity is Severity.WARNING
    finding = found(Code.FAILURES, always(failed=12.0))
    assert "1440 of 7200 requests failed at the endpoint (5xx), 20.0%" in finding.evidence
    assert finding.severity is Severity.CRITICAL
    assert Code.FAILURES not in codes(always(failed=0.3))


def test_full_gpu_memory_matters_where_something_goes_wrong() -> None:
    full = cards(0.5, memory=0.97)
    assert Code.MEMORY not in codes(always(cards=full))
    assert "gpu0 97%" in found(Code.MEMORY, always(cards=full, failed=0.3)).evidence


def test_a_full_cache_is_told_and_weighs_more_with_requests_put_back() -> None:
    assert found(Code.MEMORY, always(cache=0.99)).severity is Severity.INFO
    growing = [each.model_copy(update={"preemptions": float(n), "cache": 0.99}) for n, each in enumerate(always())]
    finding = found(Code.MEMORY, growing)
    assert "120 requests were put back" in finding.evidence
    assert finding.severity is Severity.WARNING


# The client


def test_a_starved_endpoint_asks_for_a_faster_reading_side() -> None:
    finding = found(Code.STARVED, always(), a_run(starved_seconds=1800))
    assert "lacked pages for 30 min of 60 min of reading (50%)" in finding.evidence
    assert "Up to 2.0 times the pages a second, from 1" in finding.effect
    assert Code.STARVED not in codes(always(), a_run(starved_seconds=360))


def test_a_slow_wire_is_named_with_its_speed() -> None:
    finding = found(Code.WIRE, always(), a_run(upload_seconds=3600, bytes_sent=3600 * 400_000))
    assert "Requests of 0.4 MB spend 33% of their time on the way to the endpoint, at 0.4 MB/s each" in finding.evidence
    assert Code.WIRE not in codes(always(), a_run(upload_seconds=360))


def test_readings_that_mostly_wait_ask_for_larger_batches() -> None:
    finding = found(Code.WAITING, always(), a_run(seconds=900, pages=40, waited_seconds=720))
    assert "1 reading waited for the endpoint for 12 min of their 15 min, and read 40 pages" in finding.evidence
    assert "`engine.gather.max_wait_seconds`" in finding.change


# What cannot be said


def test_without_metrics_idle_hours_follow_from_the_readings() -> None:
    message = "The endpoint's metrics may not be read (HTTP 403): grant 'Can View'."
    samples = [Sample(at=each.at, status=status(), message=message) for each in a_day()]
    runs = [a_run(DAY + timedelta(hours=hour)) for hour in range(8, 18)]
    findings = advice(samples, *runs).findings
    assert [each.code for each in findings] == [Code.IDLE_HOURS, Code.NO_METRICS]
    assert findings[0].dollars_a_day == pytest.approx(MULTIGPU_MEDIUM * (14 - 2 * 0.7), rel=0.01)
    assert findings[1].evidence == f"The endpoint gave no metrics: {message}"
    assert "pipeline's own readings" in findings[1].effect


def test_an_endpoint_that_slept_through_owes_no_metrics() -> None:
    samples = [
        Sample(at=each.at, status=status(state=EndpointState.ASLEEP), message="It has none.") for each in a_day()
    ]
    assert codes(samples) == {Code.NOTHING_FOUND}


def test_where_nothing_was_recorded_that_is_said_and_what_to_do() -> None:
    finding = found(Code.NOTHING_RECORDED, [])
    assert "Nothing was recorded of the endpoint from 2026-11-18 00:00 to 2026-11-19 00:00 UTC" in finding.evidence
    assert "endpoint_sensor" in finding.change
    assert "readings tell of themselves" in found(Code.NOTHING_RECORDED, [], a_run()).evidence


def test_a_day_in_order_says_what_was_looked_at() -> None:
    finding = found(Code.NOTHING_FOUND, a_day((0.7,), lambda _: True, seen=status("GPU_MEDIUM")), a_run())
    assert finding.evidence == (
        "Nothing to change: 1441 samples over 24 h; awake for 24 h, with work for 24 h; 86,400 requests, "
        "0 failed; cards at work 70% of that time; 1 reading."
    )
    assert finding.severity is Severity.INFO


def test_what_costs_most_comes_first() -> None:
    severe = always(0.4, latency=6, queue=3, failed=12.0)
    assert [each.severity for each in advice(severe).findings] == [Severity.CRITICAL, Severity.WARNING]
    day = advice(a_day()).findings
    assert [each.dollars_a_day for each in day] == sorted((each.dollars_a_day for each in day), reverse=True)


def test_counts_since_the_start_and_a_restart_in_between_are_counted_once() -> None:
    counts = [0, 100, 200, 5, 30]
    samples = [Sample(at=DAY + n * MINUTE, requests=count, running=1) for n, count in enumerate(counts)]
    figures = advice(samples).figures
    assert figures.requests == 230
    assert figures.in_work == 1


def test_prices_of_the_users_own_file_are_used(tmp_path: Any) -> None:
    text = 'read_on = 2026-10-01\nsource = "contract"\n[serving]\ndollars_per_dbu = 0.05\ncpu_dbu_per_hour = 1\n'
    text += "[serving.dbu_per_hour]\nMULTIGPU_MEDIUM = 100\n[jobs]\ndollars_per_dbu = 0.1\n"
    (tmp_path / "prices.toml").write_text(text)
    load_prices.cache_clear()
    finding = found(Code.IDLE_CARDS, a_day(), settings=reader(price={"file": str(tmp_path / "prices.toml")}))
    assert "2/4 of $5.00 an hour" in finding.evidence
    assert "$60 a day at the same speed" in finding.effect
    assert "none is on the price list" in finding.effect
    assert finding.dollars_a_day is None
