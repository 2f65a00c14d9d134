"""Outages: nothing listens, or everything is dropped; then all is well again."""

import asyncio

import pytest
from emulator_client import chat, post, send

from jsl_pipeline.emulator import Emulator, EmulatorSettings, Latency, Step, running
from jsl_pipeline.errors import SettingsError


async def _connects(url):
    host, _, port = url.removeprefix("http://").partition(":")
    try:
        _, writer = await asyncio.open_connection(host, int(port))
    except ConnectionRefusedError:
        return False
    writer.close()
    await writer.wait_closed()
    return True


@pytest.mark.parametrize("refuse", [True, False])
def test_an_outage_begins_and_ends(refuse):
    async def scenario():
        async with Emulator(EmulatorSettings(port=0)) as emulator:
            outage = asyncio.create_task(emulator.outage(1, refuse=refuse))
            await asyncio.sleep(0)
            [during] = await send(emulator.endpoint_url(), [chat()])
            listening = await _connects(emulator.url)
            await outage
            [after] = await send(emulator.endpoint_url(), [chat()])
            return during.status, listening, after.status

    assert asyncio.run(scenario()) == (0, not refuse, 200)


def test_requests_in_flight_end_with_the_outage():
    async def scenario():
        async with Emulator(EmulatorSettings(port=0, latency=Latency(request_seconds=0.3))) as emulator:
            sent = asyncio.create_task(send(emulator.endpoint_url(), [chat()]))
            while not emulator.slots.busy:
                await asyncio.sleep(0.01)
            await emulator.outage(0.1)
            while not emulator.log:
                await asyncio.sleep(0.01)
            return (await sent)[0].status, emulator.log[0].outcome

    assert asyncio.run(scenario()) == (0, "client_gone")


def test_outages_can_be_scripted():
    script = [Step(at_seconds=0, do="outage", value=1e6)]
    with running(EmulatorSettings(port=0, script=script)) as emulator:
        while post(emulator.endpoint_url(), chat()).status:
            pass
        assert asyncio.run(_connects(emulator.url)) is False


def test_a_port_that_is_taken_is_said_in_a_sentence():
    with running(EmulatorSettings(port=0)) as emulator:
        port = int(emulator.url.rpartition(":")[2])
        with pytest.raises(SettingsError, match="Choose another port"), running(EmulatorSettings(port=port)):
            raise AssertionError
