"""Rules of treatment: usual doses and rhythms, each ingredient once."""

import pytest
from rule_cases import INFO, found, record_of, told

from jsl_pipeline.schemas import PatientCandidate


@pytest.mark.parametrize(
    ("name", "strength", "dose", "frequency"),
    [
        ("Lisinopril", "10 mg", None, "once daily"),
        ("Lisinopril", "40 mg", "2 tablets", "once daily"),
        ("Paracetamol", "500 mg", "1 g", "every 4-6 hours as needed"),
        ("Levothyroxine", "25 mcg", None, "OD"),
        ("Metformin", "500 mg", "250 mg", "once daily"),
        ("Fluconazole", "150 mg", None, "once weekly"),
        ("Methotrexate", "2.5 mg", "8 tablets", "once weekly"),
        ("Sumatriptan", "50 mg", None, "when headache starts"),
        ("Albuterol", "2.5 mg", "2.5 mg", "every 6 hours"),
    ],
)
def test_usual_doses_are_in_order(name: str, strength: str, dose: str | None, frequency: str):
    assert found(name=name, strength=strength, dose=dose, frequency=frequency) == {}


@pytest.mark.parametrize(
    ("name", "strength", "dose", "frequency", "code"),
    [
        ("Lisinopril", "40 mg", "5 tablets", "once daily", "dose_above_usual"),
        ("Simvastatin", "80 mg", "1 tablet", "four times daily", "dose_above_usual"),
        ("Warfarin", "10 mg", "4 tablets", None, "dose_above_usual"),
        ("Methotrexate", "10 mg", "8 tablets", "once weekly", "dose_above_usual"),
        ("Metformin", "500 mg", "100 mg", "once daily", "dose_below_usual"),
        ("Ibuprofen", "5 mg", "5 mg", "three times daily", "dose_below_usual"),
    ],
)
def test_doses_far_from_usual_are_doubted(name: str, strength: str, dose: str, frequency: str | None, code: str):
    assert found(name=name, strength=strength, dose=dose, frequency=frequency)[code] == "medications[0].dose"


def test_a_small_dose_is_in_order_for_a_child_and_a_large_one_is_not():
    child = PatientCandidate(name="Ann Example", age="4")
    small = {"name": "Ibuprofen", "strength": "50 mg", "dose": "50 mg", "frequency": "once daily"}
    assert "dose_below_usual" in told(record_of(small))
    assert "dose_below_usual" not in told(record_of(small, patient=child))
    large = small | {"strength": "800 mg", "dose": "800 mg", "frequency": "every 2 hours"}
    assert "dose_above_usual" in told(record_of(large, patient=child))


def test_a_dose_by_another_route_is_not_compared():
    said = {"name": "Prednisolone", "strength": "0.1 mg", "dose": "0.1 mg", "frequency": "once daily"}
    assert "dose_below_usual" in found(**said)
    assert "dose_below_usual" not in found(**said, route="both eyes")


@pytest.mark.parametrize(
    ("name", "strength", "frequency"),
    [
        ("Methotrexate", "10 mg", "once weekly"),
        ("Fosamax", "70 mg", "weekly"),
        ("Alendronate", "10 mg", "daily"),  # a tablet of its own
        ("Ibandronate", "150 mg", "once a month"),
        ("Rybelsus", "7 mg", "once daily"),
        ("Metformin", "500 mg", "daily"),
    ],
)
def test_drugs_in_their_rhythm_are_in_order(name: str, strength: str, frequency: str):
    assert found(name=name, strength=strength, frequency=frequency) == {}


@pytest.mark.parametrize(
    ("name", "strength", "frequency"),
    [
        ("Methotrexate", "2.5 mg", "once daily"),
        ("Methotrexate", "10 mg", "BD"),
        ("Fosamax", "70 mg", "once daily"),
        ("Ibandronate", "150 mg", "weekly"),
        ("Ozempic", "0.5 mg", "daily"),
        ("Methotrexate", None, "every other day"),
    ],
)
def test_a_weekly_drug_taken_more_often_is_doubted(name: str, strength: str | None, frequency: str):
    doubts = found(name=name, strength=strength, dose=None if strength else "as told", frequency=frequency)
    assert doubts["drug_too_often"] == "medications[0].frequency"


def test_a_daily_drug_taken_weekly_is_told():
    assert found(INFO, name="Metformin", strength="500 mg", frequency="once a week") == {
        "drug_seldom": "medications[0].frequency"
    }


def row(name: str, strength: str | None = None, frequency: str = "once daily", **more: str) -> dict[str, str | None]:
    return {"name": name, "strength": strength, "dose": None if strength else "1", "frequency": frequency, **more}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row("Paracetamol", "500 mg"), row("Calpol", "500 mg", "twice daily")),
        (row("Paracetamol", "500 mg"), row("Co-codamol")),
        (row("Lisinopril", "10 mg"), row("Lisinopril", "10 mg", "twice daily")),
        (row("Hydrochlorothiazide", "25 mg"), row("Hyzaar")),
    ],
)
def test_an_ingredient_that_is_listed_twice_is_doubted(one: dict[str, str | None], other: dict[str, str | None]):
    assert told(record_of(one, other)) == {"therapy_duplicate": "medications[1].name"}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row("Warfarin", "1 mg"), row("Warfarin", "3 mg")),
        (row("Morphine", "10 mg", "twice daily"), row("Morphine", "10 mg", "every 4 hours as needed")),
        (row("Prednisone", "10 mg", duration="5 days"), row("Prednisone", "10 mg", "twice daily", duration="3 days")),
        (row("Vitamin D3", "1000 IU"), row("Calcium + Vitamin D3", "500 mg")),
    ],
)
def test_ordinary_repetitions_are_told_and_not_doubted(one: dict[str, str | None], other: dict[str, str | None]):
    result = record_of(one, other)
    assert told(result) == {}


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (row("Hydrocortisone", "1%", form="cream"), row("Hydrocortisone", "10 mg", form="tablet")),
        (row("Lisinopril", "10 mg"), row("Amlodipine", "5 mg")),
        (row("Vaccine A"), row("Vaccine A", "1 ml")),
    ],
)
def test_other_routes_and_other_drugs_are_no_repetition(one: dict[str, str | None], other: dict[str, str | None]):
    codes = {issue.code for issue in record_of(one, other).issues}
    assert codes.isdisjoint({"therapy_duplicate", "ingredient_repeated"})
