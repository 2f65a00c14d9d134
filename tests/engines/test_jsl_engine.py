"""The container library's engine, over a stand-in with the same interface: no model of John Snow Labs is run here."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsl_pipeline.engines import JslSettings, Question, create_engine
from jsl_pipeline.errors import EngineError, SettingsError
from jsl_pipeline.schemas import AnswerFlaw, FailureCause, Page, PageAnswer, PageFailure, Reading
from tests.stages.conftest import draw

STAND_IN = Path(__file__).parent / "stand_in"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(STAND_IN)


def pages(*images: bytes) -> Iterator[Page]:
    for number, image in enumerate(images, start=1):
        yield Page(
            document_id="d",
            page_no=number,
            page_sha=f"{number:064x}",
            image=image,
            media_type="image/png",
            width=800,
            height=1000,
        )


def read(model: str, *images: bytes) -> tuple[list[PageAnswer], list[str]]:
    told: list[str] = []
    with create_engine(JslSettings(model=model), told.append) as engine:
        answers = list(engine.read(pages(*images)))
    return answers, told


@pytest.mark.usefixtures("library")
def test_one_load_and_one_release_for_all_readings() -> None:
    told: list[str] = []
    with create_engine(JslSettings(model="canned"), told.append) as engine:
        assert told == []
        for _ in range(3):
            assert len(list(engine.read(pages(b"1", b"2")))) == 2
    assert told == ["Model canned is being loaded.", "Model canned loaded in 0 s.", "Model canned released."]


@pytest.mark.usefixtures("library")
def test_without_pages_no_model_is_loaded() -> None:
    assert read("canned") == ([], [])


@pytest.mark.usefixtures("library")
def test_a_page_is_a_file_only_while_it_is_read() -> None:
    answers, _ = read("model", draw("Dr. Ida Holm", "Patient: Ann Moss"), b"no picture")
    for folder in (Path("/dev/shm"), Path(tempfile.gettempdir())):
        assert not list(folder.glob(f"page-{os.getpid()}-*"))
    good, bad = (answer.outcome for answer in answers)
    assert isinstance(good, Reading)
    assert good.flaws == (AnswerFlaw.FENCED,)
    assert isinstance(bad, PageFailure)
    assert bad.cause is FailureCause.ENGINE
    assert "no picture" not in bad.message


@pytest.mark.usefixtures("library")
def test_an_answer_that_says_nothing_fails_its_page() -> None:
    answers, _ = read("silent", b"1")
    assert isinstance(outcome := answers[0].outcome, PageFailure)
    assert outcome.cause is FailureCause.UNUSABLE
    assert "empty" in outcome.message


@pytest.mark.usefixtures("library")
def test_a_model_that_reads_no_page_ends_the_run() -> None:
    with pytest.raises(EngineError, match="reads no page"):
        read("failing", b"1", b"2", b"3", b"4")


@pytest.mark.usefixtures("library")
def test_a_model_that_cannot_be_loaded_ends_the_run() -> None:
    with pytest.raises(EngineError, match="broken could not be loaded"):
        read("broken", b"1")


@pytest.mark.usefixtures("library")
def test_a_question_about_an_image_is_answered_in_the_librarys_words() -> None:
    with create_engine(JslSettings(model="model"), question=Question(prompt="What is it?")) as engine:
        (answer,) = engine.read(pages(draw("Dr. Ida Holm")))
    assert isinstance(outcome := answer.outcome, Reading)
    assert outcome.text.startswith("```json")
    assert outcome.flaws == ()


@pytest.mark.usefixtures("library")
def test_what_the_library_cannot_be_told_is_said() -> None:
    with pytest.raises(SettingsError, match="no limit of tokens"):
        create_engine(JslSettings(model="canned"), question=Question(prompt="What is it?", max_tokens=9))
    with pytest.raises(EngineError, match="images alone"):
        read("canned", b"")


def test_without_the_library_the_error_says_where_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("jsl_llm_lib", "jsl_llm_lib.jsl_llm"):  # of the tests before
        monkeypatch.delitem(sys.modules, module, raising=False)
    with pytest.raises(EngineError, match="container images"):
        read("canned", b"1")


def test_what_answers_depend_on() -> None:
    usual = create_engine(JslSettings(model="a")).fingerprint
    assert create_engine(JslSettings(model="b")).fingerprint != usual
    assert create_engine(JslSettings(model="a", prompt="Read.")).fingerprint != usual
