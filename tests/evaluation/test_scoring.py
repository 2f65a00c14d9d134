"""Scores over labels and records made by hand, with counts that a person can check."""

import io
from pathlib import Path

import pytest
from rich.console import Console

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation import (
    EvaluationReport,
    ExtractedDocument,
    FieldScore,
    Outcome,
    Place,
    load_labels,
    render,
    score_documents,
)
from jsl_pipeline.evaluation import evaluate as evaluate_scored
from jsl_pipeline.schemas import Label, Patient, PatientRecord, Prescription, RecordStatus

SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "labels"
ATENOLOL = {"name": "Atenolol", "strength": "50 mg", "frequency": "once daily", "frequency_per_day": 1}
SENNA = {"name": "Senna", "strength": "7.5 mg", "frequency": "at night as needed", "frequency_per_day": 1, "prn": True}


def label(file="clinic_1.pdf", **fields):
    return Label.model_validate({"file": f"documents/{file}"} | fields)


def extracted(file="clinic_1.pdf", where=Place.RECORDS, **fields):
    return ExtractedDocument(file=file, where=where, record=Prescription.model_validate(fields))


def evaluate(labels, documents):
    return evaluate_scored(score_documents(labels, documents))


def counts(score: FieldScore):
    return score.correct, score.wrong, score.missed, score.invented


def field(report: EvaluationReport, name):
    return counts(report.overall.fields[name])


def test_a_value_is_correct_wrong_missed_or_invented():
    said = {"name": "Ann Example", "age": 61, "phone": "555 0101"}
    given = {"name": "Ann Exarnple", "age": 61, "weight": "70 kg"}
    report = evaluate([label(patient=said)], [extracted(patient=given)])
    assert field(report, "patient.name") == (0, 1, 0, 0)
    assert field(report, "patient.age") == (1, 0, 0, 0)
    assert field(report, "patient.phone") == (0, 0, 1, 0)
    assert field(report, "patient.weight") == (0, 0, 0, 1)
    assert "patient.sex" not in report.overall.fields


def test_precision_recall_and_f1_come_from_the_counts():
    names = ["Ann Example"] * 6 + ["Ann Other"] + [None] * 3
    labels = [label(f"clinic_{n}.pdf", patient={"name": "Ann Example"}) for n in range(10)] + [label("clinic_10.pdf")]
    given = [extracted(f"clinic_{n}.pdf", patient={"name": name}) for n, name in enumerate([*names, "Bob"])]
    score = evaluate(labels, given).overall.fields["patient.name"]
    assert counts(score) == (6, 1, 3, 1)
    assert (score.labelled, score.extracted, score.values) == (10, 8, 11)
    assert score.precision.value == pytest.approx(6 / 8)
    assert score.recall.value == pytest.approx(6 / 10)
    assert score.f1.value == pytest.approx(2 * 0.75 * 0.6 / (0.75 + 0.6))
    # At least as wide as Wilson's interval for 6 of 8, by hand: centre 0.669, half-width 0.260.
    assert score.precision.low < 0.410
    assert score.precision.high > 0.928
    assert score.f1.low < score.f1.value < score.f1.high


def test_without_anything_to_count_a_rate_is_null_not_one():
    invented = evaluate([label()], [extracted(patient={"name": "Bob"})]).overall.fields["patient.name"]
    assert invented.recall.value is None
    assert invented.f1.value == 0
    assert evaluate([label(patient={"name": "Bob"})], []).overall.fields["patient.name"].precision.value is None
    assert evaluate([label()], [extracted()]).overall.critical.f1.value is None


def test_a_document_without_record_has_missed_everything():
    labels = [
        label(file, patient={"name": "Ann Example"}, medications=[ATENOLOL, SENNA]) for file in ("a_1.png", "a_2.png")
    ]
    rejected = ExtractedDocument(file="a_2.png", where=Place.REJECTED)
    report = evaluate(labels, [rejected])
    assert report.overall.documents == 2
    assert field(report, "patient.name") == (0, 0, 2, 0)
    assert field(report, "medications.name") == (0, 0, 4, 0)
    assert report.overall.medications.missed == 4
    assert {place: group.documents for place, group in report.by_status.items()} == {"missing": 1, "rejected": 1}


def test_a_patient_record_misses_the_medications_that_the_label_names():
    document = ExtractedDocument(
        file="clinic_1.pdf", where=Place.RECORDS, record=PatientRecord(patient=Patient(name="Ann Example"))
    )
    report = evaluate([label(patient={"name": "Ann Example"}, medications=[SENNA])], [document])
    assert field(report, "patient.name") == (1, 0, 0, 0)
    assert field(report, "medications.name") == (0, 0, 1, 0)


def test_the_order_of_rows_does_not_matter():
    report = evaluate([label(medications=[ATENOLOL, SENNA])], [extracted(medications=[SENNA, ATENOLOL])])
    assert report.mistakes == ()
    assert field(report, "medications.whole") == (2, 0, 0, 0)


def test_a_drug_listed_twice_is_matched_by_its_other_fields():
    morning = ATENOLOL | {"strength": "25 mg", "frequency": "in the morning"}
    report = evaluate([label(medications=[ATENOLOL, morning])], [extracted(medications=[morning, ATENOLOL])])
    assert report.mistakes == ()
    report = evaluate([label(medications=[ATENOLOL, morning])], [extracted(medications=[ATENOLOL])])
    assert field(report, "medications.strength") == (1, 0, 1, 0)
    report = evaluate([label(medications=[ATENOLOL])], [extracted(medications=[ATENOLOL, ATENOLOL])])
    assert report.overall.medications.invented == 1
    assert field(report, "medications.strength") == (1, 0, 0, 1)


def test_no_medications_on_both_sides_is_nothing_to_count():
    report = evaluate([label()], [extracted()])
    assert report.overall.fields == {}
    assert report.overall.medications.labelled == report.overall.medications.extracted == 0


def test_medications_where_the_page_names_none_are_invented():
    labels = [label("a_1.png"), label("a_2.png", medications=[ATENOLOL])]
    given = [extracted("a_1.png", medications=[SENNA]), extracted("a_2.png", medications=[ATENOLOL, SENNA])]
    rows = evaluate(labels, given).overall.medications
    assert (rows.invented, rows.invented_where_none) == (2, 1)


def test_a_misread_name_is_wrong_and_its_row_is_still_compared():
    report = evaluate([label(medications=[ATENOLOL])], [extracted(medications=[ATENOLOL | {"name": "Atenoiol"}])])
    assert field(report, "medications.name") == (0, 1, 0, 0)
    assert field(report, "medications.strength") == (1, 0, 0, 0)
    assert field(report, "medications.whole") == (0, 1, 0, 0)
    assert (report.overall.medications.exact, report.overall.medications.misread) == (0, 1)


def test_another_drug_is_one_missed_and_one_invented():
    report = evaluate([label(medications=[ATENOLOL])], [extracted(medications=[SENNA])])
    assert field(report, "medications.name") == (0, 0, 1, 1)
    assert (report.overall.medications.missed, report.overall.medications.invented) == (1, 1)


def test_an_exact_name_is_never_given_up_for_a_close_one():
    rows = [ATENOLOL, ATENOLOL | {"name": "Atenolol XL"}]
    given = [ATENOLOL | {"name": "Atenolol XL", "strength": "9 mg"}, ATENOLOL]
    report = evaluate([label(medications=rows)], [extracted(medications=given)])
    assert field(report, "medications.name") == (2, 0, 0, 0)
    assert [each.in_label for each in report.mistakes] == ["medications[1].strength", "medications[1]"]


def test_as_needed_counts_only_where_somebody_says_so():
    plain = SENNA | {"prn": False}
    assert field(evaluate([label(medications=[SENNA])], [extracted(medications=[plain])]), "medications.prn") == (
        0,
        0,
        1,
        0,
    )
    assert field(evaluate([label(medications=[plain])], [extracted(medications=[SENNA])]), "medications.prn") == (
        0,
        0,
        0,
        1,
    )


def test_no_refills_is_not_the_same_as_nothing_said():
    none = ATENOLOL | {"refills": 0}
    report = evaluate([label(medications=[none])], [extracted(medications=[ATENOLOL])])
    assert field(report, "medications.refills") == (0, 0, 1, 0)
    assert field(evaluate([label(medications=[none])], [extracted(medications=[none])]), "medications.refills")[0] == 1


@pytest.mark.parametrize(
    ("said", "given", "date", "iso"),
    [
        (("8 Sep 2020", "2020-09-08"), ("08-Sep-2020", "2020-09-08"), (1, 0, 0, 0), (1, 0, 0, 0)),
        (("17/3/24", "2024-03-17"), ("17/3/24", None), (0, 1, 0, 0), (0, 0, 1, 0)),
        (("2/05/2022", None), ("02/05/2022", None), (1, 0, 0, 0), None),
        (("2/05/2022", None), ("2/05/2022", "2022-05-02"), (1, 0, 0, 0), (0, 0, 0, 1)),
        (("2/05/2022", None), ("2/06/2022", None), (0, 1, 0, 0), None),
    ],
)
def test_dates_count_by_iso_where_the_label_has_one_else_as_written(said, given, date, iso):
    value = [{"raw": raw, "iso": read} for raw, read in (said, given)]
    report = evaluate([label(date=value[0])], [extracted(date=value[1])])
    assert field(report, "date") == date
    assert (field(report, "date.iso") if "date.iso" in report.overall.fields else None) == iso


def test_documents_are_grouped_by_family_and_style():
    labels = [
        label(file, style=style)
        for file, style in (("scan_1.png", "hand"), ("scan_12.png", "print"), ("fax.png", "print"))
    ]
    report = evaluate(labels, [])
    assert {name: group.documents for name, group in report.by_family.items()} == {"fax": 1, "scan": 2}
    assert {name: group.documents for name, group in report.by_style.items()} == {"hand": 1, "print": 2}


def test_records_are_grouped_by_status_so_that_a_reader_sees_whether_it_ranks_errors():
    labels = [label(file, patient={"name": "Ann Example"}) for file in ("a_1.png", "a_2.png")]
    given = [
        ExtractedDocument(
            file=file, where=where, status=status, record=PatientRecord(patient=Patient(name=f"Ann {family}"))
        )
        for file, where, status, family in (
            ("a_1.png", Place.RECORDS, RecordStatus.COMPLETE, "Example"),
            ("a_2.png", Place.REVIEW, RecordStatus.SUSPECT, "Exam"),
        )
    ]
    report = evaluate(labels, given)
    assert counts(report.by_status["complete"].fields["patient.name"]) == (1, 0, 0, 0)
    assert counts(report.by_status["suspect"].fields["patient.name"]) == (0, 1, 0, 0)


def test_mistakes_say_where_and_never_what():
    report = evaluate([label(patient={"name": "Ann Example"})], [extracted(patient={"name": "Bob Example"})])
    (mistake,) = report.mistakes
    assert (mistake.file, mistake.field, mistake.outcome) == ("clinic_1.pdf", "patient.name", Outcome.WRONG)
    assert "Bob" not in report.model_dump_json()


def test_documents_without_label_are_counted_apart():
    report = evaluate([label()], [extracted(), extracted("other.png", medications=[SENNA])])
    assert report.unlabelled == 1
    assert report.overall.medications.extracted == 0


def test_two_documents_of_one_name_are_refused():
    with pytest.raises(SettingsError, match="share a file name"):
        evaluate([label()], [extracted(), extracted("again/clinic_1.pdf")])
    with pytest.raises(SettingsError, match="Two labels mean the same"):
        evaluate([label(), label()], [extracted()])


def test_a_report_survives_json_and_renders():
    report = evaluate([label(medications=[ATENOLOL])], [extracted(medications=[ATENOLOL, SENNA])])
    assert EvaluationReport.model_validate_json(report.model_dump_json()) == report
    console = Console(width=160, file=io.StringIO())
    console.print(render(report))
    shown = console.file.getvalue()
    assert "medications.strength" in shown
    assert "1 medications invented, 0 of them where the page names none" in shown


def test_labels_scored_against_themselves_are_without_mistake():
    if not SAMPLES.is_dir():
        pytest.skip("the shared samples are not beside this checkout")
    labels = load_labels(SAMPLES)
    parts = {"patient", "prescriber", "date", "medications"}
    documents = [extracted(each.file, **each.model_dump(include=parts)) for each in labels]
    report = evaluate(labels, documents)
    assert report.mistakes == ()
    assert report.overall.documents == len(labels) == 41
    assert report.overall.fields["medications.name"].correct == 166
