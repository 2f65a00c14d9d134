"""The CPU stages on a real cluster make the same rows as on one machine, whatever lands."""

import json
import shutil
from datetime import UTC, datetime
from pathlib import Path

import cv2
import numpy as np
import pytest

from jsl_pipeline.batches import Batching, close_waiting
from jsl_pipeline.clusters import ComputeSettings
from jsl_pipeline.compute import CpuPool, run_stage
from jsl_pipeline.extraction import LocalReader
from jsl_pipeline.schemas import Page, Reading
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages import INGEST, PREPROCESS, VALIDATE, account, extract, silent
from jsl_pipeline.store import TABLES, Store
from jsl_pipeline.synthetic import write_landing
from jsl_pipeline.validation import ValidationSettings
from tests.stages.conftest import ScriptedEngine, draw, reading

from .cluster import Cluster

pytestmark = pytest.mark.deployments

NOW = datetime(2030, 1, 1, tzinfo=UTC)  # any day after the files were written
AT_ONCE = Batching(settle_seconds=0)


@pytest.fixture(scope="module")
def landing(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All that a landing folder can hold, a page of 20 MB, and so many sheets that records are built in groups."""
    folder = tmp_path_factory.mktemp("drawn") / "landing"
    write_landing(folder)
    for number in range(12):
        (folder / f"sheet{number}.png").write_bytes(draw(f"Patient: Ann Moss {number}", "Ibuprofen 400 mg"))
    sheet = np.full((3000, 2400, 3), 255, np.uint8)
    cv2.putText(sheet, "Patient: Ann Moss", (200, 900), cv2.FONT_HERSHEY_SIMPLEX, 4, (0, 0, 0), 8, cv2.LINE_AA)
    cv2.imwrite(str(folder / "large.png"), sheet, [cv2.IMWRITE_PNG_COMPRESSION, 0])
    assert (folder / "large.png").stat().st_size > 20_000_000
    return folder


def settings(landing: Path, store: Path, cluster: Cluster | None = None, ocr: bool = False) -> Settings:
    compute = ComputeSettings(cpu=cluster.compute()) if cluster else ComputeSettings()
    return Settings(
        landing=str(landing),
        store=str(store),
        workers=1,
        pages_per_part=4,
        compute=compute,
        validation=ValidationSettings(ocr=ocr),
    )


def run(chosen: Settings) -> tuple[Store, str]:
    """Close what waits and run the stages over it; the engine is a scripted one."""
    store = chosen.open_store()
    pool = CpuPool(chosen, lambda sentence: None)
    (batch,) = close_waiting(store, chosen.open_landing(), AT_ONCE, NOW, pool)
    for stage in (INGEST, PREPROCESS):
        run_stage(stage, store, batch.key, chosen, silent, lambda sentence: None)
    extract(store, batch.key, LocalReader(ScriptedEngine(_answer)))
    run_stage(VALIDATE, store, batch.key, chosen, silent, lambda sentence: None)
    return store, batch.key


def _answer(page: Page) -> Reading:
    return reading(f"Ann {page.page_sha[:4].translate(str.maketrans('0123456789', 'ghijklmnop')).title()}")


def rows(store: Store, table: str) -> list[str]:
    return sorted(json.dumps(row, sort_keys=True) for row in store.tables.read(table).to_pylist())


@pytest.fixture(scope="module")
def spread(cluster: Cluster, landing: Path, tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """The landing folder went through the cluster into this store."""
    chosen = settings(landing, tmp_path_factory.mktemp("spread"), cluster)
    run(chosen)
    return chosen


def test_a_cluster_makes_the_same_rows(spread: Settings, tmp_path: Path) -> None:
    inline, key = run(settings(Path(spread.landing), tmp_path))
    (same_key,) = spread.open_store().manifests.batch_keys()
    assert key == same_key
    for table in TABLES:
        assert rows(spread.open_store(), table) == rows(inline, table), table
    accounts = account(spread.open_store(), key)
    assert accounts.finished
    assert min(accounts.rejected, accounts.duplicates, accounts.blank, accounts.records) > 0
    assert accounts.documents > 16


def test_scans_that_a_model_has_read_are_read_by_ocr_on_the_cluster(cluster: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "landing"
    folder.mkdir()
    (folder / "sheet.png").write_bytes(draw("Patient: Ann Moss", "Paracetamol 500 mg"))
    store, key = run(settings(folder, tmp_path / "store", cluster, ocr=True))
    (review,) = store.tables.read("review_queue", key).to_pylist()
    assert "medication_unsupported" in review["reasons"].split(",")
    assert "evidence_missing" not in review["issues"]


def test_a_batch_without_files_ends_empty(cluster: Cluster, tmp_path: Path) -> None:
    (tmp_path / "landing").mkdir()
    chosen = settings(tmp_path / "landing", tmp_path / "store", cluster)
    assert close_waiting(chosen.open_store(), chosen.open_landing(), AT_ONCE, NOW, _cpu(chosen)) == []


def test_a_batch_with_nothing_but_bad_files_is_rejected_file_by_file(cluster: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "landing"
    folder.mkdir()
    for number in range(9):
        (folder / f"{number}.pdf").write_bytes(b"%PDF-1.7 and no more" * number)
    store, key = run(settings(folder, tmp_path / "store", cluster))
    accounts = account(store, key)
    assert (accounts.files, accounts.rejected, accounts.pages, accounts.finished) == (9, 9, 0, True)


def test_what_was_prepared_before_a_loss_is_kept(spread: Settings) -> None:
    store = spread.open_store()
    (key,) = store.manifests.batch_keys()
    parts = {path: path.stat().st_mtime_ns for path in (Path(spread.store) / "pages").rglob("*.parquet")}
    gone = sorted(parts)[0]
    gone.unlink()
    before = rows(store, "pages")
    store.tables.replace("pages", key, list)  # as if the run had been lost before its rows were written
    run_stage(PREPROCESS, store, key, spread, silent, lambda sentence: None)
    assert rows(store, "pages") == before
    assert {path for path in parts if path.stat().st_mtime_ns != parts[path]} == {gone}


def test_a_landing_folder_of_many_folders_is_listed_by_the_executors(cluster: Cluster, tmp_path: Path) -> None:
    folder = tmp_path / "landing"
    for ward in range(9):
        for day in range(9):
            path = folder / f"ward{ward}" / f"day{day}" / "deeper" / "scan.png"
            path.parent.mkdir(parents=True)
            path.write_bytes(b"a scan")
    (folder / "first.png").write_bytes(b"a scan")
    (folder / "ward1" / "second.png").write_bytes(b"a scan")
    (folder / "ward2" / ".hidden").mkdir()
    (folder / "ward2" / ".hidden" / "third.png").write_bytes(b"a scan")
    (folder / "round").symlink_to(folder / "ward1", target_is_directory=True)
    chosen = settings(folder, tmp_path / "store", cluster)
    listed = list(chosen.open_landing().files(_cpu(chosen)))
    assert listed == list(chosen.open_landing().files())
    assert len(listed) == 9 * 9 + 2
    shutil.rmtree(folder)


def _cpu(chosen: Settings) -> CpuPool:
    return CpuPool(chosen, lambda sentence: None)
