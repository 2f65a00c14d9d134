"""What every engine promises; each engine is one more parameter."""

import hashlib
import json
import sys
from collections.abc import Callable, Generator, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pytest

from jsl_pipeline.emulator import EmulatorSettings, OcrReader, ScaleToZero, running
from jsl_pipeline.engines import (
    EndpointSettings,
    Engine,
    JslSettings,
    OcrEngine,
    OcrSettings,
    VllmSettings,
    create_engine,
)
from jsl_pipeline.schemas import Candidate, Page, PageFailure, Reading, ReadingSource, TextLine
from tests.stages.conftest import draw

STAND_IN = Path(__file__).parent / "stand_in"
PRINTED = draw("Dr. Ida Holm", "Patient: Ann Moss", "Rx", "1. Ibuprofen 400 mg - twice daily")

Make = Callable[[], Engine]


@contextmanager
def ocr() -> Generator[Make]:
    yield lambda: create_engine(OcrSettings(workers=2))


@contextmanager
def endpoint() -> Generator[Make]:
    """Behind it, the emulator really reads the pages."""
    emulated = EmulatorSettings(port=0, reader=OcrReader(workers=1), scale_to_zero=ScaleToZero(enabled=False))
    with running(emulated) as emulator:
        settings = {"url": emulator.url, "name": emulated.endpoint, "token": "emulator-token"}
        yield lambda: create_engine(EndpointSettings.model_validate(settings))


@contextmanager
def jsl() -> Generator[Make]:
    """Their library is not to be had here: a stand-in with the same interface reads the pages."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(STAND_IN)
        yield lambda: create_engine(JslSettings(model="stand-in"))


@contextmanager
def vllm() -> Generator[Make]:
    """There is no GPU here: a stand-in for vLLM really reads the pages. tests/vllm has the real one."""
    with pytest.MonkeyPatch.context() as patch:
        patch.syspath_prepend(STAND_IN)
        yield lambda: create_engine(VllmSettings(model="stand-in/reader"))
    for name in [name for name in sys.modules if name.partition(".")[0] == "vllm"]:
        del sys.modules[name]


ENGINES: dict[str, Callable[[], AbstractContextManager[Make]]] = {
    "ocr": ocr,
    "endpoint": endpoint,
    "jsl": jsl,
    "vllm": vllm,
}


@pytest.fixture(params=ENGINES)
def make(request: pytest.FixtureRequest) -> Iterator[Make]:
    with ENGINES[request.param]() as made:
        yield made


@pytest.fixture
def engine(make: Make) -> Iterator[Engine]:
    with make() as started:
        yield started


def _page(number: int, image: bytes, lines: tuple[TextLine, ...] = ()) -> Page:
    return Page(
        document_id="d",
        page_no=number,
        page_sha=hashlib.sha256(image + bytes([number])).hexdigest(),
        image=image,
        media_type="image/png",
        width=800,
        height=1000,
        text_layer=lines,
    )


def test_each_page_is_answered_once_and_a_bad_one_fails_alone(engine: Engine) -> None:
    pages = [_page(1, PRINTED), _page(2, b"no picture at all"), _page(3, PRINTED)]
    answers = {answer.page_no: answer for answer in engine.read(pages)}
    assert {number: answer.page_sha for number, answer in answers.items()} == {p.page_no: p.page_sha for p in pages}
    assert isinstance(answers[2].outcome, PageFailure)
    for number in (1, 3):
        outcome = answers[number].outcome
        assert isinstance(outcome, Reading)
        candidate = Candidate.model_validate_json(outcome.text)
        assert candidate.patient.name == "Ann Moss"
        assert [(m.name, m.strength) for m in candidate.medications] == [("Ibuprofen", "400 mg")]


def test_no_pages_are_no_answers(engine: Engine) -> None:
    assert list(engine.read([])) == []


def test_pages_are_pulled_only_as_they_can_be_worked_on(engine: Engine) -> None:
    pulled: list[int] = []

    def pages() -> Iterator[Page]:
        for number in range(1, 200):
            pulled.append(number)
            yield _page(number, b"no picture at all")

    answers = engine.read(pages())
    next(answers)
    assert len(pulled) < 20


def test_the_fingerprint_does_not_depend_on_being_started(make: Make, engine: Engine) -> None:
    assert engine.fingerprint == make().fingerprint


def test_how_many_work_does_not_change_what_is_read() -> None:
    assert create_engine(OcrSettings(workers=1)).fingerprint == create_engine(OcrSettings(workers=2)).fingerprint


def test_a_good_text_layer_is_read_instead_of_the_pixels() -> None:
    lines = tuple(
        TextLine(text=text, box=(50.0, 100.0 + 40 * row, 500.0, 125.0 + 40 * row))
        for row, text in enumerate(
            [
                "Patient: Ben Frost",
                "Prescriber: Dr. Ida Holm",
                "Medications:",
                "1. Senna 15 mg at night",
                "End of the list",
            ]
        )
    )
    for use, name, source in ((True, "Ben Frost", ReadingSource.TEXT_LAYER), (False, "Ann Moss", ReadingSource.OCR)):
        with OcrEngine(OcrSettings(workers=1, text_layer=use)) as engine:
            (answer,) = engine.read([_page(1, PRINTED, lines)])
        assert isinstance(answer.outcome, Reading)
        assert answer.outcome.source == source
        assert json.loads(answer.outcome.text)["patient"]["name"] == name


def test_an_engine_that_was_not_started_says_how_to(make: Make) -> None:
    with pytest.raises(RuntimeError, match="with engine"):
        list(make().read([_page(1, PRINTED)]))
