"""Rules of drugs: names, strengths, forms and routes against the vocabulary."""

import pytest
from rule_cases import INFO, found, record_of

from jsl_pipeline.schemas import Severity


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
    assert found(name=name, strength=strength, form=form) == {}


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("Cardivexol", "drug_unknown"),
        ("Metformln", "drug_name_misread"),
        ("Prednisolne", "drug_name_ambiguous"),
    ],
)
def test_a_name_that_is_no_drugs_is_doubted_and_kept_as_it_is(name: str, code: str):
    assert found(name=name, strength="5000 mg") == {code: "medications[0].name"}
    result = record_of({"name": name, "strength": "5000 mg"})
    assert name not in " ".join(issue.message for issue in result.issues)
    assert result.record.medications[0].name == name


@pytest.mark.parametrize(
    ("name", "strength", "code"),
    [
        ("Warfarin", "30 mg", "strength_shifted"),
        ("Levothyroxine", "50 mg", "strength_shifted"),
        ("Warfarin", "17 mg", "strength_unusual"),
    ],
)
def test_a_strength_that_no_such_drug_has_is_doubted(name: str, strength: str, code: str):
    assert found(name=name, strength=strength)[code] == "medications[0].strength"


def test_a_form_that_no_such_drug_has_is_told():
    assert found(INFO, name="Atorvastatin", strength="20 mg", form="cream")["form_unusual"] == "medications[0].form"


@pytest.mark.parametrize(
    ("name", "route", "severity"),
    [
        ("Latanoprost", "by mouth", Severity.DOUBT),
        ("Insulin glargine", "PO", Severity.DOUBT),
        ("Latanoprost", "both eyes", None),
        ("Salbutamol", "two puffs by mouth", None),
        ("Metformin", "IV", Severity.INFO),
        ("Metformin", "by mouth", None),
    ],
)
def test_a_route_that_the_drug_is_not_sold_for_is_told_and_swallowing_doubted(
    name: str, route: str, severity: Severity | None
):
    told = [issue.severity for issue in record_of({"name": name, "route": route}).issues if "route" in issue.code]
    assert told == ([severity] if severity else [])
