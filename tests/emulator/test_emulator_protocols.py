"""Invocations in every wording, and the limits on them."""

import json

import openai
import pytest
from emulator_client import answer_text, chat, data_url, encoded, get, post, sha, table

from jsl_pipeline.emulator import CannedReader, EmulatorSettings, running
from jsl_pipeline.schemas import Candidate


@pytest.fixture(scope="module")
def emulator():
    with running(EmulatorSettings(port=0, reader=CannedReader(mark=True))) as started:
        yield started


def license_no(text: str) -> str | None:
    return Candidate.model_validate_json(text).prescriber.license_no


def test_chat_answers_about_the_image_of_the_request(emulator):
    got = post(emulator.endpoint_url(), chat(3))
    choice = got.json["choices"][0]
    assert license_no(answer_text(got)) == sha(3)
    assert choice["finish_reason"] == "stop"
    assert got.json["usage"]["completion_tokens"] == -(-len(answer_text(got)) // 4)


@pytest.mark.parametrize(
    "body",
    [
        {"dataframe_split": {"columns": ["prompt", "image"], "data": [["Read.", encoded(1)], ["Read.", data_url(2)]]}},
        table([1, 2]),
        {"inputs": [{"image": encoded(1)}, {"image": encoded(2)}]},
        {"inputs": {"image": [encoded(1), encoded(2)]}},
        {"instances": [encoded(1), encoded(2)]},
    ],
    ids=["split", "records", "inputs", "columns", "instances"],
)
def test_a_table_gets_one_prediction_a_row_in_order(emulator, body):
    predictions = post(emulator.endpoint_url(), body).json["predictions"]
    assert [license_no(text) for text in predictions] == [sha(1), sha(2)]


def test_private_form_answers_with_completions(emulator):
    inputs = {"prompt": "Read.", "max_tokens": 500, "temperature": 0, "image": data_url(4)}
    got = post(emulator.endpoint_url(), {"inputs": inputs})
    assert license_no(got.json["completions"][0]["text"]) == sha(4)


def test_flat_form_answers_with_a_json_string(emulator):
    got = post(emulator.endpoint_url(), {"type": "image_url", "url": data_url(5)})
    assert license_no(got.json["output"]) == sha(5)


@pytest.mark.parametrize(
    ("body", "finish"),
    [
        (lambda limit: chat(0, max_tokens=limit), lambda answer: answer["choices"][0]["finish_reason"]),
        (
            lambda limit: {"inputs": {"prompt": "Read.", "max_tokens": limit, "image": data_url(0)}},
            lambda answer: answer["completions"][0]["finish_reason"],
        ),
    ],
    ids=["chat", "private"],
)
def test_the_token_limit_cuts_the_answer(emulator, body, finish):
    assert finish(post(emulator.endpoint_url(), body(10)).json) == "length"
    assert finish(post(emulator.endpoint_url(), body(1000)).json) == "stop"


def test_a_row_may_have_its_own_token_limit(emulator):
    rows = [{"image": encoded(1), "max_tokens": 5}, {"image": encoded(2)}]
    short, whole = post(emulator.endpoint_url(), {"dataframe_records": rows}).json["predictions"]
    assert len(short) == 5 * 4
    assert license_no(whole) == sha(2)


@pytest.mark.parametrize(
    "body",
    [
        b"{not json",
        [],
        {},
        {"messages": []},
        chat(0, max_tokens=0),
        chat(0, stream=True),
        chat(0, response_format={"type": "json_schema", "json_schema": {"name": "no schema"}}),
        {"messages": [{"role": "user", "content": chat(1)["messages"][0]["content"] * 2}]},
        {"messages": [{"role": "user", "content": [{"type": "image_url", "image_url": {"url": "http://host/a"}}]}]},
        {"dataframe_records": [{"prompt": "no image"}]},
        {"dataframe_records": [{"image": "no base64!"}]},
        {"inputs": [encoded(1)], "instances": [encoded(1)]},
    ],
)
def test_what_is_none_of_the_forms_is_refused(emulator, body):
    got = post(emulator.endpoint_url(), body)
    assert got.status == 400
    assert got.json["error_code"] == "BAD_REQUEST"


def test_the_openai_client_works_on_both_of_its_paths(emulator):
    for base in ("/serving-endpoints", "/v1"):
        with openai.OpenAI(base_url=emulator.url + base, api_key="emulator-token", max_retries=0) as client:
            completion = client.chat.completions.create(model="jsl-vl", messages=chat(6)["messages"])
            assert license_no(completion.choices[0].message.content) == sha(6)
            with pytest.raises(openai.NotFoundError):
                client.chat.completions.create(model="another", messages=chat(6)["messages"])


def test_models_and_health(emulator):
    assert [model["id"] for model in get(emulator.url + "/v1/models").json["data"]] == ["jsl-vl"]
    assert get(emulator.url + "/health").status == 200


def test_a_request_may_fill_the_limit_and_not_exceed_it():
    body = json.dumps(chat(1, user="x" * 2000)).encode()
    limit = len(body)
    with running(EmulatorSettings(port=0, payload_limit_bytes=limit)) as emulator:
        assert post(emulator.endpoint_url(), body).status == 200
        got = post(emulator.endpoint_url(), body + b" ")
    assert got.status == 400
    assert got.json["message"] == f"Request size cannot exceed {limit} bytes"


def test_sixteen_mebibytes_are_the_limit_unless_said_otherwise():
    with running(EmulatorSettings(port=0)) as emulator:
        got = post(emulator.endpoint_url(), b" " * 16777217)
    assert got.json["message"] == "Request size cannot exceed 16777216 bytes"


def test_an_upload_that_is_too_large_may_be_cut_off():
    with running(EmulatorSettings(port=0, payload_limit_bytes=1000, close_over_limit=True)) as emulator:
        assert post(emulator.endpoint_url(), b" " * 1001).status == 0
        assert [entry.outcome for entry in emulator.log] == ["closed"]


def test_an_answer_over_the_limit_is_an_error():
    settings = EmulatorSettings(port=0, payload_limit_bytes=2000, reader=CannedReader(text="x" * 2000))
    with running(settings) as emulator:
        got = post(emulator.endpoint_url(), chat(1))
    assert got.status == 500
    assert "Response size" in got.json["message"]


def test_predictions_may_be_objects():
    with running(EmulatorSettings(port=0, predictions="objects")) as emulator:
        [prediction] = post(emulator.endpoint_url(), table([1])).json["predictions"]
    assert prediction["finish_reason"] == "stop"
    assert Candidate.model_validate_json(prediction["text"]).medications
