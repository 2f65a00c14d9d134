"""Where a value is found among the words of a page, and where it is not."""

import pytest

from jsl_pipeline.evidence import Kind, PageText, find_places
from jsl_pipeline.schemas import Box, EvidenceMatch, TextLine

EXACT, NORMALISED, APPROXIMATE = EvidenceMatch.EXACT, EvidenceMatch.NORMALISED, EvidenceMatch.APPROXIMATE


def page(*rows: str) -> PageText:
    """Rows of text, 30 pixels apart, each letter 10 wide; `|` parts cells, which start where they stand in the row."""
    lines: list[TextLine] = []
    for number, row in enumerate(rows):
        at = 0
        for cell in row.split("|"):
            text, left = cell.strip(), 10.0 * (at + len(cell) - len(cell.lstrip()))
            if text:
                lines.append(TextLine(text=text, box=(left, 30.0 * number, left + 10 * len(text), 30.0 * number + 20)))
            at += len(cell) + 1
    return PageText(lines)


def match(value: str, kind: Kind, *rows: str) -> EvidenceMatch | None:
    found = find_places(value, kind, page(*rows).flows)
    return found[0].match if found else None


def boxes(value: str, kind: Kind, *rows: str) -> tuple[Box, ...]:
    (found,) = find_places(value, kind, page(*rows).flows)
    return found.boxes


def test_a_value_inside_a_line_has_its_part_of_the_lines_box():
    ((left, top, right, bottom),) = boxes("Jane Roe", Kind.PERSON, "Patient: Jane Roe, 46 years old")
    assert (top, bottom) == (0, 20)
    assert left == pytest.approx(90, abs=12)
    assert right == pytest.approx(170, abs=12)


def test_a_value_that_wraps_has_a_box_on_each_line():
    first, second = boxes("take one tablet with food", Kind.TEXT, "Metformin: take one", "tablet with food, daily")
    assert first[1] < second[1]


def test_a_value_that_wraps_in_its_column_is_one_though_other_columns_stand_between():
    rows = ("Warfarin      | once daily in   | 30 days", "              | the evening     |        ")
    assert match("once daily in the evening", Kind.TEXT, *rows) is EXACT
    assert len(boxes("once daily in the evening", Kind.TEXT, *rows)) == 2


@pytest.mark.parametrize("value", ["500 mg", "500MG", "500mg", "500 mg."])
def test_case_spaces_and_punctuation_are_no_difference(value: str):
    assert match(value, Kind.STRENGTH, "1) Tab. Amoxicillin 500 mg, 1-0-1") is EXACT


@pytest.mark.parametrize(
    ("value", "written"),
    [("5 mg", "25 mg"), ("50 mg", "500 mg"), ("0.5 mg", "5 mg"), ("5 mg", "0.5 mg"), ("1000 IU", "100 IU")],
)
def test_no_number_is_found_in_another_one(value: str, written: str):
    assert match(value, Kind.STRENGTH, f"Drug {written} daily") is None


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        ("0.5 g", Kind.STRENGTH, "500 mg"),
        ("50 mcg", Kind.STRENGTH, "0.05 mg"),
        ("1979-05-24", Kind.DATE, "24 May 1979"),
        ("24/05/1979", Kind.DATE, "24.5.79"),
        ("2 tablets", Kind.DOSE, "two tablets"),
        ("tablet", Kind.FORM, "Tab."),
        ("14 days", Kind.DURATION, "x 2 weeks"),
        ("Jane Roe", Kind.PERSON, "ROE, JANE"),
        ("Dr. Jane Roe, MD", Kind.PERSON, "Jane Roe"),
        ("twice daily", Kind.FREQUENCY, "BD"),
        ("once daily at bedtime", Kind.FREQUENCY, "HS"),
    ],
)
def test_the_same_in_another_writing_is_found_as_such(value: str, kind: Kind, written: str):
    assert match(value, kind, f"Here: {written}") is NORMALISED


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        ("24/05/1979", Kind.DATE, "24/05/1978"),
        ("03/04/1979", Kind.DATE, "04/03/1979"),
        ("one capsule", Kind.DOSE, "two capsules"),
        ("Jane Roe", Kind.PERSON, "John Poe"),
        ("daily", Kind.FREQUENCY, "twice daily"),
        ("once daily", Kind.FREQUENCY, "twice daily"),
        ("at bedtime", Kind.FREQUENCY, "once daily"),
        ("once daily at bedtime", Kind.FREQUENCY, "once daily in the morning"),
        ("OD", Kind.FREQUENCY, "good food"),
    ],
)
def test_what_says_something_else_is_not_found(value: str, kind: Kind, written: str):
    assert match(value, kind, f"Here: {written}") is None


@pytest.mark.parametrize(
    ("value", "kind", "written"),
    [
        ("500mg", Kind.STRENGTH, "S00mg"),
        ("Iyengar", Kind.PERSON, "lyengar"),
        ("Amoxicillin", Kind.DRUG, "Amoxiclllin"),
        ("Atorvastatin", Kind.DRUG, "Atorvastatn"),
        ("Clopidogrel", Kind.DRUG, "1) Tab. Clopidogre/ 75 mg"),
        ("twice daily after meals", Kind.TEXT, "twice dai1y after mea1s"),
    ],
)
def test_letters_that_recognition_mixes_up_are_found_as_approximate(value: str, kind: Kind, written: str):
    assert match(value, kind, f"Here: {written}") is APPROXIMATE


def test_a_digit_is_never_taken_for_another():
    assert match("60mg", Kind.STRENGTH, "Here: 80mg") is None
    assert match("16 tablets", Kind.TEXT, "Here: 18 tablets") is None


def test_one_drug_is_no_misread_other_one():
    assert match("Hydroxyzine", Kind.DRUG, "Hydralazine 25 mg") is None
    assert match("Prednisolone", Kind.DRUG, "Prednisone 5 mg") is None


@pytest.mark.parametrize(
    ("value", "kind", "row", "at"),
    [
        ("30", Kind.QUANTITY, "once daily for 30 days. Disp: #30", 31),
        ("30", Kind.QUANTITY, "Qty 30, one daily for 30 days", 4),
        ("5", Kind.REFILLS, "Amlodipine 5 mg, 5 tablets, refills: 5", 37),
        ("28", Kind.QUANTITY, "for 28 days 28", 12),
        ("30", Kind.QUANTITY, "for 30 days", 4),
        ("47", Kind.AGE, "47 Paper Lane, Age / Sex: 47/F", 26),
        ("47", Kind.AGE, "Pt: Ann Roe 47 / F, 47 Paper Lane", 12),
    ],
)
def test_a_bare_count_is_the_one_after_its_caption_or_the_one_that_no_unit_follows(value, kind, row, at):
    ((left, _, right, _),) = boxes(value, kind, row)
    assert left - 12 < 10 * at + 5 * len(value) < right + 12


def test_a_line_that_stands_on_its_side_is_divided_along_its_length():
    line = TextLine(text="Metformin 500 mg", box=(40, 100, 60, 260))
    (found,) = find_places("500 mg", Kind.STRENGTH, PageText([line]).flows)
    ((left, top, right, bottom),) = found.boxes
    assert (left, right) == (40, 60)
    assert top == pytest.approx(200, abs=12)
    assert bottom == 260
