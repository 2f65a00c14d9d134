"""The rows of every table: what a column means and which type it has.

A table is named in lower case plural; its row model is the contract. Delta and the Dagster UI take column
types and descriptions from here. Every table is partitioned by `batch`; `path` is the landing file that a row
came from, kept in the store alone.
"""

from typing import Literal

from pydantic import Field

from jsl_pipeline.schemas import Value


class Row(Value):
    """What every row has."""

    batch: str = Field(description="Batch that the row belongs to; a batch's rows are replaced together.")
    document_id: str | None = Field(description="sha256 of the landing file's bytes, hex.")


class DocumentRow(Row):
    """A landing file that could be opened. A duplicate is listed and worked on no further."""

    path: str = Field(description="Landing file, relative to the landing folder.")
    size: int = Field(description="Bytes.")
    kind: str = Field(description="png, jpeg, tiff, webp or pdf, told by content.")
    pages: int = Field(description="Pages in the file.")
    duplicate_of: str | None = Field(default=None, description="Path of the first file with the same bytes.")
    first_batch: str | None = Field(default=None, description="Batch of that first file.")


class RejectedRow(Row):
    """A landing file that cannot be used, and why."""

    path: str = Field(description="Landing file, relative to the landing folder.")
    size: int = Field(description="Bytes.")
    code: str = Field(description="Reason code, e.g. truncated, encrypted, unknown_type.")
    reason: str = Field(description="The reason as a sentence.")


class PageRow(Row):
    """A page of a document after preprocessing. The pixels are in the part file."""

    page_no: int = Field(description="Page in the document, from 1.")
    state: Literal["prepared", "blank", "failed"] = Field(description="What became of the page.")
    failure_cause: str | None = Field(default=None, description="Why it failed.")
    failure: str | None = Field(default=None, description="The failure as a sentence.")
    page_sha: str | None = Field(default=None, description="sha256 of the encoded page and its text layer.")
    part: str | None = Field(default=None, description="Parquet part that holds the pixels.")
    media_type: str | None = Field(default=None, description="Encoding of the pixels.")
    width: int | None = Field(default=None, description="Pixels.")
    height: int | None = Field(default=None, description="Pixels.")
    encoded_bytes: int | None = Field(default=None, description="Size of the encoded page.")
    text_lines: int = Field(default=0, description="Lines in the PDF's own text layer.")
    ink: float | None = Field(default=None, description="Share of dark pixels.")
    sharpness: float | None = Field(default=None, description="Variance of the Laplacian; blurred is low.")
    contrast: float | None = Field(default=None, description="Spread between paper and ink, 0 to 1.")
    skew_degrees: float | None = Field(default=None, description="Small angle removed.")
    rotation: int | None = Field(default=None, description="Right-angle turn applied, clockwise.")
    photographed: bool | None = Field(default=None, description="Uneven light was levelled.")


class ExtractionRow(Row):
    """The engine's answer for a prepared page, not yet trusted."""

    page_no: int = Field(description="Page in the document, from 1.")
    page_sha: str = Field(description="sha256 of the encoded page and its text layer.")
    state: Literal["extracted", "failed"] = Field(description="Whether the engine answered.")
    failure_cause: str | None = Field(default=None, description="Why there is no answer.")
    failure: str | None = Field(default=None, description="The failure as a sentence.")
    fingerprint: str = Field(description="Digest of engine, model, prompt and schema.")
    engine: str = Field(description="Engine that was asked.")
    model: str = Field(description="Weights that answered.")
    source: str | None = Field(default=None, description="ocr, text_layer or model.")
    finish_reason: str | None = Field(default=None, description="Why the answer ended.")
    flaws: str | None = Field(default=None, description="What was wrong with the answer and accepted, comma-separated.")
    seconds: float | None = Field(default=None, description="Time the engine worked on the page.")
    prompt_tokens: int | None = Field(default=None, description="Tokens in, where the engine counts them.")
    completion_tokens: int | None = Field(default=None, description="Tokens out, where the engine counts them.")
    answer: str | None = Field(default=None, description="Candidate JSON as the engine gave it.")
    lines: str | None = Field(default=None, description="JSON: the words seen, with boxes and confidence.")
    probabilities: str | None = Field(
        default=None, description="JSON: of the least likely token of each value, by path, where the engine gives it."
    )
    asked_again: str | None = Field(
        default=None, description="JSON: problems of the first answer, and what a second question came to; else null."
    )


class RecordRow(Row):
    """What rows made from a record share."""

    path: str = Field(description="Landing file, relative to the landing folder.")
    schema_name: str = Field(description="Schema of the record, name@version.")
    status: str = Field(description="complete, partial or suspect.")
    issues: str = Field(description="JSON: list of issues, each with code, severity, field and message.")
    confidence: float | None = Field(
        default=None, description="Probability that all critical values are right and no medication is missing."
    )
    evidence: str | None = Field(
        default=None, description="JSON: where the pages show each value, by its path: page, boxes, score, match."
    )


class _PatientColumns(Value):
    patient_name: str | None = Field(default=None, description="As written.")
    patient_age: int | None = Field(default=None, description="Whole years.")
    patient_sex: str | None = Field(default=None, description="As written.")
    patient_gender: str | None = Field(default=None, description="male, female or other.")
    patient_dob: str | None = Field(default=None, description="Date of birth as written.")
    patient_dob_iso: str | None = Field(default=None, description="Date of birth, where only one reading is possible.")
    patient_address: str | None = Field(default=None, description="As written.")
    patient_phone: str | None = Field(default=None, description="As written.")
    patient_weight: str | None = Field(default=None, description="As written.")
    patient_weight_kg: float | None = Field(default=None, description="Kilograms.")
    date: str | None = Field(default=None, description="Date of the document as written.")
    date_iso: str | None = Field(default=None, description="Date of the document, where only one reading is possible.")


class PrescriptionRow(_PatientColumns, RecordRow):
    """A trusted prescription or medication list: complete, or partial with what is missing named."""

    prescriber_name: str | None = Field(default=None, description="As written.")
    prescriber_license_no: str | None = Field(default=None, description="As written.")
    prescriber_address: str | None = Field(default=None, description="As written.")
    prescriber_phone: str | None = Field(default=None, description="As written.")
    medications: int = Field(description="Rows in the medications table.")
    record: str = Field(description="JSON: the whole record.")


class MedicationRow(Row):
    """One medication of a trusted prescription."""

    path: str = Field(description="Landing file, relative to the landing folder.")
    row_no: int = Field(description="Position in the prescription, from 1.")
    page_no: int | None = Field(default=None, description="Page it stands on, from 1.")
    name: str = Field(description="Drug name as written.")
    strength: str | None = Field(default=None, description="As written.")
    strength_value: float | None = Field(default=None, description="Number of the strength.")
    strength_unit: str | None = Field(default=None, description="Unit of the strength.")
    form: str | None = Field(default=None, description="As written.")
    dose: str | None = Field(default=None, description="Amount a time, as written.")
    frequency: str | None = Field(default=None, description="As written.")
    frequency_per_day: float | None = Field(default=None, description="Times a day.")
    prn: bool = Field(description="As needed.")
    duration: str | None = Field(default=None, description="As written.")
    duration_days: float | None = Field(default=None, description="Days.")
    route: str | None = Field(default=None, description="As written.")
    quantity: str | None = Field(default=None, description="As written.")
    refills: int | None = Field(default=None, description="Number of refills.")
    instructions: str | None = Field(default=None, description="As written.")
    dosage: str | None = Field(default=None, description="JSON: the directions as FHIR Dosage values, one a step.")
    dosage_understood: bool | None = Field(default=None, description="Every word of the directions is in `dosage`.")
    raw: str | None = Field(default=None, description="The line or row it was read from.")
    confidence: float | None = Field(
        default=None, description="Probability that name, strength, dose and frequency are right, as far as stated."
    )
    evidence: str | None = Field(
        default=None, description="JSON: where its page shows each value, by column: page, boxes, score, match."
    )


class PatientRow(_PatientColumns, RecordRow):
    """The patient of a trusted record: of a patient document, or of a prescription."""

    record: str | None = Field(default=None, description="JSON: the whole record, for patient documents.")


class ReviewRow(RecordRow):
    """A document that a person must look at before anything of it is used."""

    reasons: str = Field(description="Codes of the issues that caused doubt, comma-separated.")
    pages: int = Field(description="Pages in the document.")
    record: str | None = Field(default=None, description="JSON: the whole record as far as it was read.")


TABLES: dict[str, type[Row]] = {
    "documents": DocumentRow,
    "rejected": RejectedRow,
    "pages": PageRow,
    "extractions": ExtractionRow,
    "prescriptions": PrescriptionRow,
    "medications": MedicationRow,
    "patients": PatientRow,
    "review_queue": ReviewRow,
}
"""Every table of the store by name."""
