"""What a store holds of documents: their records, and what failed of them."""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from pydantic import TypeAdapter

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation.documents import (
    EngineSeen,
    ExtractedDocument,
    Failure,
    Place,
    ScoredSet,
    score_documents,
)
from jsl_pipeline.schemas import Evidence, Issue, Label, PatientRecord, Prescription, RecordStatus
from jsl_pipeline.store import Store

_ISSUES: TypeAdapter[tuple[Issue, ...]] = TypeAdapter(tuple[Issue, ...])
_EVIDENCE: TypeAdapter[Mapping[str, Evidence]] = TypeAdapter(Mapping[str, Evidence])
_RECORD_TABLES = {"patients": Place.RECORDS, "prescriptions": Place.RECORDS, "review_queue": Place.REVIEW}

_Row = dict[str, Any]


def score_store(labels: Iterable[Label], store: Store) -> ScoredSet:
    """Score every record of the store, those in review included.

    A document that several batches hold counts as it was last; a duplicate has the record of the first. Raises
    SettingsError where the store holds no document, or none that a label describes.
    """
    documents = list(_documents(store))
    if not documents:
        raise SettingsError(f"The store {store.url} holds no documents to score: run the pipeline on some first.")
    scored = score_documents(labels, documents, _engines(store))
    if scored.unlabelled == len(documents):
        raise SettingsError(f"No label describes a document of the store {store.url}: they are matched by file name.")
    return scored


def _documents(store: Store) -> Iterator[ExtractedDocument]:
    latest = {row["path"]: row for row in _rows(store, "documents", "path")}
    for row in _rows(store, "rejected", "path", "code"):
        if row["path"] not in latest or row["batch"] > latest[row["path"]]["batch"]:
            latest[row["path"]] = row
    records = _records(store)
    failures = _page_failures(store)
    for path, row in latest.items():
        if "code" in row:
            rejection = Failure(file=path, code=row["code"])
            yield ExtractedDocument(file=path, where=Place.REJECTED, failures=(rejection,))
            continue
        document = row["document_id"]
        found = records.get(document, {"where": Place.MISSING})
        failed = [Failure(file=path, page_no=page_no, code=code) for page_no, code in sorted(failures[document])]
        if found["where"] is Place.MISSING:
            failed.append(Failure(file=path, code="not_finished"))
        yield ExtractedDocument(file=path, document_id=document, failures=tuple(failed), **found)


def _records(store: Store) -> dict[str, _Row]:
    """By document, what its last record has for `ExtractedDocument`."""
    found: dict[str, tuple[str, _Row]] = {}
    for table, where in _RECORD_TABLES.items():
        for row in _rows(store, table, "schema_name", "status", "issues", "evidence", "record"):
            if row["record"] is None and where is Place.RECORDS:
                continue  # the patient of a prescription, whose record is in `prescriptions`
            if row["document_id"] in found and found[row["document_id"]][0] > row["batch"]:
                continue
            schema = Prescription if row["schema_name"].startswith("prescription@") else PatientRecord
            record = {
                "where": where,
                "status": RecordStatus(row["status"]),
                "record": schema.model_validate_json(row["record"]) if row["record"] else None,
                "issues": _ISSUES.validate_json(row["issues"]),
                "evidence": _EVIDENCE.validate_json(row["evidence"] or "{}"),
            }
            found[row["document_id"]] = row["batch"], record
    return {document: record for document, (_, record) in found.items()}


def _page_failures(store: Store) -> defaultdict[str, set[tuple[int, str]]]:
    """By document, its pages that failed in the last batch that had them, with the cause."""
    last: dict[tuple[str, int], str | None] = {}
    for table in ("pages", "extractions"):
        for row in _rows(store, table, "page_no", "state", "failure_cause"):
            page = row["document_id"], row["page_no"]
            last[page] = (row["failure_cause"] or "engine") if row["state"] == "failed" else None
    found: defaultdict[str, set[tuple[int, str]]] = defaultdict(set)
    for (document, page_no), cause in last.items():
        if cause:
            found[document].add((page_no, cause))
    return found


def _engines(store: Store) -> list[EngineSeen]:
    rows = _rows(store, "extractions", "engine", "model", "fingerprint")
    seen = Counter((row["engine"], row["model"], row["fingerprint"]) for row in rows)
    return [
        EngineSeen(engine=engine, model=model, fingerprint=fingerprint, pages=pages)
        for (engine, model, fingerprint), pages in seen.most_common()
    ]


def _rows(store: Store, table: str, *columns: str) -> list[_Row]:
    rows = store.tables.read(table, columns=["batch", "document_id", *columns]).to_pylist()
    return sorted(rows, key=lambda row: row["batch"])
