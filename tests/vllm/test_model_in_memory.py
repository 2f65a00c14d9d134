"""The engine that holds a model in memory, over real vLLM."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsl_pipeline.engines import Question, VllmEngine, create_engine
from jsl_pipeline.errors import EngineError
from jsl_pipeline.schemas import FailureCause, Page, PageAnswer, PageFailure
from tests.vllm.memory import settings, started, until_gone
from tests.vllm.pages import check_reading, draw, page

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def engine(qwen: Path) -> Iterator[VllmEngine]:
    with create_engine(settings(qwen)) as engine:
        yield engine


def outcomes(engine: VllmEngine, pages: list[Page]) -> dict[int, PageAnswer]:
    answers = list(engine.read(pages))
    assert sorted(answer.page_no for answer in answers) == [page.page_no for page in pages]
    return {answer.page_no: answer for answer in answers}


def test_each_value_of_an_answer_has_the_probability_of_its_tokens(engine: VllmEngine) -> None:
    """What the weights write is at random, with signs that several tokens spell; its values are found all the same."""
    for answer in outcomes(engine, [draw(number) for number in range(1, 9)]).values():
        reading = check_reading(answer)
        told = dict(reading.probabilities)
        assert told.keys() == set(_stated(json.loads(reading.text)))
        assert all(0 < probability <= 1 for probability in told.values())


def _stated(value: object, path: str = "") -> Iterator[str]:
    """Paths of all that is neither null nor empty."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _stated(inner, f"{path}.{name}".removeprefix("."))
    elif isinstance(value, list):
        for at, inner in enumerate(value):
            yield from _stated(inner, f"{path}[{at}]")
    elif value not in (None, ""):
        yield path


def test_a_page_that_is_no_image_fails_alone(engine: VllmEngine) -> None:
    bad = page(2, b"\xff\xd8 not a picture", (480, 640))
    answers = outcomes(engine, [draw(1), bad, draw(3)])
    failure = answers.pop(2).outcome
    assert isinstance(failure, PageFailure)
    assert failure.cause is FailureCause.ENGINE
    for answer in answers.values():
        check_reading(answer)


def test_a_prompt_that_leaves_no_room_is_refused_and_not_quoted(engine: VllmEngine) -> None:
    """Beside pages that are taken: the settings are well."""
    long = Page(
        document_id="d", page_no=2, page_sha="2" * 64, image=b"", text="Ann Moss " * 4000, media_type="text/plain",
        width=0, height=0,
    )  # fmt: skip
    answers = outcomes(engine, [draw(1), long])
    failure = answers[2].outcome
    assert isinstance(failure, PageFailure)
    assert failure.cause is FailureCause.ENGINE
    assert "Ann Moss" not in failure.message
    check_reading(answers[1])


def test_a_model_of_text_alone_is_asked_plain_questions_within_their_tokens(text_model: Path) -> None:
    """Weights at random come to no end by themselves: asked for 16 tokens and then for 32."""
    asked = Question(prompt="What does it say?", max_tokens=16)
    bare = Page(document_id="d", page_no=1, page_sha="0" * 64, image=b"", media_type="text/plain", width=0, height=0)
    pages = [bare, bare.model_copy(update={"page_no": 2, "text": "Ibuprofen"}), draw(3)]
    with create_engine(settings(text_model, max_tokens=16, page_tokens=48), question=asked) as engine:
        found = {number: answer.outcome for number, answer in outcomes(engine, pages).items()}
    failures = {number: outcome.cause for number, outcome in found.items() if isinstance(outcome, PageFailure)}
    assert failures == {1: FailureCause.TRUNCATED, 2: FailureCause.TRUNCATED, 3: FailureCause.ENGINE}
    assert engine.calls is not None
    assert (engine.calls.requests, engine.calls.flaws) == (5, {"truncated": 4})


def test_a_model_of_text_alone_reads_no_pages(text_model: Path) -> None:
    with create_engine(settings(text_model)) as engine, pytest.raises(EngineError, match="reads text alone"):
        list(engine.read([draw(1)]))


def test_a_crash_loads_the_model_again_and_costs_no_page_and_nothing_stays_behind(qwen: Path) -> None:
    told: list[str] = []
    answers: list[PageAnswer] = []
    others = started(os.getpid())
    with create_engine(settings(qwen), told.append) as engine:
        for answer in engine.read(map(draw, range(1, 25))):
            answers.append(answer)
            if len(answers) == 4:
                max(started(os.getpid()) - others, key=lambda each: each.memory_info().rss).kill()
    assert sorted(answer.page_no for answer in answers) == list(range(1, 25))
    for answer in answers:
        check_reading(answer)
    assert engine.calls is not None
    assert engine.calls.outages == 1
    assert len([sentence for sentence in told if "loaded in" in sentence]) == 2
    until_gone(started(os.getpid()) - others)


def test_a_process_that_is_killed_takes_vllm_with_it(qwen: Path) -> None:
    script = (
        "from tests.vllm.test_model_in_memory import *\n"
        "if __name__ == '__main__':\n"
        f"    with create_engine(settings(Path({str(qwen)!r}))) as engine:\n"
        "        answers = engine.read(map(draw, range(1, 9)))\n"
        "        next(answers)\n"
        "        print('reading', flush=True)\n"
        "        input()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", script],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"reading\n"
        left = started(reader.pid)
        assert left
        reader.send_signal(signal.SIGKILL)
    until_gone(left)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"options": {"no_such_option": 1}}, "no_such_option"),
        ({"max_model_len": 100_000}, "max_model_len"),
        ({"model": "no/such-model-anywhere"}, "could not load no/such-model-anywhere"),
    ],
)
def test_what_vllm_will_not_load_is_told_in_a_sentence(qwen: Path, changes: dict[str, object], says: str) -> None:
    with create_engine(settings(qwen, **changes)) as engine, pytest.raises(EngineError, match=says):
        list(engine.read([draw(1)]))
