"""Scores what was extracted from many documents against their labels."""

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import PurePosixPath

from pydantic import Field

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation.labels import document_name
from jsl_pipeline.evaluation.report import EvaluationReport, FieldScore, GroupScore, MedicationRows, Mistake
from jsl_pipeline.evaluation.values import Outcome, ScoredValue, score_values
from jsl_pipeline.schemas import Label, PatientRecord, Prescription, RecordStatus, Value


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
    """One labelled document."""

    label: Label
    status: str
    values: tuple[ScoredValue, ...]


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
        document = candidates[0]
        values = tuple(score_values(label, document.record or PatientRecord()))
        scored[name] = _Scored(label, (document.status or document.where).value, values)
    everything = list(scored.values())
    return EvaluationReport(
        overall=_group(everything),
        by_family=_groups(everything, lambda each: _family(document_name(each.label))),
        by_style=_groups(everything, lambda each: each.label.style or "no style"),
        by_status=_groups(everything, lambda each: each.status),
        mistakes=tuple(
            Mistake(file=name, **value.model_dump())
            for name, each in scored.items()
            for value in each.values
            if value.outcome is not Outcome.CORRECT
        ),
        unlabelled=sum(len(each) for each in found.values()),
    )


def _groups(scored: list[_Scored], key: Callable[[_Scored], str]) -> dict[str, GroupScore]:
    groups: defaultdict[str, list[_Scored]] = defaultdict(list)
    for each in scored:
        groups[key(each)].append(each)
    return {name: _group(groups[name]) for name in sorted(groups)}


def _group(scored: list[_Scored]) -> GroupScore:
    counts: defaultdict[str, Counter[str]] = defaultdict(Counter)
    for each in scored:
        for value in each.values:
            counts[value.field][value.outcome.value] += 1
    fields = {field: FieldScore(**counts[field]) for field in sorted(counts)}
    names = fields.get("medications.name", FieldScore())
    return GroupScore(
        documents=len(scored),
        fields=fields,
        medications=MedicationRows(
            labelled=names.labelled,
            extracted=names.extracted,
            exact=names.correct,
            misread=names.wrong,
            missed=names.missed,
            invented=names.invented,
            invented_where_none=sum(
                value.field == "medications.name"
                for each in scored
                if not each.label.medications
                for value in each.values
            ),
        ),
    )


def _family(name: str) -> str:
    stem = PurePosixPath(name).stem
    return re.sub(r"[_\-. ]*\d+$", "", stem) or stem
