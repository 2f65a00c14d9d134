"""The engine that holds a model in memory, over a stand-in for vLLM: tests/vllm runs it over the real one."""

import io
import math
import pickle
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from jsl_pipeline.engines import Question, VllmSettings, create_engine
from jsl_pipeline.errors import EngineError, EngineUnavailable, MissingExtra
from jsl_pipeline.extraction import reading_engine
from jsl_pipeline.schemas import EngineCalls, FailureCause, Page, PageAnswer, PageFailure, Reading

STAND_IN = Path(__file__).parent / "stand_in"
WHITE, RED, GREEN, BLUE = "white", (255, 0, 0), (0, 255, 0), (0, 0, 255)


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.syspath_prepend(STAND_IN)
    yield
    for name in [name for name in sys.modules if name.partition(".")[0] == "vllm"]:
        del sys.modules[name]


@pytest.fixture
def starts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A line for each model that was loaded or let go."""
    path = tmp_path / "starts"
    monkeypatch.setenv("STAND_IN_LOADED", str(path))
    return path


def page(number: int, colour: object = WHITE) -> Page:
    image = io.BytesIO()
    Image.new("RGB", (8, 8), colour).save(image, "PNG")  # pyright: ignore[reportArgumentType]
    return Page(
        document_id="d",
        page_no=number,
        page_sha=f"{number:064x}",
        image=image.getvalue(),
        media_type="image/png",
        width=8,
        height=8,
    )


def pages(count: int, **colours: object) -> Iterator[Page]:
    """White ones, but for those whose number is named: `n7=RED`."""
    return (page(number, colours.get(f"n{number}", WHITE)) for number in range(1, count + 1))


def read(
    source: Iterator[Page], model: str = "stand-in/canned", **settings: object
) -> tuple[list[PageAnswer], list[str]]:
    told: list[str] = []
    with create_engine(VllmSettings.model_validate({"model": model, **settings}), told.append) as engine:
        return list(engine.read(source)), told


def causes(answers: list[PageAnswer]) -> dict[int, FailureCause]:
    return {answer.page_no: answer.outcome.cause for answer in answers if isinstance(answer.outcome, PageFailure)}


def each_once(answers: list[PageAnswer], count: int) -> bool:
    return sorted(answer.page_no for answer in answers) == list(range(1, count + 1))


@pytest.mark.usefixtures("library")
def test_one_model_for_all_readings_and_none_afterwards(starts: Path) -> None:
    told: list[str] = []
    with create_engine(VllmSettings(model="stand-in/canned"), told.append) as engine:
        assert not starts.exists()
        for count in (3, 40):
            answers = list(engine.read(pages(count)))
            assert each_once(answers, count)
            assert all(isinstance(answer.outcome, Reading) for answer in answers)
            assert engine.calls is not None
            assert engine.calls.requests == count
    assert starts.read_text().splitlines() == ["loaded", "let go"]
    assert told[-1] == "Model stand-in/canned released."


@pytest.mark.usefixtures("library")
def test_without_pages_no_model_is_loaded(starts: Path) -> None:
    assert read(pages(0)) == ([], [])
    assert not starts.exists()


@pytest.mark.usefixtures("library")
def test_tokens_and_time_of_a_page_are_told() -> None:
    ((answer,), _) = read(pages(1))
    assert isinstance(answer.outcome, Reading)
    assert (answer.outcome.prompt_tokens, answer.outcome.completion_tokens, answer.outcome.seconds) == (700, 4, 0.5)


def slipping(count: int, **changes: Any) -> tuple[list[Reading], EngineCalls]:
    """What a model reads that shifts a decimal point and puts it right where it is asked about, but dies on black."""
    colours = {name: changes.pop(name) for name in list(changes) if name.startswith("n")}
    with reading_engine(VllmSettings.model_validate({"model": "stand-in/slipping", **changes})) as engine:
        answers = sorted(engine.read(pages(count, **colours)), key=lambda answer: answer.page_no)
        calls = engine.calls
    assert calls is not None
    assert each_once(answers, count)
    return [answer.outcome for answer in answers if isinstance(answer.outcome, Reading)], calls


def looks(readings: list[Reading]) -> list[str | None]:
    return [reading.asked_again and reading.asked_again.outcome.value for reading in readings]


@pytest.mark.usefixtures("library")
def test_an_answer_that_fails_validation_is_asked_about_once_more_and_the_better_one_kept() -> None:
    readings, calls = slipping(5)
    assert looks(readings) == ["improved"] * 5
    assert all('"500 mg"' in reading.text for reading in readings)
    assert (calls.requests, calls.second_looks) == (10, {"improved": 5})


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("changes", "outcome"), [({"second_look": False}, None), ({"page_tokens": 1500}, "unaffordable")]
)
def test_it_is_not_where_that_is_not_wanted_or_too_much(changes: dict[str, Any], outcome: str | None) -> None:
    readings, calls = slipping(2, **changes)
    assert looks(readings) == [outcome] * 2
    assert calls.requests == 2


@pytest.mark.usefixtures("library")
def test_a_crash_on_the_second_question_costs_neither_the_first_answer_nor_that_of_others(starts: Path) -> None:
    readings, calls = slipping(6, n4=(0, 0, 0))
    assert looks(readings) == ["improved"] * 3 + ["unanswered"] + ["improved"] * 2
    assert '"5000 mg"' in readings[3].text
    assert calls.outages == starts.read_text().splitlines().count("loaded") - 1 <= 3


@pytest.mark.usefixtures("library")
def test_it_tells_how_likely_each_value_was_unless_told_not_to() -> None:
    (reading,), _ = slipping(1, second_look=False)
    assert reading.probabilities["medications[0].strength"] == pytest.approx(math.exp(-1.5))
    assert reading.probabilities["medications[0].name"] == pytest.approx(math.exp(-0.01))
    (reading,), _ = slipping(1, token_probabilities=False)
    assert reading.probabilities == {}


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("guilty", [1, 50, 100])
def test_a_page_that_kills_the_engine_is_found_in_three_starts_and_fails_alone(starts: Path, guilty: int) -> None:
    answers, told = read(pages(100, **{f"n{guilty}": RED}), max_sequences=64)
    assert each_once(answers, 100)
    assert causes(answers) == {guilty: FailureCause.CRASHED}
    assert starts.read_text().splitlines().count("loaded") <= 4  # at first, for a few at a time, one by one, and on
    assert len([sentence for sentence in told if "crashed" in sentence]) <= 3


@pytest.mark.usefixtures("library")
def test_several_such_pages_are_all_found() -> None:
    answers, _ = read(pages(60, n5=RED, n6=RED, n33=RED))
    assert each_once(answers, 60)
    assert set(causes(answers)) == {5, 6, 33}


@pytest.mark.usefixtures("library")
def test_an_engine_that_only_crashes_is_an_error_and_not_a_thousand_failures(starts: Path) -> None:
    answered: list[PageAnswer] = []
    settings = VllmSettings(model="stand-in/dying")
    with create_engine(settings) as engine, pytest.raises(EngineUnavailable, match="crashed 4 times") as caught:
        answered.extend(engine.read(pages(1000)))
    assert caught.value.retryable
    assert not answered
    lines = starts.read_text().splitlines()
    assert lines.count("loaded") == lines.count("let go") <= 4


@pytest.mark.usefixtures("library")
def test_a_page_is_failed_for_good_only_where_the_card_was_seen_to_be_well() -> None:
    for count, final in ((1, False), (2, True)):
        answers, _ = read(pages(count, n1=RED))
        (failed,) = [answer.outcome for answer in answers if isinstance(answer.outcome, PageFailure)]
        assert failed.retryable is not final


@pytest.mark.usefixtures("library")
def test_a_batch_with_too_many_crashes_keeps_its_answers_and_can_be_tried_again() -> None:
    answered: list[PageAnswer] = []
    with create_engine(VllmSettings(model="stand-in/canned", restarts=2)) as engine, pytest.raises(EngineUnavailable):
        answered.extend(engine.read(pages(500, **{f"n{n}": RED for n in range(50, 500, 50)})))
    with create_engine(VllmSettings(model="stand-in/canned", restarts=2)) as engine:
        for answer in _until_unavailable(engine.read(pages(500, **{f"n{n}": RED for n in range(50, 500, 50)}))):
            answered.append(answer)
    assert len(answered) > 40


def _until_unavailable(answers: Iterator[PageAnswer]) -> Iterator[PageAnswer]:
    try:
        yield from answers
    except EngineUnavailable:
        return


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize("hanging", [{3}, {3, 4}])
def test_an_engine_that_hangs_is_started_anew(hanging: set[int]) -> None:
    answers, told = read(pages(6, **{f"n{n}": BLUE for n in hanging}), silent_seconds=2)
    assert each_once(answers, 6)
    assert set(causes(answers)) == hanging
    assert any("started anew" in sentence for sentence in told)


@pytest.mark.usefixtures("library")
def test_a_page_that_vllm_refuses_fails_alone_and_is_not_quoted() -> None:
    answers, _ = read(pages(9, n4=GREEN))
    assert causes(answers) == {4: FailureCause.ENGINE}
    (failed,) = [answer.outcome for answer in answers if isinstance(answer.outcome, PageFailure)]
    assert "ValueError" in failed.message
    assert "Ann Moss" not in failed.message


@pytest.mark.usefixtures("library")
def test_pages_that_are_all_refused_end_the_reading() -> None:
    with pytest.raises(EngineError, match="No page can be asked about"):
        read(pages(40, **{f"n{n}": GREEN for n in range(1, 41)}))


@pytest.mark.usefixtures("library")
def test_a_bad_image_is_no_matter_for_the_model() -> None:
    bad = page(2).model_copy(update={"image": b"no picture at all"})
    answers, _ = read(iter([page(1), bad, page(3)]))
    assert causes(answers) == {2: FailureCause.ENGINE}


@pytest.mark.usefixtures("library")
def test_plain_questions_are_answered_with_and_without_a_page() -> None:
    blank = Page(document_id="d", page_no=1, page_sha="0" * 64, image=b"", media_type="text/plain", width=0, height=0)
    text = blank.model_copy(update={"page_no": 2, "text": "Take one daily."})
    with create_engine(VllmSettings(model="stand-in/canned"), question=Question(prompt="What?")) as engine:
        said = {answer.page_no: answer.outcome for answer in engine.read([blank, text, page(3)])}
    assert {number: outcome.text for number, outcome in said.items() if isinstance(outcome, Reading)} == {
        1: "Asked: What?",
        2: "Asked: What? / Take one daily.",
        3: "Asked: What? / an image",
    }


@pytest.mark.usefixtures("library")
@pytest.mark.parametrize(
    ("cards", "settings", "says"),
    [
        ("0", {}, "sees no GPU"),
        ("1", {"tensor_parallel": 2}, "take 2 cards and there are 1"),
        ("1", {"model": "Qwen/Qwen3-VL-30B-A3B-Instruct"}, "does not fit"),
        ("1", {"model": "no-such-folder/broken"}, "could not load no-such-folder/broken"),
        ("1", {"model": "jsl_meds_vl_8b"}, "comes with John Snow Labs' library"),
        ("1", {"options": {"no_such_option": 1}}, "no_such_option"),
    ],
)
def test_what_cannot_be_loaded_is_told(
    monkeypatch: pytest.MonkeyPatch, cards: str, settings: dict[str, object], says: str
) -> None:
    monkeypatch.setenv("STAND_IN_CARDS", cards)
    with pytest.raises(EngineError, match=says):
        read(pages(1), **settings)


def test_without_vllm_the_error_names_the_extra_also_after_a_journey() -> None:
    with pytest.raises(MissingExtra, match=r"jsl-pipeline\[vllm\]") as caught:
        read(pages(1))
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_model_and_not_its_cards_makes_the_answers() -> None:
    usual = create_engine(VllmSettings(model="a")).fingerprint
    assert usual.engine == "vllm"
    assert create_engine(VllmSettings(model="a", tensor_parallel=4, memory_share=0.5)).fingerprint == usual
    others = ({"model": "b"}, {"quantization": "fp8"}, {"revision": "v2"}, {"options": {"chat_template": "c.jinja"}})
    for other in (*others, {"prompt": "Read."}, {"max_tokens": 99}):
        assert create_engine(VllmSettings.model_validate({"model": "a", **other})).fingerprint != usual
