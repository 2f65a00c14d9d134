"""What a store holds, scored: with what failed, what is unfinished, and what is there twice."""

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation import evaluate, load_labels, score_store
from jsl_pipeline.store import Store
from tests.evaluation.stores import ANN, fill, truth, write_labels


def test_records_failures_duplicates_and_strangers(tmp_path):
    odd = ANN | {"medications": [{"name": "Ibuprofen", "strength": "40 mg", "frequency": "twice daily"}]}
    answers = {"good_1.png": ANN, "odd_1.png": odd, "silent_1.png": None, "stranger_1.png": ANN}
    store = fill(tmp_path / "in", answers, {"broken_1.png": b"\x89PNG\r\n\x1a\nand no more"})
    names = ["good_1.png", "odd_1.png", "silent_1.png", "broken_1.png", "absent_1.png"]
    labels = write_labels(tmp_path / "labels", {name: truth() for name in names})
    report = evaluate(score_store(load_labels(labels), store))
    assert report.overall.documents == 5
    assert report.unlabelled == 1
    assert report.by_family["good"].critical.f1.value == 1
    assert report.by_family["odd"].fields["medications.strength"].wrong == 1
    failures = {(each.file, each.page_no): each.code for each in report.failures}
    assert failures[("silent_1.png", 1)] == "refused"
    assert failures[("absent_1.png", None)] == "not_found"
    assert ("broken_1.png", None) in failures
    for family in ("silent", "broken", "absent"):
        assert report.by_family[family].critical.missed == 6
        assert report.by_family[family].critical.unmarked_missed == 0
    (engine,) = report.engines
    assert (engine.engine, engine.pages) == ("scripted", 4)
    assert "Ann Moss" not in report.model_dump_json()


def test_a_duplicate_has_the_record_of_the_first(tmp_path):
    fill(tmp_path / "in", {"a_1.png": ANN})
    first = (tmp_path / "in" / "landing" / "a_1.png").read_bytes()
    store = fill(tmp_path / "again", {"a_1.png": ANN}, {"b_1.png": first})
    labels = write_labels(tmp_path / "labels", {"b_1.png": truth()})
    report = evaluate(score_store(load_labels(labels), store))
    assert report.failures == ()
    assert report.mistakes == ()


def test_a_document_that_was_not_read_yet_is_not_finished(tmp_path):
    store = fill(tmp_path / "in", {"a_1.png": ANN, "b_1.png": ANN | {"date": "2026-02-02"}})
    (batch,) = store.manifests.batch_keys()
    for table in ("prescriptions", "patients", "medications", "review_queue"):
        store.tables.replace(table, batch, lambda: [])
    labels = write_labels(tmp_path / "labels", {"a_1.png": truth()})
    report = evaluate(score_store(load_labels(labels), store))
    assert [each.code for each in report.failures] == ["not_finished"]
    assert report.by_status.keys() == {"missing"}


def test_a_store_without_documents_or_with_none_that_a_label_describes_is_refused(tmp_path):
    labels = load_labels(write_labels(tmp_path / "labels", {"z_1.png": truth()}))
    with pytest.raises(SettingsError, match="holds no documents"):
        score_store(labels, Store(str(tmp_path / "none")))
    with pytest.raises(SettingsError, match="No label describes"):
        score_store(labels, fill(tmp_path / "in", {"a_1.png": ANN}))
