"""The landing sensor over its cursor: nothing seen, something seen, closed elsewhere, done elsewhere, left behind.

With an endpoint it prepares batches and wakes the endpoint meanwhile.
"""

from datetime import UTC, datetime

import dagster as dg
import pytest

from jsl_pipeline.batches import close_waiting
from jsl_pipeline.errors import EngineUnavailable
from jsl_pipeline.resources import Clock
from jsl_pipeline.sensors.landing import landing_sensor
from jsl_pipeline.serving import EndpointState
from tests.dagster.conftest import Deployment, draw_sheet
from tests.dagster.fakes import FakeEndpoint


@pytest.fixture(autouse=True)
def due_after_thirty_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_BATCHING__MAX_AGE_SECONDS", "30")


@pytest.fixture
def endpoint(endpoint_settings: None) -> FakeEndpoint:
    """A sleeping endpoint reads."""
    return FakeEndpoint()


def tick(
    deployment: Deployment, cursor: str | None, endpoint: FakeEndpoint | None = None
) -> dg.SensorResult | dg.SkipReason:
    context = dg.build_sensor_context(instance=deployment.instance, cursor=cursor)
    endpoint = endpoint or FakeEndpoint()
    result = landing_sensor(context, settings=deployment.settings, endpoint=endpoint, clock=Clock())
    assert isinstance(result, dg.SensorResult | dg.SkipReason)
    return result


def asked(result: dg.SensorResult | dg.SkipReason) -> list[str | None]:
    return [] if isinstance(result, dg.SkipReason) else [request.partition_key for request in result.run_requests or []]


def reason(result: dg.SensorResult | dg.SkipReason) -> str:
    skip = result if isinstance(result, dg.SkipReason) else result.skip_reason
    assert isinstance(skip, dg.SkipReason)
    return skip.skip_message or ""


def test_first_tick_closes_what_is_due_and_asks_for_its_run(fresh: Deployment) -> None:
    result = tick(fresh, None)
    (batch,) = fresh.store.manifests.batch_keys()
    assert isinstance(result, dg.SensorResult)
    assert result.run_requests == [dg.RunRequest(run_key=batch, partition_key=batch, job_name="run_batch")]
    assert result.cursor == batch
    assert fresh.instance.get_dynamic_partitions("batch") == [batch]


def test_after_the_last_batch_with_nothing_waiting_it_skips(fresh: Deployment) -> None:
    first = tick(fresh, None)
    assert isinstance(first, dg.SensorResult)
    again = tick(fresh, first.cursor)
    assert asked(again) == []
    assert reason(again) == "Nothing waits in the landing folder."


def test_files_that_are_few_and_young_wait_and_are_counted(fresh: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_BATCHING__MAX_AGE_SECONDS", "3600")
    result = tick(fresh, None)
    assert asked(result) == []
    assert reason(result).startswith("4 files wait. A batch is closed at 500 files")
    assert fresh.store.manifests.batch_keys() == []


def test_many_files_are_closed_by_size_however_young(fresh: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_BATCHING__MAX_AGE_SECONDS", "3600")
    monkeypatch.setenv("JSL_BATCHING__MAX_FILES", "3")
    assert len(asked(tick(fresh, None))) == 2
    assert sorted(len(batch.files) for batch in fresh.store.manifests.all()) == [1, 3]


def test_a_batch_closed_elsewhere_is_run_too(fresh: Deployment) -> None:
    loaded = fresh.settings.load()
    (batch,) = close_waiting(fresh.store, loaded.open_landing(), loaded.batching, datetime.now(UTC))
    assert asked(tick(fresh, "2020-01-01T000000-aaaaaa")) == [batch.key]
    assert fresh.instance.get_dynamic_partitions("batch") == [batch.key]


def test_a_batch_that_is_done_is_passed_by(done: Deployment) -> None:
    (batch,) = done.store.manifests.batch_keys()
    result = tick(done, None)
    assert asked(result) == []
    assert isinstance(result, dg.SensorResult)
    assert result.cursor == batch


def test_a_batch_that_another_instance_finished_is_passed_by(done: Deployment, fresh: Deployment) -> None:
    """The command line shares the store and knows no Dagster: the accounts tell."""
    fresh.settings = done.settings
    assert asked(tick(fresh, None)) == []


def test_a_tick_that_was_lost_is_made_up_for(fresh: Deployment) -> None:
    """The daemon died after the batch was closed and before the cursor was kept."""
    lost = tick(fresh, None)
    assert asked(tick(fresh, None)) == asked(lost)
    assert len(fresh.store.manifests.batch_keys()) == 1


def test_the_next_files_become_the_next_batch(fresh: Deployment) -> None:
    first = tick(fresh, None)
    assert isinstance(first, dg.SensorResult)
    draw_sheet(fresh.landing / "later.png", "Patient Name: Another Person")
    loaded = fresh.settings.load()
    at_once = loaded.batching.model_copy(update={"settle_seconds": 0})
    close_waiting(fresh.store, loaded.open_landing(), at_once, datetime.now(UTC))
    result = tick(fresh, first.cursor)
    assert len(asked(result)) == 1
    assert sorted([*asked(first), *asked(result)], key=str) == fresh.store.manifests.batch_keys()
    assert len(fresh.instance.get_dynamic_partitions("batch")) == 2


def test_a_batch_closed_in_the_same_second_may_sort_before_the_cursor_and_is_not_missed(fresh: Deployment) -> None:
    first = tick(fresh, None)
    assert isinstance(first, dg.SensorResult)
    (batch,) = fresh.store.manifests.all()
    twin = batch.model_copy(update={"key": f"{batch.key[:17]}-000000"})
    fresh.store.manifests.put(twin)
    result = tick(fresh, first.cursor)
    assert asked(result) == [twin.key]
    assert isinstance(result, dg.SensorResult)
    assert result.cursor == batch.key


def test_a_landing_folder_that_is_missing_is_a_failed_tick_with_advice(fresh: Deployment) -> None:
    fresh.landing.rename(fresh.landing.with_name("moved"))
    with pytest.raises(dg.Failure, match="Create it, or correct the landing URL"):
        tick(fresh, None)


def test_with_an_endpoint_a_batch_is_prepared_and_the_endpoint_woken(fresh: Deployment, endpoint: FakeEndpoint) -> None:
    result = tick(fresh, None, endpoint)
    (batch,) = fresh.store.manifests.batch_keys()
    assert isinstance(result, dg.SensorResult)
    assert result.run_requests == [dg.RunRequest(run_key=batch, partition_key=batch, job_name="prepare_batch")]
    assert endpoint.wakes == 1
    tick(fresh, result.cursor, endpoint)
    assert endpoint.wakes == 1, "nothing new came"


@pytest.mark.parametrize("state", [state for state in EndpointState if state is not EndpointState.ASLEEP])
def test_an_endpoint_that_does_not_sleep_is_not_woken(
    fresh: Deployment, endpoint: FakeEndpoint, state: EndpointState
) -> None:
    endpoint.state = state
    assert len(asked(tick(fresh, None, endpoint))) == 1
    assert endpoint.wakes == 0


def test_a_few_files_gather_before_the_endpoint_is_woken(
    fresh: Deployment, endpoint: FakeEndpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JSL_ENGINE__GATHER__MAX_WAIT_SECONDS", "3600")
    monkeypatch.setenv("JSL_ENGINE__PRICE__DOLLARS_PER_HOUR", "20")
    assert len(asked(tick(fresh, None, endpoint))) == 1, "it is prepared meanwhile"
    assert endpoint.wakes == 0


def test_a_wake_that_fails_stops_no_batch(fresh: Deployment, endpoint: FakeEndpoint) -> None:
    endpoint.fails = EngineUnavailable("No route to it.")
    assert len(asked(tick(fresh, None, endpoint))) == 1
    assert endpoint.wakes == 1


def test_without_batches_to_prepare_nobody_is_woken(done: Deployment, endpoint: FakeEndpoint) -> None:
    tick(done, None, endpoint)
    assert endpoint.wakes == 0
