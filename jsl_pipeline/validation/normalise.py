"""From the words of a document to a record: normalised values beside the words, never instead of them."""

from collections.abc import Iterable
from datetime import date, timedelta

from jsl_pipeline.clinical import (
    infer_day_first,
    parse_age,
    parse_count,
    parse_date,
    parse_duration_days,
    parse_frequency,
    parse_gender,
    parse_strength,
    parse_weight_kg,
    read_directions,
)
from jsl_pipeline.schemas import Medication, Patient, PatientCandidate, PatientRecord, Prescriber, Prescription
from jsl_pipeline.validation.merge import Merged, PageMedication

# One date is no habit: a misread digit would decide the order for the whole document.
_DATES_THAT_SHOW_ORDER = 2
# A document may be dated ahead by mistake, and then a two-digit year still means this century.
_DATED_AHEAD = timedelta(days=366)


def day_order(texts: Iterable[str]) -> bool | None:
    """The order of day and month in a document, from all its text; see `infer_day_first`."""
    return infer_day_first(texts, at_least=_DATES_THAT_SHOW_ORDER)


def as_record(merged: Merged, day_first: bool | None, today: date) -> Prescription | PatientRecord:
    """A prescription if the document lists a medication or names a prescriber, otherwise a patient record."""
    patient = _patient(merged.patient, day_first, today)
    dated = parse_date(merged.date, day_first, today + _DATED_AHEAD) if merged.date else None
    prescriber = Prescriber(**merged.prescriber.model_dump())
    if not merged.medications and prescriber.name is None:
        return PatientRecord(patient=patient, date=dated)
    return Prescription(
        patient=patient,
        prescriber=prescriber,
        date=dated,
        medications=tuple(_medication(each) for each in merged.medications),
    )


def _patient(said: PatientCandidate, day_first: bool | None, today: date) -> Patient:
    return Patient(
        name=said.name,
        age=parse_age(said.age) if said.age else None,
        age_text=said.age,
        sex=said.sex,
        gender=parse_gender(said.sex) if said.sex else None,
        dob=parse_date(said.dob, day_first, today) if said.dob else None,
        address=said.address,
        phone=said.phone,
        weight=said.weight,
        weight_kg=parse_weight_kg(said.weight) if said.weight else None,
    )


def _medication(each: PageMedication) -> Medication:
    said = each.medication
    strength = parse_strength(said.strength) if said.strength else None
    frequency = parse_frequency(said.frequency) if said.frequency else None
    instructed = parse_frequency(said.instructions) if said.instructions else None
    return Medication(
        **said.model_dump(exclude={"refills"}),
        strength_value=strength.value if strength else None,
        strength_unit=strength.unit if strength else None,
        frequency_per_day=frequency.per_day if frequency else None,
        prn=any(each.prn for each in (frequency, instructed) if each),
        duration_days=parse_duration_days(said.duration) if said.duration else None,
        refills=parse_count(said.refills) if said.refills else None,
        refills_text=said.refills,
        sig=read_directions(said.dose, said.route, said.frequency, said.duration, said.instructions),
        page_no=each.page_no,
    )
