"""The simulation where queueing theory knows the answer: single pages over c slots, M/M/c and M/D/c."""

import heapq

import pytest

from bench.planning.simulating import arrivals, crommelin, erlang_c, single_pages
from jsl_pipeline.planning import simulate_arrivals


@pytest.mark.parametrize(("slots", "use", "count"), [(1, 0.5, 30_000), (4, 0.6, 30_000), (16, 0.8, 40_000)])
def test_times_are_those_of_an_m_m_c_queue(slots, use, count):
    outcome = simulate_arrivals(arrivals(slots, use, count, seed=1), single_pages(slots, spread=1))
    assert outcome.mean_seconds == pytest.approx(erlang_c(slots, use), rel=0.03)
    assert outcome.busy_share == pytest.approx(use, rel=0.02)


@pytest.mark.parametrize(("slots", "use", "count"), [(1, 0.6, 30_000), (4, 0.8, 40_000), (16, 0.9, 60_000)])
def test_times_are_those_of_an_m_d_c_queue(slots, use, count):
    outcome = simulate_arrivals(arrivals(slots, use, count, seed=2), single_pages(slots, spread=0))
    assert outcome.mean_seconds == pytest.approx(crommelin(slots, use), rel=0.03)


@pytest.mark.parametrize("slots", [1, 4, 16])
def test_equal_requests_go_one_by_one_into_the_slot_that_is_free_first(slots):
    came = arrivals(slots, 0.9, 5000, seed=3)
    free, times = [0.0] * slots, list[float]()
    for moment in came:
        end = max(heapq.heappop(free), moment) + 10
        heapq.heappush(free, end)
        times.append(end - moment)
    outcome = simulate_arrivals(came, single_pages(slots, spread=0))
    assert outcome.mean_seconds == pytest.approx(sum(times) / len(times))
    assert outcome.makespan_seconds == pytest.approx(max(free) - came[0])


def test_the_formula_for_equal_times_is_that_of_pollaczek_and_khinchine_for_one_slot():
    assert crommelin(1, 0.8) == pytest.approx(10 * (1 + 0.8 / (2 * (1 - 0.8))), rel=1e-6)
