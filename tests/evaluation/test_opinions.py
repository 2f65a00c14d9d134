"""Metrics of others over the same documents."""

import sys

import pytest

from jsl_pipeline.errors import MissingExtra
from jsl_pipeline.evaluation import (
    ExtractedDocument,
    Place,
    Verdict,
    check_second_opinion,
    evaluate,
    score_documents,
)
from jsl_pipeline.schemas import Label, PatientRecord, Prescription

SAID = {
    "patient": {"name": "Ann Example"},
    "medications": [{"name": "Atenolol", "strength": "7.5 mg"}, {"name": "Senna", "strength": "15 mg"}],
}


def scored(*records):
    labels = [Label.model_validate({"file": f"a_{n}.png", **SAID}) for n in range(len(records))]
    documents = [
        ExtractedDocument(file=f"a_{n}.png", where=Place.RECORDS, record=Prescription.model_validate(record))
        for n, record in enumerate(records)
    ]
    return score_documents(labels, documents)


def opinions(*records, against=None):
    return evaluate(scored(*records), against, second_opinion=True).opinions


def test_what_is_right_is_right_for_all_in_any_order_of_rows():
    found = opinions(SAID | {"medications": SAID["medications"][::-1]})
    assert {each.overall.value for each in found.values()} == {1.0}
    assert found["ANLS*"].by_family["a"].value == 1.0


def test_a_slip_of_letters_costs_little_by_likeness_and_the_whole_field_by_agreement():
    slip = SAID | {"patient": {"name": "Ann Exarnple"}}
    other = SAID | {"patient": {"name": "Bob Sample"}}
    assert opinions(slip)["ANLS*"].overall.value > opinions(other)["ANLS*"].overall.value
    assert opinions(slip)["stickler"].overall.value == opinions(other)["stickler"].overall.value < 1


def test_a_decimal_point_counts_and_so_does_a_row_that_is_not_there():
    shifted = SAID | {"medications": [{"name": "Atenolol", "strength": "75 mg"}, SAID["medications"][1]]}
    assert opinions(shifted)["stickler, medication rows"].overall.value == pytest.approx(0.5)
    dropped = SAID | {"medications": SAID["medications"][:1]}
    assert opinions(dropped)["stickler, medication rows"].overall.value == pytest.approx(1 / 1.5)


def test_a_document_without_record_has_nothing_right():
    labels = [Label.model_validate({"file": "a_1.png", **SAID}), Label(file="a_2.png")]
    empty = ExtractedDocument(file="a_2.png", where=Place.RECORDS, record=PatientRecord())
    found = evaluate(score_documents(labels, [empty]), second_opinion=True).opinions
    assert found["ANLS*"].overall.value == 0  # the empty page, of which nothing is said, does not count
    assert found["stickler, medication rows"].overall.value == 0


def test_both_sides_are_compared():
    worse = SAID | {"patient": {"name": "Bob Sample"}}
    found = opinions(*[SAID] * 8, against=scored(*[worse] * 8))
    assert found["ANLS*"].compared.verdict is Verdict.BETTER
    assert found["stickler, medication rows"].compared.verdict is Verdict.EQUAL


@pytest.mark.parametrize("package", ["anls_star", "stickler"])
def test_without_its_packages_an_opinion_is_refused_and_the_rest_works(package, monkeypatch):
    monkeypatch.setitem(sys.modules, package, None)
    with pytest.raises(MissingExtra, match="evaluation"):
        check_second_opinion()
    assert evaluate(scored(SAID)).opinions == {}
