"""The rows that a record becomes."""

from collections.abc import Iterator, Mapping

from pydantic import TypeAdapter

from jsl_pipeline.schemas import (
    Dosage,
    Evidence,
    Issue,
    Medication,
    Patient,
    PatientRecord,
    Prescription,
    RecordStatus,
    Severity,
)
from jsl_pipeline.stages.sources import Source
from jsl_pipeline.store import MedicationRow, PatientRow, PrescriptionRow, ReviewRow, Row
from jsl_pipeline.validation import RecordResult

_ISSUES: TypeAdapter[tuple[Issue, ...]] = TypeAdapter(tuple[Issue, ...])
_EVIDENCE: TypeAdapter[Mapping[str, Evidence]] = TypeAdapter(Mapping[str, Evidence])
_DOSAGES: TypeAdapter[tuple[Dosage, ...]] = TypeAdapter(tuple[Dosage, ...])


def record_rows(batch_key: str, source: Source, result: RecordResult) -> Iterator[tuple[str, Row]]:
    """Rows with their tables: in the review queue alone, or in the tables of trusted records."""
    shared = {
        "batch": batch_key,
        "document_id": source.document_id,
        "path": source.path,
        "schema_name": result.schema_name,
        "status": result.status.value,
        "issues": _ISSUES.dump_json(result.issues).decode(),
        "evidence": _EVIDENCE.dump_json(result.evidence).decode(),
        "confidence": result.confidence.record,
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
    key = {name: shared[name] for name in ("batch", "document_id", "path")}
    for at, medication in enumerate(medications):
        found = _EVIDENCE.dump_json(_below(f"medications[{at}].", result.evidence)).decode()
        columns = _medication_columns(medication) | {"confidence": result.confidence.of_medication(at)}
        yield "medications", MedicationRow.model_validate({**key, **columns, "row_no": at + 1, "evidence": found})


def _below(path: str, evidence: Mapping[str, Evidence]) -> dict[str, Evidence]:
    return {field.removeprefix(path): each for field, each in evidence.items() if field.startswith(path)}


def _medication_columns(medication: Medication) -> dict[str, object]:
    columns: dict[str, object] = {name: value for name, value in medication if name in MedicationRow.model_fields}
    if sig := medication.sig:
        columns["dosage"] = _DOSAGES.dump_json(sig.dosages, exclude_defaults=True).decode()
        columns["dosage_understood"] = sig.understood
    return columns


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
