"""`jsl-pipeline export`: a table of the store as JSON lines, CSV or Parquet."""

import json
import sys
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.store import Store

FORMATS = ("jsonl", "csv", "parquet")


def export_table(store: Store, table: str, format: str, output: Path | None, batch: str | None) -> None:
    """Write a table, sorted by batch and document, to a file or to stdout."""
    if format not in FORMATS:
        raise SettingsError(f"There is no format '{format}'; the formats are {', '.join(FORMATS)}.")
    if format == "parquet" and output is None and sys.stdout.isatty():
        raise SettingsError("Parquet is not for the terminal: give --output FILE, or redirect.")
    rows = store.tables.read(table, batch)
    order = [name for name in ("batch", "path", "document_id", "page_no", "row_no") if name in rows.column_names]
    rows = rows.sort_by([(name, "ascending") for name in order])
    if output is None:
        _write(rows, format, cast(IO[bytes], sys.stdout.buffer))
        sys.stdout.buffer.flush()
        return
    with output.open("wb") as file:
        _write(rows, format, file)


def _write(rows: pa.Table, format: str, file: IO[bytes]) -> None:
    match format:
        case "csv":
            pyarrow.csv.write_csv(rows, file)
        case "parquet":
            pyarrow.parquet.write_table(rows, file)
        case _:
            for batch in rows.to_batches(max_chunksize=256):
                for row in batch.to_pylist():
                    file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
