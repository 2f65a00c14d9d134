"""Requests are filled close to what any packing could do, and never over."""

import random
from collections.abc import Callable, Iterator
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.engines.endpoint.packing import fill

ROOM = 16 * 2**20
ROW = 2000  # bytes of prompt and punctuation around an image


def encoded(image: float) -> int:
    return -(-int(image) // 3) * 4 + ROW


# Prepared samples: 95 pages of 36 to 278 KB, half of them above 128 KB. Model Serving's examples: 0.9 to 1.5 MB.
DRAWS: dict[str, Callable[[random.Random], int]] = {
    "samples": lambda chance: encoded(min(max(chance.lognormvariate(11.75, 0.5), 36e3), 278e3)),
    "large": lambda chance: encoded(chance.uniform(0.9e6, 1.5e6)),
    "both": lambda chance: DRAWS[chance.choice(["samples", "large"])](chance),
    "any": lambda chance: encoded(chance.uniform(50e3, 5e6)),
}


def first_fit_decreasing(sizes: list[int], most: int) -> int:
    """Requests that are needed when all pages are known from the start."""
    bins: list[tuple[int, int]] = []
    for size in sorted(sizes, reverse=True):
        for at, (taken, pages) in enumerate(bins):
            if taken + size <= ROOM and pages < most:
                bins[at] = (taken + size, pages + 1)
                break
        else:
            bins.append((size, 1))
    return len(bins)


def requests(sizes: list[int], most: int, window: int) -> Iterator[list[int]]:
    """What is sent when so many pages wait at a time, as long as there are any."""
    coming = iter(sizes)
    waiting: list[int] = []
    while waiting := waiting + list(islice(coming, window - len(waiting))):
        chosen = fill(waiting, ROOM, most)
        yield [waiting[position] for position in chosen]
        waiting = [size for position, size in enumerate(waiting) if position not in chosen]


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("most", [8, 1000])
@pytest.mark.parametrize("draw", DRAWS)
def test_a_window_of_three_requests_packs_as_well_as_knowing_all(draw: str, most: int, seed: int):
    chance = random.Random(seed)
    sizes = [DRAWS[draw](chance) for _ in range(1000)]
    window = 3 * min(most, ROOM * len(sizes) // sum(sizes))
    sent = list(requests(sizes, most, window))
    assert first_fit_decreasing(sizes, most) >= 0.95 * len(sent)
    assert sorted(size for request in sent for size in request) == sorted(sizes)


SIZES = st.lists(st.integers(1, 120), min_size=1, max_size=30)


@settings(max_examples=300, deadline=None, derandomize=True)
@given(SIZES, st.integers(1, 200), st.integers(1, 10))
def test_the_oldest_always_goes_and_no_limit_is_passed(sizes: list[int], room: int, most: int):
    chosen = fill(sizes, room, most)
    total = sum(sizes[position] for position in chosen)
    assert chosen[0] == 0
    assert chosen == sorted(set(chosen))
    assert len(chosen) <= most
    assert total <= room or chosen == [0]
    left_out = set(range(len(sizes))) - set(chosen)
    assert len(chosen) == most or all(total + sizes[position] > room for position in left_out)


def test_a_request_is_filled_to_the_last_byte_and_not_beyond():
    assert fill([60, 40], 100, 8) == [0, 1]
    assert fill([60, 41], 100, 8) == [0]
