"""Which probabilities of tokens belong to the values of a record."""

from collections.abc import Iterator, Mapping

from pydantic import BaseModel

from jsl_pipeline.schemas import MedicationCandidate, Reading
from jsl_pipeline.validation.candidate import ParsedCandidate
from jsl_pipeline.validation.merge import Merged, PageMedication


def value_probabilities(merged: Merged, answers: Mapping[int, tuple[Reading, ParsedCandidate]]) -> dict[str, float]:
    """Of the least likely token of each value, by its path in the record, where engines give them.

    `answers` are readings by page. A value that several pages state has the best of theirs: one sure reading is enough.
    """
    found: dict[str, float] = {}
    for reading, parsed in answers.values():
        said = parsed.candidate
        paths = [
            *_same("patient", said.patient, merged.patient),
            *_same("prescriber", said.prescriber, merged.prescriber),
            *(["date"] if said.date and said.date == merged.date else ()),
        ]
        for path in paths:
            if path in reading.probabilities:
                found[path] = max(found.get(path, 0.0), reading.probabilities[path])
    for at, row in enumerate(merged.medications):
        if row.page_no in answers:
            reading, parsed = answers[row.page_no]
            place = _place(row, parsed)
            for field in MedicationCandidate.model_fields if place is not None else ():
                probability = reading.probabilities.get(f"medications[{place}].{field}")
                if probability is not None:
                    found[f"medications[{at}].{field}"] = probability
    return found


def _same(prefix: str, said: BaseModel, merged: BaseModel) -> Iterator[str]:
    for field, value in merged:
        if value is not None and getattr(said, field) == value:
            yield f"{prefix}.{field}"


def _place(row: PageMedication, parsed: ParsedCandidate) -> int | None:
    """Of a medication in the answer's list. Fields that other pages added to it make no difference."""
    medication = row.medication
    for place, said in zip(parsed.places, parsed.candidate.medications, strict=True):
        if all(value is None or getattr(medication, field) == value for field, value in said):
            return place
    return None
