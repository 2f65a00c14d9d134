"""Metrics pages of Databricks and vLLM become samples, over real HTTP."""

import json
import logging
from datetime import UTC, datetime

import pytest
from loopback import Answer, closing, listening, saying, silent

from jsl_pipeline.emulator import EmulatorSettings, Latency, running
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.serving import (
    Control,
    EndpointSettings,
    EndpointState,
    Sample,
    Timing,
    observe,
    open_control,
    parse_metrics,
)

NOW = datetime(2026, 11, 21, 12, 0, tzinfo=UTC)

TWO_ENTITIES = """
# TYPE gpu_memory_usage_percentage gauge
gpu_memory_usage_percentage{endpoint_name="e",served_entity_name="a",device="0"} 90
gpu_memory_usage_percentage{endpoint_name="e",served_entity_name="b",device="0"} 10
gpu_usage_percentage{endpoint_name="e",served_entity_name="a",device="0"} 80
gpu_usage_percentage{endpoint_name="e",served_entity_name="b",device="0"} NaN
cpu_usage_percentage{endpoint_name="e",served_entity_name="a"} 10
cpu_usage_percentage{endpoint_name="e",served_entity_name="b"} 30
# TYPE request_count_total gauge
request_count_total{endpoint_name="e",served_entity_name="a"} 7
request_count_total{endpoint_name="e",served_entity_name="b"} 5
something_new{endpoint_name="e"} 1
"""

VLLM = """
# HELP vllm:num_requests_running Number of requests in model execution batches.
# TYPE vllm:num_requests_running gauge
vllm:num_requests_running{engine="0",model_name="m"} 3.0
vllm:num_requests_running{engine="1",model_name="m"} 2.0
# TYPE vllm:num_requests_waiting gauge
vllm:num_requests_waiting{engine="0",model_name="m"} 4.0
# TYPE vllm:kv_cache_usage_perc gauge
vllm:kv_cache_usage_perc{engine="0",model_name="m"} 0.25
vllm:kv_cache_usage_perc{engine="1",model_name="m"} 0.5
# TYPE vllm:num_preemptions_total counter
vllm:num_preemptions_total{engine="0",model_name="m"} 6.0
# TYPE vllm:request_success_total counter
vllm:request_success_total{engine="0",finished_reason="stop",model_name="m"} 10.0
vllm:request_success_total{engine="0",finished_reason="length",model_name="m"} 2.0
vllm:request_success_total{engine="0",finished_reason="error",model_name="m"} 1.0
# TYPE vllm:prompt_tokens_total counter
vllm:prompt_tokens_total{engine="0",model_name="m"} 5000.0
# TYPE vllm:e2e_request_latency_seconds histogram
vllm:e2e_request_latency_seconds_bucket{engine="0",le="+Inf",model_name="m"} 13.0
vllm:e2e_request_latency_seconds_count{engine="0",model_name="m"} 13.0
vllm:e2e_request_latency_seconds_sum{engine="0",model_name="m"} 26.5
# TYPE vllm:request_prefill_time_seconds histogram
vllm:request_prefill_time_seconds_count{engine="0",model_name="m"} 13.0
vllm:request_prefill_time_seconds_sum{engine="0",model_name="m"} 4.0
"""


def parsed(text: str | bytes) -> Sample:
    sample = parse_metrics(text.encode() if isinstance(text, str) else text, NOW)
    assert sample is not None
    return sample


@pytest.fixture(autouse=True)
def quiet(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.CRITICAL, "aiohttp")


def control_of(url: str) -> Control:
    return open_control(EndpointSettings(url=url, name="jsl-vl", token="emulator-token"))


def test_a_page_of_databricks_tells_cards_load_and_times() -> None:
    settings = EmulatorSettings(port=0, gpus=4, slots=3, latency=Latency(request_seconds=2), speed=20)
    with running(settings) as emulator:
        control = control_of(emulator.url)
        for _ in range(3):
            assert control.answers()
        sample = control.metrics()
        assert sample is not None
    assert [card.name for card in sample.cards] == ["gpu0", "gpu1", "gpu2", "gpu3"]
    assert all(card.use is not None and 0 < card.use < 1 and card.memory == 0.9 for card in sample.cards)
    assert sample.gpu_idle_share == pytest.approx(1 - (sample.cards[0].use or 0))
    assert (sample.slots, sample.requests, sample.refused, sample.failed) == (3, 3, 0, 0)
    assert sample.window_seconds == 60
    assert sample.latency is not None
    assert sample.queue is not None
    assert (sample.latency.count, sample.queue.count) == (3, 3)
    assert sample.latency.seconds >= 6 > sample.queue.seconds
    assert (sample.running, sample.cache, sample.prompt_tokens) == (None, None, None)


def test_entities_are_summed_and_cards_told_apart_by_any_label() -> None:
    sample = parsed(TWO_ENTITIES)
    assert sample.requests == 12
    assert sample.cpu == 0.2
    seen = {card.name: (card.use, card.memory) for card in sample.cards}
    assert seen == {"0/a": (0.8, 0.9), "0/b": (None, 0.1)}
    assert sample.gpu_idle_share == pytest.approx(0.2)


def test_a_page_of_vllm_tells_requests_tokens_and_times() -> None:
    sample = parsed(VLLM)
    assert (sample.running, sample.waiting, sample.cache, sample.preemptions) == (5, 4, 0.5, 6)
    assert (sample.requests, sample.failed, sample.window_seconds) == (13, 1, None)
    assert sample.latency == Timing(seconds=26.5, count=13)
    assert sample.prefill == Timing(seconds=4, count=13)
    assert (sample.decode, sample.generation_tokens, sample.gpu_idle_share) == (None, None, None)


@pytest.mark.parametrize("end", ["", "# EOF\n", "# UNIT request_latency_ms ms\n# EOF\n"])
def test_openmetrics_is_read_with_and_without_its_end_and_units(end: str) -> None:
    assert parsed(TWO_ENTITIES + end) == parsed(TWO_ENTITIES)


def test_a_page_wrapped_in_json_is_read() -> None:
    assert parsed(json.dumps({"contents": VLLM})) == parsed(VLLM)


@pytest.mark.parametrize("declared", ["# TYPE request_count_total counter\n", "# TYPE request_count counter\n# EOF\n"])
def test_a_count_declared_as_a_counter_is_of_all_time(declared: str) -> None:
    assert parsed(f'{declared}request_count_total{{endpoint_name="e"}} 7\n').window_seconds is None


@pytest.mark.parametrize(
    "body",
    [b"", b"<html>Sign in</html>", b"{}", b'{"contents": 3}', b"[", b"\xff\xfe", b"other_metric 1\n", b"a{b 1\n"],
)
def test_what_is_no_page_that_is_known_is_none(body: bytes) -> None:
    assert parse_metrics(body, NOW) is None


@pytest.mark.parametrize(
    ("answer", "raised", "says"),
    [
        (saying(403), EngineError, "grant 'Can View'"),
        (saying(401), EngineError, "HTTP 401"),
        (saying(429), EngineUnavailable, "HTTP 429"),
        (saying(500), EngineUnavailable, "HTTP 500"),
        (closing, EngineUnavailable, "cannot be reached"),
        (silent, EngineUnavailable, "in time"),
    ],
)
def test_metrics_that_cannot_be_read_say_why(answer: Answer, raised: type[EngineError], says: str) -> None:
    with listening(answer) as server:
        with pytest.raises(raised, match=says):
            control_of(server.url).metrics()
        assert {each.path for each in server.asked} == {"/api/2.0/serving-endpoints/jsl-vl/metrics"}
        seen = observe(control_of(server.url))
    assert seen.message
    assert not seen.cards


def test_an_endpoint_without_a_metrics_page_says_so() -> None:
    with listening(saying(404)) as server:
        control = open_control(EndpointSettings(url=server.url, auth="none"))
        assert control.metrics() is None
        assert server.paths == ["GET /metrics"]
        seen = observe(control)
    assert seen.state is EndpointState.UNKNOWN
    assert seen.message == "It has no metrics page, or none whose figures are known."
