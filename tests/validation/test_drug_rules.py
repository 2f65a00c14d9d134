from datetime import date

import pytest

from jsl_pipeline.schemas import Candidate, MedicationCandidate, Reading, ReadingSource, Severity
from jsl_pipeline.validation import PageReading, RecordResult, build_record
from jsl_pipeline.validation.drug_rules import DRUG_RULES


def checked(**fields: str) -> RecordResult:
    candidate = Candidate(medications=(MedicationCandidate(**fields),))
    reading = Reading(text=candidate.model_dump_json(exclude_none=True), source=ReadingSource.OCR, seconds=1)
    page = PageReading(page_no=1, outcome=reading)
    return build_record("d" * 64, 1, [page], today=date(2026, 3, 1), rules=DRUG_RULES)


def issues(**fields: str) -> dict[str, tuple[Severity, str | None]]:
    return {issue.code: (issue.severity, issue.field) for issue in checked(**fields).issues}


@pytest.mark.parametrize(
    ("name", "strength", "form"),
    [
        ("Metformin", "500mg", "tablet"),
        ("Vitamin D", "2000 IU", None),
        ("Dolo 650", "650 mg", "tab"),
        ("Salbutamol", "100 mcg", "inhaler"),
        ("Insulin Glargine", "20 Units", None),
        ("Augmentin", "875/125 mg", "tablet"),
        ("Multivitamin", None, None),
    ],
)
def test_what_is_sold_raises_nothing(name: str, strength: str | None, form: str | None):
    said = {"name": name, "strength": strength, "form": form}
    assert issues(**{key: value for key, value in said.items() if value}) == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Cardivexol", "drug_unknown"),
        ("Metformln", "drug_name_misread"),
        ("Prednisolne", "drug_name_ambiguous"),
    ],
)
def test_a_name_that_is_no_drugs_is_doubted_and_kept_as_it_is(name: str, code: str):
    assert issues(name=name, strength="5000 mg") == {code: (Severity.DOUBT, "medications[0].name")}
    assert name not in " ".join(issue.message for issue in checked(name=name).issues)
    assert checked(name=name).record.medications[0].name == name


def test_a_strength_that_no_such_drug_has_is_doubted():
    assert issues(name="Metformin", strength="5000mg") == {
        "strength_unusual": (Severity.DOUBT, "medications[0].strength")
    }


def test_a_form_that_no_such_drug_has_is_told():
    assert issues(name="Atorvastatin", strength="20 mg", form="cream") == {
        "form_unusual": (Severity.INFO, "medications[0].form")
    }
