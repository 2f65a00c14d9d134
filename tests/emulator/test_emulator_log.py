"""The request log: what was answered to whom, and no content."""

import asyncio
import json

import pytest
from emulator_client import chat, post, send, sha, table

from jsl_pipeline.emulator import Emulator, EmulatorSettings, Fault, Latency, LogEntry, running


def test_a_line_for_each_invocation_with_hashes_and_no_content(tmp_path):
    path = tmp_path / "requests.jsonl"
    with running(EmulatorSettings(port=0, log=path, faults=[Fault(effect="reset", every=3)])) as emulator:
        post(emulator.endpoint_url(), table([1, 2]), **{"X-Request-Id": "first"})
        post(emulator.endpoint_url(), {"instances": [1]})
        post(emulator.endpoint_url(), chat(3))
        post(emulator.endpoint_url(), chat(4))
        lines = [LogEntry.model_validate_json(line) for line in path.read_text().splitlines()]  # while it runs
        assert tuple(lines) == tuple(emulator.log)
    assert [line.outcome for line in lines] == ["answered", "status", "answered", "closed"]
    assert lines[0].request_id == "first"
    assert lines[0].pages == (sha(1), sha(2))
    assert lines[0].bytes_in == len(json.dumps(table([1, 2])))
    assert lines[0].bytes_out > 100
    assert "Read" not in path.read_text()


def test_hashing_can_be_left_out():
    with running(EmulatorSettings(port=0, hash_pages=False)) as emulator:
        post(emulator.endpoint_url(), chat(1))
        assert emulator.log[0].pages == ()
        assert emulator.log[0].page_count == 1


async def _until(condition):
    while not condition():
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("abort", [True, False])
def test_a_client_that_left_was_not_answered(abort):
    async def scenario():
        settings = EmulatorSettings(port=0, latency=Latency(request_seconds=0.3), abort_on_disconnect=abort)
        async with Emulator(settings) as emulator:
            leaving = asyncio.create_task(send(emulator.endpoint_url(), [chat(1)]))
            await _until(lambda: emulator.slots.busy)
            leaving.cancel()
            await _until(lambda: emulator.log)
            await send(emulator.endpoint_url(), [chat(2)])
            return emulator.log

    gone, answered = asyncio.run(scenario())
    assert (gone.pages, gone.outcome, gone.status) == ((sha(1),), "client_gone", None)
    assert (answered.pages, answered.outcome, answered.status) == ((sha(2),), "answered", 200)
    assert (gone.service_seconds > 0) is not abort  # the work was done for nobody, or given up


def test_a_client_that_left_in_the_queue_gets_no_slot():
    async def scenario():
        async with Emulator(EmulatorSettings(port=0, slots=1, latency=Latency(request_seconds=0.3))) as emulator:
            first = asyncio.create_task(send(emulator.endpoint_url(), [chat(1)]))
            await _until(lambda: emulator.slots.busy)
            leaving = asyncio.create_task(send(emulator.endpoint_url(), [chat(2)]))
            await _until(lambda: emulator.slots.waiting)
            leaving.cancel()
            await first
            await _until(lambda: len(emulator.log) == 2)
            return {entry.pages: (entry.outcome, entry.service_seconds > 0) for entry in emulator.log}

    assert asyncio.run(scenario()) == {(sha(1),): ("answered", True), (sha(2),): ("client_gone", False)}
