"""What measured steps say, without any endpoint."""

from pathlib import Path

import pytest

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning import Step, read_profile
from jsl_pipeline.planning.probing import curve


def alone(pages: int, seconds: float) -> Step:
    return Step(
        concurrency=1,
        pages_a_request=pages,
        requests=8,
        pages_per_second=pages / seconds,
        mean_seconds=seconds,
        p50_seconds=seconds,
        p95_seconds=seconds,
    )


def test_the_ladder_has_powers_of_two_and_what_lies_in_the_middle() -> None:
    assert curve.rungs(40) == [1, 2, 3, 4, 6, 8, 12, 16, 24, 32]
    assert curve.rungs(1) == [1]
    assert [curve.between(*pair) for pair in ((2, 4), (4, 16), (1, 2), (32, 40), (40, 64))] == [3, 8, None, None, 48]


def test_the_climb_goes_on_where_throughput_doubles_and_ends_where_it_stands() -> None:
    assert curve.doubles_on(10, 19) is True
    assert curve.doubles_on(10, 10.3) is False
    assert curve.doubles_on(10, 14) is None  # the rung between tells:
    assert curve.kinked(middle=14, after=14.1)  # slots were full there already
    assert not curve.kinked(middle=12, after=14)


def test_the_knee_is_the_least_load_with_almost_all_of_the_capacity() -> None:
    throughput = {1: 10.0, 2: 19.0, 4: 33.0, 6: 39.0, 8: 40.0, 16: 40.4}
    assert curve.flat_top(throughput) == [8, 16]
    assert curve.knee(throughput, 40.2) == 6


@pytest.mark.parametrize(
    ("request_seconds", "page_seconds", "pays"), [(0, 2, 1), (4, 0.1, 8), (0.3, 2, 4), (0.04, 1, 1)]
)
def test_the_cost_of_a_request_and_the_size_that_pays(request_seconds: float, page_seconds: float, pays: int) -> None:
    steps = [alone(pages, request_seconds + pages * page_seconds) for pages in (1, 2, 4, 8)]
    found = curve.request_cost(steps)
    assert found == pytest.approx((request_seconds, page_seconds))
    assert curve.size_that_pays(steps, *found) == pays


def test_with_one_size_all_time_is_the_pages() -> None:
    assert curve.request_cost([alone(1, 3.0)]) == (0, 3)


def test_times_that_fall_with_more_pages_give_no_negative_cost() -> None:
    assert curve.request_cost([alone(1, 3.0), alone(2, 2.0)])[1] == 0
    request_seconds, page_seconds = curve.request_cost([alone(1, 1.0), alone(2, 4.0)])
    assert request_seconds == 0
    assert page_seconds > 0


@pytest.mark.parametrize(("text", "words"), [(None, "cannot be read"), ("{}", "is none"), ("pages,1", "is none")])
def test_a_profile_that_is_none_is_a_sentence(text: str | None, words: str, tmp_path: Path) -> None:
    file = tmp_path / "profile.json"
    if text is not None:
        file.write_text(text)
    with pytest.raises(SettingsError, match=f"{words}.*`jsl-pipeline probe` makes one"):
        read_profile(file)
