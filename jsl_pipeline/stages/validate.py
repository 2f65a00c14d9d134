"""Validate: the answers of a batch become one record a document, trusted or for review."""

import json
import time
from collections import Counter
from collections.abc import Iterable, Iterator
from datetime import UTC, date, datetime

from pydantic import Field, TypeAdapter

from jsl_pipeline.errors import StageOrderError
from jsl_pipeline.schemas import (
    FailureCause,
    Issue,
    PageFailure,
    Patient,
    Prescription,
    Reading,
    ReadingSource,
    RecordStatus,
    Severity,
    TextLine,
    Value,
)
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.store import DocumentRow, MedicationRow, PatientRow, PrescriptionRow, ReviewRow, Row, Store

_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])
_TABLES = ("prescriptions", "medications", "patients", "review_queue")


class ValidateReport(Value):
    """What validation made of a batch."""

    documents: int
    complete: int
    partial: int
    suspect: int = Field(description="Documents in the review queue.")
    medications: int = Field(description="Medications of trusted records.")
    issues_by_code: dict[str, int] = Field(description="Documents with an issue of that code.")
    seconds: float


def validate(store: Store, batch_key: str, today: date | None = None, progress: Progress = silent) -> ValidateReport:
    """Build a record for every document of the batch and replace its rows in the four record tables.

    Suspect records go to `review_queue` and nowhere else. `today` bounds dates that cannot lie in the future.
    It is the day on which the batch was closed where unset, so that a rerun finds the same. Raises
    StageOrderError before extraction, StoreError.
    """
    from jsl_pipeline.validation import build_record

    started = time.perf_counter()
    manifest = store.manifests.get(batch_key)
    today = today or manifest.closed_at.astimezone(UTC).date()
    documents = _documents(store, batch_key)
    rows: dict[str, list[Row]] = {table: [] for table in _TABLES}
    statuses: Counter[RecordStatus] = Counter()
    issues: Counter[str] = Counter()
    for done, (document, pages) in enumerate(_with_pages(store, batch_key, documents), start=1):
        result = build_record(pages, today)
        statuses[result.status] += 1
        issues.update({issue.code for issue in result.issues})
        for table, row in _rows(document, result):
            rows[table].append(row)
        progress(done, len(documents))
    for table in _TABLES:
        store.tables.replace(table, batch_key, lambda table=table: rows[table])
    return ValidateReport(
        documents=len(documents),
        complete=statuses[RecordStatus.COMPLETE],
        partial=statuses[RecordStatus.PARTIAL],
        suspect=statuses[RecordStatus.SUSPECT],
        medications=len(rows["medications"]),
        issues_by_code=dict(sorted(issues.items())),
        seconds=time.perf_counter() - started,
    )


def _documents(store: Store, batch_key: str) -> list[DocumentRow]:
    rows = [DocumentRow(**row) for row in store.tables.read("documents", batch_key).to_pylist()]
    return sorted((row for row in rows if row.duplicate_of is None), key=lambda row: row.path)
