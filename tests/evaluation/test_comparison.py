"""Two readings of the same documents."""

import pytest

from jsl_pipeline.evaluation import ExtractedDocument, Outcome, Place, Verdict, evaluate, score_documents
from jsl_pipeline.schemas import Label, Prescription, RecordStatus

ROWS = [{"name": "Atenolol", "strength": "50 mg"}, {"name": "Senna", "strength": "7.5 mg"}]


def side(wrong, count=20, **changed):
    """Documents of which the first `wrong` have the strength of the first row wrong."""
    labels = [Label.model_validate({"file": f"a_{n}.png", "medications": ROWS}) for n in range(count)]
    documents = []
    for n in range(count):
        rows = [ROWS[0] | {"strength": "5 mg"}, ROWS[1]] if n < wrong else ROWS
        record = Prescription.model_validate({"medications": changed.get(f"a_{n}", rows)})
        documents.append(
            ExtractedDocument(file=f"a_{n}.png", where=Place.RECORDS, status=RecordStatus.COMPLETE, record=record)
        )
    return score_documents(labels, documents)


def compared(this, against):
    return evaluate(this, against).comparison


def test_fewer_mistakes_in_enough_documents_is_better_and_the_other_way_round_worse():
    comparison = compared(side(0), side(10))
    strength = comparison.fields["medications.strength"]
    assert (strength.this, strength.against) == (1.0, 0.75)
    assert strength.difference.value == pytest.approx(0.25)
    assert strength.difference.low > 0
    assert (strength.documents_better, strength.documents_worse) == (10, 0)
    assert strength.verdict is comparison.critical.verdict is comparison.unmarked.verdict is Verdict.BETTER
    assert comparison.unmarked.difference.value < 0
    other_way = compared(side(10), side(0))
    assert other_way.fields["medications.strength"].verdict is other_way.unmarked.verdict is Verdict.WORSE


def test_what_is_the_same_in_every_document_is_equal():
    comparison = compared(side(3), side(3))
    assert {each.verdict for each in comparison.fields.values()} == {Verdict.EQUAL}
    assert comparison.documents == ()


def test_few_documents_that_differ_tell_nothing_even_all_in_one_direction():
    assert compared(side(0), side(5)).fields["medications.strength"].verdict is Verdict.UNTOLD
    assert compared(side(0), side(6)).fields["medications.strength"].verdict is Verdict.BETTER


def test_as_many_better_as_worse_cannot_be_told():
    turned = {f"a_{n}": ROWS for n in range(8)} | {f"a_{n}": [ROWS[0] | {"strength": "5 mg"}] for n in range(8, 16)}
    strength = compared(side(8, **turned), side(8)).fields["medications.strength"]
    assert (strength.documents_better, strength.documents_worse) == (8, 8)
    assert (
        compared(side(8, **{f"a_{n}": ROWS for n in range(2)}), side(8)).fields["medications.strength"].verdict
        is Verdict.UNTOLD
    )


def test_documents_that_differ_are_named_by_place_and_never_by_content():
    invented = [*ROWS, {"name": "Aspirin"}]
    comparison = compared(side(1, a_7=invented), side(0))
    assert [each.file for each in comparison.documents] == ["a_0.png", "a_7.png"]
    (place,) = comparison.documents[0].places
    assert (place.place, place.this, place.against) == ("medications[0].strength", Outcome.WRONG, Outcome.CORRECT)
    (place,) = comparison.documents[1].places
    assert (place.place, place.this, place.against) == ("medications.name", Outcome.INVENTED, None)
    assert "Aspirin" not in comparison.model_dump_json()
