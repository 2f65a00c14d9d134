"""Which tokens a value was written with, and how likely they were: by hand, and over a real connection."""

import json
import math
from collections.abc import Iterable

import pytest
from pydantic import ValidationError
from test_endpoint_second_look import TRUTH, emulated, endpoint, pages, read

from jsl_pipeline.emulator import Effect, Fault, running
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.engines.endpoint.probabilities import value_probabilities
from jsl_pipeline.errors import EngineError
from jsl_pipeline.extraction import reading_engine
from jsl_pipeline.serving.protocols import WireToken


def tokens(*pieces: str | bytes, unlikely: Iterable[int] = ()) -> list[WireToken]:
    """Tokens of probability 0.9, and of 0.1 where `unlikely`."""
    doubtful = set(unlikely)
    return [
        WireToken(piece.encode() if isinstance(piece, str) else piece, math.log(0.1 if number in doubtful else 0.9))
        for number, piece in enumerate(pieces)
    ]


def found(text: str, *pieces: str | bytes, unlikely: Iterable[int] = ()) -> dict[str, float]:
    return {path: round(p, 6) for path, p in value_probabilities(text, tokens(*pieces, unlikely=unlikely)).items()}


def test_a_value_is_as_likely_as_the_least_likely_of_its_tokens() -> None:
    pieces = ['{"date": "', "1", "/2", '", "medications": [{"name": "', "Am", "ox", '"}]}']
    assert found("".join(pieces), *pieces, unlikely=[5]) == {"date": 0.9, "medications[0].name": 0.1}
    assert found("".join(pieces), *pieces, unlikely=[0, 3, 6]) == {"date": 0.9, "medications[0].name": 0.9}


def test_a_token_that_straddles_a_quote_is_of_the_values_it_touches() -> None:
    pieces = ['{"a": "on', 'e", "b": "tw', 'o"}']
    assert found("".join(pieces), *pieces, unlikely=[1]) == {"a": 0.1, "b": 0.1}
    assert found("".join(pieces), *pieces, unlikely=[2]) == {"a": 0.9, "b": 0.1}


@pytest.mark.parametrize("parts", [(b"\xc2", b"\xbd"), (b"", "½".encode())])
def test_a_sign_that_several_tokens_spell_is_of_its_value(parts: tuple[bytes, bytes]) -> None:
    """As bytes, as the OpenAI API gives them, or all with the last, as vLLM does."""
    pieces = ['{"dose": "', *parts, ' tablet"}']
    for unlikely in (1, 2):
        assert found('{"dose": "½ tablet"}', *pieces, unlikely=[unlikely]) == {"dose": 0.1}


def test_paths_go_through_lists_objects_and_whatever_stands_in_a_text() -> None:
    answer = {
        "patient": {"name": 'A "B" {C}', "age": None, "sex": ""},
        "empty": [{}, []],
        "medications": [{"name": "x, [y]", "refills": 2}, {"name": "z"}],
        "date": "é",
    }
    text = json.dumps(answer, ensure_ascii=False, indent=1)
    paths = ["patient.name", "medications[0].name", "medications[0].refills", "medications[1].name", "date"]
    assert list(found(text, *text)) == paths


def test_what_stands_around_the_object_does_not_matter() -> None:
    pieces = ["```json\n", '{"date": "', "1/2", '"}', "\n```", "<|end|>"]
    assert found('{"date": "1/2"}', *pieces, unlikely=[0, 4, 5]) == {"date": 0.9}


@pytest.mark.parametrize(
    "pieces",
    [
        (),
        ('{"date": ', '"1/3"}'),  # of another answer
        ('{"date": "1/2",', "}"),  # repaired
        ('{"date": "1/2"}', '{"date": "1/2"}'),  # which of them?
    ],
)
def test_nothing_is_said_where_the_tokens_do_not_surely_spell_the_answer(pieces: tuple[str, ...]) -> None:
    assert found('{"date": "1/2"}', *pieces) == {}


def test_an_endpoint_that_is_asked_tells_how_likely_each_value_was() -> None:
    with running(emulated(Fault(effect=Effect.SHIFT_DECIMAL))) as emulator:
        asked, _ = read(emulator, pages(3), token_probabilities=True, second_look=False)
        unasked, _ = read(emulator, pages(3), second_look=False)
    for reading in asked:
        rows = json.loads(reading.text)["medications"]
        (wrong,) = [at for at, row in enumerate(rows) if row != TRUTH["medications"][at]]
        told = reading.probabilities
        assert len(told) == 3 + 4 * len(rows)
        assert told[f"medications[{wrong}].strength"] == pytest.approx(0.2, abs=1e-6)
        assert min(p for path, p in told.items() if "strength" not in path) > 0.9
    assert all(not reading.probabilities for reading in unasked)


def test_an_endpoint_that_does_not_take_them_is_an_error_that_names_the_setting() -> None:
    with running(emulated(logprobs=False)) as emulator:
        settings = endpoint(emulator, token_probabilities=True)
        with reading_engine(settings) as engine, pytest.raises(EngineError, match="`token_probabilities`"):
            list(engine.read(pages(1)))
        assert len(read(emulator, pages(2))[0]) == 2


def test_they_are_told_in_chats_alone() -> None:
    with pytest.raises(ValidationError, match="where `protocol` is chat"):
        EndpointSettings(url="http://127.0.0.1:1", auth="none", protocol="inputs", token_probabilities=True)
