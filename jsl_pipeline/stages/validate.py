"""Validate: the answers of a batch become one record a document, trusted or for review."""

import time
from collections import Counter
from collections.abc import Iterator, Sequence
from datetime import UTC, date
from functools import partial
from itertools import islice

import pyarrow as pa
from pydantic import Field, TypeAdapter

from jsl_pipeline.errors import StageOrderError
from jsl_pipeline.schemas import (
    AnswerFlaw,
    FailureCause,
    Issue,
    PageFailure,
    Patient,
    PatientRecord,
    Prescription,
    Reading,
    ReadingSource,
    RecordStatus,
    Severity,
    TextLine,
    Value,
)
from jsl_pipeline.stages.progress import Progress, silent
from jsl_pipeline.store import (
    DocumentRow,
    ExtractionRow,
    MedicationRow,
    PageRow,
    PatientRow,
    PrescriptionRow,
    ReviewRow,
    Row,
    Store,
)
from jsl_pipeline.validation import PageReading, RecordResult, build_record
from jsl_pipeline.workers import Pool, Work

_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])
_ISSUES: TypeAdapter[tuple[Issue, ...]] = TypeAdapter(tuple[Issue, ...])
_NONE = pa.array([], pa.int64())
_DOCUMENTS_AT_A_TIME = 16
_CHUNK_SECONDS = 120
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


class _Unbuilt(Value):
    """A document and what became of its pages."""

    document: DocumentRow
    readings: tuple[PageReading, ...]
    blank: tuple[int, ...]


_Chunk = tuple[_Unbuilt, ...]


def validate(store: Store, batch_key: str, progress: Progress = silent, pool: Pool | None = None) -> ValidateReport:
    """Build a record for every document of the batch, in `pool` where it has many, and replace its rows in the four
    record tables.

    Suspect records go to `review_queue` and nowhere else. Dates that cannot lie in the future are judged by the
    day on which the batch was closed, so that a rerun finds the same. Raises StageOrderError before extraction,
    StoreError.
    """
    started = time.perf_counter()
    today = store.manifests.get(batch_key).closed_at.astimezone(UTC).date()
    documents = [DocumentRow.model_validate(row) for row in store.tables.read("documents", batch_key).to_pylist()]
    documents = sorted((row for row in documents if row.duplicate_of is None), key=lambda row: row.path)
    built: dict[str, RecordResult] = {}
    for results in _build_all(list(_chunks(store, batch_key, documents)), today, pool):
        built.update((result.document_id, result) for result in results)
        progress(len(built), len(documents))
    rows: dict[str, list[Row]] = {table: [] for table in _TABLES}
    statuses: Counter[RecordStatus] = Counter()
    issues: Counter[str] = Counter()
    for document in documents:
        result = built[document.document_id or ""]
        statuses[result.status] += 1
        issues.update({issue.code for issue in result.issues})
        for table, row in _rows(document, result):
            rows[table].append(row)
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


def _chunks(store: Store, batch_key: str, documents: Sequence[DocumentRow]) -> Iterator[_Chunk]:
    pages = _Pages(store, batch_key)
    unbuilt = (
        _Unbuilt(document=document, readings=tuple(readings), blank=tuple(blank))
        for document in documents
        for readings, blank in (pages.of(document.document_id or ""),)
    )
    while chunk := tuple(islice(unbuilt, _DOCUMENTS_AT_A_TIME)):
        yield chunk


def _build_all(chunks: Sequence[_Chunk], today: date, pool: Pool | None) -> Iterator[list[RecordResult]]:
    build = partial(_build, today)
    if pool is None or len(chunks) < 2:
        yield from map(build, chunks)
        return
    for chunk, outcome in pool.map(Work(build, _CHUNK_SECONDS, weigh=_size), chunks):
        yield build(chunk) if isinstance(outcome, PageFailure) else outcome  # here, its error says what it is


def _build(today: date, chunk: _Chunk) -> list[RecordResult]:
    return [
        build_record(each.document.document_id or "", each.document.pages, each.readings, each.blank, today=today)
        for each in chunk
    ]


def _size(chunk: _Chunk) -> int:
    outcomes = [reading.outcome for each in chunk for reading in each.readings]
    return sum(len(outcome.text) for outcome in outcomes if isinstance(outcome, Reading))


class _Pages:
    """What became of the pages of a batch, by document."""

    def __init__(self, store: Store, batch_key: str) -> None:
        self._prepared = store.tables.read("pages", batch_key)
        self._extracted = store.tables.read("extractions", batch_key)
        self._pages_of = self._index(self._prepared["document_id"].to_pylist())
        self._answers_of = self._index(self._extracted["document_id"].to_pylist())
        if "prepared" in self._prepared["state"].to_pylist() and not self._extracted.num_rows:
            raise StageOrderError(f"Batch '{batch_key}' was not read yet: materialise `extractions` first.")

    def of(self, document_id: str) -> tuple[Sequence[PageReading], Sequence[int]]:
        """Readings and failures of a document's pages, and the numbers of its blank ones."""
        prepared = self._prepared.take(self._pages_of.get(document_id, _NONE))
        extracted = self._extracted.take(self._answers_of.get(document_id, _NONE))
        pages = [PageRow.model_validate(row) for row in prepared.to_pylist()]
        answers = [ExtractionRow.model_validate(row) for row in extracted.to_pylist()]
        readings = [_reading(row) for row in answers]
        readings += [_failure(row) for row in pages if row.state == "failed"]
        return readings, [row.page_no for row in pages if row.state == "blank"]

    @staticmethod
    def _index(document_ids: Sequence[str | None]) -> dict[str, pa.Int64Array]:
        positions: dict[str, list[int]] = {}
        for position, document_id in enumerate(document_ids):
            positions.setdefault(document_id or "", []).append(position)
        return {document_id: pa.array(rows, pa.int64()) for document_id, rows in positions.items()}


def _reading(row: ExtractionRow) -> PageReading:
    if row.state == "failed" or row.answer is None or row.source is None:
        return _failure(row)
    reading = Reading(
        text=row.answer,
        source=ReadingSource(row.source),
        seconds=row.seconds or 0.0,
        finish_reason=row.finish_reason or "stop",
        flaws=tuple(AnswerFlaw(flaw) for flaw in row.flaws.split(",")) if row.flaws else (),
        lines=_LINES.validate_json(row.lines or "[]"),
    )
    return PageReading(page_no=row.page_no, outcome=reading)


def _failure(row: PageRow | ExtractionRow) -> PageReading:
    cause = FailureCause(row.failure_cause or FailureCause.ENGINE)
    return PageReading(
        page_no=row.page_no, outcome=PageFailure(cause=cause, message=row.failure or "", retryable=False)
    )


def _rows(document: DocumentRow, result: RecordResult) -> Iterator[tuple[str, Row]]:
    """The rows that a record becomes: in the review queue alone, or in the tables of trusted records."""
    shared = {
        "batch": document.batch,
        "document_id": document.document_id,
        "path": document.path,
        "schema_name": result.schema_name,
        "status": result.status.value,
        "issues": _ISSUES.dump_json(result.issues).decode(),
    }
    record = result.record.model_dump_json()
    if result.status is RecordStatus.SUSPECT:
        reasons = dict.fromkeys(issue.code for issue in result.issues if issue.severity is Severity.DOUBT)
        yield (
            "review_queue",
            ReviewRow.model_validate({**shared, "reasons": ",".join(reasons), "pages": result.pages, "record": record}),
        )
        return
    patient = _patient_columns(result.record)
    if isinstance(result.record, PatientRecord):
        yield "patients", PatientRow.model_validate({**shared, **patient, "record": record})
        return
    prescriber = {f"prescriber_{name}": value for name, value in result.record.prescriber.model_dump().items()}
    medications = result.record.medications
    yield "patients", PatientRow.model_validate({**shared, **patient})
    yield (
        "prescriptions",
        PrescriptionRow.model_validate(
            {**shared, **patient, **prescriber, "medications": len(medications), "record": record}
        ),
    )
    for number, medication in enumerate(medications, start=1):
        values = {n: v for n, v in medication.model_dump().items() if n in MedicationRow.model_fields}
        key = {name: shared[name] for name in ("batch", "document_id", "path")}
        yield "medications", MedicationRow.model_validate({**key, **values, "row_no": number})


def _patient_columns(record: Prescription | PatientRecord) -> dict[str, object]:
    patient: Patient = record.patient
    plain = ("name", "age", "sex", "gender", "address", "phone", "weight", "weight_kg")
    return {
        **{f"patient_{name}": getattr(patient, name) for name in plain},
        "patient_dob": patient.dob and patient.dob.raw,
        "patient_dob_iso": patient.dob and patient.dob.iso,
        "date": record.date and record.date.raw,
        "date_iso": record.date and record.date.iso,
    }
