"""What a plan is made of: speeds, windows, options, estimates, and the search among them."""

from datetime import UTC, date, datetime

import pytest

from bench.planning.choosing import Case
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning import Kind, Load, Profile, Simulations, Step, Terms, find_speeds, options
from jsl_pipeline.planning.choosing.estimate import estimate
from jsl_pipeline.planning.choosing.search import Search
from jsl_pipeline.planning.choosing.windows import find_windows
from jsl_pipeline.prices import JobsPrices, NodePrice, Prices, ServingPrices, load_prices

_PRICES = Prices(
    read_on=date(2026, 5, 1),
    source="a test",
    serving=ServingPrices(dollars_per_dbu=0.1, cpu_dbu_per_hour=1, dbu_per_hour={"GPU_MEDIUM": 20, "GPU_LARGE_2": 150}),
    jobs=JobsPrices(
        dollars_per_dbu=0.1,
        nodes={
            "gpu": NodePrice(dollars_per_hour=3, dbu_per_hour=10, cores=24, cards=4),
            "cpu": NodePrice(dollars_per_hour=0.4, dbu_per_hour=1, cores=8),
        },
    ),
)
_WORKDAYS = Load(pages_per_hour=((0.0,) * 8 + (600.0,) * 10 + (0.0,) * 6) * 5 + (0.0,) * 48)


def _profile(**given: object) -> Profile:
    step = Step(
        concurrency=24,
        pages_a_request=2,
        requests=200,
        pages_per_second=6,
        mean_seconds=8,
        p50_seconds=8,
        p95_seconds=9,
    )
    values: dict[str, object] = {
        "measured_at": datetime(2026, 11, 20, tzinfo=UTC),
        "endpoint": "jsl-vl",
        "protocol": "dataframe_split",
        "workload_type": "GPU_MEDIUM",
        "concurrency": 12,
        "pages": 20,
        "page_bytes": 200_000,
        "request_seconds": 1.0,
        "page_seconds": 1.0,
        "pages_a_request": 2,
        "knee": 24,
        "capacity": 6.0,
        "spread": 0.3,
        "capacity_error": 0.02,
        "steps": (step,),
        "requests": 200,
        "seconds": 60.0,
    }
    return Profile.model_validate(values | given)


def test_a_profile_is_taken_apart_into_replicas() -> None:
    (speed,) = find_speeds(_PRICES, [(None, _profile())]).found
    assert speed.replica.pages_per_second == pytest.approx(2.0)  # a third: 12 at once are three replicas
    assert (speed.replica.slots, speed.replica.pages_a_request) == (8, 2)
    assert speed.replica.dollars_per_hour == pytest.approx(2.0)
    assert not speed.assumed
    assert 0.05 < speed.margin < 0.1


def test_a_profile_of_a_server_of_its_own_is_one_worker_of_a_node_type() -> None:
    server = _profile(workload_type=None, concurrency=None)
    with pytest.raises(SettingsError, match="NODE_TYPE=FILE"):
        find_speeds(_PRICES, [(None, server)])
    (speed,) = find_speeds(_PRICES, [("gpu", server)]).found
    assert speed.cluster
    assert speed.replica.pages_per_second == pytest.approx(6.0)
    assert speed.replica.cards == 4


def test_a_missing_price_is_told_and_left_out() -> None:
    profiles = [(None, _profile()), (None, _profile(workload_type="GPU_XLARGE"))]
    speeds = find_speeds(_PRICES, profiles)
    assert [each.replica.compute for each in speeds.found] == ["GPU_MEDIUM"]
    assert "no price of GPU_XLARGE" in speeds.left_out[0]
    assert "GPU_LARGE_2, gpu" in speeds.left_out[1]  # priced, but nobody measured them
    with pytest.raises(SettingsError, match=r"no price of GPU_XLARGE.*--prices"):
        find_speeds(_PRICES, profiles[1:])


def test_without_a_profile_the_published_figures_are_assumed() -> None:
    speeds = find_speeds(load_prices())
    seconds = {each.replica.compute: 1 / each.replica.pages_per_second for each in speeds.found}
    assert seconds["GPU_LARGE"] == pytest.approx(3)
    assert seconds["Standard_NC24ads_A100_v4"] == pytest.approx(6)
    assert "GPU_SMALL" not in seconds  # nobody published anything about a T4
    assert all(each.assumed and each.margin >= 0.5 for each in speeds.found)


def test_a_compute_type_has_one_speed() -> None:
    with pytest.raises(SettingsError, match="GPU_MEDIUM is given 2 times"):
        find_speeds(_PRICES, [(None, _profile())], {"GPU_MEDIUM": 3})


def test_windows_hold_most_of_the_load_in_the_fewest_hours() -> None:
    assert find_windows(_WORKDAYS, "Europe/Berlin", (0.99,)) == [("Mon-Fri 08:00-18:00 Europe/Berlin", 50)]
    nights = Load(pages_per_hour=tuple(100.0 if hour % 24 in (23, 0, 1) else 0.0 for hour in range(168)))
    assert [each.window for each in find_windows(nights, "UTC", (0.99,))] == ["Mon-Sun 23:00-02:00 UTC"]
    assert find_windows(Load.constant(5), "UTC", (1,)) == []
    assert find_windows(Load.constant(0), "UTC") == []


def test_options_hold_every_kind_and_enough_replicas() -> None:
    speeds = find_speeds(_PRICES, assumed={"GPU_MEDIUM": 20, "gpu": 20}).found
    found = options(_WORKDAYS, speeds, _PRICES, Terms(cores=2))
    assert {each.kind for each in found} == set(Kind)
    assert len(set(found)) == len(found)
    for kind in Kind:
        most = max((each for each in found if each.kind is kind), key=lambda each: each.max_replicas)
        assert most.max_replicas * most.replica.pages_per_second * 3600 >= 1.25 * 600
    assert {each.cpu.compute for each in found} == {"this machine"}
    busy = options(Load.constant(200_000), speeds, _PRICES, Terms(cores=2))
    assert {each.cpu.compute for each in busy} == {"this machine", "cpu"}


def test_no_file_is_gathered_for_longer_than_the_deadline() -> None:
    speeds = find_speeds(_PRICES, assumed={"GPU_MEDIUM": 1}).found
    found = options(_WORKDAYS, speeds, _PRICES, Terms(cores=2, deadline_seconds=300))
    assert {each.gather_seconds for each in found} == {0, 60}


@pytest.mark.parametrize("number", [2, 4, 14])
def test_the_cheapest_of_all_is_found_without_a_simulation_of_all(number: int) -> None:
    case = Case(number)
    deadline = case.terms.deadline_seconds
    with Simulations() as simulations:
        trials = simulations.run(case.jobs())
        search = Search(simulations, case.load, case.options, deadline)
        found = search.cheapest(deadline)
    best = min(each.dollars_a_day for each in trials if each.on_time(deadline))
    assert found is not None
    assert found.dollars_a_day <= 1.05 * best
    assert len(search.trials) < len(trials) / 2
    for trial in trials:
        assert estimate(case.load, trial.deployment).dollars_a_day <= 1.7 * trial.dollars_a_day


def test_all_cores_find_the_same() -> None:
    case = Case(4)
    deadline = case.terms.deadline_seconds
    with Simulations() as one, Simulations(2) as two:
        searches = [Search(each, case.load, case.options, deadline) for each in (one, two)]
        assert searches[0].cheapest(deadline) == searches[1].cheapest(deadline)
        assert searches[0].trials == searches[1].trials
