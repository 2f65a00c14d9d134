"""Plans: the published case, what cannot be had, and the files that put a choice into effect."""

import shutil
from datetime import date
from pathlib import Path
from typing import Any

import pytest

from jsl_pipeline.clusters import DatabricksCompute, InlineCompute
from jsl_pipeline.engines import JslSettings
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning import (
    CpuCluster,
    Deployment,
    Kind,
    Load,
    Plan,
    Simulations,
    Terms,
    find_speeds,
    make_plan,
    plot_plan,
    write_plan,
)
from jsl_pipeline.prices import JobsPrices, NodePrice, Prices, ServingPrices, load_prices
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.settings import load_settings
from tests.bundle import ROOT, Bundle

# Model Serving as the built-in file has it; what it has not, at multiples of one card.
_PRICES = Prices(
    read_on=date(2026, 5, 1),
    source="the built-in file, and multiples of its cards",
    serving=ServingPrices(
        dollars_per_dbu=0.07, cpu_dbu_per_hour=1, dbu_per_hour={"GPU_LARGE_2": 157.2, "GPU_LARGE_4": 314.4}
    ),
    jobs=JobsPrices(
        dollars_per_dbu=0.15,
        nodes={
            "four_cards": NodePrice(dollars_per_hour=14.68, dbu_per_hour=40, cores=96, cards=4),
            "Standard_D8ds_v5": NodePrice(dollars_per_hour=0.45, dbu_per_hour=1.5, cores=8),
        },
    ),
)
# The model uses two cards, so four are no faster.
_SECONDS = {"GPU_LARGE_2": 3.0, "GPU_LARGE_4": 3.0, "four_cards": 6.0}
# Working hours, and quiet nights.
_LOAD = Load(pages_per_hour=((4.0,) * 7 + (800.0,) * 11 + (4.0,) * 6) * 5 + (4.0,) * 48)

_QUIET = Load.daily([20.0 if 8 <= hour < 12 else 0.0 for hour in range(24)], 5)


def _plan(load: Load = _LOAD, seconds: dict[str, float] = _SECONDS, fastest: bool = False, **terms: Any) -> Plan:
    with Simulations() as simulations:
        speeds = find_speeds(_PRICES, assumed=seconds)
        return make_plan(simulations, load, _PRICES, speeds, Terms(cores=8, **terms), fastest)


@pytest.fixture(scope="module")
def published() -> Plan:
    return _plan(deadline_seconds=7200)


def _cost(plan: Plan, kind: Kind, compute: str) -> float:
    alike = (each for each in plan.ranked if (each.deployment.kind, each.deployment.replica.compute) == (kind, compute))
    return next(alike).dollars_a_day


def test_the_published_case(published: Plan) -> None:
    chosen = published.choice.deployment
    assert chosen.kind in (Kind.SCALE_TO_ZERO, Kind.WINDOW)
    assert chosen.replica.compute == "GPU_LARGE_2"  # two of four cards would idle
    cost = published.choice.dollars_a_day
    assert _cost(published, chosen.kind, "GPU_LARGE_4") == pytest.approx(2 * cost, rel=0.01)
    assert _cost(published, Kind.ALWAYS_WARM, "GPU_LARGE_2") > 1.25 * cost
    assert _cost(published, Kind.ALWAYS_WARM, "GPU_LARGE_4") > 2.5 * cost
    assert _cost(published, Kind.CLUSTER, "four_cards") > 2 * cost
    said = " ".join(published.reasons)
    assert "always warm" in said
    assert "with 4 cards instead of 2" in said
    assert "of the time they are paid for" in said
    assert published.choice.outcome.cold_starts > 5  # at least one each working day
    assert published.simulated <= published.options


def test_a_plan_says_how_far_it_can_be_trusted(published: Plan) -> None:
    said = " ".join(published.uncertainty)
    assert "GPU_LARGE_2: assumed, 3 s a page" in said
    assert "2026-05-01" in said
    assert {each.what.split(" 20 %")[0] for each in published.swings} >= {"replicas", "waking"}
    assert len(published.swings) == 6
    low, high = published.drawn.dollars_a_day
    assert low <= high
    assert published.drawn.weeks == 5
    slower = next(each for each in published.swings if each.what == "replicas 20 % slower")
    assert slower.choice.deployment.replica.request_seconds == pytest.approx(
        published.choice.deployment.replica.request_seconds / 0.8
    )


def test_the_front_has_no_option_that_another_beats(published: Plan) -> None:
    costs = [each.dollars_a_day for each in published.front]
    times = [each.outcome.p95_seconds for each in published.front]
    assert costs == sorted(costs)
    assert times == sorted(times, reverse=True)
    assert len(published.front) >= 3


def test_an_impossible_deadline_is_told_with_the_shortest() -> None:
    with pytest.raises(SettingsError, match=r"No deployment .* within 5 s\. The shortest found is \d+ s") as wrong:
        _plan(_QUIET, {"GPU_LARGE_2": 3.0}, deadline_seconds=5)
    assert "most of it is the landing sensor to look, every 30 s" in str(wrong.value)
    with pytest.raises(SettingsError, match=r"shortest found is \d+ min.* most of it is gathering files, 5 min"):
        _plan(_QUIET, {"GPU_LARGE_2": 50.0}, deadline_seconds=60)


def test_an_impossible_budget_is_told_with_the_cheapest() -> None:
    with pytest.raises(SettingsError, match=r"Nothing keeps to \$5\.00 a day .* the cheapest is .*\$\d+\.\d\d a day"):
        _plan(_QUIET, {"GPU_LARGE_2": 3.0}, deadline_seconds=7200, budget=5)


def test_a_budget_without_a_deadline_buys_speed() -> None:
    fast = _plan(_QUIET, {"GPU_LARGE_2": 3.0}, fastest=True, budget=300)
    assert fast.choice.dollars_a_day <= 300
    assert fast.choice.outcome.p95_seconds < fast.front[0].outcome.p95_seconds / 10
    assert fast.front[0].dollars_a_day < fast.choice.dollars_a_day


def test_a_load_without_pages_needs_nothing() -> None:
    with pytest.raises(SettingsError, match="no pages"):
        _plan(Load.constant(0))


def test_the_front_is_drawn(published: Plan, tmp_path: Path) -> None:
    plot_plan(published, tmp_path / "plan.svg")
    drawn = (tmp_path / "plan.svg").read_text()
    assert "<svg" in drawn


def _with(plan: Plan, **option: Any) -> Plan:
    deployment = plan.choice.deployment.model_copy(update=option)
    return plan.model_copy(update={"choice": plan.choice.model_copy(update={"deployment": deployment})})


def _deployed(target: str, tmp_path: Path, folder: Path) -> dict[str, Any]:
    """The endpoint as the bundle has it with the files of a plan."""
    import json

    shutil.copy(ROOT / "databricks.yml", tmp_path)
    shutil.copytree(ROOT / "deploy", tmp_path / "deploy")
    if (folder / "endpoint.yml").exists():
        shutil.copy(folder / "endpoint.yml", tmp_path / "deploy" / "endpoint.yml")
    variables = json.loads((folder / "variable-overrides.json").read_text())
    bundle = Bundle(target, tmp_path, dagster="application", **variables)
    return bundle.resources["model_serving_endpoints"]["jsl_vl"]["config"]["served_entities"][0]


@pytest.mark.parametrize("target", ["dev", "prod"])
def test_the_files_deploy_an_endpoint_that_sleeps(
    published: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, target: str
) -> None:
    window = "Mon-Fri 07:00-18:00 Europe/Berlin"
    plan = _with(published, kind=Kind.WINDOW, window=window, min_replicas=1, max_replicas=3, gather_seconds=600.0)
    write_plan(plan, _PRICES, tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    settings = load_settings()
    assert isinstance(settings.engine, EndpointSettings)
    assert settings.engine.wake.keep_warm == (window,)
    assert (settings.engine.concurrency, settings.engine.max_concurrency) == (4, 12)
    assert settings.engine.gather.max_wait_seconds == 0
    assert settings.batching.max_age_seconds == 600
    assert settings.batching.max_files == plan.choice.deployment.batch_pages
    assert isinstance(settings.compute.cpu, InlineCompute)
    entity = _deployed(target, tmp_path, tmp_path / "out")
    assert entity["workload_type"] == "GPU_LARGE_2"
    assert entity["scale_to_zero_enabled"] is True
    assert (entity["min_provisioned_concurrency"], entity["max_provisioned_concurrency"]) == (4, 12)
    assert Plan.model_validate_json((tmp_path / "out" / "plan.json").read_bytes()) == plan


def test_the_files_deploy_an_endpoint_that_is_always_warm(
    published: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    cpu = CpuCluster(compute="Standard_D8ds_v5", cores=16, pages_per_core_second=11.5)
    plan = _with(published, kind=Kind.ALWAYS_WARM, window=None, min_replicas=2, max_replicas=3, cpu=cpu)
    write_plan(plan, _PRICES, tmp_path / "out")
    monkeypatch.chdir(tmp_path / "out")
    settings = load_settings()
    assert isinstance(settings.compute.cpu, DatabricksCompute)
    assert settings.compute.cpu.cluster.node_type == "Standard_D8ds_v5"
    assert settings.compute.cpu.cluster.workers == 2
    assert isinstance(settings.engine, EndpointSettings)
    assert settings.engine.wake.keep_warm == ()
    entity = _deployed("prod", tmp_path, tmp_path / "out")
    assert entity["scale_to_zero_enabled"] is False
    assert (entity["min_provisioned_concurrency"], entity["max_provisioned_concurrency"]) == (8, 12)


@pytest.mark.parametrize(("replicas", "workers"), [(1, 0), (3, 3)])
def test_the_files_set_up_a_container_cluster(
    published: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replicas: int, workers: int
) -> None:
    node = next(each.replica for each in published.speeds.found if each.cluster)
    plan = _with(published, kind=Kind.CLUSTER, window=None, min_replicas=0, max_replicas=replicas, replica=node)
    write_plan(plan, _PRICES, tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert isinstance(settings.engine, JslSettings)
    assert isinstance(settings.compute.gpu, DatabricksCompute)
    cluster = settings.compute.gpu.cluster
    assert cluster.node_type == "four_cards"
    assert getattr(cluster.workers, "max", cluster.workers) == workers
    assert cluster.driver_node_type == ("Standard_D8ds_v5" if workers else None)
    assert cluster.image is not None


def test_an_endpoint_that_is_stopped_when_idle_is_set_to_be(
    published: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_plan(_with(published, kind=Kind.SCALE_TO_ZERO, window=None, idle_seconds=60.0), _PRICES, tmp_path)
    monkeypatch.chdir(tmp_path)
    settings = load_settings()
    assert isinstance(settings.engine, EndpointSettings)
    assert settings.engine.wake.sleep_when_done


def test_a_deployment_that_stands_by_costs_the_same_whatever_comes() -> None:
    """Found by hand: 168 hours of two replicas."""
    speed = find_speeds(load_prices(), assumed={"GPU_LARGE": 3}).found[0]
    two = Deployment(
        kind=Kind.ALWAYS_WARM,
        replica=speed.replica,
        min_replicas=2,
        max_replicas=2,
        cpu=CpuCluster(cores=4, pages_per_core_second=11.5),
    )
    from jsl_pipeline.planning.choosing.trials import Job, run

    assert run(Job(Load.constant(10), two)).dollars_a_day == pytest.approx(2 * 24 * 78.6 * 0.07, rel=0.01)
