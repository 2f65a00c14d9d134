"""Labelled documents beside what was extracted from them."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from functools import cached_property
from pathlib import PurePosixPath

from pydantic import Field

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.evaluation.values import Outcome, ScoredValue, score_values
from jsl_pipeline.schemas import Evidence, Issue, Label, PatientRecord, Prescription, RecordStatus, Value

CRITICAL = (
    "medications.name",
    "medications.strength",
    "medications.dose",
    "medications.frequency_per_day",
    "patient.name",
    "patient.dob",
)
"""Fields of which a wrong value can harm: a drug, how much of it and how often, and whose it is."""


class Place(StrEnum):
    """Where a document ended up."""

    RECORDS = "records"
    REVIEW = "review"
    REJECTED = "rejected"
    MISSING = "missing"


class Failure(Value):
    """A labelled document, or a page of one, that could not be read."""

    file: str
    page_no: int | None = Field(default=None, description="From 1; null for the whole document.")
    code: str = Field(description="Reason, e.g. 'encrypted' of a rejected file, 'timeout' of a page, 'not_found'.")


class ExtractedDocument(Value):
    """What the pipeline made of one file."""

    file: str = Field(description="Name or path of the file, as the labels have it or longer.")
    document_id: str | None = Field(default=None, description="By which a store knows it.")
    record: Prescription | PatientRecord | None = None
    status: RecordStatus | None = None
    where: Place
    issues: tuple[Issue, ...] = ()
    evidence: Mapping[str, Evidence] = Field(default={}, description="Where values stand, by path in the record.")
    failures: tuple[Failure, ...] = ()


class EngineSeen(Value):
    """Who read pages of the documents."""

    engine: str
    model: str = Field(description="Name and version of the weights.")
    fingerprint: str = Field(description="Digest of engine, model, prompt and schema: another prompt, another digest.")
    pages: int = Field(description="Read under this fingerprint, of all documents with or without label.")


@dataclass(frozen=True)
class ScoredDocument:
    """A label, what was extracted, and every value of the two."""

    label: Label
    extracted: ExtractedDocument
    values: tuple[ScoredValue, ...]

    @property
    def file(self) -> str:
        """As the pipeline knows it."""
        return self.extracted.file

    @property
    def family(self) -> str:
        """The file name before its trailing number."""
        stem = PurePosixPath(self.file).stem
        return re.sub(r"[_\-. ]*\d+$", "", stem) or stem

    @property
    def status(self) -> str:
        """The record's status; where there is none, where the document ended up."""
        return (self.extracted.status or self.extracted.where).value

    @property
    def marked(self) -> bool:
        """Whether a person looks before anything of it is used, or nothing of it can be."""
        return self.extracted.record is None or self.extracted.status is RecordStatus.SUSPECT

    @cached_property
    def mistakes(self) -> tuple[ScoredValue, ...]:
        """Values that are not right."""
        return tuple(each for each in self.values if each.outcome is not Outcome.CORRECT)

    @property
    def critical_mistakes(self) -> int:
        """How many of the mistakes are in critical fields."""
        return sum(each.field in CRITICAL for each in self.mistakes)


@dataclass(frozen=True)
class ScoredSet:
    """Every labelled document, one that was not extracted included."""

    documents: tuple[ScoredDocument, ...]
    """In the order of the labels."""
    unlabelled: int
    """Extracted documents that no label describes; they are not scored."""
    engines: tuple[EngineSeen, ...] = ()


def score_documents(
    labels: Iterable[Label], extracted: Iterable[ExtractedDocument], engines: Iterable[EngineSeen] = ()
) -> ScoredSet:
    """Put labels and extracted documents together by file name, and compare them value by value.

    Where several documents have the name, the one that shares most folders with the label's path is meant. A labelled
    document without record has missed everything. Raises `SettingsError` where a label could mean two documents, or
    two labels mean one.
    """
    names: defaultdict[str, list[ExtractedDocument]] = defaultdict(list)
    stems: defaultdict[str, list[ExtractedDocument]] = defaultdict(list)
    for each in extracted:
        names[PurePosixPath(each.file).name].append(each)
        stems[PurePosixPath(each.file).stem].append(each)
    scored: list[ScoredDocument] = []
    matched = 0
    for label in labels:
        name = PurePosixPath(label.file).name
        # A label that does not say which file it is about is named like the document, without its extension.
        document = _meant(label.file, names.get(name) or stems.get(name, []))
        matched += document is not None
        document = document or _missing(label.file)
        scored.append(ScoredDocument(label, document, tuple(score_values(label, document.record or PatientRecord()))))
    if any(count > 1 for count in Counter(each.file for each in scored).values()):
        raise SettingsError("Two labels mean the same document; keep one label for each.")
    return ScoredSet(tuple(scored), unlabelled=sum(map(len, names.values())) - matched, engines=tuple(engines))


def _meant(file: str, candidates: Sequence[ExtractedDocument]) -> ExtractedDocument | None:
    likeness = [_shared_parts(file, each.file) for each in candidates]
    best = [each for each, shared in zip(candidates, likeness, strict=True) if shared == max(likeness)]
    if len(best) > 1:
        raise SettingsError(
            "Two extracted documents share a file name that a label gives; give each a name of its own, or labels "
            "with the folders in `file`."
        )
    return best[0] if best else None


def _missing(file: str) -> ExtractedDocument:
    return ExtractedDocument(file=file, where=Place.MISSING, failures=(Failure(file=file, code="not_found"),))


def _shared_parts(one: str, other: str) -> int:
    """How many folders, counted from the file, two paths have in common."""
    folders = (reversed(PurePosixPath(each).parent.parts) for each in (one, other))
    shared = 0
    for a, b in zip(*folders, strict=False):
        if a != b:
            break
        shared += 1
    return shared
