"""One document, value by value: where each stands in the record and in the label."""

from jsl_pipeline.evaluation import Outcome, score_values
from jsl_pipeline.schemas import Label, PatientRecord, Prescription

ATENOLOL = {"name": "Atenolol", "strength": "50 mg"}
SENNA = {"name": "Senna", "strength": "7.5 mg"}
IRON = {"name": "Ferrous sulfate", "strength": "325 mg"}


def scored(label, record, field):
    values = score_values(Label.model_validate(label), record)
    return [(each.in_record, each.in_label, each.outcome) for each in values if each.field == field]


def test_rows_in_another_order_are_named_by_their_place_on_either_side():
    record = Prescription.model_validate({"medications": [IRON, SENNA | {"strength": "75 mg"}, ATENOLOL]})
    assert scored({"medications": [ATENOLOL, SENNA]}, record, "medications.strength") == [
        ("medications[2].strength", "medications[0].strength", Outcome.CORRECT),
        ("medications[1].strength", "medications[1].strength", Outcome.WRONG),
        ("medications[0].strength", None, Outcome.INVENTED),
    ]


def test_what_is_missed_has_no_place_in_the_record():
    record = Prescription.model_validate({"medications": [SENNA]})
    label = {"medications": [ATENOLOL, SENNA], "patient": {"dob": {"raw": "2/5/1960", "iso": None}}}
    assert scored(label, record, "medications.name") == [
        ("medications[0].name", "medications[1].name", Outcome.CORRECT),
        (None, "medications[0].name", Outcome.MISSED),
    ]
    assert scored(label, record, "patient.dob") == [(None, "patient.dob", Outcome.MISSED)]
    assert scored(label, PatientRecord(), "medications.whole") == [
        (None, "medications[0]", Outcome.MISSED),
        (None, "medications[1]", Outcome.MISSED),
    ]


def test_what_neither_gives_is_no_value():
    assert list(score_values(Label(), Prescription())) == []
