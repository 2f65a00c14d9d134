"""Replicas that come and go with the load, and what is paid for."""

import asyncio
import json
import time
import urllib.request

import pytest
from emulator_client import chat, send

from jsl_pipeline.emulator import Autoscale, Emulator, EmulatorSettings, Latency, ScaleToZero, State, running

AWAKE = ScaleToZero(enabled=False)


def settings(**given):
    rule = Autoscale(min_slots=2, max_slots=6, step=2, grow_seconds=20, shrink_seconds=30)
    latency = Latency(request_seconds=40)
    defaults = {"port": 0, "latency": latency, "autoscale": rule, "queue": None, "speed": 50, "hash_pages": False}
    return EmulatorSettings(**{**defaults, **given})


async def until(condition):
    async with asyncio.timeout(30):
        while not condition():
            await asyncio.sleep(0.002)


def test_replicas_follow_what_waits_and_end_when_they_were_not_needed_for_long():
    async def scenario():
        async with Emulator(settings(scale_to_zero=AWAKE)) as emulator:
            await until(lambda: emulator.slots.capacity == 2)
            sent = asyncio.create_task(send(emulator.endpoint_url(), [chat(number) for number in range(12)]))
            await until(lambda: emulator.slots.waiting == 10)
            began, paid = emulator.log, emulator.replica_seconds
            await until(lambda: emulator.slots.busy == 6)
            growing = emulator.replica_seconds - paid
            statuses = {got.status for got in await sent}
            ended = emulator.log[-1].at_seconds
            await until(lambda: emulator.slots.capacity == 2)
            return began, growing, statuses, ended, emulator.replica_seconds - paid

    began, growing, statuses, ended, paid = asyncio.run(scenario())
    assert not began  # nobody was answered before it began to grow
    assert growing > 2.5 * 15  # three replicas are paid while two of them start
    assert statuses == {200}
    assert ended < 3 * 40 + 30  # two slots alone would need six rounds of 40 s
    assert paid > 3 * 100


def test_an_endpoint_that_sleeps_costs_nothing_and_wakes_with_its_fewest_replicas():
    zero = ScaleToZero(idle_seconds=30, wake_seconds=40, start_asleep=True)
    with running(settings(scale_to_zero=zero, latency=Latency(request_seconds=1))) as emulator:
        assert emulator.replica_seconds == 0
        asyncio.run(send(emulator.endpoint_url(), [chat(1)]))
        woken = emulator.replica_seconds
        while emulator.state is not State.ASLEEP:
            time.sleep(0.01)
        slept = emulator.replica_seconds
        assert emulator.replica_seconds == pytest.approx(slept)
    assert 35 < woken < slept
    assert slept > 65


def test_without_autoscaling_an_endpoint_counts_as_one_replica():
    with running(settings(autoscale=None, slots=8, scale_to_zero=AWAKE)) as emulator:
        began, first = time.monotonic(), emulator.replica_seconds
        while (paid := emulator.replica_seconds - first) < 10:
            time.sleep(0.01)
        assert paid <= (time.monotonic() - began) * emulator.settings.speed


def test_the_control_api_speaks_of_least_and_most():
    with running(settings(scale_to_zero=AWAKE)) as emulator:
        url = f"{emulator.url}/api/2.0/serving-endpoints/{emulator.settings.endpoint}"
        token = emulator.settings.token.get_secret_value()
        request = urllib.request.Request(url, headers={"Authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request) as reply:
            (entity,) = json.load(reply)["config"]["served_entities"]
    assert (entity["min_provisioned_concurrency"], entity["max_provisioned_concurrency"]) == (2, 6)
