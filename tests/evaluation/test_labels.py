"""Reading labels from a folder."""

import json

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation import ExtractedDocument, Place, evaluate, load_labels, score_documents
from jsl_pipeline.schemas import Patient, PatientRecord


def write(folder, name, **content):
    (folder / name).write_text(json.dumps(content), encoding="utf-8")


def test_unknown_keys_are_ignored_and_labels_sorted_by_document(tmp_path):
    write(tmp_path, "1.json", file="documents/b.png", patient={"name": "Ann", "shoe_size": 38}, lot="x")
    write(tmp_path, "2.json", file="documents/a.png", medications=[{"name": "Senna", "status": "past"}])
    labels = load_labels(tmp_path)
    assert [each.file for each in labels] == ["documents/a.png", "documents/b.png"]
    assert labels[1].patient.name == "Ann"
    assert labels[0].medications[0].name == "Senna"


def test_a_label_without_file_describes_the_document_of_its_name(tmp_path):
    write(tmp_path, "visit.2.json", patient={"name": "Ann"})
    record = PatientRecord(patient=Patient(name="Ann"))
    documents = [ExtractedDocument(file="in/visit.2.tiff", where=Place.RECORDS, record=record)]
    report = evaluate(score_documents(load_labels(tmp_path), documents))
    assert report.mistakes == ()
    assert report.unlabelled == 0


@pytest.mark.parametrize("content", ["{", '{"patient": {"age": "Secret Name"}}', '["Secret Name"]'])
def test_what_is_not_a_label_is_refused_without_quoting_it(tmp_path, content):
    (tmp_path / "1.json").write_text(content)
    with pytest.raises(SettingsError, match="not a label") as caught:
        load_labels(tmp_path)
    assert "Secret" not in str(caught.value)
    assert caught.value.__cause__ is None


def test_a_folder_without_labels_is_refused(tmp_path):
    with pytest.raises(SettingsError, match="holds no"):
        load_labels(tmp_path)
    with pytest.raises(SettingsError, match="does not exist"):
        load_labels(tmp_path / "nowhere")


def test_two_labels_of_one_document_are_refused(tmp_path):
    write(tmp_path, "1.json", file="a.png")
    write(tmp_path, "2.json", file="a.png")
    with pytest.raises(SettingsError, match="same document"):
        load_labels(tmp_path)


def test_folders_tell_documents_of_one_name_apart(tmp_path):
    for ward in ("east", "west"):
        (tmp_path / ward).mkdir()
        write(tmp_path / ward, "1.json", patient={"name": f"Ann {ward}"})
    documents = [
        ExtractedDocument(
            file=f"scans/{ward}/1.png", where=Place.RECORDS, record=PatientRecord(patient=Patient(name=f"Ann {ward}"))
        )
        for ward in ("west", "east")
    ]
    report = evaluate(score_documents(load_labels(tmp_path), documents))
    assert report.mistakes == ()
    assert report.unlabelled == 0
