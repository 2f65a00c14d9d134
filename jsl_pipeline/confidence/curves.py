"""How good confidences are: do they rank right above wrong, do they mean what they say, what would a threshold do."""

from collections.abc import Sequence
from math import sqrt

import numpy as np
from pydantic import Field

from jsl_pipeline.schemas import Value

_Z = 1.959964  # of a two-sided 95 % interval
_BINS = 10


class Ranking(Value):
    """AUROC: how often something right has a higher confidence than something wrong, ties counted half."""

    right: int
    wrong: int
    auroc: float | None = Field(description="Null where nothing is wrong or nothing is right.")
    low: float | None = Field(description="Of a 95 % interval; Hanley and McNeil, Radiology 143 (1982) 29-36.")
    high: float | None


class Bin(Value):
    """Confidences close to each other: what they say on average, and how often they were right."""

    count: int
    confidence: float
    right: float


class Reliability(Value):
    """Confidences against how often they were right."""

    bins: tuple[Bin, ...] = Field(description="Of equal counts, by rising confidence; equal confidences share a bin.")
    error: float = Field(description="Expected calibration error: mean of |right - confidence|, weighed by counts.")


class Trade(Value):
    """What one threshold makes of a set of records."""

    review_below: float
    review: float = Field(description="Share of the records that go to a person.")
    unmarked: float = Field(description="Share of all critical values that are wrong, in records that do not.")


def rank(confidences: Sequence[float], right: Sequence[bool]) -> Ranking:
    """AUROC of confidences, with the interval of Hanley and McNeil; values count as independent of each other."""
    said, good = np.array(confidences, np.float64), np.array(right, bool)
    n, m = int(good.sum()), int((~good).sum())
    if not n or not m:
        return Ranking(right=n, wrong=m, auroc=None, low=None, high=None)
    ordered = np.sort(said[~good])
    below = np.searchsorted(ordered, said[good], "left")
    among = np.searchsorted(ordered, said[good], "right")
    area = float((below + among).sum()) / (2 * n * m)
    one, two = area / (2 - area), 2 * area * area / (1 + area)
    spread = (area * (1 - area) + (n - 1) * (one - area**2) + (m - 1) * (two - area**2)) / (n * m)
    reach = _Z * sqrt(max(spread, 0.0))
    return Ranking(right=n, wrong=m, auroc=area, low=max(area - reach, 0.0), high=min(area + reach, 1.0))


def reliability(confidences: Sequence[float], right: Sequence[bool]) -> Reliability:
    """Up to ten bins of equal counts."""
    order = np.argsort(np.array(confidences), kind="stable")
    said, good = np.array(confidences, np.float64)[order], np.array(right, np.float64)[order]
    edges = {round(each * len(said) / _BINS) for each in range(1, _BINS)}
    cuts = sorted({int(np.searchsorted(said, said[each], "left")) for each in edges if each < len(said)} - {0})
    bins = [
        Bin(count=len(part), confidence=float(part.mean()), right=float(hit.mean()))
        for part, hit in zip(np.split(said, cuts), np.split(good, cuts), strict=True)
        if len(part)
    ]
    error = sum(each.count * abs(each.right - each.confidence) for each in bins) / max(1, len(said))
    return Reliability(bins=tuple(bins), error=error)


def trades(
    confidences: Sequence[float], doubted: Sequence[bool], wrong: Sequence[int], values: int
) -> tuple[Trade, ...]:
    """What each threshold would do, from none on; records in `doubted` go to a person in any case.

    `wrong` counts each record's critical values that are not right, `values` all critical values of all records.
    """
    said, sent, missed = np.array(confidences), np.array(doubted, bool), np.array(wrong)
    found: list[Trade] = []
    for threshold in sorted({0.0, 1.0, *confidences}):
        review = sent | (said < threshold)
        unmarked = float(missed[~review].sum()) / max(1, values)
        found.append(Trade(review_below=threshold, review=float(review.mean()), unmarked=unmarked))
    return tuple(found)
