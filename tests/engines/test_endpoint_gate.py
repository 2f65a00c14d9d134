"""The gate finds an endpoint's capacity, holds it, and follows it, without being told."""

import pytest

from jsl_pipeline.engines.endpoint.gate import Gate
from tests.engines.scripted_slots import drive

SLOTS = (4, 16, 64, 256)


def gate() -> Gate:
    return Gate(None, 1024, seed=1)


@pytest.mark.parametrize("slots", SLOTS)
@pytest.mark.parametrize("queues", [False, True], ids=["refuses", "queues"])
def test_full_speed_after_twenty_latencies(slots: int, queues: bool) -> None:
    run = drive(gate(), lambda _: slots, 100, queues=queues)
    assert run.rate(20, 100) >= 0.97 * slots
    assert run.refused_share < 0.02


@pytest.mark.parametrize("slots", SLOTS)
def test_latencies_that_vary_do_not_lead_it_astray(slots: int) -> None:
    run = drive(gate(), lambda _: slots, 100, spread=0.3)
    assert run.rate(20, 100) >= 0.94 * slots
    assert run.refused_share < 0.02


@pytest.mark.parametrize("slots", [16, 64, 256])
def test_where_answers_come_all_at_once_the_first_refusal_ends_a_trial(slots: int) -> None:
    run = drive(gate(), lambda now: slots // 2 if 40 <= now < 80 else slots, 120, send=0)
    assert run.rate(95, 120) >= 0.95 * slots
    assert run.refused_share < 0.02


@pytest.mark.parametrize("slots", [16, 64, 256])
@pytest.mark.parametrize("queues", [False, True], ids=["refuses", "queues"])
def test_it_follows_a_step_down_and_back_up_within_fifteen_latencies(slots: int, queues: bool) -> None:
    run = drive(gate(), lambda now: slots // 2 if 40 <= now < 80 else slots, 120, queues=queues)
    assert run.rate(55, 80) >= 0.95 * slots / 2
    assert run.rate(95, 120) >= 0.95 * slots
    assert run.refused_share < 0.02


def test_a_server_that_batches_is_filled_though_latency_grows() -> None:
    """Two seconds alone, 50 ms more for each page beside it: at most 20 pages a second, at endless latency."""
    run = drive(gate(), lambda _: 10_000, 200, latency=2, slope=0.05, queues=True)
    assert run.rate(100, 200) >= 0.75 * 20
    assert run.gate.limit < 500


def test_it_begins_at_what_the_endpoint_is_said_to_take() -> None:
    told = gate()
    told.expect(64)
    run = drive(told, lambda _: 64, 10)
    assert run.rate(0, 10) >= 0.85 * 64
    assert run.refused_share < 0.02


def test_never_more_than_the_most() -> None:
    run = drive(Gate(None, 10), lambda _: 100, 30)
    assert run.gate.limit == 10
    assert run.refused == []


def test_retry_after_is_honoured_when_the_endpoint_became_smaller() -> None:
    held = Gate(2, 2)
    first, second = held.send(0.0), held.send(0.0)
    held.refuse(second, 7.0, 1.0)
    held.answered(2.0, 2.0)
    assert first != second
    assert held.room(7.9) == 0
    assert held.room(8.1) > 0


def test_refusals_of_everything_are_answered_with_longer_and_longer_pauses() -> None:
    held, now, pauses = Gate(1, 8, seed=3), 0.0, []
    for _ in range(8):
        held.refuse(held.send(now), None, now)
        pauses.append(held.opens_at - now)
        now = held.opens_at
    assert pauses[0] <= 0.5
    assert 15 <= pauses[-1] <= 30


def test_after_an_outage_it_begins_low_and_climbs_back() -> None:
    came_back = gate()
    drive(came_back, lambda _: 64, 30)
    for _ in range(came_back.in_flight):
        came_back.lost(30.0)
    came_back.restart(31.0)
    assert came_back.room(31.0) == came_back.limit == 8


def test_it_keeps_to_its_part_when_others_come_and_go() -> None:
    """Four processes at 64 slots from second 40 to 80, one before and after."""
    share = [1.0]

    def slots(now: float) -> int:
        share[0] = 0.25 if 40 <= now < 80 else 1.0
        return 16 if 42 <= now < 80 else 64

    run = drive(Gate(None, 1024, seed=1, share=lambda: share[0]), slots, 120)
    assert run.rate(42, 80) >= 0.95 * 16
    assert run.rate(85, 120) >= 0.95 * 64
    assert run.refused_share < 0.02
    assert len([at for at in run.refused if 40 <= at < 45]) <= 2  # it need not be refused to go down by 48


def test_what_is_set_is_of_all_that_share_the_endpoint() -> None:
    told = Gate(16, 40, share=lambda: 0.25)
    assert told.limit == 4
    told.expect(64)
    assert told.limit == 10  # a quarter of the most
    assert Gate(1, 2, share=lambda: 0.1).limit == 1
