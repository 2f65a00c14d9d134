"""What a reader is asked to say about one page: raw text only, nothing normalised, nothing inferred.

This is the JSON that a vision model returns and that the CPU reader builds. Every field is the words of the
page or null. Validation turns candidates into records.
"""

from pydantic import Field

from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.registry import record_schema


class PatientCandidate(Value):
    """The patient as the page names them."""

    name: str | None = None
    age: str | None = Field(default=None, description="As written, e.g. '58y' or '46-year-old'.")
    sex: str | None = None
    dob: str | None = Field(default=None, description="Date of birth as written.")
    address: str | None = None
    phone: str | None = None
    weight: str | None = None


class PrescriberCandidate(Value):
    """The doctor or other prescriber as the page names them, title included."""

    name: str | None = None
    license_no: str | None = None
    address: str | None = None
    phone: str | None = None


class MedicationCandidate(Value):
    """One medication row, list item or mention."""

    name: str = Field(description="Drug name as written, without strength or form.")
    strength: str | None = Field(default=None, description="E.g. '500mg', '5 mg/5 ml', '1000IU'.")
    form: str | None = Field(default=None, description="E.g. 'tablet', 'syrup'.")
    dose: str | None = Field(default=None, description="Amount a time, e.g. 'two tablets', '500mg'.")
    frequency: str | None = Field(
        default=None, description="E.g. 'twice daily after meals', 'BD', 'as needed for pain'."
    )
    duration: str | None = None
    route: str | None = None
    quantity: str | None = Field(default=None, description="Amount to dispense.")
    refills: str | None = None
    instructions: str | None = Field(default=None, description="Anything else said to the patient.")
    raw: str | None = Field(default=None, description="The line or row it was read from.")


@record_schema("candidate", 1)
class Candidate(Value):
    """Everything a reader claims to see on one page."""

    patient: PatientCandidate = PatientCandidate()
    prescriber: PrescriberCandidate = PrescriberCandidate()
    date: str | None = Field(default=None, description="Date of the prescription or report, as written.")
    medications: tuple[MedicationCandidate, ...] = ()
