"""Values of which a wrong one can harm, and whether anybody is asked to look at them."""

import pytest

from jsl_pipeline.evaluation import ExtractedDocument, Failure, Place, evaluate, score_documents
from jsl_pipeline.schemas import Label, Prescription, RecordStatus

SAID = {
    "patient": {"name": "Ann Example", "phone": "555 0101"},
    "medications": [{"name": "Atenolol", "strength": "50 mg", "dose": "1 tablet", "frequency_per_day": 1}],
}
WRONG = {
    "patient": {"name": "Ann Exarnple", "phone": "555 0102"},
    "medications": [{"name": "Atenolol", "strength": "5 mg", "dose": "1 tablet"}, {"name": "Senna"}],
}


def critical(status, given=WRONG):
    document = ExtractedDocument(
        file="a_1.png", where=Place.RECORDS, status=status, record=Prescription.model_validate(given)
    )
    labels = [Label.model_validate({"file": "a_1.png", **SAID})]
    return evaluate(score_documents(labels, [document])).overall


@pytest.mark.parametrize("status", [RecordStatus.COMPLETE, RecordStatus.PARTIAL])
def test_wrong_and_invented_values_outside_of_review_are_unmarked(status):
    score = critical(status).critical
    assert (score.correct, score.wrong, score.missed, score.invented) == (2, 2, 1, 1)
    assert (score.unmarked_wrong, score.unmarked_missed) == (3, 1)
    assert score.unmarked.value == pytest.approx(3 / 6)


def test_in_review_everything_is_marked():
    group = critical(RecordStatus.SUSPECT)
    assert (group.critical.wrong, group.critical.unmarked_wrong, group.critical.unmarked_missed) == (2, 0, 0)
    assert group.critical.unmarked.value == 0
    assert group.in_review == 1


def test_other_fields_are_not_critical_and_say_what_is_unmarked_of_theirs():
    phone = critical(RecordStatus.COMPLETE).fields["patient.phone"]
    assert (phone.wrong, phone.unmarked_wrong) == (1, 1)


def test_a_document_that_was_not_read_has_missed_all_and_is_named_with_its_reason():
    labels = [Label.model_validate({"file": f"a_{n}.png", **SAID}) for n in (1, 2)]
    rejected = Failure(file="a_1.png", code="encrypted")
    report = evaluate(
        score_documents(labels, [ExtractedDocument(file="a_1.png", where=Place.REJECTED, failures=(rejected,))])
    )
    assert (report.overall.critical.missed, report.overall.critical.unmarked_missed) == (10, 0)
    assert [(each.file, each.code) for each in report.failures] == [("a_1.png", "encrypted"), ("a_2.png", "not_found")]
