"""Plain questions and pages without pixels over a real connection: what is sent, and what becomes of the answers."""

import base64
import json
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from aiohttp import web

from jsl_pipeline.engines import EndpointSettings, Engine, JslSettings, OcrSettings, Question, create_engine
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import FailureCause, Page, PageFailure, Reading
from tests.serving.loopback import Answer, Server, listening

QUESTION = Question(prompt="Any allergies?")
PIXELS = bytes(range(256)) * 1500


def page(number: int, image: bytes = b"", text: str = "") -> Page:
    kind = "image/jpeg" if image else "text/plain"
    return Page(
        document_id="d",
        page_no=number,
        page_sha=str(number),
        image=image,
        media_type=kind,
        width=0,
        height=0,
        text=text,
    )


def saying(*answers: tuple[str, str]) -> Answer:
    """A chat server that gives each answer, with its finish reason, in turn, and the last one for ever."""
    left = list(answers)

    async def answer(request: web.Request) -> web.Response:
        if request.method == "GET":
            return web.Response()
        text, reason = left.pop(0) if len(left) > 1 else left[0]
        choice = {"index": 0, "message": {"role": "assistant", "content": text}, "finish_reason": reason}
        return web.json_response({"choices": [choice], "usage": {"prompt_tokens": 9, "completion_tokens": 30}})

    return answer


@contextmanager
def asking(answer: Answer, question: Question | None = QUESTION, **settings: Any) -> Iterator[tuple[Engine, Server]]:
    usual: dict[str, Any] = {"auth": "none", "model": "m", "max_tokens": 100, "page_tokens": 400}
    with listening(answer) as server:
        endpoint = EndpointSettings.model_validate({"url": server.url} | usual | settings)
        with create_engine(endpoint, question=question) as engine:
            yield engine, server


def bodies(server: Server) -> list[dict[str, Any]]:
    return [json.loads(each.body) for each in server.asked if each.method == "POST"]


def content(body: dict[str, Any]) -> list[dict[str, Any]]:
    return body["messages"][0]["content"]


def test_an_image_a_text_and_nothing_are_each_asked_plainly() -> None:
    with asking(saying((" None.\n", "stop"))) as (engine, server):
        pages = [page(1, PIXELS), page(2, text="Ann, 44\n"), page(3)]
        outcomes = {answer.page_no: answer.outcome for answer in engine.read(pages)}
        sent = bodies(server)
    for outcome in outcomes.values():
        assert isinstance(outcome, Reading)
        assert (outcome.text, outcome.flaws, outcome.prompt_tokens) == ("None.", (), 9)
    assert sorted(outcomes) == [1, 2, 3]
    prompt = {"type": "text", "text": "Any allergies?"}
    url = f"data:image/jpeg;base64,{base64.b64encode(PIXELS).decode()}"
    assert all(content(body)[0] == prompt and "response_format" not in body for body in sent)
    rests = sorted((content(body)[1:] for body in sent), key=len)
    assert rests[0] == []
    assert {"type": "text", "text": "Ann, 44\n"} in [part for rest in rests for part in rest]
    assert {"type": "image_url", "image_url": {"url": url}} in [part for rest in rests for part in rest]


def test_a_body_has_the_length_that_was_told_before_it_was_encoded() -> None:
    with asking(saying(("None.", "stop"))) as (engine, server):
        list(engine.read([page(1, PIXELS), page(2, text='दवा 💊 "\\\n' * 5000)]))
        posts = [each for each in server.asked if each.method == "POST"]
    assert sum(len(each.body) for each in posts) == engine.calls.bytes_sent
    for each in posts:
        assert int(each.headers["Content-Length"]) == len(each.body)


def test_a_text_is_read_for_a_candidate_where_nothing_is_asked() -> None:
    with asking(saying(('{"medications": []}', "stop")), question=None) as (engine, server):
        (answer,) = engine.read([page(1, text="Nothing today.")])
        (body,) = bodies(server)
    assert isinstance(answer.outcome, Reading)
    assert content(body)[1] == {"type": "text", "text": "Nothing today."}
    assert body["response_format"]["type"] == "json_schema"


def test_a_truncated_answer_is_asked_for_again_with_twice_the_tokens() -> None:
    with asking(saying(("The doses are", "length"), ("The doses are two.", "stop"))) as (engine, server):
        (answer,) = engine.read([page(1, text="...")])
        assert [body["max_tokens"] for body in bodies(server)] == [100, 200]
    assert isinstance(answer.outcome, Reading)
    assert answer.outcome.text == "The doses are two."


@pytest.mark.parametrize(
    ("said", "reason", "cause", "asked"),
    [
        ("The doses", "length", FailureCause.TRUNCATED, [100, 200]),
        ("", "stop", FailureCause.UNUSABLE, [100, 100]),
        ("Let me see" + "\n" * 200, "length", FailureCause.UNUSABLE, [100, 100]),
        ("No.", "content_filter", FailureCause.REFUSED, [100]),
    ],
)
def test_an_answer_that_stays_unusable_is_a_failure(
    said: str, reason: str, cause: FailureCause, asked: list[int]
) -> None:
    with asking(saying((said, reason)), page_tokens=250) as (engine, server):
        (answer,) = engine.read([page(1, text="...")])
        assert [body["max_tokens"] for body in bodies(server)] == asked
    assert isinstance(answer.outcome, PageFailure)
    assert answer.outcome.cause is cause


def test_a_protocol_of_images_alone_ends_the_reading_of_a_text() -> None:
    with (
        asking(saying(("None.", "stop")), protocol="inputs") as (engine, server),
        pytest.raises(SettingsError, match="chat or completion"),
    ):
        list(engine.read([page(1, text="Ann, 44")]))
    assert bodies(server) == []


def test_a_protocol_without_a_prompt_ends_the_reading_before_a_page_is_pulled() -> None:
    pulled: list[int] = []

    def pages() -> Iterator[Page]:
        pulled.append(1)
        yield page(1, PIXELS)

    with (
        asking(saying(("None.", "stop")), protocol="form") as (engine, _),
        pytest.raises(SettingsError, match="no questions"),
    ):
        list(engine.read(pages()))
    assert pulled == []


def test_what_is_asked_is_part_of_an_answers_identity() -> None:
    endpoint = EndpointSettings(url="https://host", auth="none", model="m")
    asked = [None, QUESTION, Question(prompt="Any pain?"), Question(prompt="Any allergies?", max_tokens=70)]
    for settings in (endpoint, JslSettings(model="m")):
        able = asked[: 4 if settings is endpoint else 3]
        names = {create_engine(settings, question=question).fingerprint for question in able}
        assert len({name.model_dump_json() for name in names}) == len(able)
        assert {name.schema_name for name in names} == {"candidate@1", "text"}


def test_the_ocr_engine_answers_no_questions() -> None:
    with pytest.raises(SettingsError, match="JSL_ENGINE__KIND"):
        create_engine(OcrSettings(), question=QUESTION)
