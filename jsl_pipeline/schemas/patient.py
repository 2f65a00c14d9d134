"""The patient, alone as `patient@1` or inside a prescription."""

from pydantic import Field

from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.record import DateValue
from jsl_pipeline.schemas.registry import record_schema


class Patient(Value):
    """Who the document is about. Normalised values stand beside the words of the page."""

    name: str | None = None
    age: int | None = Field(default=None, ge=0, le=130, description="Whole years.")
    age_text: str | None = Field(default=None, description="Age as written.")
    sex: str | None = Field(default=None, description="As written.")
    gender: str | None = Field(default=None, description="FHIR administrative gender: male, female, other.")
    dob: DateValue | None = None
    address: str | None = None
    phone: str | None = None
    weight: str | None = Field(default=None, description="As written.")
    weight_kg: float | None = Field(default=None, gt=0, le=700)


@record_schema("patient", 1)
class PatientRecord(Value):
    """A patient document without prescription: an intake form, a medical record."""

    patient: Patient = Patient()
    date: DateValue | None = Field(default=None, description="Date of the document.")
