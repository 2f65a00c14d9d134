"""Intervals of shares, and of the difference of two."""

import numpy as np
import pytest

from jsl_pipeline.evaluation.rates import differences, rates


def column(*values):
    return np.array(values, dtype=np.float64).reshape(-1, 1)


def test_a_share_is_of_all_documents_together():
    (rate,) = rates(column(1, 9), column(2, 18))
    assert rate.value == 0.5
    assert rate.low < 0.5 < rate.high


def test_mistakes_that_go_together_make_the_interval_wider():
    """20 mistakes of 200 values: two documents that failed, or one mistake in each."""
    (together,) = rates(column(*[10] * 18, 0, 0), column(*[10] * 20))
    (spread,) = rates(column(*[9] * 20), column(*[10] * 20))
    assert together.value == spread.value == 0.9
    assert together.high - together.low > 1.5 * (spread.high - spread.low)
    # Spread evenly, documents vary less than chance: Wilson's interval stands, by hand 0.851 to 0.934.
    assert (spread.low, spread.high) == pytest.approx((0.851, 0.934), abs=0.001)


def test_without_a_mistake_the_interval_is_not_a_point():
    (rate,) = rates(column(*[4] * 10), column(*[4] * 10))
    # Wilson's for 40 of 40: 1 / (1 + z2 / 40).
    assert (rate.value, rate.high) == (1.0, 1.0)
    assert rate.low == pytest.approx(0.912, abs=0.001)


def test_nothing_to_count_is_no_share():
    rate, counted = rates(np.array([[0.0, 1.0]]), np.array([[0.0, 1.0]]))
    assert rate.value is rate.low is rate.high is None
    assert counted.value == 1
    (rate,) = rates(np.zeros((0, 1)), np.zeros((0, 1)))
    assert rate.value is None


def test_the_same_documents_give_the_same_interval():
    parts, wholes = column(3, 1, 4, 1, 5), column(*[6] * 5)
    assert rates(parts, wholes) == rates(parts, wholes)


def test_the_interval_covers_the_truth_about_as_often_as_it_says():
    """Clustered values: each document has a rate of its own around 0.9."""
    rng = np.random.default_rng(4)
    covered = 0
    for _ in range(60):
        wholes = rng.integers(3, 12, size=(40, 1)).astype(np.float64)
        parts = rng.binomial(wholes.astype(int), rng.beta(4.5, 0.5, size=(40, 1))).astype(np.float64)
        (rate,) = rates(parts, wholes)
        covered += rate.low <= 0.9 <= rate.high
    assert covered >= 52  # binomial(60, 0.95) is below in one of 100 runs; the seed is fixed


def test_a_difference_is_paired_by_document():
    """Documents vary much from each other; one side has one mistake more in each."""
    wholes = column(*[10] * 12)
    parts = column(*[1, 9] * 6)
    (paired,) = differences(parts + 1, wholes, parts, wholes)
    assert paired.value == pytest.approx(0.1)
    assert (paired.low, paired.high) == (pytest.approx(0.1), pytest.approx(0.1))
    (shuffled,) = differences(parts[::-1] + 1, wholes, parts, wholes)
    assert shuffled.low < 0 < shuffled.high


def test_no_difference_where_one_side_has_nothing_to_count():
    (found,) = differences(column(1), column(2), column(0), column(0))
    assert found.value is None
