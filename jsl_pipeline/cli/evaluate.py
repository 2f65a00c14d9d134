"""`jsl-pipeline evaluate`: the store's records against labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jsl_pipeline.evaluation import EvaluationReport, ExtractedDocument, Place, evaluate, load_labels
from jsl_pipeline.schemas import PatientRecord, Prescription, RecordStatus
from jsl_pipeline.store import Store


def evaluate_store(labels: Path, store: Store) -> EvaluationReport:
    """Score every record of the store, those in review included, and count rejected files as missed.

    A document that several batches hold counts as it was last.
    """
    latest = {document.file: document for document in _documents(store)}
    return evaluate(load_labels(labels), latest.values())


def _documents(store: Store) -> Iterator[ExtractedDocument]:
    for row in _rows(store, "rejected", "path"):
        yield ExtractedDocument(file=row["path"], where=Place.REJECTED)
    for table, where in (("patients", Place.RECORDS), ("prescriptions", Place.RECORDS), ("review_queue", Place.REVIEW)):
        for row in _rows(store, table, "path", "schema_name", "status", "record"):
            if row["record"] is None:
                continue  # the patient of a prescription, whose record is in `prescriptions`
            schema = Prescription if row["schema_name"].startswith("prescription@") else PatientRecord
            record = schema.model_validate_json(row["record"])
            yield ExtractedDocument(file=row["path"], record=record, status=RecordStatus(row["status"]), where=where)


def _rows(store: Store, table: str, *columns: str) -> list[dict[str, Any]]:
    rows = store.tables.read(table, columns=["batch", *columns]).to_pylist()
    return sorted(rows, key=lambda row: row["batch"])
