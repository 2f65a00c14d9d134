"""One document, value by value: what its record says against what its label says."""

from collections.abc import Iterator, Mapping, Sequence
from enum import StrEnum

from pydantic import Field

from jsl_pipeline.evaluation import normal
from jsl_pipeline.evaluation.matching import Row, pair
from jsl_pipeline.schemas import (
    DateValue,
    Label,
    LabelledMedication,
    LabelledPatient,
    LabelledPrescriber,
    Medication,
    Patient,
    PatientRecord,
    Prescriber,
    Prescription,
    Value,
)

_PATIENT: Mapping[str, normal.Normaliser] = {
    "name": normal.person,
    "sex": normal.sex,
    "address": normal.text,
    "phone": normal.digits,
    "weight": normal.strength,
}
_PRESCRIBER: Mapping[str, normal.Normaliser] = {
    "name": normal.person,
    "license_no": normal.letters_and_digits,
    "address": normal.text,
    "phone": normal.digits,
}
_MEDICATION: Mapping[str, normal.Normaliser] = {
    "name": normal.letters_and_digits,
    "strength": normal.strength,
    "form": normal.amount,
    "dose": normal.amount,
    "frequency": normal.frequency,
    "duration": normal.duration,
    "route": normal.route,
    "quantity": normal.amount,
    "instructions": normal.text,
}
PATIENT_FIELDS = (*_PATIENT, "age", "dob")
PRESCRIBER_FIELDS = tuple(_PRESCRIBER)
MEDICATION_FIELDS = (*_MEDICATION, "frequency_per_day", "prn", "refills")
WHOLE_ROW = "medications.whole"
"""The field that is right where all that makes a medication safe to act on is right."""

# What makes a medication safe to act on.
_WHOLE = ("name", "strength", "dose", "frequency_per_day", "prn")
_NO_ROW: Row = dict.fromkeys((*MEDICATION_FIELDS, "whole"))


class Outcome(StrEnum):
    """How an extracted value compares with the label."""

    CORRECT = "correct"
    WRONG = "wrong"  # both say something, and not the same
    MISSED = "missed"  # the page says it, the record does not
    INVENTED = "invented"  # the record says it, the page does not


class ScoredValue(Value):
    """One value of a record against the label. It names places, never their content."""

    field: str = Field(
        description="E.g. 'medications.strength'; 'medications.whole' is a row with all that makes it safe to act on."
    )
    in_record: str | None = Field(
        description="Path in the record, e.g. 'medications[2].strength', or 'medications[2]'; null if missed."
    )
    in_label: str | None = Field(description="Path in the label, written alike; null if invented.")
    outcome: Outcome


def score_values(label: Label, record: Prescription | PatientRecord) -> Iterator[ScoredValue]:
    """Every value that the label or the record gives, and how the two compare.

    Values are compared after the normalisation of `evaluation.normal`, on both sides alike. Medications are compared
    as rows in any order. A value where the label has none is invented; what neither gives yields nothing.
    """
    prescriber, medications = (
        (record.prescriber, record.medications) if isinstance(record, Prescription) else (Prescriber(), ())
    )
    yield from _compare("patient", _values(label.patient, _PATIENT), _values(record.patient, _PATIENT))
    yield from _compare("patient", {"age": _number(label.patient.age)}, {"age": _number(record.patient.age)})
    yield from _compare_dates("patient.dob", label.patient.dob, record.patient.dob)
    yield from _compare_dates("date", label.date, record.date)
    yield from _compare("prescriber", _values(label.prescriber, _PRESCRIBER), _values(prescriber, _PRESCRIBER))
    yield from _compare_medications([_row(each) for each in label.medications], [_row(each) for each in medications])


def _compare(part: str, labelled: Row, given: Row) -> Iterator[ScoredValue]:
    for name, expected in labelled.items():
        outcome = _outcome(expected, given[name])
        if outcome:
            field = f"{part}.{name}"
            yield _scored(field, outcome, field, field)


def _outcome(expected: str | None, given: str | None) -> Outcome | None:
    if expected is None:
        return None if given is None else Outcome.INVENTED
    if given is None:
        return Outcome.MISSED
    return Outcome.CORRECT if expected == given else Outcome.WRONG


def _scored(field: str, outcome: Outcome, in_record: str, in_label: str) -> ScoredValue:
    return ScoredValue(
        field=field,
        outcome=outcome,
        in_record=None if outcome is Outcome.MISSED else in_record,
        in_label=None if outcome is Outcome.INVENTED else in_label,
    )


def _compare_dates(field: str, labelled: DateValue | None, given: DateValue | None) -> Iterator[ScoredValue]:
    """The date, and as `<field>.iso` how it was read: an ISO date where the page leaves two readings is invented."""
    by_iso = labelled is not None and labelled.iso is not None
    outcome = _outcome(_date(labelled, by_iso), _date(given, by_iso))
    if outcome:
        yield _scored(field, outcome, field, field)
    yield from _compare(field, {"iso": labelled and labelled.iso}, {"iso": given and given.iso})


def _date(value: DateValue | None, by_iso: bool) -> str | None:
    if value is None:
        return None
    return (value.iso if by_iso else None) or normal.written_date(value) or None


def _compare_medications(labelled: Sequence[Row], given: Sequence[Row]) -> Iterator[ScoredValue]:
    pairs = pair(labelled, given)
    missed = sorted(set(range(len(labelled))) - {a for a, _ in pairs})
    invented = sorted(set(range(len(given))) - {b for _, b in pairs})
    for a, b in (*pairs, *((a, None) for a in missed), *((None, b) for b in invented)):
        expected = _NO_ROW if a is None else labelled[a]
        found = _NO_ROW if b is None else given[b]
        for name in expected:
            outcome = _outcome(expected[name], found[name])
            if outcome:
                column = "" if name == "whole" else f".{name}"
                yield _scored(f"medications.{name}", outcome, f"medications[{b}]{column}", f"medications[{a}]{column}")


def _row(medication: LabelledMedication | Medication) -> Row:
    row = _values(medication, _MEDICATION)
    row["name"] = row["name"] or ""
    row["frequency_per_day"] = _number(medication.frequency_per_day)
    row["prn"] = "as needed" if medication.prn else None
    row["refills"] = _number(medication.refills)
    row["whole"] = "; ".join(f"{row[each]}" for each in _WHOLE)
    return row


def _values(
    part: LabelledPatient | LabelledPrescriber | LabelledMedication | Patient | Prescriber | Medication,
    normalisers: Mapping[str, normal.Normaliser],
) -> Row:
    values = {name: getattr(part, name) for name in normalisers}
    return {
        name: (normaliser(values[name]) or None) if values[name] else None for name, normaliser in normalisers.items()
    }


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.6g}"
