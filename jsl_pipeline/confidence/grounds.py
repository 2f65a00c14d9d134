"""What is known about a record when its confidence is asked for."""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from jsl_pipeline.schemas import (
    DateValue,
    Evidence,
    Issue,
    Medication,
    Patient,
    PatientRecord,
    Prescriber,
    Prescription,
    Reading,
    TextLine,
)

_PATIENT = ("name", "age", "sex", "dob", "address", "phone", "weight")
_PRESCRIBER = ("name", "license_no", "address", "phone")
_MEDICATION = (
    "name", "strength", "form", "dose", "frequency", "duration", "route", "quantity", "refills", "instructions",
)  # fmt: skip
_WRITTEN = {"age": "age_text", "refills": "refills_text"}
CRITICAL = ("name", "strength", "dose", "frequency")
"""Fields of a medication of which a wrong one does harm; of a patient: name and date of birth."""


@dataclass(frozen=True, slots=True)
class Grounds:
    """A record, and what reading, evidence and rules say about it."""

    record: Prescription | PatientRecord
    issues: Sequence[Issue]
    readings: Mapping[int, Reading]
    """The pages that were read and understood, by number from 1."""
    words: Mapping[int, Sequence[TextLine]]
    """What something other than a model has read on those pages; empty where nothing has."""
    evidence: Mapping[str, Evidence]
    """Where words of the pages show a value, by its path in the record."""
    probabilities: Mapping[str, float] = field(default_factory=dict[str, float])
    """Of the least likely token of a value, by its path in the record, where an engine gives it."""

    @property
    def medications(self) -> tuple[Medication, ...]:
        """None in a patient record."""
        return self.record.medications if isinstance(self.record, Prescription) else ()

    def part(self, path: str) -> Medication | Patient | Prescriber | Prescription | PatientRecord:
        """The part of the record that states the value of a path."""
        row = re.match(r"medications\[(\d+)\]", path)
        if row:
            return self.medications[int(row[1])]
        return getattr(self.record, path.partition(".")[0]) if "." in path else self.record

    def pages_of(self, path: str) -> Sequence[int]:
        """Pages that can show the value: a medication's own, for anything else all that were read."""
        part = self.part(path)
        own = part.page_no if isinstance(part, Medication) else None
        return [own] if own is not None and own in self.readings else sorted(self.readings)

    def stated(self) -> Iterator[tuple[str, str]]:
        """Path and words of every value that the record states; normalised values stand for no path of their own."""
        yield from _texts("patient", self.record.patient, _PATIENT)
        if isinstance(self.record, Prescription):
            yield from _texts("prescriber", self.record.prescriber, _PRESCRIBER)
        if self.record.date:
            yield "date", self.record.date.raw
        for at, medication in enumerate(self.medications):
            yield from _texts(f"medications[{at}]", medication, _MEDICATION)


def critical(path: str) -> bool:
    """Whether a wrong value at this path does harm: it makes the wrong patient, drug or amount."""
    part, _, name = path.rpartition(".")
    return name in CRITICAL if part.startswith("medications[") else path in ("patient.name", "patient.dob")


def _texts(prefix: str, part: object, fields: Sequence[str]) -> Iterator[tuple[str, str]]:
    for name in fields:
        value = getattr(part, _WRITTEN.get(name, name))
        words = value.raw if isinstance(value, DateValue) else value
        if words:
            yield f"{prefix}.{name}", words
