"""Scores records against labels, value by value."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from pydantic import Field

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation import normal
from jsl_pipeline.evaluation.labels import document_name
from jsl_pipeline.evaluation.matching import Row, pair
from jsl_pipeline.evaluation.report import (
    EvaluationReport,
    FieldScore,
    GroupScore,
    MedicationRows,
    Mistake,
    Outcome,
    total,
)
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
    RecordStatus,
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
# What makes a medication safe to act on; all of it right, or the row is not.
_WHOLE = ("name", "strength", "dose", "frequency_per_day", "prn")


class Place(StrEnum):
    """Where a document ended up."""

    RECORDS = "records"
    REVIEW = "review"
    REJECTED = "rejected"
    MISSING = "missing"


class ExtractedDocument(Value):
    """What the pipeline made of one file."""

    file: str = Field(description="Name or path of the file; its last part is matched with the labels.")
    record: Prescription | PatientRecord | None = None
    status: RecordStatus | None = None
    where: Place


@dataclass(frozen=True)
class _Scored:
    """One labelled document: an outcome for every value that the label or the record gives."""

    label: Label
    status: str
    outcomes: list[tuple[str, str, Outcome]]  # field, path, outcome
    rows: MedicationRows


def evaluate(labels: Iterable[Label], extracted: Iterable[ExtractedDocument]) -> EvaluationReport:
    """Score what was extracted against labels, by file name.

    Values are compared after the normalisation of `evaluation.normal`, on both sides alike. `null` in a label means
    that the page does not say it: a record that gives a value there has invented it. Every labelled document counts;
    one that has no record has missed everything. Records in review count as the others do; `by_status` tells
    them apart.

    Raises `SettingsError` where two labels, or two extracted documents that a label could mean, share a name.
    """
    found: defaultdict[str, list[ExtractedDocument]] = defaultdict(list)
    for each in extracted:
        found[PurePosixPath(each.file).name].append(each)
    scored: dict[str, _Scored] = {}
    for label in labels:
        name = document_name(label)
        # A label that does not say which file it is about is named like the document, without its extension.
        same = [name] if name in found else [each for each in found if PurePosixPath(each).stem == name]
        candidates = [document for each in same for document in found.pop(each)]
        candidates = candidates or [ExtractedDocument(file=name, where=Place.MISSING)]
        if len(candidates) > 1 or name in scored:
            raise SettingsError("Two labels or two extracted documents share a file name; give each a name of its own.")
        scored[name] = _score(label, candidates[0])
    everything = list(scored.values())
    return EvaluationReport(
        overall=_group(everything),
        by_family=_groups(everything, lambda each: _family(document_name(each.label))),
        by_style=_groups(everything, lambda each: each.label.style or "no style"),
        by_status=_groups(everything, lambda each: each.status),
        mistakes=tuple(
            Mistake(file=name, field=path, outcome=outcome)
            for name, each in scored.items()
            for _, path, outcome in each.outcomes
            if outcome is not Outcome.CORRECT
        ),
        unlabelled=sum(len(each) for each in found.values()),
    )


def _score(label: Label, document: ExtractedDocument) -> _Scored:
    record = document.record or PatientRecord()
    prescriber, medications = (
        (record.prescriber, record.medications) if isinstance(record, Prescription) else (Prescriber(), ())
    )
    outcomes = [
        *_compare("patient", _values(label.patient, _PATIENT), _values(record.patient, _PATIENT)),
        *_compare("patient", {"age": _number(label.patient.age)}, {"age": _number(record.patient.age)}),
        *_compare_dates("patient.dob", label.patient.dob, record.patient.dob),
        *_compare_dates("date", label.date, record.date),
        *_compare("prescriber", _values(label.prescriber, _PRESCRIBER), _values(prescriber, _PRESCRIBER)),
    ]
    rows, of_rows = _compare_medications(
        [_row(each) for each in label.medications], [_row(each) for each in medications]
    )
    return _Scored(label, (document.status or document.where).value, [*outcomes, *of_rows], rows)


def _compare(part: str, labelled: Row, given: Row, path: str | None = None) -> Iterator[tuple[str, str, Outcome]]:
    for name, expected in labelled.items():
        outcome = _outcome(expected, given[name])
        if outcome:
            yield f"{part}.{name}", f"{path or part}.{name}", outcome


def _outcome(expected: str | None, given: str | None) -> Outcome | None:
    if expected is None:
        return None if given is None else Outcome.INVENTED
    if given is None:
        return Outcome.MISSED
    return Outcome.CORRECT if expected == given else Outcome.WRONG


def _compare_dates(
    field: str, labelled: DateValue | None, given: DateValue | None
) -> Iterator[tuple[str, str, Outcome]]:
    """The date, and as `<field>.iso` how it was read: an ISO date where the page leaves two readings is invented."""
    by_iso = labelled is not None and labelled.iso is not None
    outcome = _outcome(_date(labelled, by_iso), _date(given, by_iso))
    if outcome:
        yield field, field, outcome
    outcome = _outcome(labelled and labelled.iso, given and given.iso)
    if outcome:
        yield f"{field}.iso", f"{field}.iso", outcome


def _date(value: DateValue | None, by_iso: bool) -> str | None:
    if value is None:
        return None
    return (value.iso if by_iso else None) or normal.written_date(value) or None


def _compare_medications(
    labelled: list[Row], given: list[Row]
) -> tuple[MedicationRows, list[tuple[str, str, Outcome]]]:
    pairs = pair(labelled, given)
    exact = sum(labelled[a]["name"] == given[b]["name"] for a, b in pairs)
    missed = sorted(set(range(len(labelled))) - {a for a, _ in pairs})
    invented = sorted(set(range(len(given))) - {b for _, b in pairs})
    nothing: Row = dict.fromkeys((*_MEDICATION, "frequency_per_day", "prn", "refills", "whole"))
    outcomes = [
        each
        for a, b, number in (
            *((labelled[a], given[b], a) for a, b in pairs),
            *((labelled[a], nothing, a) for a in missed),
            *((nothing, given[b], len(labelled) + number) for number, b in enumerate(invented)),
        )
        for each in _compare("medications", a, b, f"medications[{number}]")
    ]
    rows = MedicationRows(
        labelled=len(labelled),
        extracted=len(given),
        exact=exact,
        misread=len(pairs) - exact,
        missed=len(missed),
        invented=len(invented),
        invented_where_none=0 if labelled else len(given),
    )
    return rows, outcomes


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


def _groups(scored: list[_Scored], key: Callable[[_Scored], str]) -> dict[str, GroupScore]:
    groups: defaultdict[str, list[_Scored]] = defaultdict(list)
    for each in scored:
        groups[key(each)].append(each)
    return {name: _group(groups[name]) for name in sorted(groups)}


def _group(scored: list[_Scored]) -> GroupScore:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in scored:
        for field, _, outcome in each.outcomes:
            counts[field][outcome.value] += 1
    return GroupScore(
        documents=len(scored),
        fields={field: FieldScore(**counts[field]) for field in sorted(counts)},
        medications=total(each.rows for each in scored),
    )


def _family(name: str) -> str:
    stem = PurePosixPath(name).stem
    return re.sub(r"[_\-. ]*\d+$", "", stem) or stem
