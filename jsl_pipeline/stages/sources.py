"""The documents of a batch that are worked on."""

from typing import NamedTuple

from jsl_pipeline.store import Store


class Source(NamedTuple):
    """A document, and where it came from. A batch has many, so this is all that is kept of each."""

    path: str
    document_id: str
    size: int
    """Bytes."""
    pages: int


def sources(store: Store, batch_key: str) -> list[Source]:
    """The documents of a batch by path, without duplicates."""
    rows = store.tables.rows("documents", batch_key, ["duplicate_of", *Source._fields])
    return sorted(Source(**row) for row in rows if row.pop("duplicate_of") is None)
