"""The values that pass between parts: documents, pages, candidates and records."""

from jsl_pipeline.schemas.calls import EngineCalls
from jsl_pipeline.schemas.candidate import Candidate, MedicationCandidate, PatientCandidate, PrescriberCandidate
from jsl_pipeline.schemas.document import Batch, Document, FileKind, LandingFile, Rejection, RejectionCode
from jsl_pipeline.schemas.dosage import (
    Dosage,
    DoseAndRate,
    Quantity,
    Range,
    Ratio,
    Repeat,
    Sig,
    Span,
    Timing,
)
from jsl_pipeline.schemas.evidence import Evidence, EvidenceMatch, SeenRow
from jsl_pipeline.schemas.label import Label, LabelledMedication, LabelledPatient, LabelledPrescriber
from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.page import (
    AnswerFlaw,
    Box,
    FailureCause,
    Fingerprint,
    Page,
    PageAnswer,
    PageFailure,
    PageQuality,
    Reading,
    ReadingSource,
    TextLine,
)
from jsl_pipeline.schemas.patient import Patient, PatientRecord
from jsl_pipeline.schemas.prescription import Medication, Prescriber, Prescription
from jsl_pipeline.schemas.raster import Affine, Raster
from jsl_pipeline.schemas.record import DateValue, Issue, RecordStatus, Severity
from jsl_pipeline.schemas.registry import (
    SchemaEntry,
    json_schema,
    record_schema,
    schema,
    schema_names,
    schema_of,
)
from jsl_pipeline.schemas.second_look import AnswerProblem, SecondLook, SecondLookOutcome
from jsl_pipeline.schemas.secret import Option, Secret

__all__ = [
    "Affine",
    "AnswerFlaw",
    "AnswerProblem",
    "Batch",
    "Box",
    "Candidate",
    "DateValue",
    "Document",
    "Dosage",
    "DoseAndRate",
    "EngineCalls",
    "Evidence",
    "EvidenceMatch",
    "FailureCause",
    "FileKind",
    "Fingerprint",
    "Issue",
    "Label",
    "LabelledMedication",
    "LabelledPatient",
    "LabelledPrescriber",
    "LandingFile",
    "Medication",
    "MedicationCandidate",
    "Option",
    "Page",
    "PageAnswer",
    "PageFailure",
    "PageQuality",
    "Patient",
    "PatientCandidate",
    "PatientRecord",
    "Prescriber",
    "PrescriberCandidate",
    "Prescription",
    "Quantity",
    "Range",
    "Raster",
    "Ratio",
    "Reading",
    "ReadingSource",
    "RecordStatus",
    "Rejection",
    "RejectionCode",
    "Repeat",
    "SchemaEntry",
    "SecondLook",
    "SecondLookOutcome",
    "Secret",
    "SeenRow",
    "Severity",
    "Sig",
    "Span",
    "TextLine",
    "Timing",
    "Value",
    "json_schema",
    "record_schema",
    "schema",
    "schema_names",
    "schema_of",
]
