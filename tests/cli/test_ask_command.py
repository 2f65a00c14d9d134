"""`jsl-pipeline ask` against an emulated endpoint that says back what it is told, and reads what it is shown."""

import io
import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from PIL import Image

from jsl_pipeline.emulator import (
    CannedReader,
    EmulatorSettings,
    OcrReader,
    RunningEmulator,
    ScaleToZero,
    running,
)
from tests.cli.conftest import Call
from tests.stages.conftest import draw

SHEET = draw("Dr. Ida Holm", "Patient: Ann Moss", "Rx", "1. Ibuprofen 400 mg - twice daily")
EMPTY = draw()


def emulated(**settings: Any) -> EmulatorSettings:
    return EmulatorSettings(port=0, scale_to_zero=ScaleToZero(enabled=False), **settings)


@pytest.fixture(scope="module")
def echo() -> Iterator[RunningEmulator]:
    with running(emulated(reader=OcrReader(workers=1))) as emulator:
        yield emulator


@pytest.fixture
def ask(echo: RunningEmulator, call_here: Call) -> Call:
    """Asks the emulator; keywords are settings of the engine."""

    def call(*arguments: str, **engine: str) -> subprocess.CompletedProcess[str]:
        return call_here(
            "ask", *arguments, **at(echo), **{f"JSL_ENGINE__{name}": each for name, each in engine.items()}
        )

    return call


def at(emulator: RunningEmulator) -> dict[str, str]:
    engine = {"KIND": "endpoint", "URL": emulator.url, "NAME": "jsl-vl", "TOKEN": "env:EMULATOR_TOKEN"}
    return {"EMULATOR_TOKEN": "emulator-token"} | {f"JSL_ENGINE__{name}": value for name, value in engine.items()}


def tiff(*sheets: bytes) -> bytes:
    first, *others = (Image.open(io.BytesIO(sheet)) for sheet in sheets)
    file = io.BytesIO()
    first.save(file, "TIFF", save_all=True, append_images=others)
    return file.getvalue()


def test_a_bare_question_is_answered_on_stdout(ask: Call) -> None:
    done = ask("What is a pharmacist?")
    assert (done.returncode, done.stdout, done.stderr) == (0, "What is a pharmacist?\n", "")


def test_texts_and_scans_are_answered_in_their_order_under_their_names(ask: Call, tmp_path: Path) -> None:
    (tmp_path / "note.TXT").write_bytes(b"\xef\xbb\xbfNo known allergies.\n")
    (tmp_path / "fax.tif").write_bytes(tiff(SHEET, SHEET))
    (tmp_path / "plan.md").write_text("Rest.")
    done = ask("Sum up:", "note.TXT", "fax.tif", "plan.md")
    assert done.returncode == 0, done.stderr
    parts = done.stdout.split("== ")[1:]
    assert parts[0] == "note.TXT ==\nSum up:\nNo known allergies.\n\n"
    assert parts[1].startswith("fax.tif, page 1 of 2 ==\n{")
    assert parts[2].startswith("fax.tif, page 2 of 2 ==\n{")
    assert "Ann Moss" in parts[1]
    assert parts[3] == "plan.md ==\nSum up:\nRest.\n"


def test_one_page_has_no_heading_and_leaves_nothing_behind(ask: Call, tmp_path: Path) -> None:
    (tmp_path / "scan.png").write_bytes(SHEET)
    done = ask("Who is it?", "scan.png")
    assert json.loads(done.stdout)["patient"]["name"] == "Ann Moss"
    assert [file.name for file in tmp_path.iterdir()] == ["scan.png"]


def test_json_is_one_object_with_every_page(ask: Call, tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("drug,dose\nSenna,15 mg\n")
    (tmp_path / "both.tif").write_bytes(tiff(EMPTY, SHEET))
    done = ask("Sum up:", "a.csv", "both.tif", "--json", "--max-tokens", "500")
    assert done.returncode == 0, done.stderr
    table, blank, sheet = json.loads(done.stdout)["answers"]
    assert (table["file"], table["page"], table["pages"]) == ("a.csv", 1, 1)
    assert table["answer"] == "Sum up:\ndrug,dose\nSenna,15 mg"
    assert table["completion_tokens"] == len(table["answer"]) // 4 + 1
    assert (blank["page"], blank["blank"], blank["answer"], blank["failure"]) == (1, True, None, None)
    assert (sheet["page"], sheet["pages"], sheet["blank"]) == (2, 2, False)
    assert "Ann Moss" in sheet["answer"]


def test_text_comes_in_by_stdin(ask: Call, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "stdin", SimpleNamespace(buffer=io.BytesIO("Größe 1,80 m".encode())))
    assert ask("How tall?", "-").stdout == "How tall?\nGröße 1,80 m\n"


def test_pages_without_an_answer_are_told_without_their_names(ask: Call, tmp_path: Path) -> None:
    (tmp_path / "moss_ann.pdf").write_bytes(b"%PDF-1.4 and nothing more")
    (tmp_path / "long.txt").write_text("word " * 2000)
    (tmp_path / "short.txt").write_text("word")
    done = ask(
        "Say it:", "moss_ann.pdf", "long.txt", "short.txt", "--max-tokens", "100", PAGE_TOKENS="300", MAX_TOKENS="16"
    )
    assert done.returncode == 1
    assert done.stdout == "== short.txt ==\nSay it:\nword\n"
    assert "File 1: no answer." in done.stderr
    assert "File 2: no answer. The model's answers cannot be used; the last was truncated." in done.stderr
    assert "moss" not in done.stderr
    told = json.loads(ask("Say it:", "moss_ann.pdf", "--json").stdout)["answers"]
    assert told[0]["failure"]["cause"] == "render"


def test_a_bare_question_without_an_answer_is_told(ask: Call) -> None:
    done = ask("word " * 200, "--max-tokens", "10", PAGE_TOKENS="20", MAX_TOKENS="16")
    assert (done.returncode, done.stdout) == (1, "")
    assert "The question: no answer." in done.stderr


def test_a_terminal_is_not_steered_by_an_answer(call_here: Call) -> None:
    with running(emulated(reader=CannedReader(text="red\x1b[31m\ttwo\nlines\x07"))) as emulator:
        assert call_here("ask", "?", **at(emulator)).stdout == "red[31m\ttwo\nlines\n"


@pytest.mark.parametrize(
    ("arguments", "reason"),
    [
        (("",), "The question is empty"),
        ((" \n",), "The question is empty"),
        (("?", "here.txt", "absent.png"), "File 2 of those given does not exist"),
        (("?", "."), "is a folder"),
        (("?", "/dev/null"), "is no file"),
        (("?", "latin.txt"), "File 1 of those given is not UTF-8 text"),
        (("?", "hollow.md"), "without a word"),
        (("?", "huge.csv"), "more than 1,024 KiB"),
        (("?", "--max-tokens", "100000"), "engine.page_tokens"),
    ],
)
def test_what_cannot_be_asked_is_said_before_anything_is(
    ask: Call, echo: RunningEmulator, tmp_path: Path, arguments: tuple[str, ...], reason: str
) -> None:
    (tmp_path / "here.txt").write_text("word")
    (tmp_path / "latin.txt").write_bytes("Größe".encode("latin-1"))
    (tmp_path / "hollow.md").write_text("\n\n")
    (tmp_path / "huge.csv").write_text("word," * 300_000)
    before = len(echo.log)
    done = ask(*arguments)
    assert (done.returncode, done.stdout) == (2, "")
    assert reason in " ".join(done.stderr.split())
    assert len(echo.log) == before


def test_the_usual_engine_says_what_to_set(call_here: Call) -> None:
    done = call_here("ask", "Why?")
    assert done.returncode == 2
    assert "JSL_ENGINE__KIND" in done.stderr


def test_a_protocol_of_images_alone_is_an_error(ask: Call) -> None:
    done = ask("Why?", PROTOCOL="inputs")
    assert done.returncode == 2
    assert "chat or completion" in " ".join(done.stderr.split())
