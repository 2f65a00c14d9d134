"""Many pages, one document: what its candidates say together, and where they disagree."""

from collections import Counter
from collections.abc import Callable, Sequence
from typing import TypeVar

from pydantic import Field

from jsl_pipeline.clinical import find_dates, parse_frequency, parse_gender, parse_strength
from jsl_pipeline.schemas import (
    Candidate,
    Issue,
    MedicationCandidate,
    PatientCandidate,
    PrescriberCandidate,
    Severity,
    Value,
)
from jsl_pipeline.validation.names import best_name

_Part = TypeVar("_Part", PatientCandidate, PrescriberCandidate)


class PageCandidate(Value):
    """What one page says."""

    page_no: int = Field(ge=1)
    candidate: Candidate


class PageMedication(Value):
    """A medication and the page it stands on."""

    page_no: int
    medication: MedicationCandidate


class Merged(Value):
    """What the pages say together, in the words of the pages."""

    patient: PatientCandidate = PatientCandidate()
    prescriber: PrescriberCandidate = PrescriberCandidate()
    date: str | None = None
    medications: tuple[PageMedication, ...] = ()
    issues: tuple[Issue, ...] = Field(default=(), description="Where pages disagree or repeat each other.")


def merge_pages(pages: Sequence[PageCandidate]) -> Merged:
    """One candidate for a document, from its pages in page order.

    A field is what most pages that state it say, of equals the first. Medications are listed in page order; one
    that another page repeats without contradiction is listed once, with what either says.
    """
    pages = sorted(pages, key=lambda page: page.page_no)
    patients = [page.candidate.patient for page in pages]
    prescribers = [page.candidate.prescriber for page in pages]
    medications, repeated = _medications(pages)
    issues = [*_patient_conflicts(patients), *_prescriber_conflicts(prescribers)]
    if repeated:
        message = f"{repeated} medications stand in the document more than once and are listed once."
        issues.append(Issue(code="medication_repeated", severity=Severity.INFO, field="medications", message=message))
    return Merged(
        patient=_together(patients, PatientCandidate),
        prescriber=_together(prescribers, PrescriberCandidate),
        date=_most_stated([page.candidate.date for page in pages]),
        medications=tuple(medications),
        issues=tuple(issues),
    )


def _together(parts: Sequence[_Part], schema: type[_Part]) -> _Part:
    fields = {name: _most_stated([getattr(part, name) for part in parts]) for name in schema.model_fields}
    names = _stated(parts, lambda part: part.name)
    if names:
        fields["name"] = best_name(names)[0]
    return schema(**fields)


def _most_stated(values: Sequence[str | None]) -> str | None:
    stated = [value for value in values if value]
    counts = Counter(_plain(value) for value in stated)
    return max(stated, key=lambda value: counts[_plain(value)]) if stated else None  # max keeps the first of equals


def _stated(parts: Sequence[_Part], field: Callable[[_Part], str | None]) -> list[str]:
    return [value for part in parts if (value := field(part))]


def _patient_conflicts(patients: Sequence[PatientCandidate]) -> list[Issue]:
    issues: list[Issue] = []
    names = _stated(patients, lambda patient: patient.name)
    if names and not best_name(names)[1]:
        issues.append(_conflict("patient.name", "Pages name different patients."))
    if _dates_conflict(_stated(patients, lambda patient: patient.dob)):
        issues.append(_conflict("patient.dob", "Pages give different dates of birth."))
    genders = {parse_gender(sex) for sex in _stated(patients, lambda patient: patient.sex)} - {None}
    if len(genders) > 1:
        issues.append(_conflict("patient.sex", "Pages give different sexes."))
    return issues


def _prescriber_conflicts(prescribers: Sequence[PrescriberCandidate]) -> list[Issue]:
    names = _stated(prescribers, lambda prescriber: prescriber.name)
    if not names or best_name(names)[1]:
        return []
    message = "Pages name different prescribers, as records of several visits do; the one named most is kept."
    return [Issue(code="prescriber_name_varies", severity=Severity.INFO, field="prescriber.name", message=message)]


def _conflict(field: str, message: str) -> Issue:
    return Issue(code=field.replace(".", "_") + "_conflict", severity=Severity.DOUBT, field=field, message=message)


def _dates_conflict(writings: Sequence[str]) -> bool:
    """True unless one day is a possible reading of all."""
    readings = [
        {span.value.day_first, span.value.month_first} - {None} for raw in writings for span in find_dates(raw)[:1]
    ]
    return len(readings) > 1 and not set.intersection(*readings)


def _medications(pages: Sequence[PageCandidate]) -> tuple[list[PageMedication], int]:
    """The medications of all pages without repeats, and how many repeats there were."""
    kept: list[PageMedication] = []
    repeated = 0
    for page in pages:
        for medication in page.candidate.medications:
            new = PageMedication(page_no=page.page_no, medication=medication)
            at = next((at for at, known in enumerate(kept) if _repeats(new, known)), None)
            if at is None:
                kept.append(new)
            else:
                repeated += 1
                kept[at] = _filled(kept[at], medication)
    return kept, repeated


def _repeats(new: PageMedication, known: PageMedication) -> bool:
    """The same line again on one page; on another page, also the same drug with nothing that contradicts."""
    if _plain(new.medication.name) != _plain(known.medication.name):
        return False
    pairs = list(zip(_particulars(new.medication), _particulars(known.medication), strict=True))
    if new.page_no == known.page_no:
        return all(one == other for one, other in pairs)
    return all(one == other or one is None or other is None for one, other in pairs)


def _particulars(medication: MedicationCandidate) -> tuple[object, ...]:
    """What tells two lines of one drug apart, by meaning where it is understood."""
    strength = medication.strength and (parse_strength(medication.strength) or _plain(medication.strength))
    frequency = medication.frequency and (parse_frequency(medication.frequency) or _plain(medication.frequency))
    texts = (medication.dose, medication.duration, medication.route)
    return strength, frequency, *(_plain(text) if text else None for text in texts)


def _filled(known: PageMedication, medication: MedicationCandidate) -> PageMedication:
    missing = {
        name: value
        for name in MedicationCandidate.model_fields
        if getattr(known.medication, name) is None and (value := getattr(medication, name)) is not None
    }
    return known.model_copy(update={"medication": known.medication.model_copy(update=missing)})


def _plain(text: str) -> str:
    return "".join(character for character in text.casefold() if character.isalnum())
