"""What a careful reader finds in a document: the truth that records are scored against.

One JSON file a document, `null` where the page does not say it. Labels may carry more than is named here
(where they came from, notes, fields of other documents); that is ignored.
"""

from pydantic import ConfigDict, Field, JsonValue

from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.record import DateValue


class _Part(Value):
    model_config = ConfigDict(extra="ignore")


class LabelledPatient(_Part):
    """The patient as the page names them."""

    name: str | None = None
    age: int | None = Field(default=None, description="Whole years.")
    sex: str | None = None
    dob: DateValue | None = None
    address: str | None = None
    phone: str | None = None
    weight: str | None = None


class LabelledPrescriber(_Part):
    """The prescriber as the page names them."""

    name: str | None = None
    license_no: str | None = None
    address: str | None = None
    phone: str | None = None


class LabelledMedication(_Part):
    """One medication: the words of the page, and times a day where they say so."""

    name: str
    strength: str | None = None
    form: str | None = None
    dose: str | None = None
    frequency: str | None = None
    frequency_per_day: float | None = None
    prn: bool = False
    duration: str | None = None
    route: str | None = None
    quantity: str | None = None
    refills: int | None = None
    instructions: str | None = None
    raw: str | None = None


class Label(_Part):
    """What one document says."""

    file: str = Field(default="", description="Path of the document; its last part is the file name.")
    licence: str | None = None
    document_kind: str = ""
    style: str = Field(default="", description="How the page looks, e.g. 'printed', 'handwriting-like'.")
    labelled_by: str | None = None
    patient: LabelledPatient = LabelledPatient()
    date: DateValue | None = Field(default=None, description="Date of the document.")
    prescriber: LabelledPrescriber = LabelledPrescriber()
    facility: str | None = None
    medications: tuple[LabelledMedication, ...] = ()
    other_fields: dict[str, JsonValue] = Field(default_factory=dict)
    notes: str | None = None
