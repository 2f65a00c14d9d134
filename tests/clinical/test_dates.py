from datetime import date

import pytest

from jsl_pipeline.clinical import find_dates, infer_day_first, parse_date

TODAY = date(2026, 3, 1)


@pytest.mark.parametrize(
    ("raw", "iso"),
    [
        ("May 2 1998", "1998-05-02"),
        ("May 2nd, 1998", "1998-05-02"),
        ("2nd of May 1998", "1998-05-02"),
        ("08-Sep-2020", "2020-09-08"),
        ("31 December 2020", "2020-12-31"),
        ("17/3/24", "2024-03-17"),
        ("17/12/2020", "2020-12-17"),
        ("9/14/19", "2019-09-14"),
        ("1 /18 /21", "2021-01-18"),
        ("2024-03-20", "2024-03-20"),
        ("2020/9/8", "2020-09-08"),
        ("24.05.1977", "1977-05-24"),
        ("DOB: 24-05-1977", "1977-05-24"),
        ("07/07/2005", "2005-07-07"),
    ],
)
def test_a_date_with_one_reading_needs_no_order(raw: str, iso: str):
    assert parse_date(raw, None).iso == iso
    assert parse_date(raw, None).raw == raw


@pytest.mark.parametrize(("day_first", "iso"), [(True, "1951-03-09"), (False, "1951-09-03"), (None, None)])
def test_an_ambiguous_date_takes_the_order_it_is_given(day_first: bool | None, iso: str | None):
    assert parse_date("09/03/1951", day_first).iso == iso


@pytest.mark.parametrize("raw", ["31/02/2020", "13/13/2020", "soon", ""])
def test_an_impossible_date_keeps_its_words(raw: str):
    value = parse_date(raw, True)
    assert (value.raw, value.iso) == (raw, None)


def test_the_order_given_does_not_overrule_what_the_digits_say():
    assert parse_date("04/28/2025", True).iso == "2025-04-28"


@pytest.mark.parametrize(
    ("raw", "latest", "iso"),
    [
        ("17/6/58", TODAY, "1958-06-17"),
        ("17/6/25", TODAY, "2025-06-17"),
        ("17/6/26", TODAY, "1926-06-17"),
        ("17/6/58", None, "2058-06-17"),
        ("17/6/77", None, "1977-06-17"),
    ],
)
def test_years_of_two_digits(raw: str, latest: date | None, iso: str):
    assert parse_date(raw, None, latest).iso == iso


@pytest.mark.parametrize(
    ("texts", "day_first"),
    [
        (["24/05/1977"], True),
        (["07/15/2005"], False),
        (["seen 09/03/1951", "on 24/05/1977 and 25/05/1977"], True),
        (["24/05/1977", "07/15/2005"], None),
        (["09/03/1951", "07/07/2005", "2 May 1998", "2024-03-20"], None),
        ([], None),
    ],
)
def test_order_of_a_document(texts: list[str], day_first: bool | None):
    assert infer_day_first(texts) is day_first


def test_one_date_is_no_habit_where_two_are_asked_for():
    assert infer_day_first(["9/14/19", "09/04/1986"], at_least=2) is None
    assert infer_day_first(["9/14/19", "10/15/2019"], at_least=2) is False


@pytest.mark.parametrize("text", ["BP 130/85", "1-0-1", "7/10", "567-45-5412", "(279) 920-8204", "500 mg 20", "12/25"])
def test_not_a_date(text: str):
    assert find_dates(text) == []


def test_spans_of_dates_in_prose():
    text = "Admitted 07-Sep-2020, discharged on September 8, 2020; review 1/10/2020."
    assert [span.text for span in find_dates(text)] == ["07-Sep-2020", "September 8, 2020", "1/10/2020"]
