"""What goes over the wire, and what is understood of what comes back."""

import base64
import json
from typing import Any, get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.schemas import Page
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.protocols import Ask, WireAnswer, WireProtocol, WrongAnswer, create_protocol
from jsl_pipeline.serving.settings import ProtocolName

NAMES = get_args(ProtocolName)
TABLES = ("dataframe_split", "dataframe_records", "inputs", "instances")
SCHEMA = {"type": "object", "properties": {"<image>": {"type": ["string", "null"]}}}
ASK = Ask(prompt="Read.", json_schema=SCHEMA, schema_name="candidate@1", model="reader-1", max_tokens=700)


def protocol(name: str, **settings: Any) -> WireProtocol:
    return create_protocol(EndpointSettings(url="https://host", auth="none", protocol=name, **settings))


def page(image: bytes = b"pixels", media_type: str = "image/jpeg") -> Page:
    return Page(document_id="d", page_no=1, page_sha="s", image=image, media_type=media_type, width=1, height=1)


def body(name: str, *pages: Page, ask: Ask = ASK, **settings: Any) -> dict[str, Any]:
    return json.loads(b"".join(protocol(name, **settings).frame(ask).chunks(pages)))


def answers(name: str, response: object, pages: int = 1) -> list[WireAnswer]:
    data = response if isinstance(response, bytes) else json.dumps(response).encode()
    return protocol(name).answers(data, pages)


def url(image: bytes, media_type: str = "image/jpeg") -> str:
    return f"data:{media_type};base64,{base64.b64encode(image).decode()}"


def images(name: str, sent: dict[str, Any], field: str) -> list[str]:
    match name:
        case "chat":
            return [sent["messages"][0]["content"][1]["image_url"]["url"]]
        case "completion":
            return [sent["inputs"][field]]
        case "form":
            return [sent["url"]]
        case "dataframe_split":
            table = sent["dataframe_split"]
            return [row[table["columns"].index(field)] for row in table["data"]]
        case _:
            return [row[field] for row in sent[name]]


IMAGES = st.one_of(
    st.binary(min_size=1, max_size=9), st.sampled_from([3 * 2**16 - 1, 3 * 2**16, 3 * 2**16 + 1]).map(bytes)
)
PROMPTS = st.one_of(st.text(), st.sampled_from(['"<image>"', "<image>", 'say "null"\\\n', "दवा 💊", "\ud800", "\x00"]))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.sampled_from(NAMES), st.lists(IMAGES, min_size=1, max_size=4), PROMPTS, PROMPTS, st.booleans(), st.data())
def test_a_body_is_json_of_the_size_foretold_and_holds_every_image(
    name: str, raw: list[bytes], prompt: str, field: str, data_url: bool, data: st.DataObject
):
    many = protocol(name).many
    pages = [page(image, data.draw(st.sampled_from(["image/jpeg", "image/png"]))) for image in raw][
        : None if many else 1
    ]
    reserved = ("max_tokens", "temperature", "prompt", "p")
    field = field if field not in reserved else "image"
    frame = protocol(name, image_field=field, prompt_field="p", data_url=data_url).frame(
        ASK.model_copy(update={"prompt": prompt})
    )
    sent = b"".join(frame.chunks(pages))
    assert len(sent) == frame.size(pages)
    assert sum(map(frame.page_bytes, pages)) <= frame.room(len(sent))
    assert sum(map(frame.page_bytes, pages)) > frame.room(len(sent) - 1)
    bare = many and not data_url
    urls = [url(each.image, each.media_type) for each in pages]
    assert images(name, json.loads(sent), field) == [each.partition(",")[2] if bare else each for each in urls]


def test_chat_asks_for_structured_output_with_the_instructions_before_the_image():
    assert body("chat", page(b"abc", "image/png")) == {
        "model": "reader-1",
        "max_tokens": 700,
        "temperature": 0,
        "response_format": {
            "type": "json_schema",
            "json_schema": {"name": "candidate_1", "strict": True, "schema": SCHEMA},
        },
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Read."},
                    {"type": "image_url", "image_url": {"url": "data:image/png;base64,YWJj"}},
                ],
            }
        ],
    }


def test_chat_bodies_of_two_pages_begin_alike_up_to_the_image():
    frame = protocol("chat").frame(ASK)
    first, second = (b"".join(frame.chunks([page(image)])) for image in (b"one", b"two"))
    shared = b'"image_url":{"url":"data:image/jpeg;base64,'
    assert first.partition(shared)[0] == second.partition(shared)[0]
    assert b"Read." in first.partition(shared)[0]


def test_a_model_without_a_name_is_not_named():
    assert "model" not in body("chat", page(), ask=ASK.model_copy(update={"model": ""}))


@pytest.mark.parametrize("name", TABLES)
def test_a_table_has_a_row_a_page(name: str):
    sent = body(name, page(b"abc"), page(b"xyz"), image_field="picture", prompt_field="ask")
    if name == "dataframe_split":
        table = sent["dataframe_split"]
        rows = [dict(zip(table["columns"], row, strict=True)) for row in table["data"]]
    else:
        rows = sent[name]
    asked = {"ask": "Read.", "max_tokens": 700, "temperature": 0}
    assert rows == [asked | {"picture": "YWJj"}, asked | {"picture": "eHl6"}]
    assert list(sent) == [name]


def test_the_private_endpoint_and_the_form_are_sent_one_page():
    inputs = {"prompt": "Read.", "max_tokens": 700, "temperature": 0, "image": url(b"abc")}
    assert body("completion", page(b"abc")) == {"inputs": inputs}
    assert body("form", page(b"abc")) == {"type": "image_url", "url": url(b"abc")}
    assert [name for name in NAMES if protocol(name).many] == list(TABLES)


def choice(message: dict[str, Any], finish_reason: str | None = "stop") -> dict[str, Any]:
    return {"choices": [{"index": 0, "message": message, "finish_reason": finish_reason}]}


def test_a_chat_answer_has_text_reason_and_tokens():
    usage = {"prompt_tokens": 1200, "completion_tokens": 90, "total_tokens": 1290}
    (answer,) = answers("chat", choice({"role": "assistant", "content": "{}"}, "length") | {"usage": usage})
    assert answer == WireAnswer(text="{}", finish_reason="length", prompt_tokens=1200, completion_tokens=90)


def test_a_chat_asks_for_probabilities_only_where_they_are_wanted():
    assert "logprobs" not in body("chat", page(b"abc"))
    assert body("chat", page(b"abc"), ask=ASK.model_copy(update={"token_probabilities": True}))["logprobs"] is True


@pytest.mark.parametrize(
    ("told", "tokens"),
    [
        (None, []),
        ([{"token": "\u00bd", "logprob": -0.5, "bytes": [194, 189]}], [("\u00bd".encode(), -0.5)]),
        ([{"token": "\ufffd", "logprob": -1, "bytes": [194]}], [(b"\xc2", -1.0)]),
        ([{"token": "a", "logprob": 0}, {"token": "b", "logprob": -2e-7, "bytes": None}], [(b"a", 0.0), (b"b", -2e-7)]),
        ([{"token": "a", "logprob": -1}, {"token": "b"}], []),
        ([{"token": "a", "logprob": -1, "bytes": [300]}], [(b"a", -1.0)]),
        (["a"], []),
        ("none", []),
    ],
)
def test_a_chat_answer_has_its_tokens_where_all_are_told(told: object, tokens: list[tuple[bytes, float]]):
    response = choice({"content": "{}"})
    response["choices"][0]["logprobs"] = {"content": told}
    assert list(answers("chat", response)[0].tokens) == tokens


def test_a_chat_answer_in_parts_is_joined_without_its_reasoning():
    parts = [
        {"type": "reasoning", "summary": [{"type": "summary_text", "text": "Hm."}]},
        {"type": "text", "text": '{"date":'},
        {"type": "text", "text": " null}"},
    ]
    (answer,) = answers("chat", choice({"content": parts}))
    assert (answer.text, answer.refused) == ('{"date": null}', False)


@pytest.mark.parametrize(
    "response",
    [
        choice({"content": None, "refusal": "I cannot help with that."}),
        choice({"content": [{"type": "refusal", "refusal": "No."}]}),
        choice({"content": "{}"}, "content_filter"),
    ],
)
def test_a_refusal_is_told(response: object):
    (answer,) = answers("chat", response)
    assert answer.refused


def test_nothing_said_is_an_empty_answer():
    (answer,) = answers("chat", choice({"content": None}, None))
    assert answer == WireAnswer(text="")


def test_half_a_character_does_not_break_an_answer():
    (answer,) = answers("completion", {"completions": [{"text": "Ann \ud83d"}]})
    assert answer.text == "Ann ?"


@pytest.mark.parametrize("reason", ["length", "max_tokens", "MAX_TOKENS"])
def test_an_answer_at_its_token_limit_has_one_name(reason: str):
    (answer,) = answers("completion", {"completions": [{"text": "{", "finish_reason": reason}]})
    assert answer == WireAnswer(text="{", finish_reason="length")


def test_form_output_may_be_text_or_object():
    assert answers("form", {"output": '{"a": 1}'}) == answers("form", {"output": {"a": 1}})


SAID = {"patient": {"name": "Ann"}, "date": None}


@pytest.mark.parametrize(
    "predictions",
    [
        ["one", "two"],
        [["one"], ["two"]],
        [{"text": "one"}, {"output": "two"}],
        [{"content": "one"}, {"generated_text": "two", "seconds": 2}],
        [{"0": "one"}, {"0": "two"}],
        {"text": ["one", "two"]},
        {"predictions": ["one", "two"]},
        {"results": [{"response": "one", "page": 1}, {"response": "two", "page": 2}]},
    ],
)
def test_predictions_come_in_many_forms(predictions: object):
    assert [answer.text for answer in answers("inputs", {"predictions": predictions}, 2)] == ["one", "two"]


@pytest.mark.parametrize("predictions", ["one", {"text": "one"}, ["one"]])
def test_a_lone_prediction_is_a_list_of_one(predictions: object):
    assert answers("inputs", {"predictions": predictions}) == [WireAnswer(text="one")]


@pytest.mark.parametrize("predictions", [SAID, [SAID]])
def test_a_prediction_may_be_the_answer_itself(predictions: object):
    (answer,) = answers("instances", {"predictions": predictions})
    assert json.loads(answer.text) == SAID


def test_amounts_in_an_answer_keep_their_digits():
    (answer,) = answers("instances", b'{"predictions": [{"patient": {"weight": 70.50}, "date": null}]}')
    assert "70.50" in answer.text


@pytest.mark.parametrize(
    "predictions",
    [
        [{"text": "{", "finish_reason": "length", "usage": {"completion_tokens": 700}}],
        {"text": ["{"], "finish_reason": ["length"], "usage": [{"output_tokens": 700}]},
    ],
)
def test_a_prediction_may_say_why_it_ended_and_what_it_took(predictions: object):
    (answer,) = answers("dataframe_split", {"predictions": predictions})
    assert answer == WireAnswer(text="{", finish_reason="length", completion_tokens=700)


@pytest.mark.parametrize(
    ("name", "response", "pages"),
    [
        ("inputs", {"predictions": ["one"]}, 2),
        ("inputs", {"predictions": ["one", "two", "three"]}, 2),
        ("inputs", {"predictions": [7]}, 1),
        ("inputs", {"predictions": None}, 1),
        ("inputs", {"outputs": ["one"]}, 1),
        ("chat", {"choices": []}, 1),
        ("chat", {"choices": ["one"]}, 1),
        ("chat", {"choices": [{"text": "one"}]}, 1),
        ("chat", {"error": {"message": "busy"}}, 1),
        ("chat", choice({"content": 7}), 1),
        ("completion", {"completions": [{}]}, 1),
        ("form", {"output": 7}, 1),
        ("form", {}, 1),
    ],
)
def test_a_response_in_another_form_is_a_wrong_answer(name: str, response: object, pages: int):
    with pytest.raises(WrongAnswer):
        answers(name, response, pages)


@pytest.mark.parametrize("name", NAMES)
@pytest.mark.parametrize("response", [b"", b"<html>Ann Secret</html>", b"\xff", b"[]", b'"Ann Secret"', b"[" * 100_000])
def test_what_is_no_json_object_is_a_wrong_answer_that_repeats_nothing(name: str, response: bytes):
    with pytest.raises(WrongAnswer) as caught:
        answers(name, response)
    assert "Secret" not in str(caught.value)


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.sampled_from(["text", "message", "content", "usage"]), inner),
)
TOP = ["predictions", "choices", "completions", "output", "usage"]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(TOP), JSON), st.integers(1, 3))
def test_any_response_is_one_answer_a_page_or_a_wrong_answer(name: str, response: dict[str, object], pages: int):
    pages = pages if protocol(name).many else 1
    try:
        assert len(answers(name, response, pages)) == pages
    except WrongAnswer:
        return
