"""Records as validation makes them, and what stands in their Bundles."""

import json
from collections import defaultdict
from datetime import UTC, date, datetime
from typing import Any

from jsl_pipeline.fhir import FhirBundle, PageReader, TrustedRecord, bundle_of
from jsl_pipeline.schemas import Candidate, Reading, ReadingSource, RecordStatus
from jsl_pipeline.validation import PageReading, build_record

DOCUMENT = "5e" * 32
CLOSED = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
OCR = PageReader(engine="ocr", model="PP-OCRv5", fingerprint="f1")

FULL = {
    "patient": {
        "name": "Moss, Ann",
        "age": "46 y",
        "sex": "F",
        "dob": "24/05/1979",
        "address": "5 Elm Street, Leeds",
        "phone": "0113 496 0000",
        "weight": "70 kg",
    },
    "prescriber": {
        "name": "Dr. Ida Holm",
        "license_no": "GMC 12345",
        "phone": "0113 496 0001",
        "address": "1 Park Row",
    },
    "date": "17/02/2026",
    "medications": [
        {
            "name": "Ibuprofen",
            "strength": "400 mg",
            "form": "tablet",
            "dose": "1 tablet",
            "route": "po",
            "frequency": "three times daily",
            "duration": "5 days",
            "quantity": "15 tablets",
            "refills": "2",
            "instructions": "after food",
        }
    ],
}


def trusted(said: dict[str, Any], document: str = DOCUMENT) -> TrustedRecord:
    """The record of a page that says this."""
    text = Candidate.model_validate(said).model_dump_json(exclude_none=True)
    page = PageReading(page_no=1, outcome=Reading(text=text, source=ReadingSource.OCR, seconds=1))
    result = build_record(document, 1, [page], today=date(2026, 3, 1), review_below=0)
    assert result.status is not RecordStatus.SUSPECT, result.issues
    return TrustedRecord(
        document_id=document,
        closed_at=CLOSED,
        record=result.record,
        status=result.status,
        issues=result.issues,
        readers=(OCR,),
    )


def resources(record: TrustedRecord) -> dict[str, list[dict[str, Any]]]:
    """The resources of its Bundle by type."""
    bundle = bundle_of(record)
    assert isinstance(bundle, FhirBundle), bundle
    found: dict[str, list[dict[str, Any]]] = defaultdict(list)
    for entry in json.loads(bundle.content)["entry"]:
        found[entry["resource"]["resourceType"]].append(entry["resource"])
    return dict(found)


def request(**medication: str) -> dict[str, Any]:
    """The request for one medication of an otherwise full record; ibuprofen where nothing else is said."""
    (found,) = resources(trusted(FULL | {"medications": [{"name": "Ibuprofen", **medication}]}))["MedicationRequest"]
    return found
