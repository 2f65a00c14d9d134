"""What is told of confidences: ranking, reliability, and what a threshold would do."""

import numpy as np
import pytest

from jsl_pipeline.confidence import rank, reliability, trades

SAID = [0.1, 0.4, 0.4, 0.7, 0.9, 0.9]
RIGHT = [False, False, True, True, True, False]


def test_the_area_is_the_share_of_pairs_in_order_ties_counted_half() -> None:
    ranking = rank(SAID, RIGHT)
    pairs = [
        (a, b) for a, good in zip(SAID, RIGHT, strict=True) if good for b, g in zip(SAID, RIGHT, strict=True) if not g
    ]
    assert ranking.auroc == pytest.approx(sum((a > b) + 0.5 * (a == b) for a, b in pairs) / len(pairs))
    assert ranking.low is not None
    assert ranking.high is not None
    assert 0 <= ranking.low < ranking.auroc < ranking.high <= 1


def test_more_of_the_same_narrows_the_interval() -> None:
    few, many = rank(SAID, RIGHT), rank(SAID * 50, RIGHT * 50)
    assert few.auroc == many.auroc
    assert (many.high or 0) - (many.low or 0) < ((few.high or 0) - (few.low or 0)) / 4


def test_nothing_is_ranked_where_nothing_is_wrong() -> None:
    assert rank(SAID, [True] * 6).auroc is None
    assert rank([], []).auroc is None


def test_confidences_that_mean_what_they_say_have_little_error() -> None:
    rng = np.random.default_rng(3)
    said = rng.random(5000)
    true = reliability(list(said), list(rng.random(5000) < said))
    boastful = reliability(list(said), list(rng.random(5000) < said / 2))
    assert true.error < 0.03 < 0.2 < boastful.error
    assert sum(each.count for each in true.bins) == 5000


def test_equal_confidences_share_a_bin() -> None:
    found = reliability([0.9] * 100 + [0.2], [True] * 90 + [False] * 11)
    assert [each.count for each in found.bins] == [1, 100]
    assert found.bins[1].right == pytest.approx(0.9)


def test_a_higher_threshold_sends_more_and_leaves_less() -> None:
    found = trades([0.2, 0.6, 0.95, 0.99], doubted=[False, False, True, False], wrong=[2, 0, 1, 0], values=40)
    assert found[0].review == 0.25  # whom rules doubt
    assert found[0].unmarked == 2 / 40
    assert [each.review for each in found] == sorted(each.review for each in found)
    assert next(each for each in found if each.review_below == 0.6).unmarked == 0
    assert found[-1].review == 1.0
