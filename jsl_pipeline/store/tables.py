"""Delta tables: a batch's rows are replaced in one commit, whoever else writes at the same time."""

import random
import time
import types
import typing
from collections.abc import Callable, Generator, Iterable, Iterator
from contextlib import contextmanager
from itertools import islice

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import DeltaTable, QueryBuilder, WriterProperties, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from jsl_pipeline.errors import StoreConflict, StoreError
from jsl_pipeline.store.rows import TABLES, Row

_ARROW_TYPES: dict[type, pa.DataType] = {str: pa.string(), int: pa.int64(), float: pa.float64(), bool: pa.bool_()}
_ROWS_A_CHUNK = 64
_WRITER = WriterProperties(max_row_group_size=2048, compression="ZSTD")
_COMMIT_ATTEMPTS = 12
_QUERY = {
    "datafusion.execution.target_partitions": "1",  # the same table is read in the same order each time
    "datafusion.execution.batch_size": "1024",  # rows in memory at once; they may hold the words of a page
}


def arrow_schema(row: type[Row]) -> pa.Schema:
    """Arrow schema of a row model; column descriptions become field metadata."""
    return pa.schema(
        [
            pa.field(name, _arrow_type(field.annotation), metadata={"comment": field.description or ""})
            for name, field in row.model_fields.items()
        ]
    )


def _arrow_type(annotation: object) -> pa.DataType:
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        (annotation,) = [part for part in typing.get_args(annotation) if part is not type(None)]
    if typing.get_origin(annotation) is typing.Literal:
        return pa.string()
    return _ARROW_TYPES[typing.cast(type, annotation)]


class Tables:
    """The store's Delta tables below one URL.

    `options` go to the object store client of `deltalake` (keys such as `AZURE_STORAGE_ACCOUNT_NAME`).
    """

    def __init__(self, url: str, options: dict[str, str] | None = None) -> None:
        self._url = url.rstrip("/")
        self._options = options

    def url(self, table: str) -> str:
        """Where a table lies."""
        _row_model(table)
        return f"{self._url}/{table}"

    def replace(self, table: str, batch: str, rows: Callable[[], Iterable[Row]]) -> None:
        """Make `rows()` the only rows that `batch` has in `table`, in one commit.

        Rows are written as they come, a few dozen in memory at a time; `rows` is called again when another
        writer came first. Writers of other batches do not conflict. Raises StoreConflict when writers of the
        same batch win every attempt, StoreError when the table cannot be written.
        """
        schema = arrow_schema(_row_model(table))
        self._create(table, schema)
        for attempt in range(_COMMIT_ATTEMPTS):
            try:
                write_deltalake(
                    self.url(table),
                    pa.RecordBatchReader.from_batches(schema, _record_batches(rows(), schema)),
                    mode="overwrite",
                    schema_mode="merge",  # a store of an earlier version lacks the newer columns
                    predicate=f"batch = {_quoted(batch)}",
                    writer_properties=_WRITER,
                    storage_options=self._options,
                )
                return
            except CommitFailedError:
                # Writers of the same batch take turns; jitter keeps them from meeting again.
                time.sleep(random.uniform(0.02, 0.1) * 2 ** min(attempt, 5))
            except (DeltaError, OSError) as error:
                raise StoreError(f"The table '{table}' cannot be written: {type(error).__name__}.") from error
        raise StoreConflict(f"The table '{table}' was changed by others on every attempt; run the batch again.")

    def read(self, table: str, batch: str | None = None, columns: list[str] | None = None) -> pa.Table:
        """Rows of a table, of one batch or of all; an empty table where nothing was written yet.

        Raises StoreError when files of the table are missing or damaged.
        """
        schema = arrow_schema(_row_model(table))
        wanted = schema if columns is None else pa.schema([schema.field(name) for name in columns])
        delta = self._open(table)
        if delta is None:
            return wanted.empty_table()
        with _readable(table):
            return _query(delta, wanted, [batch] if batch is not None else None).read_all()

    def rows(self, table: str, batch: str, columns: list[str]) -> Iterator[dict[str, typing.Any]]:
        """Rows of a batch one after the other, for batches that do not fit in memory. Errors as in `read`."""
        delta = self._open(table)
        if delta is None:
            return
        wanted = pa.schema([arrow_schema(_row_model(table)).field(name) for name in columns])
        with _readable(table):
            for rows in _query(delta, wanted, [batch]):
                yield from rows.to_pylist()

    def find(self, table: str, column: str, values: Iterable[str], columns: list[str]) -> pa.Table:
        """Rows of any batch whose `column` is one of `values`."""
        schema = arrow_schema(_row_model(table))
        wanted = pa.schema([schema.field(name) for name in columns])
        delta = self._open(table)
        if delta is None:
            return wanted.empty_table()
        sought = sorted(set(values))
        read = pa.schema([schema.field(name) for name in dict.fromkeys([*columns, column])])
        with _readable(table):
            found = _query(delta, read, sought if column == "batch" else None)
            matches = [rows.filter(pc.field(column).isin(sought)).select(columns) for rows in found]
        return pa.Table.from_batches(matches, wanted)

    def count(self, table: str, batch: str | None = None) -> int:
        """Number of rows, of one batch or of all."""
        return self.read(table, batch, columns=["batch"]).num_rows

    def batches(self, table: str) -> set[str]:
        """Batches that have rows in a table."""
        delta = self._open(table)
        return {str(partition["batch"]) for partition in delta.partitions()} if delta is not None else set()

    def _open(self, table: str) -> DeltaTable | None:
        try:
            return DeltaTable(self.url(table), storage_options=self._options)
        except TableNotFoundError:
            return None
        except (DeltaError, OSError) as error:
            raise StoreError(f"The table '{table}' cannot be opened: {type(error).__name__}.") from error

    def _create(self, table: str, schema: pa.Schema) -> None:
        if self._open(table) is not None:
            return
        try:
            DeltaTable.create(
                self.url(table),
                schema,
                mode="ignore",
                partition_by=["batch"],
                description=_row_model(table).__doc__,
                storage_options=self._options,
            )
        except CommitFailedError:
            return  # another writer created it first
        except (DeltaError, OSError) as error:
            raise StoreError(f"The table '{table}' cannot be created: {type(error).__name__}.") from error


def _query(delta: DeltaTable, wanted: pa.Schema, batches: list[str] | None) -> pa.RecordBatchReader:
    """Columns of these batches, or of all, as a stream; one that a table of an earlier version lacks is empty.

    Delta's own engine reads them. A `pyarrow` dataset would read through Python from threads of its own, and one
    of them still busy when the interpreter ends aborts the process.
    """
    present = {field.name for field in delta.schema().fields}
    where = "" if batches is None else f" WHERE batch IN ({', '.join(map(_quoted, batches)) or 'NULL'})"
    names = ", ".join(f'"{name}"' if name in present else f'NULL AS "{name}"' for name in wanted.names)
    rows = QueryBuilder(_QUERY).register("rows", delta).execute(f"SELECT {names} FROM rows{where}")
    return pa.RecordBatchReader.from_stream(rows).cast(wanted)


@contextmanager
def _readable(table: str) -> Generator[None]:
    try:
        yield
    except (DeltaError, pa.ArrowException, OSError) as error:
        raise StoreError(
            f"The table '{table}' cannot be read: files of it are missing or damaged ({type(error).__name__})."
        ) from None


def _row_model(table: str) -> type[Row]:
    try:
        return TABLES[table]
    except KeyError:
        raise StoreError(f"There is no table '{table}'; the tables are {', '.join(TABLES)}.") from None


def _quoted(batch: str) -> str:
    return "'" + batch.replace("'", "''") + "'"


def _record_batches(rows: Iterable[Row], schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    source = iter(rows)
    while chunk := list(islice(source, _ROWS_A_CHUNK)):
        yield pa.RecordBatch.from_pylist([row.model_dump() for row in chunk], schema=schema)
