"""Fitting a logistic model to labelled examples, alone or as a correction of a model that is there."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.confidence.features import Features
from jsl_pipeline.confidence.model import Logistic

_STEPS = 100
_CLOSE = 1e-9
_Array = NDArray[np.float64]


def fit(
    features: Sequence[Features], right: Sequence[bool], prior: Logistic | None = None, trust: float = 1.0
) -> Logistic:
    """The logistic model that examples make most likely, with a normal prior of precision `trust` on each weight.

    Without `prior` weights are held towards 0. With one, its log-odds are first scaled and shifted as the examples
    want (Platt scaling: two numbers, freely fitted), and each weight may then differ from it as far as examples
    outweigh `trust`. So few examples recalibrate the prior, and many replace it; there is no switch between the two.
    Needs examples of both kinds; the likelihood is concave, and Newton's method finds its one maximum.
    """
    names = sorted({name for each in features for name in each})
    columns = [[each.get(name, 0.0) for name in names] for each in features]
    free = [[1.0, *([prior.log_odds(each)] if prior else ())] for each in features]
    table = np.hstack([np.array(free, np.float64), np.array(columns, np.float64).reshape(len(features), len(names))])
    precision = np.array([1e-6] * len(free[0]) + [trust] * len(names))
    start = np.zeros(table.shape[1])
    if prior:
        start[1] = 1.0
    found = _most_likely(table, np.array(right, np.float64), precision, start)
    if prior is None:
        return Logistic(intercept=found[0], weights=dict(zip(names, found[1:], strict=True)))
    scale, own = found[1], dict(zip(names, found[2:], strict=True))
    return Logistic(
        intercept=found[0] + scale * prior.intercept,
        weights={n: scale * prior.weights.get(n, 0.0) + own.get(n, 0.0) for n in {*names, *prior.weights}},
    )


def _most_likely(table: _Array, right: _Array, precision: _Array, start: _Array) -> list[float]:
    """Newton's method, a step halved while it makes things worse."""
    weights = start
    loss = _loss(table, right, precision, weights)
    for _ in range(_STEPS):
        likely = 1 / (1 + np.exp(-np.clip(table @ weights, -30, 30)))
        slope = table.T @ (likely - right) + precision * weights
        curve = (table * (likely * (1 - likely))[:, None]).T @ table + np.diag(precision)
        step = np.linalg.solve(curve, slope)
        size = 1.0
        while (lower := _loss(table, right, precision, weights - size * step)) > loss and size > _CLOSE:
            size /= 2
        weights, change, loss = weights - size * step, loss - lower, lower
        if change < _CLOSE:
            break
    return [float(each) for each in weights]


def _loss(table: _Array, right: _Array, precision: _Array, weights: _Array) -> float:
    odds = table @ weights
    return float(np.sum(np.logaddexp(0, odds) - right * odds) + 0.5 * np.sum(precision * weights**2))
