"""Answers that look right and are wrong, until their place is asked about; and made-up token probabilities."""

import json
import math

import pytest
from emulator_client import answer_text, chat, post, table

from jsl_pipeline.cli.emulator import first_slips
from jsl_pipeline.emulator import CannedReader, Effect, EmulatorSettings, Fault, running

TRUTH = {
    "medications": [
        {"name": "Amoxicillin", "strength": "500 mg"},
        {"name": "Metformin", "strength": "2.5 mg"},
        {"name": "Aspirin", "strength": None},
    ]
}
FIRST = "first"


def script(*faults: Fault, **given):
    return running(EmulatorSettings(port=0, faults=faults, reader=CannedReader(text=json.dumps(TRUTH)), **given))


def about(number: int, prompt: str, **options):
    body = chat(number, **options)
    body["messages"][0]["content"][0]["text"] = prompt
    return body


def ask(emulator, number: int, prompt: str = "Read the page."):
    return json.loads(answer_text(post(emulator.endpoint_url(), about(number, prompt))))


def places(answer) -> list[str]:
    return [f"medications[{at}]" for at, row in enumerate(answer["medications"]) if row not in TRUTH["medications"]]


def test_a_shifted_point_stands_in_one_strength():
    with script(Fault(effect=Effect.SHIFT_DECIMAL)) as emulator:
        answers = [ask(emulator, number) for number in range(6)]
    for answer in answers:
        assert len(places(answer)) == 1
        assert [row["name"] for row in answer["medications"]] == ["Amoxicillin", "Metformin", "Aspirin"]
    wrong = {row["strength"] for answer in answers for row in answer["medications"]} - {"500 mg", "2.5 mg", None}
    assert wrong <= {"5000 mg", "50 mg", "25 mg", "0.25 mg"}


@pytest.mark.parametrize(("effect", "rows"), [(Effect.DROP_ROW, 2), (Effect.INVENT_DRUG, 4)])
def test_rows_are_left_out_or_made_up(effect, rows):
    with script(Fault(effect=effect)) as emulator:
        answer = ask(emulator, 1)
    assert len(answer["medications"]) == rows
    assert len(places(answer)) == (effect is Effect.INVENT_DRUG)


@pytest.mark.parametrize("effect", [Effect.SHIFT_DECIMAL, Effect.INVENT_DRUG])
def test_a_first_slip_is_put_right_only_where_its_place_is_asked_about(effect):
    with script(Fault(effect=effect, question=FIRST)) as emulator:
        first = ask(emulator, 1)
        (place,) = places(first)
        assert ask(emulator, 1) == first
        assert ask(emulator, 1, "Look at the date again.") == first
        assert ask(emulator, 1, f"Look at `{place}.strength` again.") == TRUTH
        assert [entry.spoiled for entry in emulator.log] == [{0: effect}] * 3 + [{}]


def test_a_row_left_out_comes_where_the_list_is_asked_about():
    with script(Fault(effect=Effect.DROP_ROW, question=FIRST)) as emulator:
        assert ask(emulator, 1) != TRUTH
        assert ask(emulator, 1, "Look at `medications` again.") == TRUTH


def test_faults_may_strike_later_questions_alone():
    with script(Fault(effect=Effect.STATUS, question="later")) as emulator:
        first, later = about(1, "Read."), about(1, "Read it again.")
        told = [
            post(emulator.endpoint_url(), body).status for body in (first, later, first, about(2, "Read it again."))
        ]
    assert told == [200, 500, 200, 200]


def test_each_page_of_a_request_slips_for_itself():
    with script(Fault(effect=Effect.DROP_ROW, question=FIRST, every=2)) as emulator:
        predictions = post(emulator.endpoint_url(), table([1, 2, 3, 4])).json["predictions"]
    assert [len(json.loads(text)["medications"]) for text in predictions] == [3, 2, 3, 2]


def test_the_option_slips_gives_each_kind_about_its_share():
    with script(*first_slips(0.6)) as emulator:
        for start in range(0, 300, 50):
            post(emulator.endpoint_url(), table(range(start, start + 50)))
        spoiled = [effect for entry in emulator.log for effect in entry.spoiled.values()]
    assert 140 <= len(spoiled) <= 220
    assert all(40 <= spoiled.count(effect) <= 80 for effect in Effect if effect.looks_right)


def test_probabilities_are_told_where_asked_for_lower_for_what_is_spoiled_and_always_the_same():
    with script(Fault(effect=Effect.SHIFT_DECIMAL)) as emulator:
        told = [post(emulator.endpoint_url(), chat(1, logprobs=True)).json["choices"][0] for _ in range(2)]
        unasked = post(emulator.endpoint_url(), chat(1)).json["choices"][0]["logprobs"]
    assert unasked is None
    assert told[0] == told[1]
    tokens = told[0]["logprobs"]["content"]
    assert "".join(token["token"] for token in tokens) == told[0]["message"]["content"]
    assert b"".join(bytes(token["bytes"]) for token in tokens).decode() == told[0]["message"]["content"]
    unsure = "".join(token["token"] for token in tokens if math.exp(token["logprob"]) < 0.5)
    wrong = next(
        row["strength"]
        for row in json.loads(told[0]["message"]["content"])["medications"]
        if row not in TRUTH["medications"]
    )
    assert wrong in unsure
    assert len(unsure) <= len(wrong) + 6


def test_an_endpoint_that_tells_none_says_so():
    with script(logprobs=False) as emulator:
        got = post(emulator.endpoint_url(), chat(1, logprobs=True))
    assert got.status == 400
    assert "logprobs" in got.json["message"]
