"""Provisioned concurrency, its queue and the time that requests take."""

import asyncio

import pytest
from emulator_client import chat, post, posts, send, table

from jsl_pipeline.emulator import CannedReader, Emulator, EmulatorSettings, Latency, running


def settings(seconds=0.3, **given):
    return EmulatorSettings(**{"port": 0, "latency": Latency(request_seconds=seconds), "hash_pages": False, **given})


def at_once(emulator, count):
    return posts(emulator.endpoint_url(), [chat(number) for number in range(count)])


def test_more_than_slots_and_queue_are_refused_in_databricks_words():
    with running(settings(seconds=1, slots=2, queue=3, retry_after_seconds=2)) as emulator:
        got = at_once(emulator, 8)
    refused = [each for each in got if each.status == 429]
    assert len(refused) == 3
    assert sum(each.status == 200 for each in got) == 5
    assert refused[0].json["message"].startswith("Too many concurrent requests. Consider increasing")
    assert refused[0].retry_after == "2"


def test_a_queue_without_limit_refuses_nobody_and_keeps_to_the_slots():
    async def scenario():
        async with Emulator(settings(slots=4, queue=None)) as emulator:
            sent = asyncio.create_task(send(emulator.endpoint_url(), [chat(number) for number in range(20)]))
            busiest = 0
            while not sent.done():
                busiest = max(busiest, emulator.slots.busy)
                await asyncio.sleep(0.005)
            began = min(entry.at_seconds - entry.service_seconds for entry in emulator.log)
            return {got.status for got in await sent}, busiest, emulator.log[-1].at_seconds - began

    statuses, busiest, seconds = asyncio.run(scenario())
    assert (statuses, busiest) == ({200}, 4)
    assert seconds > 4.9 * 0.3  # five rounds


def test_slots_change_while_requests_wait():
    async def scenario():
        async with Emulator(settings(slots=1, queue=None)) as emulator:
            slots = emulator.slots
            sent = asyncio.create_task(send(emulator.endpoint_url(), [chat(number) for number in range(9)]))
            while slots.busy + slots.waiting < 9:
                await asyncio.sleep(0.001)
            one = (slots.busy, slots.waiting)
            emulator.set_slots(6)
            await asyncio.sleep(0)
            six = (slots.busy, slots.waiting)
            emulator.set_slots(2)
            await asyncio.sleep(0)
            narrowed = (slots.busy, slots.waiting)
            while slots.waiting == 3:
                await asyncio.sleep(0.001)
            return one, six, narrowed, slots.busy <= 2, {got.status for got in await sent}

    assert asyncio.run(scenario()) == ((1, 8), (6, 3), (6, 3), True, {200})


def test_time_grows_with_pages_and_load():
    latency = Latency(request_seconds=0.1, page_seconds=0.2, growth=0.5)
    with running(settings(slots=3, latency=latency)) as emulator:
        post(emulator.endpoint_url(), table(range(4)))
        at_once(emulator, 3)
        alone, *together = (entry.service_seconds for entry in emulator.log)
    expected = [0.9, 0.3, 0.45, 0.6]
    for found, least in zip([alone, *sorted(together)], expected, strict=True):
        assert least <= found < least + 0.5


def test_time_grows_with_the_tokens_that_are_answered():
    latency = Latency(request_seconds=0.1, token_seconds=0.02)
    with running(settings(latency=latency, reader=CannedReader(text="x" * 80))) as emulator:  # 20 tokens
        for wanted in (1, 10, 100):
            post(emulator.endpoint_url(), chat(max_tokens=wanted))
        found = [entry.service_seconds for entry in emulator.log]
    for seconds, least in zip(found, [0.12, 0.3, 0.5], strict=True):
        assert least <= seconds < least + 0.15


def test_jitter_is_drawn_with_the_seed():
    def times():
        latency = Latency(request_seconds=0.2, jitter=0.9)
        with running(settings(slots=1, latency=latency)) as emulator:
            for number in range(5):
                post(emulator.endpoint_url(), chat(number))
            return [entry.service_seconds for entry in emulator.log]

    first = times()
    assert times() == pytest.approx(first, abs=0.1)
    assert max(first) - min(first) > 0.1


def test_a_request_that_takes_too_long_is_a_504():
    with running(settings(seconds=60, request_timeout_seconds=0.2)) as emulator:
        assert post(emulator.endpoint_url(), chat()).status == 504
