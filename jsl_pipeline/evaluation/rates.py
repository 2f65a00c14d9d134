"""Shares with intervals: what other documents of the same kind might have given.

Values of one document are not independent: a page that is read badly loses many at once. So documents are drawn, not
values: a bootstrap over documents, with a fixed seed. Where nothing went wrong, or everything did, or documents are
few, drawing them again shows too little variation, or none; there Wilson's interval, which counts values as
independent, is the wider. The interval of a share is therefore the wider of both, on either side. That of a difference
is the bootstrap's alone, each document drawn together with itself on the other side.

B. Efron, R. J. Tibshirani, An Introduction to the Bootstrap, 1993; E. B. Wilson, J. Am. Stat. Assoc. 22, 1927.
"""

from collections.abc import Iterator
from math import isnan, sqrt

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from jsl_pipeline.schemas import Value

Counts = NDArray[np.float64]
"""A row a document, a column a measure."""

_Z = 1.959964  # of a two-sided 95 % interval
_PERCENTILES = (2.5, 97.5)
_DRAWS = 2000
_SEED = 1993
_DRAWN_AT_A_TIME = 2**22  # documents, of all draws together: some 32 MB


class Rate(Value):
    """A share with its 95 % interval."""

    value: float | None = Field(description="From 0 to 1; null where there is nothing to count.")
    low: float | None = None
    high: float | None = None


class Difference(Value):
    """One share less another of the same documents, with its 95 % interval."""

    value: float | None = Field(description="From -1 to 1; null where one side has nothing to count.")
    low: float | None = None
    high: float | None = None


def rates(parts: Counts, wholes: Counts) -> list[Rate]:
    """For each column, the sum of `parts` over the sum of `wholes`."""
    shares = _shares(parts.sum(axis=0), wholes.sum(axis=0))
    drawn = _percentiles(np.concatenate([_shares(draw @ parts, draw @ wholes) for draw in _draws(len(parts))]))
    found: list[Rate] = []
    for share, whole, (low, high) in zip(shares.tolist(), wholes.sum(axis=0).tolist(), drawn, strict=True):
        if not whole:
            found.append(Rate(value=None))
            continue
        wilson = _wilson(share, whole)
        found.append(Rate(value=share, low=min(low, wilson[0]), high=max(high, wilson[1])))
    return found


def differences(parts: Counts, wholes: Counts, less_parts: Counts, less_wholes: Counts) -> list[Difference]:
    """For each column, the share that `parts` and `wholes` give less the one of the others, by the same documents."""
    sides = [(parts, wholes), (less_parts, less_wholes)]
    here, there = (_shares(part.sum(axis=0), whole.sum(axis=0)) for part, whole in sides)
    drawn = [
        _shares(draw @ parts, draw @ wholes) - _shares(draw @ less_parts, draw @ less_wholes)
        for draw in _draws(len(parts))
    ]
    return [
        Difference(value=value, low=low, high=high) if not isnan(value) else Difference(value=None)
        for value, (low, high) in zip((here - there).tolist(), _percentiles(np.concatenate(drawn)), strict=True)
    ]


def _draws(documents: int) -> Iterator[Counts]:
    """How often each document was drawn, a row a draw, as many draws at a time as fit into memory."""
    generator = np.random.default_rng(_SEED)
    at_a_time = max(1, min(_DRAWS, _DRAWN_AT_A_TIME // max(documents, 1)))
    for start in range(0, _DRAWS, at_a_time):
        size = min(at_a_time, _DRAWS - start)
        if documents:
            yield generator.multinomial(documents, np.full(documents, 1 / documents), size).astype(np.float64)
        else:
            yield np.zeros((size, 0))


def _shares(parts: Counts, wholes: Counts) -> Counts:
    """NaN where there is nothing to count."""
    return np.divide(parts, wholes, out=np.full_like(wholes, np.nan), where=wholes > 0)


def _percentiles(drawn: Counts) -> list[tuple[float, float]]:
    """The interval of each column; of one that was never to be counted, anything."""
    found: list[tuple[float, float]] = []
    for column in drawn.T:
        counted = column[~np.isnan(column)]
        low, high = np.percentile(counted, _PERCENTILES) if counted.size else (0.0, 0.0)
        found.append((float(low), float(high)))
    return found


def _wilson(share: float, whole: float) -> tuple[float, float]:
    middle = (share + _Z**2 / (2 * whole)) / (1 + _Z**2 / whole)
    reach = _Z / (1 + _Z**2 / whole) * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
    return max(middle - reach, 0.0), min(middle + reach, 1.0)
