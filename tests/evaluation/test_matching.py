"""Pairing of medication rows."""

import itertools
import random

from jsl_pipeline.evaluation.matching import pair

DRUGS = ("metformin", "lisinopril", "aspirin", "atorvastatin", "sertraline")


def test_any_order_of_the_same_rows_finds_each_its_own():
    rows = [{"name": name, "strength": strength} for name in DRUGS[:3] for strength in ("5mg", "10mg")]
    rng = random.Random(3)
    for _ in range(30):
        order = rng.sample(range(len(rows)), len(rows))
        found = pair(rows, [rows[each] for each in order])
        assert [(a, order[b]) for a, b in found] == [(each, each) for each in range(len(rows))]


def test_no_assignment_agrees_in_more_fields():
    rng = random.Random(5)
    for _ in range(60):
        rows, given = (
            [{"name": "aspirin", **{field: rng.choice("ab") for field in "wxyz"}} for _ in range(rng.randrange(1, 5))]
            for _ in range(2)
        )
        found = pair(rows, given)
        assert len(found) == min(len(rows), len(given))
        assert _agreeing(rows, given, found) == max(
            _agreeing(rows, given, zip(some, others, strict=True))
            for some in itertools.permutations(range(len(rows)), len(found))
            for others in itertools.combinations(range(len(given)), len(found))
        )


def _agreeing(rows, given, pairs):
    return sum(rows[a][field] == given[b][field] for a, b in pairs for field in "wxyz")


def test_different_drugs_are_no_pair():
    assert pair([{"name": "metformin"}], [{"name": "aspirin"}]) == []
    assert pair([{"name": "metformin"}], [{"name": "metforrnin"}]) == [(0, 0)]
    assert pair([], [{"name": "aspirin"}]) == pair([{"name": "aspirin"}], []) == []
