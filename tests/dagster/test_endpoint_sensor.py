"""The endpoint sensor over batches, runs and a fake endpoint: what is read when, and what is never done twice."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import dagster as dg
import pytest

from jsl_pipeline import stages
from jsl_pipeline.batches import close_waiting
from jsl_pipeline.definitions import defs
from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.sensors.endpoint import endpoint_sensor
from jsl_pipeline.sensors.endpoint_life import Memory
from jsl_pipeline.serving import EndpointState, Sample
from jsl_pipeline.store import ExtractionRow
from tests.dagster.conftest import Deployment, draw_sheet
from tests.dagster.fakes import FakeClock, FakeEndpoint

Result = dg.SensorResult | dg.SkipReason
RUN_KEY = "dagster/run_key"


class Sensor:
    """The sensor with its cursor, its endpoint and its clock. What it asks for is run as the daemon would."""

    def __init__(self, deployment: Deployment) -> None:
        self.deployment, self.endpoint, self.clock = deployment, FakeEndpoint(), FakeClock()
        self.cursor: str | None = None
        self.checks: list[dg.AssetCheckEvaluation] = []

    def tick(self, seconds: float = 15) -> Result:
        """The next tick, after `seconds`."""
        self.clock.turn(seconds)
        context = dg.build_sensor_context(instance=self.deployment.instance, cursor=self.cursor)
        result = endpoint_sensor(context, settings=self.deployment.settings, endpoint=self.endpoint, clock=self.clock)
        assert isinstance(result, Result)
        if isinstance(result, dg.SensorResult):
            self.cursor = result.cursor
            self.checks += [event for event in result.asset_events if isinstance(event, dg.AssetCheckEvaluation)]
        return result

    def start(self, request: dg.RunRequest, status: dg.DagsterRunStatus) -> None:
        """A run of the request, as far as `status`."""
        tags = {"dagster/partition": str(request.partition_key), RUN_KEY: str(request.run_key)}
        job = dg.GraphDefinition("read_batch").to_job()
        self.deployment.instance.create_run_for_job(job, tags=tags, status=status)


def requests(result: Result) -> list[dg.RunRequest]:
    return [] if isinstance(result, dg.SkipReason) else list(result.run_requests or [])


def asked(result: Result) -> list[str | None]:
    return [request.partition_key for request in requests(result)]


def reason(result: Result) -> str:
    skip = result if isinstance(result, dg.SkipReason) else result.skip_reason
    assert isinstance(skip, dg.SkipReason)
    return skip.skip_message or ""


pytestmark = pytest.mark.usefixtures("endpoint_settings")


@pytest.fixture
def early(fresh: Deployment) -> Sensor:
    """Files wait in the landing folder; the endpoint sleeps."""
    return Sensor(fresh)


@pytest.fixture
def sensor(prepared: Deployment) -> Sensor:
    """A batch was prepared; the endpoint sleeps."""
    return Sensor(prepared)


@pytest.fixture
def batch(sensor: Sensor) -> str:
    """The batch that was prepared."""
    (key,) = sensor.deployment.store.manifests.batch_keys()
    return key


def test_a_prepared_batch_is_read_once_the_endpoint_is_ready(sensor: Sensor, batch: str) -> None:
    assert asked(sensor.tick()) == []
    assert sensor.endpoint.wakes == 1
    sensor.endpoint.state = EndpointState.WAKING
    assert "waking for 15 s; 1 page waits" in reason(sensor.tick())
    sensor.endpoint.state = EndpointState.READY
    assert asked(sensor.tick()) == [batch]
    assert sensor.endpoint.wakes == 1


@pytest.mark.parametrize(
    "state", [EndpointState.ASLEEP, EndpointState.WAKING, EndpointState.UPDATING, EndpointState.FAILED]
)
def test_no_run_waits_for_an_endpoint_that_is_not_ready(sensor: Sensor, state: EndpointState) -> None:
    sensor.endpoint.state = state
    assert [asked(sensor.tick()) for _ in range(3)] == [[], [], []]


def test_an_endpoint_that_nobody_needs_is_left_asleep(early: Sensor) -> None:
    assert reason(early.tick()) == "The endpoint is asleep; nothing waits for it."
    early.deployment.close()
    early.tick()
    assert early.endpoint.wakes == 0, "what to do with a batch that was only closed is the landing sensor's"


@pytest.mark.parametrize("status", [dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTED])
def test_waking_overlaps_with_preparing(early: Sensor, status: dg.DagsterRunStatus) -> None:
    early.start(dg.RunRequest(run_key="x", partition_key=early.deployment.close()), status)
    assert asked(early.tick()) == []
    assert early.endpoint.wakes == 1


@pytest.mark.parametrize(
    "status",
    [
        dg.DagsterRunStatus.NOT_STARTED,
        dg.DagsterRunStatus.STARTED,
        dg.DagsterRunStatus.SUCCESS,
        dg.DagsterRunStatus.FAILURE,
        dg.DagsterRunStatus.CANCELED,
    ],
)
def test_a_run_is_asked_for_once_however_it_ends(sensor: Sensor, batch: str, status: dg.DagsterRunStatus) -> None:
    sensor.endpoint.state = EndpointState.READY
    (request,) = requests(sensor.tick())
    sensor.start(request, status)
    assert requests(sensor.tick()) == []
    sensor.endpoint.state = EndpointState.ASLEEP
    sensor.tick()
    assert sensor.endpoint.wakes == 0, "a batch whose run failed waits for the night and wakes nobody"


def test_preparing_a_batch_again_has_it_read_again(sensor: Sensor, batch: str) -> None:
    sensor.endpoint.state = EndpointState.READY
    (first,) = requests(sensor.tick())
    sensor.start(first, dg.DagsterRunStatus.FAILURE)
    assert sensor.deployment.run("prepare_batch", batch).success
    (again,) = requests(sensor.tick())
    assert again.partition_key == batch
    assert again.run_key != first.run_key


def test_a_lost_tick_and_a_lost_cursor_ask_for_the_same_run(sensor: Sensor) -> None:
    """The daemon starts a run once a run key, so nothing is read twice."""
    sensor.endpoint.state = EndpointState.READY
    first = requests(sensor.tick())
    sensor.cursor = None
    assert requests(sensor.tick()) == first
    assert len(first) == 1


def test_a_batch_prepared_on_the_command_line_is_found(early: Sensor) -> None:
    store, loaded = early.deployment.store, early.deployment.settings.load()
    (batch,) = close_waiting(store, loaded.open_landing(), loaded.batching, datetime.now(UTC))
    stages.ingest(store, batch.key, loaded)
    stages.preprocess(store, batch.key, loaded)
    early.endpoint.state = EndpointState.READY
    assert asked(early.tick()) == [batch.key]
    assert early.deployment.instance.get_dynamic_partitions("batch") == [batch.key]


def test_a_batch_that_is_done_is_left_alone(done: Deployment) -> None:
    sensor = Sensor(done)
    sensor.tick()
    sensor.endpoint.state = EndpointState.READY
    assert asked(sensor.tick()) == []
    assert sensor.endpoint.wakes == 0


def test_a_batch_that_the_command_line_finished_is_left_alone(done: Deployment, fresh: Deployment) -> None:
    fresh.settings = done.settings
    sensor = Sensor(fresh)
    sensor.tick()
    sensor.endpoint.state = EndpointState.READY
    assert asked(sensor.tick()) == []
    assert sensor.endpoint.wakes == 0


def test_a_batch_of_blank_sheets_needs_no_endpoint(early: Sensor) -> None:
    for path in early.deployment.landing.iterdir():
        path.unlink()
    draw_sheet(early.deployment.landing / "verso.png")
    batch = early.deployment.close()
    assert early.deployment.run("prepare_batch", batch).success
    assert asked(early.tick()) == [batch]
    assert early.endpoint.wakes == 0


def test_pages_that_have_answers_need_no_endpoint(sensor: Sensor, batch: str) -> None:
    """Extraction was done and validation was not: the run has records to make and nothing to ask."""
    store = sensor.deployment.store
    (page,) = [row for row in store.tables.read("pages", batch).to_pylist() if row["state"] == "prepared"]
    answer = ExtractionRow(
        batch=batch,
        document_id=page["document_id"],
        page_no=1,
        page_sha=page["page_sha"],
        state="extracted",
        fingerprint="f",
        engine="endpoint",
        model="m",
    )
    store.tables.replace("extractions", batch, lambda: [answer])
    assert asked(sensor.tick()) == [batch]
    assert sensor.endpoint.wakes == 0


def test_little_work_waits_for_more(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_ENGINE__GATHER__MAX_WAIT_SECONDS", "3600")
    monkeypatch.setenv("JSL_ENGINE__PRICE__DOLLARS_PER_HOUR", "20")
    sensor.tick()
    assert sensor.endpoint.wakes == 0
    sensor.tick(seconds=3600)
    assert sensor.endpoint.wakes == 1


def test_an_endpoint_that_stays_away_fails_the_check_until_it_answers(sensor: Sensor) -> None:
    sensor.tick()
    sensor.endpoint.state, sensor.endpoint.message = EndpointState.WAKING, "No GPU is free."
    for _ in range(6):
        sensor.tick(seconds=300)
    (alarm,) = sensor.checks
    assert not alarm.passed
    assert alarm.asset_check_key in defs.resolve_asset_graph().asset_check_keys
    assert "has not been ready for 25 min" in str(alarm.description)
    assert "No GPU is free." in str(alarm.description)
    sensor.endpoint.state = EndpointState.READY
    sensor.tick()
    sensor.tick()
    assert [check.passed for check in sensor.checks] == [False, True]


def test_the_alarm_survives_a_restart_without_being_told_again(sensor: Sensor) -> None:
    sensor.tick()
    sensor.endpoint.state = EndpointState.WAKING
    sensor.tick(seconds=1300)
    kept = Sensor(sensor.deployment)
    kept.endpoint, kept.clock, kept.cursor = sensor.endpoint, sensor.clock, sensor.cursor
    kept.tick()
    assert (len(sensor.checks), len(kept.checks)) == (1, 0)


def test_dagster_keeps_and_shows_the_alarm(sensor: Sensor) -> None:
    sensor.endpoint.state = EndpointState.FAILED
    sensor.tick()
    (alarm,) = sensor.checks
    instance = sensor.deployment.instance
    instance.report_runless_asset_event(alarm)
    (record,) = instance.event_log_storage.get_asset_check_execution_history(alarm.asset_check_key, limit=2)
    assert record.status.value == "FAILED"


def test_when_all_is_done_the_endpoint_is_stopped_once(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_ENGINE__WAKE__SLEEP_WHEN_DONE", "true")
    sensor.endpoint.state = EndpointState.READY
    (request,) = requests(sensor.tick())
    sensor.start(request, dg.DagsterRunStatus.SUCCESS)
    for _ in range(20):
        sensor.tick()
    assert sensor.endpoint.stops == 1


def test_it_is_not_stopped_while_a_batch_is_read_or_prepared(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_ENGINE__WAKE__SLEEP_WHEN_DONE", "true")
    sensor.endpoint.state = EndpointState.READY
    (request,) = requests(sensor.tick())
    sensor.start(request, dg.DagsterRunStatus.STARTED)
    for _ in range(20):
        sensor.tick()
    assert sensor.endpoint.stops == 0


@pytest.mark.parametrize(("error", "attempts"), [(EngineUnavailable("No route."), 3), (EngineError("Not yours."), 1)])
def test_a_wake_that_fails_is_told_and_tried_again_where_that_may_help(
    sensor: Sensor, error: EngineError, attempts: int
) -> None:
    sensor.endpoint.fails = error
    said = [reason(sensor.tick()) for _ in range(3)]
    assert said[0] == f"The endpoint could not be asked to wake: {error}"
    assert sensor.endpoint.wakes == attempts


@pytest.mark.parametrize(
    ("error", "alarms"), [(EngineUnavailable("Not asked in time."), 0), (EngineError("No access: check `token`."), 1)]
)
def test_a_control_api_that_is_away_is_waited_for_and_one_without_access_is_an_alarm(
    sensor: Sensor, error: EngineError, alarms: int
) -> None:
    sensor.endpoint.hides = error
    assert [asked(sensor.tick()) for _ in range(3)] == [[], [], []]
    assert [check.passed for check in sensor.checks] == [False] * alarms
    assert all(str(error) in str(check.description) for check in sensor.checks)


def test_an_endpoint_that_tells_nothing_is_tried_with_one_batch(sensor: Sensor, batch: str) -> None:
    sensor.endpoint.state = EndpointState.UNKNOWN
    seen = [asked(sensor.tick()) for _ in range(5)]
    assert seen == [[], [], [], [], [batch]]


def test_another_engine_has_nothing_to_wake(sensor: Sensor, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("URL", "NAME", "AUTH"):
        monkeypatch.delenv(f"JSL_ENGINE__{name}")
    monkeypatch.setenv("JSL_ENGINE__KIND", "ocr")
    assert "not an endpoint" in reason(sensor.tick())


def test_the_cursor_is_what_is_remembered(sensor: Sensor) -> None:
    sensor.tick()
    assert Memory.from_cursor(sensor.cursor).asked_at == sensor.clock.now()


def recorded(sensor: Sensor) -> list[Sample]:
    now = sensor.clock.now()
    return sensor.deployment.store.usage("reader").samples(now - timedelta(days=1), now + timedelta(days=1))


def test_how_the_endpoint_is_used_is_recorded_once_a_minute(sensor: Sensor) -> None:
    for _ in range(8):
        sensor.tick(15)
    sensor.endpoint.page = Sample(at=datetime.now(UTC), requests=5, window_seconds=60)
    sensor.tick(60)
    seen = recorded(sensor)
    assert 3 <= len(seen) <= 4
    assert [each.requests for each in seen] == [None] * (len(seen) - 1) + [5]
    assert all(each.state is EndpointState.ASLEEP for each in seen)
    assert seen[-1].at == sensor.clock.now()
    assert "no metrics page" in seen[0].message


@pytest.mark.parametrize("trouble", [EngineError("The metrics may not be read."), RuntimeError("a fault")])
def test_metrics_that_cannot_be_read_disturb_no_tick(sensor: Sensor, trouble: Exception) -> None:
    sensor.endpoint.page = trouble
    sensor.endpoint.state = EndpointState.READY
    assert len(asked(sensor.tick())) == 1


def test_usage_that_cannot_be_kept_disturbs_no_tick(sensor: Sensor) -> None:
    Path(sensor.deployment.store.url, "usage").write_text("in the way of the folder")
    sensor.endpoint.state = EndpointState.READY
    assert len(asked(sensor.tick())) == 1
