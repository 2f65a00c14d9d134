"""What is asked about a page, and what its answer is worth."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.engines.endpoint.answers import Judged, judge, retry_rule
from jsl_pipeline.engines.endpoint.prompt import (
    ANSWER_SCHEMA,
    DEFAULT_PROMPT,
    candidate_ask,
    create_ask,
    prompt_digest,
)
from jsl_pipeline.engines.question import Question
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import AnswerFlaw, FailureCause, MedicationCandidate
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.protocols import Ask, WireAnswer

SAID = '{"patient": {"name": "Ann Moss"}, "medications": [{"name": "Aspirin", "strength": "75mg"}]}'
LOOP = "\n" * 200


def judged(text: str, finish_reason: str = "stop", refused: bool = False) -> Judged:
    return judge(WireAnswer(text=text, finish_reason=finish_reason, refused=refused))


@pytest.mark.parametrize("finish_reason", ["stop", "length"])
def test_complete_json_is_taken_as_it_stands(finish_reason: str):
    assert judged(f" {SAID}{LOOP}", finish_reason) == Judged(text=SAID)


@pytest.mark.parametrize(
    "text",
    [
        f"```json\n{SAID}\n```",
        f"```\n{SAID}\n```\nAnything else?",
        f"Here is what page [1] says: {SAID}",
        f"{SAID} I hope this helps.",
        f'<think>Perhaps {{"patient": "Bob"}}?</think>\n{SAID}',
        f"```json\n{SAID}",
    ],
)
def test_json_in_a_fence_or_among_words_is_taken_out(text: str):
    assert judged(text) == Judged(text=SAID, flaws=(AnswerFlaw.FENCED,))


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ('{"date": "1/2/24",}', {"date": "1/2/24"}),
        ("{'date': '1/2/24'}", {"date": "1/2/24"}),
        ('{"raw": "take\none"}', {"raw": "take\none"}),
        ('{"raw": "take\tone\x07"}', {"raw": "take\tone\x07"}),
        ('{"a": [{"name": "A"} {"name": "B"}]}', {"a": [{"name": "A"}, {"name": "B"}]}),
        ('{"date": None}', {"date": None}),
        ('{"name": "आन",}', {"name": "आन"}),
    ],
)
def test_slips_of_syntax_are_put_right_and_told(text: str, meant: object):
    found = judged(text)
    assert found.flaws == (AnswerFlaw.REPAIRED,)
    assert json.loads(found.text or "") == meant
    assert judged(f"```json\n{text}\n```").flaws == (AnswerFlaw.FENCED, AnswerFlaw.REPAIRED)


def test_a_key_that_stands_twice_is_a_slip():
    assert judged('{"date": "1/2/24", "date": "2/2/24"}').flaws == (AnswerFlaw.REPAIRED,)


@pytest.mark.parametrize(
    "text",
    [
        "[1, 2]",
        f"[{SAID}]",
        f"[{SAID}, {SAID}",
        f"{SAID}\n{SAID}",
        "null",
        '"words"',
        "The patient is Ann Moss and takes Aspirin.",
        '{"medications": [{"name": "A"}, ...]}',
        '{"patient": {"name": "Ann"}}, "medications": []',
        "{Ann}",
        '{"height": "5" 4"}',
    ],
)
def test_what_is_not_surely_one_whole_object_is_not_json(text: str):
    assert judged(text) == Judged(text=None, flaws=(AnswerFlaw.NOT_JSON,))


@pytest.mark.parametrize("text", ["", " \n "])
def test_nothing_is_empty(text: str):
    assert judged(text).flaws == (AnswerFlaw.EMPTY,)


@pytest.mark.parametrize("text", ["", SAID[:-1], f"```json\n{SAID}", "Words", SAID[:-3] + ",]}"])
def test_an_answer_at_its_limit_is_truncated_and_never_repaired(text: str):
    assert judged(text, "length") == Judged(text=None, flaws=(AnswerFlaw.TRUNCATED,))


def test_an_answer_that_breaks_off_is_truncated_though_nobody_says_so():
    assert judged(SAID[:-10]).flaws == (AnswerFlaw.TRUNCATED,)


@pytest.mark.parametrize(
    ("text", "finish_reason"),
    [
        (LOOP, "length"),
        (LOOP, "stop"),
        (SAID[:-2] + LOOP, "length"),
        (SAID[:-2] + " " * 20, "length"),
        (SAID[:-2] + "\n    " * 40 + '{"name": "A', "length"),
        ('{"raw": "A' + "\\n" * 300, "length"),
        (SAID[:-2] + LOOP, "stop"),
    ],
)
def test_running_on_in_white_space_has_its_own_name(text: str, finish_reason: str):
    assert judged(text, finish_reason) == Judged(text=None, flaws=(AnswerFlaw.WHITESPACE_LOOP,))


def test_indentation_is_no_loop():
    text = json.dumps(json.loads(SAID), indent=4)
    assert judged(text[:-6], "length").flaws == (AnswerFlaw.TRUNCATED,)
    assert judged(text).text == text


@pytest.mark.parametrize(
    "text",
    [
        "I'm sorry, but I can’t help with that.",
        "I cannot read personal medical documents.",
        "As an AI model, I do not transcribe prescriptions.",
    ],
)
def test_a_refusal_is_told_by_its_words(text: str):
    assert judged(text).flaws == (AnswerFlaw.REFUSED,)
    assert judged(SAID, refused=True) == Judged(text=None, flaws=(AnswerFlaw.REFUSED,))


def test_words_of_a_patient_within_json_are_no_refusal():
    said = '{"medications": [{"name": "A", "raw": "I can\'t sleep, I\'m sorry"}]}'
    assert judged(said).text == said


@pytest.mark.parametrize(
    "text", ["No allergies.", "```json\n{}\n```", '{"a":', "I cannot find a date on the page.", "a\n" + " " * 80 + "b"]
)
def test_a_plain_answer_with_an_end_is_taken_as_it_stands(text: str):
    assert judge(WireAnswer(text=f"\n{text}\n"), plain=True) == Judged(text=text)


@pytest.mark.parametrize(
    ("answer", "flaw"),
    [
        (WireAnswer(text=""), AnswerFlaw.EMPTY),
        (WireAnswer(text=" \n"), AnswerFlaw.EMPTY),
        (WireAnswer(text=LOOP), AnswerFlaw.WHITESPACE_LOOP),
        (WireAnswer(text=f"The doses are{LOOP}", finish_reason="length"), AnswerFlaw.WHITESPACE_LOOP),
        (WireAnswer(text="The doses are", finish_reason="length"), AnswerFlaw.TRUNCATED),
        (WireAnswer(text='{"whole": "JSON"}', finish_reason="length"), AnswerFlaw.TRUNCATED),
        (WireAnswer(text="I am sorry, the", finish_reason="length"), AnswerFlaw.TRUNCATED),
        (WireAnswer(text="I would rather not.", refused=True), AnswerFlaw.REFUSED),
    ],
)
def test_a_plain_answer_that_is_none_has_its_flaw(answer: WireAnswer, flaw: AnswerFlaw):
    assert judge(answer, plain=True) == Judged(text=None, flaws=(flaw,))


def test_every_flaw_has_a_rule():
    rules = {flaw: retry_rule(flaw) for flaw in AnswerFlaw}
    assert {flaw for flaw, rule in rules.items() if rule.accepted} == {AnswerFlaw.FENCED, AnswerFlaw.REPAIRED}
    assert {flaw for flaw, rule in rules.items() if not (rule.accepted or rule.times)} == {AnswerFlaw.REFUSED}
    assert rules[AnswerFlaw.TRUNCATED].cause is FailureCause.TRUNCATED
    assert rules[AnswerFlaw.REFUSED].cause is FailureCause.REFUSED
    assert rules[AnswerFlaw.EMPTY].cause is FailureCause.UNUSABLE


@pytest.mark.parametrize(
    ("flaw", "max_tokens", "temperature"),
    [(AnswerFlaw.TRUNCATED, 3000, 0), (AnswerFlaw.WHITESPACE_LOOP, 1500, 0.3), (AnswerFlaw.NOT_JSON, 1500, 0)],
)
def test_a_page_is_asked_again_as_its_flaw_needs(flaw: AnswerFlaw, max_tokens: int, temperature: float):
    ask = Ask(prompt="Read.", json_schema={}, schema_name="candidate@1", max_tokens=1500)
    again = retry_rule(flaw).change(ask)
    assert again == ask.model_copy(update={"max_tokens": max_tokens, "temperature": temperature})


WORDS = st.one_of(st.text(max_size=20), st.sampled_from(["{}", "}", '"]}', "</think>{}", "```", " " * 30, "a\\", "…"]))
ANSWERS = st.dictionaries(
    WORDS,
    st.recursive(
        st.none() | WORDS,
        lambda inner: st.lists(inner, max_size=3) | st.dictionaries(WORDS, inner, max_size=3),
        max_leaves=8,
    ),
    min_size=1,
    max_size=4,
)
PIECES = [
    "{",
    "}",
    "[",
    "]",
    '"',
    "'",
    ",",
    ":",
    "```json\n",
    "...",
    "\\",
    "a",
    "1",
    "NaN",
    " " * 70,
    "<think>",
    "</think>",
]


@settings(max_examples=500, deadline=None, derandomize=True)
@given(
    st.one_of(st.text(), st.lists(st.sampled_from(PIECES)).map("".join)),
    st.sampled_from(["stop", "length", "abort"]),
)
def test_any_text_is_judged_and_what_is_usable_is_one_object(text: str, finish_reason: str):
    found = judged(text, finish_reason)
    if found.usable:
        assert isinstance(json.loads(found.text or ""), dict)
        assert all(retry_rule(flaw).accepted for flaw in found.flaws)
    else:
        assert [retry_rule(flaw).accepted for flaw in found.flaws] == [False]


@settings(max_examples=300, deadline=None, derandomize=True)
@given(ANSWERS, st.sampled_from([None, 2]), st.booleans(), st.data())
def test_an_answer_cut_anywhere_is_never_usable(
    answer: dict[str, Any], indent: int | None, told: bool, data: st.DataObject
):
    text = json.dumps(answer, indent=indent, ensure_ascii=data.draw(st.booleans()))
    cut = text[: data.draw(st.integers(0, len(text) - 1))]
    assert judged(text).text == text
    assert not judged(cut, "length" if told else "stop").usable


def test_deep_and_long_texts_end():
    for text in ("{" * 100_000, '{"a":' * 5000 + "1" + "}" * 5000, "{'a': '" + "x" * 1_000_000 + "'}", "\\" * 200_000):
        assert not judged(text).usable


def test_the_answer_schema_is_closed_bounded_and_all_nullable():
    def walk(schema: dict[str, Any], nullable: bool = False) -> None:
        assert schema.keys() <= {
            "type",
            "description",
            "anyOf",
            "maxLength",
            "items",
            "maxItems",
            "properties",
            "required",
            "additionalProperties",
        }
        match schema.get("type"):
            case "object":
                assert schema["additionalProperties"] is False
                assert schema["required"] == list(schema["properties"])
                for each in schema["properties"].values():
                    walk(each)
            case "array":
                assert schema["maxItems"] > 0
                walk(schema["items"])
            case "string":
                assert nullable or schema["maxLength"] > 0
            case None:
                assert {option["type"] for option in schema["anyOf"]} == {"string", "null"}
                for option in schema["anyOf"]:
                    walk(option, nullable=True)
            case "null":
                assert nullable
            case other:
                pytest.fail(f"{other} has no bound")

    walk(ANSWER_SCHEMA)
    items: Any = ANSWER_SCHEMA["properties"]
    assert list(items["medications"]["items"]["properties"]) == list(MedicationCandidate.model_fields)


def test_the_default_prompt_shows_the_form_to_models_that_see_no_schema():
    for name in MedicationCandidate.model_fields:
        assert f'"{name}": null' in DEFAULT_PROMPT


def test_a_changed_prompt_or_schema_has_another_digest_but_not_its_limits():
    endpoint = EndpointSettings(url="https://host", auth="none")
    ask = candidate_ask(endpoint)
    assert (ask.prompt, ask.max_tokens, ask.schema_name) == (DEFAULT_PROMPT, endpoint.max_tokens, "candidate@1")
    mine = candidate_ask(endpoint.model_copy(update={"prompt": "Read this."}))
    closed = ask.model_copy(update={"json_schema": {}})
    assert mine.prompt == "Read this."
    assert len({prompt_digest(each) for each in (ask, mine, closed)}) == 3
    assert prompt_digest(retry_rule(AnswerFlaw.TRUNCATED).change(ask)) == prompt_digest(ask)


def test_a_question_is_asked_as_it_stands_with_the_engines_settings():
    endpoint = EndpointSettings(url="https://host", auth="none", model="m", temperature=0.2, prompt="Read this.")
    ask = create_ask(endpoint, Question(prompt="Any allergies?"))
    assert ask == Ask(prompt="Any allergies?", model="m", max_tokens=endpoint.max_tokens, temperature=0.2)
    assert ask.plain
    assert create_ask(endpoint, Question(prompt="Any allergies?", max_tokens=70)).max_tokens == 70
    assert create_ask(endpoint) == candidate_ask(endpoint)
    assert not create_ask(endpoint).plain


def test_a_longer_answer_than_a_page_may_cost_is_not_asked_for():
    endpoint = EndpointSettings(url="https://host", auth="none")
    with pytest.raises(SettingsError, match="over the 6000"):
        create_ask(endpoint, Question(prompt="Any allergies?", max_tokens=endpoint.page_tokens + 1))
