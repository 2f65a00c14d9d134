"""Small stores whose pages an engine without a model has read."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.schemas import FailureCause, Page, PageFailure, Reading, ReadingSource, TextLine
from jsl_pipeline.stages import extract, ingest, preprocess, validate
from jsl_pipeline.store import Store
from tests.stages.conftest import Pipeline, ScriptedEngine, draw

ANN: dict[str, Any] = {
    "patient": {"name": "Ann Moss", "dob": "24/05/1979"},
    "prescriber": {"name": "Dr. Ida Holm"},
    "date": "2026-02-01",
    "medications": [{"name": "Ibuprofen", "strength": "400 mg", "dose": "1 tablet", "frequency": "twice daily"}],
}


def fill(folder: Path, answers: Mapping[str, Any], files: Mapping[str, bytes] | None = None) -> Store:
    """A store in which each answer is of one document, of the file that its key names; None is a page that fails.

    `files` are put into the landing folder besides.
    """
    folder.mkdir()
    pipeline = Pipeline(folder)
    said: dict[str, Any] = {}
    for name, answer in answers.items():
        sheet = draw(name, *json.dumps(answer or "").split('", "'))
        pipeline.drop(name, sheet)
        said[hashlib.sha256(sheet).hexdigest()] = answer
    for name, data in (files or {}).items():
        pipeline.drop(name, data)
    (batch,) = pipeline.close()

    def read(page: Page) -> Reading | PageFailure:
        answer = said[page.document_id]
        if answer is None:
            return PageFailure(cause=FailureCause.REFUSED, message="declined", retryable=False)
        seen = (answer["patient"]["name"], answer["patient"]["dob"], answer["prescriber"]["name"], answer["date"])
        rows = (" ".join(medication.values()) for medication in answer["medications"])
        lines = [
            TextLine(text=text, box=(10, 20 * at, 10 + 7 * len(text), 20 * at + 15))
            for at, text in enumerate([*seen, *rows], 1)
        ]
        return Reading(text=json.dumps(answer), source=ReadingSource.OCR, seconds=0.1, lines=tuple(lines))

    ingest(pipeline.store, batch, pipeline.settings)
    preprocess(pipeline.store, batch, pipeline.settings)
    extract(pipeline.store, batch, LocalReader(ScriptedEngine(read)))
    validate(pipeline.store, batch)
    return pipeline.store


def write_labels(folder: Path, labels: Mapping[str, Mapping[str, Any]]) -> Path:
    """A label for each document, `dob` and `date` as written and read."""
    folder.mkdir()
    for name, label in labels.items():
        (folder / f"{Path(name).stem}.json").write_text(json.dumps({"file": name, **label}), encoding="utf-8")
    return folder


def truth(**patient: str) -> dict[str, Any]:
    """The label of the answer `ANN`, with another patient where one is given."""
    medication = ANN["medications"][0] | {"frequency_per_day": 2}
    dob = {"raw": "24/05/1979", "iso": "1979-05-24"}
    return {
        "patient": {"name": "Ann Moss", "dob": dob} | patient,
        "prescriber": ANN["prescriber"],
        "date": {"raw": "2026-02-01", "iso": "2026-02-01"},
        "medications": [medication],
    }
