"""What came in, what came out, and what needs a look, over one or many batches."""

from collections.abc import Sequence

import pyarrow.compute as pc
from pydantic import Field

from jsl_pipeline.schemas import Value
from jsl_pipeline.stages.account import account
from jsl_pipeline.store import Store


class NeedsLook(Value):
    """A file that did not become a trusted record, and why."""

    document_id: str | None
    path: str
    where: str = Field(description="rejected or review_queue.")
    code: str = Field(description="Reason code, or comma-separated issue codes.")


class Summary(Value):
    """Totals over batches. `files` = `documents` + `duplicates` + `rejected`."""

    batches: tuple[str, ...]
    files: int
    documents: int
    duplicates: int
    rejected: int
    pages: int
    extracted: int
    blank: int
    failed: int
    records: int
    review: int
    prescriptions: int
    patients: int
    medications: int
    complete: int = Field(description="Trusted records with nothing missing.")
    partial: int = Field(description="Trusted records of which the document does not say all.")
    engine_seconds: float = Field(description="Time the engine worked on these pages, whenever that was.")
    accounted: bool = Field(description="Every file and page is in exactly one place.")

    @property
    def seconds_per_page(self) -> float | None:
        """Engine seconds an extracted page, mean; None without pages."""
        return self.engine_seconds / self.extracted if self.extracted else None


def summarise(store: Store, batch_keys: Sequence[str]) -> Summary:
    """Totals of these batches from the store's tables."""
    accounts = [account(store, key) for key in batch_keys]
    tables = store.tables
    statuses = [
        row["status"]
        for key in batch_keys
        for table, schema in (("prescriptions", "prescription@"), ("patients", "patient@"))
        for row in tables.read(table, key, ["schema_name", "status"]).to_pylist()
        if row["schema_name"].startswith(schema)  # the patient of a prescription is counted with it
    ]
    seconds = [pc.sum(tables.read("extractions", key, ["seconds"])["seconds"]).as_py() or 0.0 for key in batch_keys]
    return Summary(
        batches=tuple(batch_keys),
        **{
            name: sum(getattr(each, name) for each in accounts)
            for name in ("files", "documents", "duplicates", "rejected", "pages", "extracted", "blank", "failed")
        },
        records=sum(each.records for each in accounts),
        review=sum(each.review for each in accounts),
        prescriptions=sum(tables.count("prescriptions", key) for key in batch_keys),
        patients=sum(tables.count("patients", key) for key in batch_keys),
        medications=sum(tables.count("medications", key) for key in batch_keys),
        complete=statuses.count("complete"),
        partial=statuses.count("partial"),
        engine_seconds=sum(seconds),
        accounted=all(each.finished for each in accounts),
    )


def needs_look(store: Store, batch_keys: Sequence[str]) -> list[NeedsLook]:
    """Files of these batches that were rejected or wait for review, in path order."""
    found: list[NeedsLook] = []
    for key in batch_keys:
        for where, code in (("rejected", "code"), ("review_queue", "reasons")):
            for row in store.tables.read(where, key, ["document_id", "path", code]).to_pylist():
                found.append(NeedsLook(document_id=row["document_id"], path=row["path"], where=where, code=row[code]))
    return sorted(found, key=lambda each: (each.where, each.path))
