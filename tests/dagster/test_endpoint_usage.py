"""The endpoint's day as an asset: figures, plots, findings, and a check that warns where money is lost."""

import base64
import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import dagster as dg
import pytest

from jsl_pipeline.sensors.usage import daily_usage
from jsl_pipeline.serving import Card, EndpointState, EndpointStatus, Sample
from tests.dagster.conftest import Deployment

DAY = datetime(2026, 11, 18, tzinfo=UTC)
KEY = "2026-11-18"

pytestmark = pytest.mark.usefixtures("endpoint_settings")


def record(deployment: Deployment, used: int, state_at_night: EndpointState) -> None:
    """A day with work from 8 to 18 h on `used` of four cards."""
    usage = deployment.store.usage("reader")
    for minute in range(0, 24 * 60, 5):
        at = DAY + timedelta(minutes=minute)
        busy = 8 <= at.hour < 18
        state = EndpointState.READY if busy else state_at_night
        status = EndpointStatus(state=state, concurrency=4, workload_type="MULTIGPU_MEDIUM")
        cards = tuple(Card(name=f"gpu{n}", use=0.75 * busy * (n < used), memory=0.9 * (n < used)) for n in range(4))
        usage.add(
            Sample(at=at, status=status, cards=cards, requests=60.0 * busy, refused=0, failed=0, window_seconds=60)
        )


def judged(deployment: Deployment) -> tuple[dict[str, dg.MetadataValue], dg.AssetCheckEvaluation]:
    result = deployment.run("judge_usage", KEY)
    assert result.success
    (event,) = result.asset_materializations_for_node("endpoint_usage")
    (check,) = result.get_asset_check_evaluations()
    return dict(event.metadata), check


def pictures(metadata: dict[str, dg.MetadataValue]) -> dict[str, str]:
    found = {
        name: re.match(r"!\[lines\]\(data:image/svg\+xml;base64,(.+)\)$", str(each.value))
        for name, each in metadata.items()
    }
    return {name: base64.b64decode(match[1]).decode() for name, match in found.items() if match}


def test_the_published_day_has_figures_findings_plots_and_a_warning(fresh: Deployment) -> None:
    record(fresh, used=2, state_at_night=EndpointState.READY)
    metadata, check = judged(fresh)
    assert metadata["samples"].value == 288
    assert metadata["hours with work"].value == pytest.approx(10, abs=0.2)
    assert metadata["hours awake"].value == pytest.approx(24, abs=0.1)
    assert metadata["dollars"].value == pytest.approx(24 * 7.84, rel=0.01)
    findings = str(metadata["findings"].value)
    assert "| idle cards (warning) | 2 of 4 cards idle" in findings
    assert "| idle hours (warning) | Awake and idle for 13" in findings
    assert "| gpu1 | 75% | 90% |\n| gpu2 | 0% | 0% |" in str(metadata["cards"].value)
    drawn = pictures(metadata)
    assert drawn.keys() == {"awake", "cards at work", "requests an hour"}
    for name, svg in drawn.items():
        assert ElementTree.fromstring(svg).tag.endswith("svg")
        assert len(str(metadata[name].value)) < 1000, "the UI shows longer ones behind a link"
    assert "busiest ≤75 %" in drawn["cards at work"]
    assert (check.passed, check.severity) == (False, dg.AssetCheckSeverity.WARN)
    assert "a day at the same speed" in (check.description or "")
    assert float(str(check.metadata["most dollars a day"].value)) > 50


def test_a_day_without_waste_passes(fresh: Deployment) -> None:
    record(fresh, used=4, state_at_night=EndpointState.ASLEEP)
    metadata, check = judged(fresh)
    assert check.passed
    assert "Nothing to change" in (check.description or "")
    assert metadata["hours awake"].value == pytest.approx(10, abs=0.2)


def test_a_day_that_nobody_recorded_says_so_and_warns_of_nothing(fresh: Deployment) -> None:
    metadata, check = judged(fresh)
    assert check.passed
    assert "Nothing was recorded" in str(metadata["findings"].value)
    assert metadata["samples"].value == 0


def test_without_an_endpoint_there_is_nothing_to_judge(fresh: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JSL_ENGINE__KIND", "ocr")
    for name in ("URL", "NAME", "AUTH"):
        monkeypatch.delenv(f"JSL_ENGINE__{name}")
    result = fresh.run("judge_usage", KEY)
    assert not result.success
    assert "not an endpoint" in str(result.failure_data_for_node("endpoint_usage"))
    assert isinstance(_asked(fresh), dg.SkipReason)


def test_every_night_yesterday_is_judged(fresh: Deployment) -> None:
    request = _asked(fresh)
    assert isinstance(request, dg.RunRequest)
    assert request.partition_key == "2026-11-18"


def _asked(deployment: Deployment) -> dg.RunRequest | dg.SkipReason:
    context = dg.build_schedule_context(
        instance=deployment.instance, scheduled_execution_time=DAY + timedelta(days=1, hours=1)
    )
    (asked,) = list(daily_usage(context, settings=deployment.settings))
    return asked
