"""What a Bundle is made from: a trusted record, when it was asked for, and the software that read its pages."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import Literal

from pydantic import Field, TypeAdapter, ValidationError

from jsl_pipeline.errors import StoreError
from jsl_pipeline.schemas import Issue, PatientRecord, Prescription, RecordStatus, Value
from jsl_pipeline.store import Store

_TABLES = ("prescriptions", "patients")  # a patient of a prescription has no record of its own
_COLUMNS = ["document_id", "status", "issues", "record"]
_ISSUES: TypeAdapter[tuple[Issue, ...]] = TypeAdapter(tuple[Issue, ...])
_RECORD: TypeAdapter[PatientRecord | Prescription] = TypeAdapter(PatientRecord | Prescription)


class PageReader(Value):
    """Software that read pages of a document."""

    engine: str
    model: str
    fingerprint: str = Field(description="Digest of engine, model, prompt and schema.")


class TrustedRecord(Value):
    """A record that may leave the store, and where it is from. A suspect one cannot be made into this."""

    document_id: str = Field(pattern="^[0-9a-f]{64}$", description="sha256 of the document's bytes, hex.")
    closed_at: datetime = Field(description="When the document's batch was closed; with time zone.")
    record: PatientRecord | Prescription
    status: Literal[RecordStatus.COMPLETE, RecordStatus.PARTIAL]
    issues: tuple[Issue, ...] = ()
    readers: tuple[PageReader, ...] = ()


def trusted_records(store: Store, batch: str | None = None) -> Iterator[TrustedRecord]:
    """Trusted records of one batch or of all, oldest batch first, one in memory at a time.

    The review queue is not read. Raises BatchNotFound, and StoreError where a record is not of this version.
    """
    for key in store.manifests.batch_keys() if batch is None else [batch]:
        closed_at = store.manifests.get(key).closed_at
        readers = _readers(store, key)
        for table in _TABLES:
            for row in store.tables.rows(table, key, _COLUMNS):
                if row["record"] is None:
                    continue
                try:
                    yield TrustedRecord(
                        document_id=row["document_id"],
                        closed_at=closed_at,
                        record=_RECORD.validate_json(row["record"]),
                        status=row["status"],
                        issues=_ISSUES.validate_json(row["issues"]),
                        readers=tuple(sorted(readers[row["document_id"]], key=lambda each: each.fingerprint)),
                    )
                except ValidationError:
                    raise StoreError(
                        f"The record of document {row['document_id']} is not of this version: "
                        f"materialise `records` of batch '{key}' again."
                    ) from None


def _readers(store: Store, batch: str) -> dict[str, set[PageReader]]:
    readers: dict[str, set[PageReader]] = defaultdict(set)
    columns = ["document_id", "state", "engine", "model", "fingerprint"]
    for row in store.tables.rows("extractions", batch, columns):
        if row["state"] == "extracted":
            reader = PageReader(engine=row["engine"], model=row["model"], fingerprint=row["fingerprint"])
            readers[row["document_id"]].add(reader)
    return readers
