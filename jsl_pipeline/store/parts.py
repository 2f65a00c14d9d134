"""Page parts: Parquet files that hold the pixels of a few dozen pages each.

A part is written once by one worker and named by what it holds, so a batch that is worked on again, alone or
beside another run, finds its finished parts or writes the same ones. Parts are read page by page.
"""

import io
from collections.abc import Iterator, Sequence

import pyarrow as pa
import pyarrow.parquet as pq
from pydantic import TypeAdapter

from jsl_pipeline.errors import StoreError
from jsl_pipeline.schemas import Page, TextLine
from jsl_pipeline.store.files import Files
from jsl_pipeline.store.rows import PageRow
from jsl_pipeline.store.tables import arrow_schema

_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])
_SCHEMA = arrow_schema(PageRow).append(pa.field("image", pa.binary())).append(pa.field("text_layer", pa.string()))
_META = arrow_schema(PageRow).names
_PAGES_A_READ = 4


class PageParts:
    """The parts of a store, below `pages/<batch>/`."""

    def __init__(self, files: Files) -> None:
        self._files = files

    def write(self, path: str, pages: Sequence[tuple[PageRow, Page | None]]) -> None:
        """Write one part: every page's row, with its pixels where it was prepared."""
        columns = [
            row.model_dump()
            | {
                "image": page.image if page else None,
                "text_layer": _LINES.dump_json(page.text_layer).decode() if page else None,
            }
            for row, page in pages
        ]
        buffer = io.BytesIO()
        # The pixels are compressed already; small row groups let a reader hold a few pages at a time.
        with pq.ParquetWriter(buffer, _SCHEMA, compression="none") as writer:
            for start in range(0, len(columns), _PAGES_A_READ):
                writer.write_table(pa.Table.from_pylist(columns[start : start + _PAGES_A_READ], schema=_SCHEMA))
        self._files.write(path, buffer.getvalue())

    def rows(self, path: str) -> list[PageRow] | None:
        """The rows of a part without its pixels, or None where the part does not exist."""
        if not self._files.exists(path):
            return None
        with self._files.open(path) as stream, pq.ParquetFile(stream) as part:
            return [PageRow(**row) for row in part.read(_META, use_threads=False).to_pylist()]

    def pages(self, path: str) -> Iterator[Page]:
        """The prepared pages of a part, read a few at a time."""
        try:
            stream = self._files.open(path)
        except FileNotFoundError as error:
            raise StoreError("A part with prepared pages is gone; materialise `pages` for the batch again.") from error
        # No threads: one that still reads through Python when the interpreter ends aborts the process.
        with stream, pq.ParquetFile(stream) as part:
            for group in range(part.num_row_groups):
                for row in part.read_row_group(group, use_threads=False).to_pylist():
                    if row["image"] is not None:
                        yield _page(row)

    def text_layers(self, path: str) -> Iterator[tuple[str, int, tuple[TextLine, ...]]]:
        """Document, page number and text layer of the part's pages that have one; none where the part is gone.

        No pixels are read.
        """
        if not self._files.exists(path):
            return
        with self._files.open(path) as stream, pq.ParquetFile(stream) as part:
            for row in part.read(["document_id", "page_no", "text_layer"], use_threads=False).to_pylist():
                if row["text_layer"] and (lines := _LINES.validate_json(row["text_layer"])):
                    yield row["document_id"], row["page_no"], lines

    def remove_others(self, batch: str, keep: set[str]) -> None:
        """Remove the parts of a batch that no row points at any more."""
        for name in self._files.names(f"pages/{batch}"):
            path = f"pages/{batch}/{name}"
            if path not in keep:
                self._files.remove(path)


def _page(row: dict[str, object]) -> Page:
    return Page.model_validate(
        {
            **{name: row[name] for name in ("document_id", "page_no", "page_sha", "image", "media_type")},
            **{name: row[name] for name in ("width", "height")},
            "text_layer": _LINES.validate_json(str(row["text_layer"])),
        }
    )
