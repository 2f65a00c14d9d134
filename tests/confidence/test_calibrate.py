"""`jsl-pipeline calibrate`: a model fitted to labelled documents, and what is told of it."""

import json
import shutil
import sys
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from random import Random

import pytest
from pydantic import TypeAdapter
from read_pages import TRUE, WORDS, label, lines, with_medication

from jsl_pipeline.batches import close_batch, waiting_files
from jsl_pipeline.cli import main
from jsl_pipeline.cli.calibrate import read_examples
from jsl_pipeline.confidence import load_model
from jsl_pipeline.engines import OcrEngine, OcrSettings
from jsl_pipeline.evaluation import load_labels
from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.ingest import Landing
from jsl_pipeline.schemas import Reading, ReadingSource, TextLine
from jsl_pipeline.store import DocumentRow, ExtractionRow, PageRow, Store

LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])


def read_store(folder: Path, documents: int, source: ReadingSource = ReadingSource.OCR) -> Store:
    """A store of documents that were read: one in five has another strength than was read, where OCR was unsure.

    Of those that a model has read, OCR's words are in the journal alone, where validation has put them.
    """
    rng = Random(2)
    landing, labels = folder / "landing", folder / "labels"
    landing.mkdir()
    labels.mkdir()
    for number in range(documents):
        (landing / f"page_{number:03}.png").write_bytes(b"%d" % number)
    store = Store(str(folder / "store"))
    opened = Landing(str(landing))
    key = close_batch(store, opened, waiting_files(store, opened), datetime(2026, 3, 2, tzinfo=UTC)).key
    rows: dict[str, list[DocumentRow | PageRow | ExtractionRow]] = {"documents": [], "pages": [], "extractions": []}
    for number in range(documents):
        name, wrong = f"page_{number:03}.png", number % 5 == 0
        identity = sha256(b"%d" % number).hexdigest()
        shared = {"batch": key, "document_id": identity}
        seen = lines(confidence=rng.uniform(0.6, 0.9) if wrong else rng.uniform(0.95, 1))
        if source is ReadingSource.MODEL:
            words = Reading(text="{}", source=ReadingSource.OCR, seconds=0.1, lines=seen)
            store.answers(OcrEngine(OcrSettings()).fingerprint).put(identity, words)
            seen = ()
        rows["documents"].append(DocumentRow(**shared, path=name, size=1, kind="png", pages=1))
        rows["pages"].append(PageRow(**shared, page_no=1, state="prepared", page_sha=identity, part="none"))
        rows["extractions"].append(
            ExtractionRow(
                **shared,
                page_no=1,
                page_sha=identity,
                state="extracted",
                fingerprint="f",
                engine="ocr",
                model="m",
                source=source,
                seconds=0.1,
                answer=TRUE.model_dump_json(exclude_none=True),
                lines=LINES.dump_json(seen).decode(),
            )
        )
        truth = label(name, with_medication(TRUE, 0, strength="850 mg") if wrong else TRUE)
        (labels / f"page_{number:03}.json").write_text(truth.model_dump_json())
    for table, made in rows.items():
        store.tables.replace(table, key, lambda made=made: made)
    return store


def call(folder: Path, monkeypatch: pytest.MonkeyPatch, *arguments: str) -> int:
    monkeypatch.chdir(folder)
    monkeypatch.setattr(sys, "argv", ["jsl-pipeline", "calibrate", "labels", "--store", "store", *arguments])
    with pytest.raises(SystemExit) as left:
        main()
    return int(left.value.code or 0)


def test_it_learns_what_is_wrong_here_and_tells_how_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read_store(tmp_path, 60)
    assert call(tmp_path, monkeypatch, "-o", "ours.json", "--plot", "ours.svg", "--json") == 0
    told = json.loads(capsys.readouterr().out)
    assert (told["records"]["ranking"]["wrong"], told["records"]["ranking"]["right"]) == (12, 48)
    assert told["records"]["ranking"]["auroc"] > 0.9
    assert told["trades"][-1] == {"review_below": 1.0, "review": 1.0, "unmarked": 0.0}
    model = load_model(str(tmp_path / "ours.json"))
    assert [each.documents for each in model.fitted][-1] == 60
    assert "</svg>" in (tmp_path / "ours.svg").read_text()


def test_what_a_model_has_read_is_judged_by_the_words_that_ocr_read_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    store = read_store(tmp_path, 60, ReadingSource.MODEL)
    ocr = LocalReader(OcrEngine(OcrSettings()))
    assert not any(any(each.grounds.words.values()) for each in read_examples(store, load_labels(tmp_path / "labels")))
    for each in read_examples(store, load_labels(tmp_path / "labels"), ocr=ocr):
        assert [line.text for line in each.grounds.words[1]] == list(WORDS)
    assert call(tmp_path, monkeypatch) == 0
    shutil.rmtree(tmp_path / "store" / "answers")  # now OCR must read, and these pages have no pixels
    assert call(tmp_path, monkeypatch) == 2
    assert "materialise `pages`" in capsys.readouterr().err


def test_too_few_labels_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    read_store(tmp_path, 10)
    assert call(tmp_path, monkeypatch) == 2
    assert "10 labelled documents" in capsys.readouterr().err
    assert not (tmp_path / "confidence.json").exists()
