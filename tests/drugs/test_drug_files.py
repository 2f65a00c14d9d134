"""The files of the vocabulary hold what their readers take for granted."""

import re
from collections import Counter
from importlib.resources import files

import pytest

from jsl_pipeline.drugs import Status, find_drug, usual_doses
from jsl_pipeline.drugs.vocabulary import letters, table, vocabulary

_DATA = files("jsl_pipeline.drugs") / "data"
_STRENGTH = re.compile(r"[\d.]+(?:mg|iU|U|meq|mmol)(?:/[\d.]*(?:mL|g|h|L))?")


def test_every_file_says_where_it_is_from():
    notice = (_DATA / "NOTICE.md").read_text("utf-8")
    assert {each.name for each in _DATA.iterdir()} - {"NOTICE.md"} == set(
        re.findall(r"^\| `([\w.]+)`", notice, re.MULTILINE)
    )


@pytest.mark.parametrize("file", ["ndc.tsv", "world.tsv"])
def test_every_strength_can_be_read(file: str):
    for rows in table(file).values():
        for _, _, sold in rows:
            for place in filter(None, sold.split(";")):
                where, sizes = place.split(":")
                assert re.fullmatch(r"[a-z ]+@[a-z]+", where)
                assert all(
                    _STRENGTH.fullmatch(part) for size in filter(None, sizes.split(",")) for part in size.split("+")
                )


def test_a_brand_made_by_hand_is_one_drugs():
    owners = Counter(
        brand
        for rows in table("world.tsv").values()
        for _, brands, _ in rows
        for brand in {letters(each) for each in brands.split("|")} - {""}
    )
    assert [brand for brand, count in owners.items() if count > 1] == []


def test_the_vocabulary_is_large_and_every_name_of_it_is_known():
    names = [name for name, _ in vocabulary().values()]
    assert len(names) > 8000
    assert [name for name in names if find_drug(name).status is not Status.KNOWN] == []


def test_every_usual_dose_is_of_a_known_drug_and_a_range():
    for name in table("doses.tsv"):
        drug = find_drug(name).drug
        assert drug is not None
        assert drug.name == name
        for dose in usual_doses(drug):
            assert 0 < dose.lowest_mg <= dose.highest_mg
            assert dose.source


@pytest.mark.parametrize(
    ("weekly", "route"), [("methotrexate", "oral"), ("Fosamax", "oral"), ("Ozempic", "subcutaneous")]
)
def test_weekly_drugs_are_told(weekly: str, route: str):
    drug = find_drug(weekly).drug
    assert drug is not None
    assert [dose.daily for dose in usual_doses(drug) if dose.route == route] == [False]


def test_daily_drugs_are_told():
    drug = find_drug("lisinopril").drug
    assert drug is not None
    assert [dose.daily for dose in usual_doses(drug)] == [True]
