"""The endpoint engine against vLLM's own server, for each architecture."""

import hashlib
import io
import json
import socket
import urllib.error
import urllib.request
from base64 import b64encode
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import psutil
import pytest
from PIL import Image, ImageDraw
from prometheus_client.parser import text_string_to_metric_families
from pydantic import SecretStr

from jsl_pipeline.engines import EndpointEngine, EndpointSettings
from jsl_pipeline.errors import EngineError
from jsl_pipeline.hosting import ModelServer, ServerSettings, VllmOptions
from jsl_pipeline.schemas import Candidate, FailureCause, Page, PageAnswer, PageFailure, Reading

KEY = "tiny-key"
DRUGS = ("Ibuprofen 400 mg", "Metformin 500 mg", "Ramipril 5 mg", "Salbutamol 100 mcg", "Omeprazole 20 mg")


class Served:
    """vLLM's server on a port that stays the same, however often it is started."""

    def __init__(self, model: Path) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self._settings = ServerSettings(port=taken.getsockname()[1], key=SecretStr(KEY))
        self.url = self._settings.url
        self._options = VllmOptions(model=str(model), max_model_len=4096, max_sequences=4, eager=True)

    def start(self) -> None:
        self._server = ModelServer(self._options, self._settings)

    def wait(self) -> None:
        self._server.wait_until_ready(500, lambda _: None)

    def kill(self) -> None:
        """As the system does that is out of memory: the process that serves, not the model's own."""
        (process,) = (child for child in psutil.Process().children() if "serve" in child.cmdline())
        process.kill()
        self._server.stop()

    def stop(self) -> None:
        self._server.stop()


@pytest.fixture(scope="session", params=["qwen", "idefics"])
def server(request: pytest.FixtureRequest) -> Iterator[Served]:
    served = Served(request.getfixturevalue(request.param))
    served.start()
    try:
        served.wait()
        yield served
    finally:
        served.stop()


def draw(number: int, size: tuple[int, int] = (480, 640)) -> Page:
    """A page with a few lines of print, no two alike."""
    sheet = Image.new("RGB", size, "white")
    pen = ImageDraw.Draw(sheet)
    for line in range(1 + number % 7, 9 + number % 5):
        pen.text(
            (30, 50 * line), f"{DRUGS[(line * number) % len(DRUGS)]} {number}-{line} daily", fill="black", font_size=22
        )
    data = io.BytesIO()
    sheet.save(data, "JPEG")
    return page(number, data.getvalue(), size)


def page(number: int, image: bytes, size: tuple[int, int]) -> Page:
    return Page(
        document_id="d",
        page_no=number,
        page_sha=hashlib.sha256(image).hexdigest(),
        image=image,
        media_type="image/jpeg",
        width=size[0],
        height=size[1],
    )


def engine_for(server: Served, **settings: Any) -> EndpointEngine:
    usual: dict[str, Any] = {"url": server.url, "token": SecretStr(KEY), "max_tokens": 1500}
    return EndpointEngine(EndpointSettings.model_validate({**usual, **settings}), lambda _: None)


def read(server: Served, pages: list[Page], **settings: Any) -> dict[int, PageAnswer]:
    """Read the pages; each is answered once."""
    with engine_for(server, **settings) as engine:
        answers = list(engine.read(pages))
    assert sorted(answer.page_no for answer in answers) == [page.page_no for page in pages]
    return {answer.page_no: answer for answer in answers}


def ask(server: Served, path: str, body: dict[str, Any] | None = None) -> tuple[int, str]:
    """Status and text of a bare request."""
    headers = {"Content-Type": "application/json", "Authorization": f"Bearer {KEY}"}
    data = None if body is None else json.dumps(body).encode()
    try:
        with urllib.request.urlopen(urllib.request.Request(server.url + path, data, headers), timeout=60) as reply:
            return reply.status, reply.read().decode()
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, refused.read().decode()


def ask_about(server: Served, *pictures: Page) -> tuple[int, str]:
    parts: list[dict[str, Any]] = [{"type": "text", "text": "What is on it?"}]
    for picture in pictures:
        url = f"data:{picture.media_type};base64,{b64encode(picture.image).decode()}"
        parts.append({"type": "image_url", "image_url": {"url": url}})
    return ask(server, "/v1/chat/completions", {"max_tokens": 4, "messages": [{"role": "user", "content": parts}]})


def check_reading(answer: PageAnswer) -> Reading:
    reading = answer.outcome
    assert isinstance(reading, Reading), reading
    Candidate.model_validate_json(reading.text)
    assert reading.finish_reason == "stop"
    assert reading.flaws == ()
    return reading


def test_every_page_is_answered_in_the_form_that_was_asked(server: Served) -> None:
    pages = [*map(draw, range(1, 11)), draw(11, (960, 1280))]
    readings = [check_reading(answer) for answer in read(server, pages).values()]
    assert len({reading.text for reading in readings}) > 1, "the model does not look at the page"
    for reading in readings:
        assert 0 < (reading.prompt_tokens or 0) < 1500
        assert 50 < (reading.completion_tokens or 0) < 1500


def test_a_token_limit_below_any_answer_truncates_every_page(server: Served) -> None:
    answers = read(server, [draw(1), draw(2)], max_tokens=16, page_tokens=48)  # 16, then 32
    for answer in answers.values():
        assert isinstance(answer.outcome, PageFailure)
        assert answer.outcome.cause is FailureCause.TRUNCATED


def test_a_page_that_is_no_image_fails_alone(server: Served) -> None:
    pages = [draw(1), draw(2), page(3, b"\xff\xd8 not a picture", (480, 640)), draw(4), draw(5)]
    answers = read(server, pages)
    failure = answers.pop(3).outcome
    assert isinstance(failure, PageFailure)
    assert failure.cause is FailureCause.ENGINE
    for answer in answers.values():
        check_reading(answer)


def test_a_request_with_two_images_is_refused(server: Served) -> None:
    assert ask_about(server, draw(1))[0] == 200
    status, said = ask_about(server, draw(1), draw(2))
    assert status == 400
    assert "At most 1 image" in said


def test_a_wrong_key_ends_the_reading(server: Served) -> None:
    with engine_for(server, token=SecretStr("another")) as engine, pytest.raises(EngineError, match="denies access"):
        list(engine.read([draw(1)]))


def test_the_metrics_that_the_adviser_reads_are_there(server: Served) -> None:
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
    finished = {sample.labels["finished_reason"]: sample.value for sample in families["vllm:request_success"].samples}
    assert finished["stop"] >= 1


def test_a_server_killed_in_mid_batch_is_waited_for_and_no_page_is_lost(server: Served) -> None:
    pages = [draw(number) for number in range(1, 25)]
    said: list[str] = []
    settings = EndpointSettings(url=server.url, token=SecretStr(KEY))
    answers: list[PageAnswer] = []
    with EndpointEngine(settings, said.append) as engine:
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
