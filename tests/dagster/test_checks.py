"""Checks: they pass on a good batch, and explain themselves on a bad one."""

import dagster as dg
import pytest

from jsl_pipeline.serving import EndpointState
from jsl_pipeline.store import DocumentRow, ExtractionRow, PageRow
from tests.dagster.conftest import Deployment
from tests.dagster.fakes import FakeEndpoint


def evaluations(result: dg.ExecuteInProcessResult) -> dict[str, dg.AssetCheckEvaluation]:
    return {each.check_name: each for each in result.get_asset_check_evaluations()}


@pytest.mark.parametrize(
    ("asset", "name", "said"),
    [
        ("documents", "files_accounted_for", "all 4 files"),
        ("extractions", "pages_accounted_for", "all 2 pages"),
        ("review_queue", "documents_accounted_for", "all 2 documents"),
    ],
)
def test_a_good_batch_balances(done: Deployment, asset: str, name: str, said: str) -> None:
    check = alone(done, asset, name)
    assert check.passed
    assert said in str(check.description)
    assert check.metadata["missing"].value == 0


@pytest.mark.parametrize(
    ("asset", "name", "said"),
    [
        ("rejected", "rejected_rate", "1 of 4 files were rejected (25%; usual is up to 10%)"),
        ("pages", "blank_rate", "1 of 2 pages are blank (50%; usual is up to 30%)"),
        ("review_queue", "review_rate", "1 of 2 documents wait for review (50%; usual is up to 25%)"),
    ],
)
def test_an_unusual_rate_warns(done: Deployment, asset: str, name: str, said: str) -> None:
    check = alone(done, asset, name)
    assert not check.passed
    assert check.severity is dg.AssetCheckSeverity.WARN
    assert not check.blocking
    assert said in str(check.description)


def test_what_is_usual_is_a_setting(done: Deployment, monkeypatch: pytest.MonkeyPatch) -> None:
    for rate, passes in (("0.2", False), ("0.25", True)):
        monkeypatch.setenv("JSL_RATES__REJECTED", rate)
        assert alone(done, "rejected", "rejected_rate").passed is passes


def test_pages_that_could_not_be_read_are_a_rate(done: Deployment) -> None:
    assert alone(done, "extractions", "failed_rate").passed
    (batch,) = done.store.manifests.batch_keys()
    (row,) = [ExtractionRow(**row) for row in done.store.tables.read("extractions", batch).to_pylist()]
    failed = row.model_copy(update={"state": "failed", "failure_cause": "timeout", "answer": None})
    done.store.tables.replace("extractions", batch, lambda: [failed])
    assert "1 of 2 pages could not be read (50%" in str(alone(done, "extractions", "failed_rate").description)


def test_a_page_lost_before_extraction_stops_the_batch_before_its_records(done: Deployment) -> None:
    (batch,) = done.store.manifests.batch_keys()
    rows = [PageRow(**row) for row in done.store.tables.read("pages", batch).to_pylist()]
    lost = next(row for row in rows if row.state == "prepared")
    done.store.tables.replace("pages", batch, lambda: [row for row in rows if row is not lost])
    before = done.instance.get_latest_materialization_event(dg.AssetKey("prescriptions"))

    rest = dg.AssetSelection.groups("gpu_extract", "cpu_validate")
    result = done.run("rest", batch, selection=rest)

    check = evaluations(result)["pages_accounted_for"]
    assert not result.success
    assert not check.passed
    assert check.blocking
    assert "1 of 2 pages are missing" in str(check.description)
    assert "| extracted | 0 |\n| failed | 0 |\n| blank | 1 |\n| missing | 1 |" in str(check.description)
    assert f"| `{lost.document_id[:12]}` | 1 | not in `pages` |" in str(check.description)
    after = done.instance.get_latest_materialization_event(dg.AssetKey("prescriptions"))
    assert before is not None
    assert after is not None
    assert after.timestamp == before.timestamp, "records were made of a batch that lost a page"


def test_a_page_without_answer_is_told_from_one_that_was_never_prepared(done: Deployment) -> None:
    (batch,) = done.store.manifests.batch_keys()
    done.store.tables.replace("extractions", batch, lambda: [])
    check = alone(done, "extractions", "pages_accounted_for")
    assert not check.passed
    assert "in `pages`, but not in `extractions`" in str(check.description)


def test_a_page_counted_twice_is_no_balance(done: Deployment) -> None:
    (batch,) = done.store.manifests.batch_keys()
    (row,) = [ExtractionRow(**row) for row in done.store.tables.read("extractions", batch).to_pylist()]
    done.store.tables.replace("extractions", batch, lambda: [row, row])
    check = alone(done, "extractions", "pages_accounted_for")
    assert not check.passed
    assert "counted 2 times" in str(check.description)


def test_a_lost_file_is_seen(done: Deployment) -> None:
    (batch,) = done.store.manifests.batch_keys()
    rows = [DocumentRow(**row) for row in done.store.tables.read("documents", batch).to_pylist()]
    done.store.tables.replace("documents", batch, lambda: rows[1:])
    check = alone(done, "documents", "files_accounted_for")
    assert not check.passed
    assert "1 of 4 files are missing" in str(check.description)


def test_a_lost_record_is_seen(done: Deployment) -> None:
    (batch,) = done.store.manifests.batch_keys()
    done.store.tables.replace("review_queue", batch, lambda: [])
    check = alone(done, "review_queue", "documents_accounted_for")
    assert not check.passed
    assert "1 of 2 documents are missing" in str(check.description)


def test_an_engine_on_this_machine_needs_no_endpoint(done: Deployment) -> None:
    check = alone(done, "extractions", "endpoint_answers")
    assert check.passed
    assert check.description == "The engine is not an endpoint."


@pytest.mark.parametrize("state", EndpointState)
def test_asked_by_hand_an_endpoint_passes_unless_it_failed(
    done: Deployment, endpoint_settings: None, state: EndpointState
) -> None:
    endpoint = FakeEndpoint(state)
    endpoint.message = "So it says."
    done.resources["endpoint"] = endpoint
    check = alone(done, "extractions", "endpoint_answers")
    assert check.passed is (state is not EndpointState.FAILED)
    assert check.description == f"The endpoint is {state.value}. So it says."
    assert endpoint.wakes == 0


def alone(deployment: Deployment, asset: str, name: str) -> dg.AssetCheckEvaluation:
    """A check executed as the UI's button does: alone, without a batch. It looks at the newest."""
    selection = dg.AssetSelection.checks(dg.AssetCheckKey(dg.AssetKey(asset), name))
    return evaluations(deployment.run("alone", selection=selection))[name]
