"""What every validated record shares: status, typed issues, dates."""

from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas.model import Value


class RecordStatus(StrEnum):
    """How far a record can be trusted."""

    COMPLETE = "complete"  # every required field is there and nothing contradicts
    PARTIAL = "partial"  # something a prescription should say is not on the page
    SUSPECT = "suspect"  # something is doubtful: a person looks before it is used


class Severity(StrEnum):
    """What an issue does to the record's status."""

    INFO = "info"  # worth knowing; the status stays
    MISSING = "missing"  # the record is at best partial
    DOUBT = "doubt"  # the record is suspect


class Issue(Value):
    """One finding about a record. The message names fields and codes, never their content."""

    code: str = Field(description="Stable, e.g. 'patient_name_missing'.")
    severity: Severity
    field: str | None = Field(default=None, description="Path in the record, e.g. 'medications[1].strength'.")
    message: str


class DateValue(Value):
    """A date as written, and as ISO 8601 where the writing allows only one reading."""

    raw: str
    iso: str | None = Field(default=None, description="YYYY-MM-DD, or null if ambiguous or impossible.")
