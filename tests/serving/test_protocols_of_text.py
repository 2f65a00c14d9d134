"""What goes over the wire where a page is text, or a question is asked in place of a candidate."""

import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving.protocols import Ask
from tests.serving.test_protocols import ASK, PROMPTS, SCHEMA, TABLES, body, page, protocol

QUESTION = Ask(prompt="Any allergies?", model="reader-1", max_tokens=700)


def text_page(text: str) -> Page:
    return page(b"", "text/plain").model_copy(update={"text": text})


def test_a_plain_question_has_no_schema_and_a_text_is_a_part_after_it():
    assert body("chat", text_page('Ann said "no"\n'), ask=QUESTION) == {
        "model": "reader-1",
        "max_tokens": 700,
        "temperature": 0,
        "messages": [
            {
                "role": "user",
                "content": [
                    {"type": "text", "text": "Any allergies?"},
                    {"type": "text", "text": 'Ann said "no"\n'},
                ],
            }
        ],
    }


def test_a_text_may_be_asked_for_a_candidate_too():
    sent = body("chat", text_page("Senna 15 mg"))
    assert sent["response_format"]["json_schema"]["schema"] == SCHEMA
    assert [part["text"] for part in sent["messages"][0]["content"]] == ["Read.", "Senna 15 mg"]


def test_a_question_about_nothing_is_the_prompt_alone():
    (message,) = body("chat", text_page(""), ask=QUESTION)["messages"]
    assert message["content"] == [{"type": "text", "text": "Any allergies?"}]
    inputs = body("completion", text_page(""), ask=QUESTION)["inputs"]
    assert inputs == {"prompt": "Any allergies?", "max_tokens": 700, "temperature": 0}


def test_the_private_endpoint_has_a_text_in_its_prompt():
    inputs = body("completion", text_page("none\n"), ask=QUESTION)["inputs"]
    assert inputs == {"prompt": "Any allergies?\n\nnone\n", "max_tokens": 700, "temperature": 0}


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.sampled_from(["chat", "completion"]), st.booleans(), PROMPTS, PROMPTS)
def test_a_body_with_a_text_is_json_of_the_size_foretold(name: str, plain: bool, prompt: str, text: str):
    frame = protocol(name).frame((QUESTION if plain else ASK).model_copy(update={"prompt": prompt}))
    sent = b"".join(frame.chunks([text_page(text)]))
    assert len(sent) == frame.size([text_page(text)])
    if name == "completion":
        assert json.loads(sent)["inputs"]["prompt"] == (f"{prompt}\n\n{text}" if text else prompt)
    else:
        parts = [part["text"] for part in json.loads(sent)["messages"][0]["content"]]
        assert parts == ([prompt, text] if text else [prompt])


@pytest.mark.parametrize("name", [*TABLES, "form"])
@pytest.mark.parametrize("text", ["Senna 15 mg", ""])
def test_protocols_of_images_alone_say_so(name: str, text: str):
    with pytest.raises(SettingsError, match="`protocol`"):
        protocol(name).frame(ASK).size([text_page(text)])


@pytest.mark.parametrize("name", TABLES)
def test_a_table_may_carry_a_question_about_an_image(name: str):
    assert "Any allergies?" in json.dumps(body(name, page(b"abc"), ask=QUESTION))


def test_a_form_takes_no_question():
    with pytest.raises(SettingsError, match="no questions"):
        protocol("form").frame(QUESTION)
