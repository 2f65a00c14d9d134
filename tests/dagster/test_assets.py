"""A batch through the assets: what is in the tables, what Dagster is told, and what it is never told."""

from pathlib import Path

import dagster as dg
import pytest

from jsl_pipeline.definitions import defs
from jsl_pipeline.store import TABLES
from tests.dagster.conftest import SECRET, Deployment

MEASURED = {"seconds"}  # differs from run to run


def rows(deployment: Deployment, table: str) -> list[dict[str, object]]:
    found = deployment.store.tables.read(table).to_pylist()
    return sorted(({k: v for k, v in row.items() if k not in MEASURED} for row in found), key=str)


def materialized(deployment: Deployment, table: str) -> dict[str, dg.MetadataValue]:
    event = deployment.instance.get_latest_materialization_event(dg.AssetKey(table))
    assert event is not None
    assert event.asset_materialization is not None
    return dict(event.asset_materialization.metadata)


def test_a_batch_becomes_tables(done: Deployment) -> None:
    counts = {table: done.store.tables.count(table) for table in TABLES}
    assert counts == {
        "documents": 3,
        "rejected": 1,
        "pages": 2,
        "extractions": 1,
        "prescriptions": 1,
        "medications": 1,
        "patients": 1,
        "review_queue": 1,
    }
    assert [row["name"] for row in rows(done, "medications")] == ["Ibuprofen"]
    assert [row["patient_name"] for row in rows(done, "patients")] == [SECRET]


@pytest.mark.parametrize("table", TABLES)
def test_every_asset_tells_rows_place_and_columns(done: Deployment, table: str) -> None:
    metadata = materialized(done, table)
    assert metadata["dagster/row_count"].value == done.store.tables.count(table)
    uri = metadata["dagster/uri"].value
    assert isinstance(uri, str)
    assert uri.endswith(f"/store/tables/{table}")
    schema = defs.resolve_asset_graph().get(dg.AssetKey(table)).metadata["dagster/column_schema"]
    assert isinstance(schema, dg.TableSchema)
    assert [column.name for column in schema.columns] == list(TABLES[table].model_fields)
    assert all(column.description for column in schema.columns)


@pytest.mark.parametrize(
    ("table", "label", "said"),
    [
        ("documents", "outcome", "| documents | 2 |\n| duplicates | 1 |\n| rejected | 1 |\n| in all | 4 |"),
        ("rejected", "reasons", "| empty | 1 |"),
        ("pages", "pages", "| prepared | 1 |\n| blank | 1 |\n| failed | 0 |\n| in all | 2 |"),
        ("extractions", "read from", "| ocr | 1 |"),
        ("prescriptions", "status", "| suspect | 1 |\n| in all | 2 |"),
        ("review_queue", "issues", "| document blank | 1 |"),
    ],
)
def test_metadata_counts_what_is_in_the_tables(done: Deployment, table: str, label: str, said: str) -> None:
    assert said in str(materialized(done, table)[label].value)


@pytest.mark.parametrize("table", ["documents", "pages", "extractions", "prescriptions", "review_queue"])
def test_a_plot_is_small_enough_to_be_shown_in_place(done: Deployment, table: str) -> None:
    plot = str(materialized(done, table)["plot"].value)
    assert plot.startswith("![")
    assert len(plot) < 1000


def test_a_batch_done_again_has_the_same_rows_and_reads_no_page_again(done: Deployment) -> None:
    before = {table: rows(done, table) for table in TABLES}
    (batch,) = done.store.manifests.batch_keys()
    assert done.run("run_batch", batch).success
    assert {table: rows(done, table) for table in TABLES} == before
    assert materialized(done, "extractions")["asked in this run"].value == 0
    assert materialized(done, "extractions")["answered before"].value == 1


def test_the_parts_one_after_the_other_are_the_whole(fresh: Deployment, done: Deployment) -> None:
    batch = fresh.close()
    for job in ("prepare_batch", "extract_batch", "validate_batch"):
        assert fresh.run(job, batch).success
    for table in TABLES:
        assert fresh.store.tables.count(table) == done.store.tables.count(table)


def test_a_part_asked_for_too_early_says_what_comes_before(fresh: Deployment) -> None:
    result = fresh.run("too_early", fresh.close(), dg.AssetSelection.assets("pages"))
    assert not result.success
    failure = result.failure_data_for_node("preprocess")
    assert failure is not None
    assert failure.user_failure_data is not None
    assert "materialise" in str(failure.user_failure_data.description).lower()


def test_dagster_keeps_no_patient_text_and_no_landing_file_name(done: Deployment, fresh: Deployment) -> None:
    """Nor does it when things go wrong: a landing folder that is gone names its files in its errors."""
    batch = fresh.close()
    assert fresh.run("ingest", batch, dg.AssetSelection.assets("documents", "rejected")).success
    fresh.landing.rename(fresh.landing.with_name("moved"))
    assert fresh.run("prepare", batch, dg.AssetSelection.assets("pages")).success
    assert not fresh.run("run_batch", batch).success
    for deployment in (done, fresh):
        (batch,) = deployment.store.manifests.batch_keys()
        kept = [path for path in deployment.home.rglob("*") if path.is_file()]
        assert any(batch.encode() in path.read_bytes() for path in kept), "the instance keeps nothing here"
        first, last = SECRET.lower().encode().split()
        leaks = [path.name for path in kept if first in path.read_bytes().lower() or last in path.read_bytes().lower()]
        assert leaks == []


def test_loading_the_definitions_touches_no_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("JSL_STORE", str(tmp_path / "store"))
    assert defs.resolve_job_def("run_batch").name == "run_batch"
    dg.Definitions.validate_loadable(defs)
    assert list(tmp_path.iterdir()) == []
