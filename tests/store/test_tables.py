"""Delta tables: a batch's rows are replaced together, whoever else writes."""

import multiprocessing
from pathlib import Path

import pyarrow as pa
import pytest
from deltalake import DeltaTable, write_deltalake

from jsl_pipeline.errors import StoreError
from jsl_pipeline.store import TABLES, RejectedRow, Store, Tables, arrow_schema


def _row(batch: str, path: str) -> RejectedRow:
    return RejectedRow(batch=batch, document_id=None, path=path, size=1, code="empty", reason="The file is empty.")


def _paths(store: Store, batch: str | None = None) -> list[str]:
    return sorted(store.tables.read("rejected", batch)["path"].to_pylist())


@pytest.fixture
def store(tmp_path: Path) -> Store:
    return Store(str(tmp_path / "store"))


def test_a_table_that_was_never_written_is_empty(store: Store) -> None:
    assert store.tables.read("medications").num_rows == 0
    assert store.tables.count("medications", "b") == 0
    assert store.tables.batches("medications") == set()


def test_replacing_a_batch_leaves_other_batches_alone(store: Store) -> None:
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "a"), _row("b1", "b")])
    store.tables.replace("rejected", "b2", lambda: [_row("b2", "c")])
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "d")])
    assert _paths(store) == ["c", "d"]
    assert _paths(store, "b1") == ["d"]
    assert store.tables.batches("rejected") == {"b1", "b2"}


def test_replacing_with_nothing_removes_the_rows(store: Store) -> None:
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "a")])
    store.tables.replace("rejected", "b1", list)
    assert _paths(store) == []


def test_a_batch_key_with_a_quote_is_only_a_key(store: Store) -> None:
    odd = "b' OR '1'='1"
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "a")])
    store.tables.replace("rejected", odd, lambda: [_row(odd, "b")])
    store.tables.replace("rejected", odd, list)
    assert _paths(store) == ["a"]


def test_rows_that_cannot_be_made_leave_the_table_as_it_was(store: Store) -> None:
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "a")])

    def broken():
        yield _row("b1", "b")
        raise ValueError("a row could not be made")

    with pytest.raises(StoreError, match="rejected"):
        store.tables.replace("rejected", "b1", broken)
    assert _paths(store) == ["a"]


def test_a_table_of_an_earlier_version_gains_its_new_columns(store: Store) -> None:
    schema = arrow_schema(TABLES["rejected"])
    earlier = pa.schema([field for field in schema if field.name != "reason"])
    DeltaTable.create(store.tables.url("rejected"), earlier, partition_by=["batch"])
    rows = [_row("b1", "a").model_dump(exclude={"reason"})]
    write_deltalake(store.tables.url("rejected"), pa.Table.from_pylist(rows, earlier), mode="append")
    assert [(row["path"], row["reason"]) for row in store.tables.rows("rejected", "b1", ["path", "reason"])] == [
        ("a", None)
    ]
    store.tables.replace("rejected", "b2", lambda: [_row("b2", "b")])
    read = store.tables.read("rejected").sort_by("batch")
    assert read.schema.names == schema.names
    assert read["reason"].to_pylist() == [None, "The file is empty."]


def test_find_looks_through_all_batches(store: Store) -> None:
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "a")])
    store.tables.replace("rejected", "b2", lambda: [_row("b2", "a"), _row("b2", "z")])
    assert sorted(store.tables.find("rejected", "path", ["a"], ["batch"])["batch"].to_pylist()) == ["b1", "b2"]


def test_a_table_whose_files_are_gone_says_so_and_names_none(store: Store) -> None:
    store.tables.replace("rejected", "b1", lambda: [_row("b1", "moss_ann.png")])
    for file in Path(store.tables.url("rejected")).rglob("*.parquet"):
        file.unlink()
    with pytest.raises(StoreError, match="'rejected' cannot be read: files of it are missing") as raised:
        store.tables.read("rejected")
    assert ".parquet" not in str(raised.value)


def test_an_unknown_table_is_named_with_those_that_exist(store: Store) -> None:
    with pytest.raises(StoreError, match="There is no table 'drugs'; the tables are documents"):
        store.tables.read("drugs")


def test_every_column_has_a_description() -> None:
    for name, row in TABLES.items():
        for field in arrow_schema(row):
            assert field.metadata[b"comment"], f"{name}.{field.name}"


def _write_many(url: str, batch: str, times: int) -> None:
    tables = Tables(url)
    for number in range(times):
        tables.replace("rejected", batch, lambda number=number: [_row(batch, f"{number}-{i}") for i in range(3)])


@pytest.mark.parametrize("batches", [("b1", "b2", "b3"), ("b1", "b1", "b1")], ids=["different", "same"])
def test_writers_at_once_all_succeed_and_no_row_is_lost_or_doubled(tmp_path: Path, batches: tuple[str, ...]) -> None:
    url = str(tmp_path / "tables")
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_write_many, args=(url, batch, 4)) for batch in batches]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
        assert writer.exitcode == 0
    rows = Tables(url).read("rejected").to_pylist()
    assert {(row["batch"], row["path"]) for row in rows} == {(b, f"3-{i}") for b in batches for i in range(3)}
    assert len(rows) == 3 * len(set(batches))
