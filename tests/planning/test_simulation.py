"""What a deployment does under a load, small enough to be worked out by hand."""

import pytest

from jsl_pipeline.planning import CpuCluster, Deployment, Kind, Load, Replica, simulate, simulate_arrivals

WEEK = 7 * 86400


def replica(**changes):
    return Replica(**{"compute": "GPU", "slots": 2, "request_seconds": 10, "dollars_per_hour": 3600, **changes})


def deployment(kind=Kind.SCALE_TO_ZERO, **changes):
    defaults = {
        "kind": kind,
        "replica": replica(),
        "start_seconds": 100,
        "idle_seconds": 50,
        "cpu": CpuCluster(cores=1, pages_per_core_second=1),
        "gather_seconds": 5,
        "overhead_seconds": 3,
    }
    return Deployment(**{**defaults, **changes})


def test_an_endpoint_is_woken_when_the_batch_closes_and_sleeps_after_it_was_idle():
    outcome = simulate_arrivals([0, 1, 2, 3], deployment(), seconds=1000)
    # closed at 5, awake at 105, its run begins at 108, two rounds: all records at 128; asleep at 178
    assert outcome.makespan_seconds == 128
    assert outcome.p50_seconds == pytest.approx(126.5)
    assert outcome.gpu_dollars == 173
    assert outcome.busy_share == pytest.approx(40 / (2 * 173))
    assert (outcome.pages, outcome.batches, outcome.cold_starts) == (4, 1, 1)


def test_containers_start_once_the_batch_is_prepared():
    outcome = simulate_arrivals([0, 1, 2, 3], deployment(Kind.CLUSTER), seconds=1000)
    assert outcome.makespan_seconds == 5 + 4 + 100 + 3 + 20
    assert outcome.gpu_dollars == 100 + 3 + 20 + 50


def test_an_endpoint_that_is_always_warm_waits_for_preparation_and_overhead_alone():
    outcome = simulate_arrivals([0, 1, 2, 3], deployment(Kind.ALWAYS_WARM, min_replicas=2, max_replicas=2), seconds=500)
    assert outcome.makespan_seconds == 5 + 4 + 3 + 10
    assert outcome.gpu_dollars == 2 * 500
    assert outcome.cold_starts == 0


def test_a_second_batch_in_time_finds_it_awake_and_a_late_one_wakes_it_again():
    awake = simulate_arrivals([0, 140], deployment())
    late = simulate_arrivals([0, 500], deployment())
    assert (awake.cold_starts, late.cold_starts) == (1, 2)
    assert awake.makespan_seconds == 140 + 5 + 1 + 3 + 10
    assert late.makespan_seconds == 500 + 5 + 100 + 3 + 10


def test_batches_close_by_size_and_are_prepared_and_read_one_after_the_other():
    given = deployment(
        Kind.ALWAYS_WARM, batch_pages=2, cpu=CpuCluster(cores=2, pages_per_core_second=0.05, start_seconds=4)
    )
    outcome = simulate_arrivals([0] * 6, given)
    # three batches, prepared at 24, 48 and 72; the last is read from 75 to 85
    assert outcome.batches == 3
    assert outcome.makespan_seconds == 85
    assert outcome.cpu_dollars == 0


def test_several_batches_may_be_read_at_once():
    given = {"batch_pages": 1, "overhead_seconds": 30, "cpu": CpuCluster(cores=10, pages_per_core_second=1e6)}
    alone = simulate_arrivals([0, 0], deployment(Kind.ALWAYS_WARM, **given))
    both = simulate_arrivals([0, 0], deployment(Kind.ALWAYS_WARM, batches_at_once=2, **given))
    assert alone.makespan_seconds == pytest.approx(30 + 10 + 30 + 10)
    assert both.makespan_seconds == pytest.approx(30 + 10)


def test_replicas_come_while_requests_wait_and_end_when_they_were_not_needed():
    given = deployment(
        Kind.ALWAYS_WARM,
        replica=replica(slots=1),
        max_replicas=3,
        grow_seconds=25,
        shrink_seconds=60,
        batch_pages=9,
        cpu=CpuCluster(cores=1, pages_per_core_second=1e9),
        overhead_seconds=0,
    )
    outcome = simulate_arrivals([0] * 9, given, seconds=200)
    # one slot begins at 0, 10 and 20; two more at 25 share what is left with it
    assert outcome.makespan_seconds == pytest.approx(50, abs=1e-3)
    assert outcome.gpu_dollars == pytest.approx(3 * (50 + 60) + 90, abs=0.01)


def test_a_request_holds_several_pages():
    given = deployment(Kind.ALWAYS_WARM, replica=replica(slots=1, pages_a_request=4))
    assert simulate_arrivals([0] * 9, given).makespan_seconds == 5 + 9 + 3 + 30


def test_a_window_keeps_it_awake_and_wakes_it_without_work():
    given = deployment(Kind.WINDOW, window="Mon 01:00-02:00", start_seconds=300, idle_seconds=1800)
    outcome = simulate(Load.constant(0), given)
    # woken at 1:00, kept warm at 1:20 and 1:40, asleep at 2:10
    assert outcome.gpu_dollars == 70 * 60
    assert outcome.cold_starts == 0
    assert outcome.p50_seconds == 0


def test_work_in_the_window_finds_it_awake():
    given = deployment(Kind.WINDOW, window="Mon 01:00-02:00", start_seconds=300, idle_seconds=1800)
    within = simulate_arrivals([4200], given)
    outside = simulate_arrivals([60], given)
    assert (within.cold_starts, within.p50_seconds) == (0, 5 + 1 + 3 + 10)
    assert (outside.cold_starts, outside.p50_seconds) == (1, 5 + 300 + 3 + 10)


def test_pages_over_the_deadline_are_counted():
    outcome = simulate_arrivals([0, 1, 2, 3], deployment(), deadline_seconds=126.5)
    assert outcome.missed == 2


def test_work_that_needs_longer_than_the_week_is_done_after_it():
    load = Load.daily([0] * 23 + [2000])
    slow = simulate(load, deployment(Kind.ALWAYS_WARM, replica=replica(slots=1, request_seconds=50)))
    assert slow.days > 7
    assert slow.gpu_dollars == pytest.approx(slow.days * 86400)


def test_a_week_has_the_pages_of_its_load_and_the_same_seed_draws_the_same():
    load, given = Load.constant(600), deployment(gather_seconds=60)
    one, again, other = (simulate(load, given, seed=seed) for seed in (1, 1, 2))
    assert one == again
    assert one.pages != other.pages
    assert one.pages == pytest.approx(load.pages, rel=0.02)
    assert one.days == pytest.approx(7, abs=0.01)


def test_times_that_are_drawn_add_up_to_the_work_and_a_tail():
    given = deployment(Kind.ALWAYS_WARM, replica=replica(slots=10, spread=0.5), overhead_seconds=0)
    ends = [simulate_arrivals([0] * 500, given, seed=seed).makespan_seconds for seed in range(30)]
    # 50 rounds of 10 s; the last of 10 requests ends 9.5 s later, as serving them one by one from a heap shows
    assert sum(ends) / 30 == pytest.approx(5 + 500 + 500 + 9.5, abs=7)
