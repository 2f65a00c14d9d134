"""The endpoint engine against vLLM's own server, for each architecture, and beside the same model in memory."""

import json
import urllib.error
import urllib.request
from base64 import b64encode
from typing import Any

import pytest
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from jsl_pipeline.engines import EndpointEngine, EndpointSettings, create_engine
from jsl_pipeline.errors import EngineError
from jsl_pipeline.schemas import FailureCause, Page, PageAnswer, PageFailure
from jsl_pipeline.serving import open_control
from tests.vllm.memory import settings
from tests.vllm.pages import check_reading, draw, page
from tests.vllm.served import KEY, Server, engine_for, read


def ask(server: Server, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """Status and text of a bare request."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, data, headers), timeout=60) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def ask_about(server: Server, *pictures: Page) -> tuple[int, str]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": "What is on it?"}]
    for picture in pictures:
        url = f"data:{picture.media_type};base64,{b64encode(picture.image).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return ask(server, "/v1/chat/completions", {"max_tokens": 4, "messages": [{"role": "user", "content": parts}]})


def test_every_page_is_answered_in_the_form_that_was_asked(server: Server) -> None:
    pages = [*map(draw, range(1, 11)), draw(11, (960, 1280))]
    readings = [check_reading(answer) for answer in read(server, pages).values()]
    assert len({reading.text for reading in readings}) > 1, "the model does not look at the page"
    for reading in readings:
        assert 0 < (reading.prompt_tokens or 0) < 1500
        assert 50 < (reading.completion_tokens or 0) < 1500


def test_a_model_in_memory_says_the_same(server: Server) -> None:
    pages = [*map(draw, range(1, 11)), draw(11, (960, 1280))]
    with create_engine(settings(server.model)) as engine:
        here = {answer.page_no: check_reading(answer) for answer in engine.read(pages)}
    served = read(server, pages, token_probabilities=True)
    there = {number: check_reading(answer) for number, answer in served.items()}
    assert {number: reading.text for number, reading in here.items()} == {n: r.text for n, r in there.items()}
    for number, reading in here.items():
        assert reading.prompt_tokens == there[number].prompt_tokens
        assert reading.completion_tokens == there[number].completion_tokens
        assert reading.probabilities
        assert reading.probabilities == pytest.approx(dict(there[number].probabilities), rel=0.01)
        assert reading.seconds > 0


def test_a_token_limit_below_any_answer_truncates_every_page(server: Server) -> None:
    answers = read(server, [draw(1), draw(2)], max_tokens=16, page_tokens=48)  # 16, then 32
    for answer in answers.values():
        assert isinstance(answer.outcome, PageFailure)
        assert answer.outcome.cause is FailureCause.TRUNCATED


def test_a_page_that_is_no_image_fails_alone(server: Server) -> None:
    pages = [draw(1), draw(2), page(3, b"\xff\xd8 not a picture", (480, 640)), draw(4), draw(5)]
    answers = read(server, pages)
    failure = answers.pop(3).outcome
    assert isinstance(failure, PageFailure)
    assert failure.cause is FailureCause.ENGINE
    for answer in answers.values():
        check_reading(answer)


def test_a_request_with_two_images_is_refused(server: Server) -> None:
    assert ask_about(server, draw(1))[0] == 200
    status, said = ask_about(server, draw(1), draw(2))
    assert status == 400
    assert "At most 1 image" in said


def test_a_wrong_key_ends_the_reading(server: Server) -> None:
    with engine_for(server, token=SecretStr("another")) as engine, pytest.raises(EngineError, match="denies access"):
        list(engine.read([draw(1)]))


def test_the_metrics_that_the_adviser_reads_are_there(server: Server) -> None:
    read(server, [draw(1)])
    status, metrics = ask(server, "/metrics")
    assert status == 200
    families = {family.name: family for family in text_string_to_metric_families(metrics)}
    assert {
        "vllm:num_requests_running",
        "vllm:num_requests_waiting",
        "vllm:kv_cache_usage_perc",
        "vllm:prompt_tokens",
        "vllm:generation_tokens",
        "vllm:prefix_cache_queries",
        "vllm:prefix_cache_hits",
        "vllm:request_success",
        "vllm:e2e_request_latency_seconds",
    } <= families.keys()
    (hits,) = families["vllm:prefix_cache_hits"].samples
    assert hits.value > 0, "the instructions before the page are read anew for each"
    finished = {sample.labels["finished_reason"]: sample.value for sample in families["vllm:request_success"].samples}
    assert finished["stop"] >= 1


def test_advice_understands_its_metrics(server: Server) -> None:
    read(server, [draw(1)])
    sample = open_control(EndpointSettings(url=server.url, token=SecretStr(KEY))).metrics()
    assert sample is not None
    assert sample.requests is not None
    assert sample.requests >= 1
    assert (sample.running, sample.waiting, sample.preemptions, sample.window_seconds) == (0, 0, 0, None)
    assert sample.prompt_tokens is not None
    assert sample.prompt_tokens > 0
    for timing in (sample.latency, sample.queue, sample.prefill, sample.decode):
        assert timing is not None
        assert timing.count == sample.requests


@pytest.mark.parametrize("server", ["qwen"], indirect=True)  # it makes no difference which, and takes a start
def test_a_server_killed_in_mid_batch_is_waited_for_and_no_page_is_lost(server: Server) -> None:
    pages = [draw(number) for number in range(1, 25)]
    said: list[str] = []
    answers: list[PageAnswer] = []
    with EndpointEngine(EndpointSettings(url=server.url, token=SecretStr(KEY)), said.append) as engine:
        for answer in engine.read(pages):
            answers.append(answer)
            if len(answers) == 4:
                server.kill()
                server.start()
    assert sorted(answer.page_no for answer in answers) == list(range(1, 25))
    for answer in answers:
        check_reading(answer)
    assert engine.calls.outages == 1
    assert "The endpoint is back." in said
