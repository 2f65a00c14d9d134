"""What a rule is given, and what it gives back."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date

from jsl_pipeline.evidence import Findings
from jsl_pipeline.schemas import Issue, Medication, PatientRecord, Prescription, Reading, Severity


@dataclass(frozen=True, slots=True)
class Reviewed:
    """A record and what it was made from."""

    record: Prescription | PatientRecord
    readings: Mapping[int, Reading]
    """The pages that were read and understood, by number from 1."""
    today: date
    findings: Findings | None = None
    """Where the pages show the record's values; null where nobody looked."""

    @property
    def medications(self) -> Iterator[tuple[str, Medication]]:
        """The medications with their places, `medications[0]` first; none in a patient record."""
        if isinstance(self.record, Prescription):
            for at, medication in enumerate(self.record.medications):
                yield f"medications[{at}]", medication


Rule = Callable[[Reviewed], Iterable[Issue]]
"""Looks at a document and yields issues. Codes are stable: tables, checks and reviewers count on them. Messages name
fields, never their content."""


def missing(code: str, field: str, message: str) -> Issue:
    """The page does not say what it should: the record is at best partial."""
    return Issue(code=code, severity=Severity.MISSING, field=field, message=message)


def doubt(code: str, field: str | None, message: str) -> Issue:
    """Something may be wrong: a person looks before the record is used."""
    return Issue(code=code, severity=Severity.DOUBT, field=field, message=message)


def info(code: str, field: str | None, message: str) -> Issue:
    """Worth knowing: the status of the record stays."""
    return Issue(code=code, severity=Severity.INFO, field=field, message=message)
