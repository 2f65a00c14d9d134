"""Files, page parts, answers and manifests of the store."""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from jsl_pipeline.errors import BatchNotFound, StoreError
from jsl_pipeline.schemas import (
    Batch,
    FailureCause,
    Fingerprint,
    LandingFile,
    Page,
    PageFailure,
    Reading,
    ReadingSource,
    TextLine,
)
from jsl_pipeline.store import PageRow, Store

FINGERPRINT = Fingerprint(engine="ocr", model="m1", prompt="p1", schema_name="candidate@1")
READING = Reading(text='{"date": null}', source=ReadingSource.OCR, seconds=1.5)
SHA = "ab" * 32


@pytest.fixture(params=["local", "memory"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Store:
    url = str(tmp_path / "store") if request.param == "local" else f"memory://{tmp_path.name}/store"
    return Store(url)


def _page(number: int) -> tuple[PageRow, Page | None]:
    row = PageRow(
        batch="b",
        document_id="d",
        page_no=number,
        state="prepared",
        page_sha=f"sha{number}",
        part="p",
        media_type="image/jpeg",
        width=8,
        height=9,
    )
    page = Page(
        document_id="d",
        page_no=number,
        page_sha=f"sha{number}",
        image=bytes([number]) * 1000,
        media_type="image/jpeg",
        width=8,
        height=9,
        text_layer=(TextLine(text="Größe Ω", box=(0, 1, 2, 3)),),
    )
    return row, page


def test_a_part_gives_back_its_rows_and_its_prepared_pages(store: Store) -> None:
    blank = PageRow(batch="b", document_id="d", page_no=99, state="blank")
    written = [_page(number) for number in range(1, 11)]
    store.parts.write("pages/b/p.parquet", [*written, (blank, None)])
    assert store.parts.rows("pages/b/p.parquet") == [row for row, _ in written] + [blank]
    assert list(store.parts.pages("pages/b/p.parquet")) == [page for _, page in written]


def test_a_part_that_does_not_exist_has_no_rows_and_cannot_be_read(store: Store) -> None:
    assert store.parts.rows("pages/b/none.parquet") is None
    with pytest.raises(StoreError, match="materialise `pages`"):
        list(store.parts.pages("pages/b/none.parquet"))


def test_parts_that_no_row_points_at_are_removed(store: Store) -> None:
    for name in ("old", "new"):
        store.parts.write(f"pages/b/{name}.parquet", [_page(1)])
    store.parts.remove_others("b", {"pages/b/new.parquet"})
    assert store.parts.rows("pages/b/old.parquet") is None
    assert store.parts.rows("pages/b/new.parquet") is not None


def test_an_answer_is_found_again_under_its_fingerprint_only(store: Store) -> None:
    store.answers(FINGERPRINT).put(SHA, READING)
    assert store.answers(FINGERPRINT).get(SHA) == READING
    for change in ({"model": "m2"}, {"prompt": "p2"}, {"schema_name": "candidate@2"}, {"engine": "vllm"}):
        assert store.answers(FINGERPRINT.model_copy(update=change)).get(SHA) is None


def test_final_failures_are_answers_and_passing_ones_are_not(store: Store) -> None:
    answers = store.answers(FINGERPRINT)
    final = PageFailure(cause=FailureCause.UNUSABLE, message="No.", retryable=False)
    answers.put("aa", final)
    answers.put("bb", final.model_copy(update={"retryable": True}))
    assert answers.get("aa") == final
    assert answers.get("bb") is None


def test_a_damaged_answer_counts_as_none(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    store.answers(FINGERPRINT).put(SHA, READING)
    (written,) = (tmp_path / "answers").rglob("*.json")
    written.write_bytes(written.read_bytes()[:20])
    assert store.answers(FINGERPRINT).get(SHA) is None


def test_manifests_are_listed_oldest_first_and_missing_ones_named(store: Store) -> None:
    now = datetime(2026, 3, 1, 9, 15, tzinfo=UTC)
    files = (LandingFile(path="a b/ü#%.pdf", size=3, modified=now),)
    for key in ("2026-03-02-b", "2026-03-01-a"):
        store.manifests.put(Batch(key=key, landing="/in", closed_at=now, files=files))
    assert store.manifests.batch_keys() == ["2026-03-01-a", "2026-03-02-b"]
    assert store.manifests.get("2026-03-01-a").files == files
    with pytest.raises(BatchNotFound, match="no batch 'x'"):
        store.manifests.get("x")


def test_an_unfinished_write_is_not_listed(tmp_path: Path) -> None:
    store = Store(str(tmp_path))
    (tmp_path / "batches").mkdir()
    (tmp_path / "batches" / "2026.json.1f.tmp").write_text("{")
    assert store.manifests.batch_keys() == []


def test_a_store_url_without_a_file_system_is_refused() -> None:
    with pytest.raises(StoreError, match="cannot be used"):
        Store("nosuch://bucket/x").manifests.batch_keys()
