"""`jsl-pipeline export`: a table of the store as JSON lines, CSV or Parquet; its trusted records as FHIR."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import IO, cast

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from jsl_pipeline.cli.console import tell
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.fhir import InvalidBundle, bundle_of, trusted_records
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


def export_fhir(store: Store, folder: Path | None, batch: str | None) -> bool:
    """Write a FHIR Bundle for every trusted record: a file a document into a folder, or a line a document to stdout.

    Counts, and documents whose Bundle is not valid, are told on stderr; such a document is not written and the others
    are. Returns whether all were.
    """
    written: Counter[bool] = Counter()
    if folder is not None:
        if folder.exists() and not folder.is_dir():
            raise SettingsError("For FHIR, --output is a folder; this is a file.")
        folder.mkdir(parents=True, exist_ok=True)
    for record in trusted_records(store, batch):
        bundle = bundle_of(record)
        written[not isinstance(bundle, InvalidBundle)] += 1
        if isinstance(bundle, InvalidBundle):
            tell(f"Document {bundle.document_id} is no valid Bundle: {bundle.path} ({bundle.reason}).")
        elif folder is not None:
            (folder / f"{bundle.document_id}.json").write_text(bundle.content + "\n", "utf-8")
        else:
            sys.stdout.buffer.write(bundle.content.encode() + b"\n")
    sys.stdout.buffer.flush()
    waiting = store.tables.count("review_queue", batch)
    tell(f"Bundles: {written[True]}; not valid: {written[False]}; left out, as they wait for review: {waiting}.")
    return not written[False]


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
