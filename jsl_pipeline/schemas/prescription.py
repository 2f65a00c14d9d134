"""A prescription or medication list: patient, prescriber, date and medications."""

from pydantic import Field

from jsl_pipeline.schemas.dosage import Sig
from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.patient import Patient
from jsl_pipeline.schemas.record import DateValue
from jsl_pipeline.schemas.registry import record_schema


class Prescriber(Value):
    """Who prescribed, as the document names them."""

    name: str | None = None
    license_no: str | None = None
    address: str | None = None
    phone: str | None = None


class Medication(Value):
    """One medication. Text fields are the words of the page; the others are normalised from them."""

    name: str
    strength: str | None = None
    strength_value: float | None = Field(default=None, description="Number of `strength`, e.g. 500.")
    strength_unit: str | None = Field(default=None, description="Unit of `strength`, UCUM where one exists.")
    form: str | None = None
    dose: str | None = None
    frequency: str | None = None
    frequency_per_day: float | None = Field(default=None, description="Times a day; null if as needed or not daily.")
    prn: bool = Field(default=False, description="As needed.")
    duration: str | None = None
    duration_days: float | None = None
    route: str | None = None
    quantity: str | None = None
    refills: int | None = Field(default=None, ge=0)
    refills_text: str | None = None
    instructions: str | None = None
    sig: Sig | None = Field(
        default=None, description="What dose, route, frequency, duration and instructions mean together."
    )
    raw: str | None = Field(default=None, description="The line or row it was read from.")
    page_no: int | None = Field(default=None, description="Page of the document, from 1.")


@record_schema("prescription", 1)
class Prescription(Value):
    """A prescription, or any document that lists a patient's medications."""

    patient: Patient = Patient()
    prescriber: Prescriber = Prescriber()
    date: DateValue | None = None
    medications: tuple[Medication, ...] = ()
