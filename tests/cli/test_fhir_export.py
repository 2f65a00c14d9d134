"""`jsl-pipeline export --format fhir` over a small store, whose pages an engine without a model has read."""

import hashlib
import json
from pathlib import Path
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle

from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.schemas import Patient, PatientRecord, Reading, ReadingSource
from jsl_pipeline.stages import extract, ingest, preprocess, validate
from jsl_pipeline.store import PatientRow
from tests.cli.conftest import Call
from tests.stages.conftest import Pipeline, ScriptedEngine, draw

TRUSTED: dict[str, Any] = {
    "patient": {"name": "Ann Moss", "dob": "24/05/1979"},
    "prescriber": {"name": "Dr. Ida Holm"},
    "date": "2026-02-01",
    "medications": [{"name": "Ibuprofen", "strength": "400 mg", "dose": "1 tablet", "frequency": "twice daily"}],
}
NOTE = {"patient": {"name": "Ben Frost", "dob": "1950-01-02"}, "date": "2026-02-01"}
SUSPECT = TRUSTED | {"patient": {"name": "Cay Lind"}, "medications": [{"name": "Ibuprofin", "frequency": "daily"}]}


class Exported:
    """A store in which each answer is of one document, named like its patient."""

    def __init__(self, folder: Path, *answers: dict[str, Any]) -> None:
        pipeline = Pipeline(folder)
        said: dict[str, str] = {}
        self.documents: list[str] = []
        for answer in answers:
            sheet = draw(answer["patient"]["name"], "and more")
            pipeline.drop(f"{answer['patient']['name']}.png", sheet)
            self.documents.append(hashlib.sha256(sheet).hexdigest())
            said[self.documents[-1]] = json.dumps(answer)
        (self.batch,) = pipeline.close()
        engine = ScriptedEngine(
            lambda page: Reading(text=said[page.document_id], source=ReadingSource.MODEL, seconds=0.1)
        )
        ingest(pipeline.store, self.batch, pipeline.settings)
        preprocess(pipeline.store, self.batch, pipeline.settings)
        extract(pipeline.store, self.batch, LocalReader(engine))
        validate(pipeline.store, self.batch)
        self.store = pipeline.store
        self.command = ("export", "--format", "fhir", "--store", pipeline.store.url)


def test_a_bundle_for_each_trusted_document_and_none_for_review(tmp_path: Path, call_here: Call) -> None:
    exported = Exported(tmp_path, TRUSTED, NOTE, SUSPECT)
    done = call_here(*exported.command)
    assert done.returncode == 0, done.stderr
    assert "Bundles: 2; not valid: 0; left out, as they wait for review: 1." in done.stderr
    bundles = {bundle["identifier"]["value"]: bundle for bundle in map(json.loads, done.stdout.splitlines())}
    assert set(bundles) == set(exported.documents[:2])
    for bundle in bundles.values():
        Bundle.model_validate(bundle)
        assert bundle["timestamp"].startswith("2026-03-01T01:00:00")  # when the batch was closed
        (agent,) = bundle["entry"][-1]["resource"]["agent"]
        assert agent["who"]["display"] == "jsl-pipeline, engine scripted, model scripted"
    for hidden in (".png", "Cay", "Ibuprofin"):
        assert hidden not in done.stdout + done.stderr
    again = call_here(*exported.command, "--batch", exported.batch)
    assert again.stdout == done.stdout

    call_here(*exported.command, "--output", str(tmp_path / "bundles"))
    files = {path.stem: path.read_text("utf-8") for path in (tmp_path / "bundles").iterdir()}
    assert {name: json.loads(text) for name, text in files.items()} == bundles


def test_a_record_that_is_no_valid_bundle_is_named_and_the_others_are_written(tmp_path: Path, call_here: Call) -> None:
    exported = Exported(tmp_path, TRUSTED)
    endless = PatientRecord(patient=Patient(address="lane " * 300_000))  # beyond FHIR's longest string
    row = PatientRow(
        batch=exported.batch,
        document_id="e" * 64,
        path="reed.png",
        schema_name="patient@1",
        status="complete",
        issues="[]",
        record=endless.model_dump_json(),
    )
    exported.store.tables.replace("patients", exported.batch, lambda: [row])
    done = call_here(*exported.command)
    assert done.returncode == 1
    said = " ".join(done.stderr.split())
    assert f"Document {row.document_id} is no valid Bundle: Bundle.entry[0].resource.address[0].text" in said
    (bundle,) = map(json.loads, done.stdout.splitlines())
    assert bundle["identifier"]["value"] == exported.documents[0]
    assert "lane" not in said


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--format", "fhir", "--table", "patients"), "whole documents"),
        (("--format", "jsonl"), "Give --table NAME"),
        (("--format", "fhir", "--output", __file__), "is a folder"),
        (("--format", "fhir", "--batch", "none"), "no batch 'none'"),
    ],
)
def test_a_wrong_call_is_one_sentence(call_here: Call, arguments: tuple[str, ...], says: str) -> None:
    done = call_here("export", "--store", "store", *arguments)
    assert done.returncode == 2
    assert says in " ".join(done.stderr.split())
