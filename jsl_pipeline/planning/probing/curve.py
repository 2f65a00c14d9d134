"""What measured steps say: the request size that pays, the capacity, the knee, and what to measure next."""

from collections.abc import Mapping, Sequence
from itertools import count
from statistics import fmean

from jsl_pipeline.planning.profile import Step

PAYS = 0.95  # of the most that could be had is as good as all of it
_FLAT = 0.97  # of the highest throughput: what is above differs by chance

SAME = 1.05  # growth of throughput that counts as none
_BENDS = 1.8  # growth of throughput, at twice the load, from which there is more to be had by twice the load again
_KINKED = 1.02  # growth of throughput over half of a doubling below which the rest gives nothing either


def rungs(most: int) -> list[int]:
    """The ladder of concurrencies up to `most`: powers of two, and the middle between them."""
    found = [1, 2]
    for power in count(1):
        found += [3 * 2 ** (power - 1), 2 ** (power + 1)]
        if found[-1] >= most:
            return [rung for rung in found if rung <= most]
    raise AssertionError


def between(lower: int, upper: int) -> int | None:
    """A rung of the ladder between two concurrencies, the middle one; None where there is none."""
    inside = [rung for rung in rungs(upper) if lower < rung < upper]
    return inside[len(inside) // 2] if inside else None


def doubles_on(before: float, after: float) -> bool | None:
    """Whether throughput at twice the load promises more at twice the load again; None: the step between tells."""
    growth = after / before
    return False if growth < SAME else True if growth >= _BENDS else None


def kinked(middle: float, after: float) -> bool:
    """Whether throughput stopped growing between a load and the rung below it."""
    return after < _KINKED * middle


def flat_top(throughput: Mapping[int, float]) -> list[int]:
    """The concurrencies whose throughput cannot be told from the highest."""
    highest = max(throughput.values())
    return [concurrency for concurrency, each in sorted(throughput.items()) if each >= _FLAT * highest]


def knee(throughput: Mapping[int, float], capacity: float) -> int:
    """The fewest requests in flight, of those measured, with 95 % of the capacity."""
    return min(concurrency for concurrency, each in throughput.items() if each >= PAYS * capacity)


def request_cost(steps: Sequence[Step]) -> tuple[float, float]:
    """Seconds of a request and of each of its pages: least squares over requests alone, their relative errors alike.

    With one request size they cannot be told apart, and all is the page's.
    """
    sizes, seconds = [step.pages_a_request for step in steps], [step.mean_seconds for step in steps]
    if len(set(sizes)) == 1:
        return 0.0, fmean(seconds) / sizes[0]
    weights = [1 / each**2 for each in seconds]
    total = sum(weights)
    middle = sum(w * p for w, p in zip(weights, sizes, strict=True)) / total
    level = sum(w * s for w, s in zip(weights, seconds, strict=True)) / total
    around = sum(w * (p - middle) * (s - level) for w, p, s in zip(weights, sizes, seconds, strict=True))
    slope = around / sum(w * (p - middle) ** 2 for w, p in zip(weights, sizes, strict=True))
    page = min(max(slope, 0.0), level / middle)
    return max(0.0, level - page * middle), page


def size_that_pays(steps: Sequence[Step], request_seconds: float, page_seconds: float) -> int:
    """The smallest request size tried with 95 % of the pages a second and slot of the best."""
    sizes = sorted({step.pages_a_request for step in steps})
    rates = {size: size / (request_seconds + size * page_seconds) for size in sizes}
    return min(size for size in sizes if rates[size] >= PAYS * max(rates.values()))
