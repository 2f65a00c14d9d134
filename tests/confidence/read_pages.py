"""Pages whose words are known, and what a reader says of them."""

from collections.abc import Mapping, Sequence
from datetime import date

from jsl_pipeline.schemas import (
    Candidate,
    Label,
    MedicationCandidate,
    PatientCandidate,
    PrescriberCandidate,
    Reading,
    TextLine,
)
from jsl_pipeline.schemas import ReadingSource as Source
from jsl_pipeline.validation import PageReading

TODAY = date(2026, 3, 2)
WORDS = (
    "Dr. Ida Holm",
    "Patient: Ann Moss  Date: 20 Feb 2026",
    "1. Metformin 500 mg, one tablet twice daily",
    "2. Lisinopril 10 mg, one tablet once daily",
)
TRUE = Candidate(
    patient=PatientCandidate(name="Ann Moss"),
    prescriber=PrescriberCandidate(name="Dr. Ida Holm"),
    date="20 Feb 2026",
    medications=(
        MedicationCandidate(name="Metformin", strength="500 mg", dose="one tablet", frequency="twice daily"),
        MedicationCandidate(name="Lisinopril", strength="10 mg", dose="one tablet", frequency="once daily"),
    ),
)


def lines(words: Sequence[str] = WORDS, confidence: float = 0.999) -> tuple[TextLine, ...]:
    return tuple(
        TextLine(text=text, box=(50, 100 + 40 * at, 50 + 10 * len(text), 130 + 40 * at), confidence=confidence)
        for at, text in enumerate(words)
    )


def page(
    said: Candidate = TRUE,
    source: Source = Source.MODEL,
    seen: tuple[TextLine, ...] | None = None,
    probabilities: Mapping[str, float] | None = None,
    page_no: int = 1,
) -> PageReading:
    """What an engine answers for a page, and the words that are read there."""
    seen = lines() if seen is None else seen
    reading = Reading(
        text=said.model_dump_json(exclude_none=True),
        source=source,
        seconds=0,
        lines=() if source is Source.MODEL else seen,
        probabilities=probabilities or {},
    )
    return PageReading(page_no=page_no, outcome=reading, lines=seen)


def with_medication(said: Candidate, at: int, **fields: str) -> Candidate:
    rows = list(said.medications)
    rows[at] = rows[at].model_copy(update=fields)
    return said.model_copy(update={"medications": tuple(rows)})


def label(file: str, said: Candidate = TRUE) -> Label:
    """The label of a page that says this."""
    per_day = {"twice daily": 2.0, "once daily": 1.0}
    return Label.model_validate(
        {
            "file": file,
            "patient": {"name": said.patient.name},
            "prescriber": {"name": said.prescriber.name},
            "date": {"raw": "20 Feb 2026", "iso": "2026-02-20"},
            "medications": [
                {**row.model_dump(exclude={"refills"}), "frequency_per_day": per_day[row.frequency or ""]}
                for row in said.medications
            ],
        }
    )
