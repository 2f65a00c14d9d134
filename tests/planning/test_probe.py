"""`probe` against emulated endpoints: what it finds of hidden ones, and what it makes of those that misbehave."""

import asyncio
import time
from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest

from bench.planning.probing import Hidden, find, pages
from jsl_pipeline.emulator import CannedReader, EmulatorSettings, Fault, Latency, RunningEmulator, ScaleToZero, running
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.errors import EngineError, EngineUnavailable, SettingsError
from jsl_pipeline.planning import ProbeLimits, Profile, probe, stored_pages
from jsl_pipeline.planning.probing.load_test import Allowance, LoadTest, Measured
from jsl_pipeline.planning.probing.measurement import Measurement
from jsl_pipeline.planning.probing.pages import MOST, FreshPages
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving import EndpointSettings, EndpointState, EndpointStatus, open_control
from jsl_pipeline.serving.http import Http
from jsl_pipeline.store import PageRow, Store

pytestmark = pytest.mark.deployments  # they take their time, and a machine that is theirs

AWAKE = ScaleToZero(enabled=False)
FEW = ProbeLimits(requests=45)


def emulator(slots: int, queue: int | None = None, seconds: float = 0.05, **changes: Any) -> EmulatorSettings:
    given = {"latency": Latency(request_seconds=seconds), "scale_to_zero": AWAKE, "hash_pages": False, "port": 0}
    return EmulatorSettings(slots=slots, queue=queue, **given | changes)


def client(server: RunningEmulator, **changes: Any) -> EndpointSettings:
    given = {"url": server.url, "name": "jsl-vl", "token": "emulator-token"}
    return EndpointSettings(**given | changes)


def measured(server: RunningEmulator, told: list[str] | None = None, limits: Any = None, **changes: Any) -> Profile:
    tell = (told if told is not None else []).append
    return probe(client(server, **changes), pages(), limits or ProbeLimits(), tell)


@pytest.mark.parametrize(
    "hidden",
    [
        Hidden(3, 6, Latency(page_seconds=0.05, jitter=0.1), "chat", 1),
        Hidden(9, None, Latency(request_seconds=0.04, page_seconds=0.005, growth=0.1), "dataframe_split", 2),
        Hidden(20, 30, Latency(request_seconds=0.12, jitter=0.1), "chat", 3),
    ],
    ids=str,
)
def test_capacity_and_knee_of_a_hidden_endpoint(hidden: Hidden) -> None:
    found = find(hidden)
    # On a machine that other tests share; on a quiet one 5 % and one step: see bench.planning.
    assert abs(found.error) <= 0.15, found.profile
    assert abs(found.steps_away) <= 2, found.profile
    assert found.size_share >= 0.9
    assert found.profile.requests <= 2000  # what is allowed where nothing is said
    most = None if hidden.queue is None else hidden.slots + hidden.queue
    assert found.profile.accepts in (most, None)  # None: it had its capacity before anything was refused


def test_a_step_counts_what_the_slots_can_do() -> None:
    async def scenario(server: RunningEmulator) -> Measured:
        settings = client(server)
        async with Http(settings) as http:
            allowance = Allowance(200, time.monotonic() + 60)
            test = LoadTest(settings, http, FreshPages(pages()), allowance)
            found = await test.run(candidate_ask(settings), 6, 1, 24)
            assert allowance.requests == 200 - found.step.requests
            return found

    with running(emulator(slots=4, seconds=0.2)) as server:
        found = asyncio.run(scenario(server))
        assert {entry.request_id and entry.request_id[:6] for entry in server.log} == {"probe-"}
    assert found.step.pages_per_second == pytest.approx(4 / 0.2, rel=0.25)
    assert found.step.mean_seconds == pytest.approx(0.3, rel=0.25)  # a third of it in the queue
    assert 24 + 6 <= found.step.requests <= 24 + 12


def test_a_machine_that_is_late_itself_is_told() -> None:
    async def busy() -> None:
        while True:
            await asyncio.sleep(0.02)
            time.sleep(0.15)

    async def scenario(server: RunningEmulator) -> Profile:
        settings, allowance = client(server), Allowance(60, time.monotonic() + 20)
        async with Http(settings) as http:
            test = LoadTest(settings, http, FreshPages(pages()), allowance)
            status = EndpointStatus(state=EndpointState.READY)
            measurement = Measurement(test, open_control(settings), status, 20, lambda sentence: None)
            hog = asyncio.create_task(busy())
            await measurement.run()
            hog.cancel()
            return measurement.findings.profile(test, status, measurement.requests, measurement.seconds, None)

    with running(emulator(slots=1, queue=0, seconds=0.2)) as server:
        profile = asyncio.run(scenario(server))
    assert profile.remarks[-1].startswith("This machine was busy itself, and late by ")


def test_an_endpoint_that_takes_one_request_at_a_time() -> None:
    with running(emulator(slots=1, queue=0)) as server:
        profile = measured(server)
    assert (profile.knee, profile.accepts) == (1, 1)
    assert profile.capacity == pytest.approx(20, rel=0.3)  # 50 ms and this machine's part
    assert len(profile.steps) <= 3


def test_who_refuses_is_not_asked_again_and_again() -> None:
    with running(emulator(slots=5, queue=0)) as server:
        profile = measured(server, limits=ProbeLimits(requests=250))
        refused = sum(entry.status == 429 for entry in server.log)
    assert (profile.accepts, profile.knee) == (5, 5)
    assert 1 <= refused == sum(step.refused for step in profile.steps) <= 8


def test_where_time_goes_without_metrics_of_the_model() -> None:
    latency = Latency(request_seconds=0.1, token_seconds=0.01)
    reader = CannedReader(text='{"a": "' + "x" * 71 + '"}')  # 20 tokens
    with running(emulator(slots=2, latency=latency, reader=reader)) as server:
        told = measured(server, limits=FEW).time
    assert told.decode == pytest.approx(0.19, abs=0.08)
    assert (told.overhead or 0) + (told.intake or 0) == pytest.approx(0.11, abs=0.08)
    assert told.prefill is told.preparation is None
    assert told.queue is not None  # its gateway tells that


def test_where_time_goes_by_the_metrics_of_vllm() -> None:
    latency = Latency(request_seconds=0.1, token_seconds=0.01)
    reader = CannedReader(text='{"a": "' + "x" * 71 + '"}')
    with running(emulator(slots=2, latency=latency, reader=reader)) as server:
        profile = measured(server, limits=FEW, name=None, model="jsl-vl")
    assert profile.time.prefill == pytest.approx(0.1, abs=0.08)
    assert profile.time.decode == pytest.approx(0.2, abs=0.1)
    assert profile.time.preparation is not None
    assert (profile.completion_tokens, profile.time.intake) == (20, None)
    assert not any("metrics" in remark for remark in profile.remarks)


def test_a_limit_of_requests_ends_it_with_what_was_measured() -> None:
    with running(emulator(slots=40)) as server:
        profile = measured(server, limits=ProbeLimits(requests=150))
        assert len(server.log) <= 150
    assert profile.requests <= 150
    assert profile.steps[-1].concurrency >= 4
    assert any("more than the 150 allowed" in remark and "at least" in remark for remark in profile.remarks)


def test_too_small_a_limit_is_a_sentence() -> None:
    with (
        running(emulator(slots=4, seconds=0.3)) as server,
        pytest.raises(EngineUnavailable, match=r"Too little was measured for a profile.*1 s allowed are over"),
    ):
        measured(server, limits=ProbeLimits(seconds=1))


def test_it_wakes_and_says_beforehand_what_it_may_cost() -> None:
    told: list[str] = []
    zero = ScaleToZero(start_asleep=True, wake_seconds=2)
    with running(emulator(slots=2, scale_to_zero=zero)) as server:
        profile = measured(server, told, FEW)
    assert told[0] == "At most 45 requests within 900 s, at $1.40 an hour no more than $0.35; waking is besides."
    assert told[1].startswith("Endpoint is asleep")
    assert profile.dollars is not None
    assert profile.concurrency == 2


@pytest.mark.parametrize(
    ("fault", "kind", "words"),
    [
        (Fault(effect="status", status=400), EngineError, "check `protocol`, `model`"),
        (Fault(effect="status", status=429), EngineUnavailable, "refuses even a request that is alone"),
        (Fault(effect="status", status=403), EngineError, "denies access"),
        (Fault(effect="reset"), EngineUnavailable, "disconnected"),
    ],
)
def test_an_endpoint_that_answers_no_page_is_a_sentence(fault: Fault, kind: type[EngineError], words: str) -> None:
    with running(emulator(slots=2, faults=(fault,))) as server:
        with pytest.raises(kind, match=words):
            measured(server)
        assert len(server.log) <= 4


def test_a_request_size_that_is_refused_is_left_out() -> None:
    with running(emulator(slots=2, payload_limit_bytes=60_000)) as server:
        profile = measured(server, limits=FEW, protocol="dataframe_split", max_request_pages=16)
    assert profile.pages_a_request < 16
    assert any("came to nothing (too_large)" in remark for remark in profile.remarks)


def test_pages_are_never_the_same_twice_and_look_the_same() -> None:
    shown = pages()[0]
    grey = cv2.imdecode(np.frombuffer(shown.image, np.uint8), cv2.IMREAD_UNCHANGED)
    lossless = shown.model_copy(update={"image": cv2.imencode(".png", grey)[1].tobytes(), "media_type": "image/png"})
    text = shown.model_copy(update={"image": b"", "media_type": "text/plain", "text": "Rx"})
    fresh = FreshPages([shown, lossless, text])

    async def take() -> list[Page]:
        return await fresh.take(120)

    taken = asyncio.run(take())
    assert len({page.image + page.text.encode() for page in taken}) == 120
    jpegs = [page for page in taken if page.media_type == "image/jpeg"]
    decoded = [cv2.imdecode(np.frombuffer(page.image, np.uint8), cv2.IMREAD_UNCHANGED) for page in jpegs]
    assert len({each.tobytes() for each in decoded}) == 40  # caches go by pixels
    assert all(np.array_equal(each[16:], decoded[1][16:]) for each in decoded[1:])


def test_of_many_pages_some_are_taken_and_of_none_nothing() -> None:
    many = [page.model_copy(update={"page_no": number + 1}) for number in range(100) for page in pages()[:1]]
    assert len(FreshPages(many)) == MOST
    with pytest.raises(SettingsError, match="no page"):
        FreshPages([])


def test_without_files_the_newest_batch_gives_its_prepared_pages(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    with pytest.raises(SettingsError, match="no prepared page"):
        stored_pages(store)
    for batch, kept, state in (("2026-01", 2, "prepared"), ("2026-02", 3, "prepared"), ("2026-03", 1, "blank")):
        part = f"pages/{batch}/part.parquet"
        shape = {"media_type": "image/jpeg", "width": 120, "height": 160}
        rows = [
            PageRow(batch=batch, document_id="d", page_no=n + 1, state=state, page_sha=str(n), part=part, **shape)
            for n in range(kept)
        ]
        store.parts.write(part, [(row, pages()[row.page_no] if state == "prepared" else None) for row in rows])
        store.tables.replace("pages", batch, lambda rows=rows: rows)
    assert [page.image for page in stored_pages(store)] == [page.image for page in pages()[1:4]]
