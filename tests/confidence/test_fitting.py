"""Fitting: the known optimum alone, and between recalibration and refitting with a prior."""

import numpy as np
import pytest

from jsl_pipeline.confidence import Features, Logistic, fit

TRUTH = Logistic(intercept=1.0, weights={"a": -2.0, "b": 0.5})


def drawn(count: int, truth: Logistic = TRUTH, seed: int = 5) -> tuple[list[Features], list[bool]]:
    rng = np.random.default_rng(seed)
    features: list[Features] = [{"a": float(a), "b": float(b)} for a, b in rng.normal(size=(count, 2))]
    return features, [bool(rng.random() < truth.probability(each)) for each in features]


def test_it_finds_what_scikit_learn_finds() -> None:
    linear = pytest.importorskip("sklearn.linear_model", reason="scikit-learn comes with the extra `dev`")
    features, right = drawn(400)
    found = fit(features, right)
    other = linear.LogisticRegression(C=1.0, tol=1e-10).fit([[each["a"], each["b"]] for each in features], right)
    assert found.intercept == pytest.approx(other.intercept_[0], abs=1e-3)
    assert [found.weights[name] for name in "ab"] == pytest.approx(list(other.coef_[0]), abs=1e-3)


def test_examples_that_can_be_told_apart_fully_have_finite_weights() -> None:
    features: list[Features] = [{"a": 1.0}] * 20 + [{}] * 20
    found = fit(features, [True] * 20 + [False] * 20)
    assert 0.8 < found.probability({"a": 1.0}) < 1
    assert 0 < found.probability({}) < 0.2


def test_few_examples_shift_a_prior_as_a_whole() -> None:
    """Where all is wrong more often than it says, its weights keep their relations."""
    features, right = drawn(60, TRUTH.model_copy(update={"intercept": -1.0}))
    found = fit(features, right, TRUTH, trust=100.0)
    assert found.intercept < 0.2
    assert found.weights["a"] / found.weights["b"] == pytest.approx(-4.0, rel=0.35)


def test_many_examples_replace_a_prior() -> None:
    turned = Logistic(intercept=1.0, weights={"a": 0.5, "b": -2.0})
    features, right = drawn(4000, turned)
    found = fit(features, right, TRUTH)
    assert [found.weights[name] for name in "ab"] == pytest.approx([0.5, -2.0], abs=0.25)


def test_what_examples_do_not_have_stays_as_the_prior_says() -> None:
    prior = TRUTH.model_copy(update={"weights": {**TRUTH.weights, "token_unsure": -1.0}})
    found = fit(*drawn(400), prior)
    assert found.weights["token_unsure"] == pytest.approx(-1.0, abs=0.3)
