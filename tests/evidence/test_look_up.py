"""What the words of the pages say for a record: values beside their medications, and rows that it leaves out."""

from collections.abc import Sequence

import pytest

from jsl_pipeline.evidence import look_up
from jsl_pipeline.schemas import Medication, Patient, PatientRecord, Prescription, TextLine

TABLE = (
    ("Medication", "Dosage", "Frequency"),
    ("Metformin", "500 mg", "Twice daily"),
    ("Lisinopril", "10 mg", "Once daily"),
    ("Atorvastatin", "20 mg", "At bedtime"),
)
LIST = (
    ("1. Metformin 500 mg",),
    ("   Take one tablet twice daily",),
    ("2. Lisinopril 10 mg",),
    ("   Take two tablets once daily for 10 days",),
)


def lines(rows: Sequence[Sequence[str]], wide: int = 250) -> list[TextLine]:
    """Cells in columns `wide` pixels apart, in rows 30 apart; a cell's leading spaces indent it."""
    return [
        TextLine(text=text.strip(), box=(left, 30 * row, left + 9 * len(text.strip()), 30 * row + 20))
        for row, cells in enumerate(rows)
        for column, text in enumerate(cells)
        if (left := wide * column + 9 * (len(text) - len(text.lstrip()))) >= 0 and text.strip()
    ]


def drug(
    name: str, strength: str | None = None, frequency: str | None = None, duration: str | None = None
) -> Medication:
    return Medication(name=name, strength=strength, frequency=frequency, duration=duration, page_no=1)


def unsupported(rows: Sequence[Sequence[str]], *medications: Medication) -> set[str]:
    return set(look_up(Prescription(medications=medications), {1: lines(rows)}).unsupported)


def missed(rows: Sequence[Sequence[str]], *medications: Medication) -> int:
    return len(look_up(Prescription(medications=medications), {1: lines(rows)}).rows_missed)


METFORMIN = drug("Metformin", "500 mg", "Twice daily")
LISINOPRIL = drug("Lisinopril", "10 mg", "Once daily")
ATORVASTATIN = drug("Atorvastatin", "20 mg", "At bedtime")


@pytest.mark.parametrize("rows", [TABLE[:3], LIST])
def test_values_beside_and_under_their_medication_are_supported(rows: Sequence[Sequence[str]]):
    assert unsupported(rows, METFORMIN, LISINOPRIL) == set()


@pytest.mark.parametrize("rows", [TABLE[:3], LIST])
def test_values_of_another_row_are_not(rows: Sequence[Sequence[str]]):
    swapped = drug("Metformin", "10 mg", "Once daily"), drug("Lisinopril", "500 mg", "Twice daily")
    fields = {f"medications[{at}].{name}" for at in (0, 1) for name in ("strength", "frequency")}
    assert unsupported(rows, *swapped) == fields


def test_what_follows_a_list_is_not_said_of_its_last_item():
    far = (*LIST, *((),) * 8, ("Repeat the blood test after 6 weeks",))
    assert unsupported(far, METFORMIN, drug("Lisinopril", duration="6 weeks")) == {"medications[1].duration"}


def test_medications_of_one_line_each_have_what_follows_them():
    prose = (("He takes Metformin 500 mg twice daily and Lisinopril 10 mg once daily.",),)
    assert unsupported(prose, METFORMIN, LISINOPRIL) == set()
    assert "medications[0].strength" in unsupported(prose, drug("Metformin", "10 mg"), drug("Lisinopril", "500 mg"))


def test_medications_side_by_side_have_what_stands_under_them():
    columns = (("Metformin 500 mg", "Lisinopril 10 mg"), ("Twice daily", "Once daily"))
    assert unsupported(columns, METFORMIN, LISINOPRIL) == set()
    swapped = drug("Metformin", "500 mg", "Once daily"), drug("Lisinopril", "10 mg", "Twice daily")
    assert unsupported(columns, *swapped) == {"medications[0].frequency", "medications[1].frequency"}


def test_a_medication_that_the_page_does_not_name_has_no_place_nor_have_its_values():
    invented = drug("Warfarin", "5 mg", "Once daily")
    fields = {f"medications[1].{name}" for name in ("name", "strength", "frequency")}
    assert unsupported(TABLE[:2], METFORMIN, invented) == fields


def test_a_row_that_was_left_out_is_seen_where_it_stands():
    (row,) = look_up(Prescription(medications=(METFORMIN, ATORVASTATIN)), {1: lines(TABLE)}).rows_missed
    assert (row.page_no, row.box[1]) == (1, 60)
    assert missed(TABLE, METFORMIN, LISINOPRIL, ATORVASTATIN) == 0


@pytest.mark.parametrize(
    "talk",
    [
        "Allergies: Penicillin 500 mg tablets, once",
        "He drinks alcohol twice a week",
        "Given on the ward: Ceftriaxone 1 g once",
        "Consider Warfarin 5 mg daily if the rhythm returns",
        "Metoprolol 25 mg twice daily was stopped",
        "Glucose 98 mg/dL, Calcium 9.2 mg/dL",
        "Her mother takes Warfarin 5 mg daily",
        "Aspirin was discussed",
    ],
)
def test_a_drug_that_is_only_talked_about_is_no_row(talk: str):
    assert missed(((talk,), *TABLE[:2]), METFORMIN) == 0


@pytest.mark.parametrize("heading", ["Allergies", "Stopped medications", "Past medications", "Vaccinations"])
def test_a_list_of_what_is_not_taken_has_no_rows(heading: str):
    rows = ((heading,), ("Warfarin", "5 mg", "Once daily"), ("Current medications",), *TABLE[1:2])
    assert missed(rows, METFORMIN) == 0
    assert missed((("Current medications",), *rows[1:]), METFORMIN) == 1


@pytest.mark.parametrize("row", ["2) Tab. Zyxoflam 10 mg  1-0-1", "- Zyxoflam 10 mg twice daily", "Cap Zyxoflam BD"])
def test_a_listed_name_that_no_vocabulary_has_is_a_row(row: str):
    assert missed((("1) Tab. Metformin 500 mg  twice daily",), (row,)), METFORMIN) == 1


def test_counts_in_columns_of_the_day_are_a_frequency_and_empty_ones_are_none():
    rows = (
        ("Medicine", "Morning", "Noon", "Night", "Days"),
        ("Metformin 500 mg", "1", "", "1", "5"),
        ("Lisinopril 10 mg", "1", "0", "0", "5"),
    )
    assert unsupported(rows, drug("Metformin", frequency="1-0-1"), drug("Lisinopril", frequency="1-0-0")) == set()
    wrong = unsupported(rows, drug("Metformin", frequency="2-0-1"), drug("Lisinopril", frequency="0-0-1"))
    assert wrong == {"medications[0].frequency", "medications[1].frequency"}


def test_a_brand_and_its_generic_in_brackets_are_one_medication():
    rows = (("1) Tab. Glucophage (metformin) 500 mg",), ("Twice daily",))
    assert missed(rows, drug("Glucophage", "500 mg", "Twice daily")) == 0
    assert unsupported(rows, drug("Glucophage", "500 mg", "Twice daily")) == set()


def test_people_and_dates_are_found_on_whichever_page_has_them():
    record = PatientRecord(patient=Patient(name="Jane Roe", age=46, age_text="46 years", phone="555 0142"))
    pages = {1: lines([("Visit note",)]), 2: lines([("Name: Jane Roe", "Age: 46 years")])}
    findings = look_up(record, pages)
    assert {field: each.page_no for field, each in findings.evidence.items()} == {"patient.name": 2, "patient.age": 2}
    assert findings.unsupported == ("patient.phone",)


def test_a_page_without_words_is_not_looked_at():
    assert look_up(Prescription(medications=(METFORMIN,)), {1: [], 2: lines(TABLE[:2])}).pages == {2}
