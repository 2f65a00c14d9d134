"""Fields counted over documents."""

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from jsl_pipeline.evaluation.documents import CRITICAL, ScoredDocument
from jsl_pipeline.evaluation.rates import Counts, Rate, rates
from jsl_pipeline.schemas import RecordStatus, Value

UNMARKED_LIMIT = 0.005
"""Of critical values, the most that may be wrong in records that no person is asked to look at."""

_NAME = "medications.name"
_COUNTED = ("correct", "wrong", "missed", "invented", "unmarked_wrong", "unmarked_missed")


class FieldScore(Value):
    """One field, or several together, over all documents of a group.

    Unmarked is what stands in a record that no person is asked to look at.
    """

    correct: int = 0
    wrong: int = 0
    missed: int = 0
    invented: int = 0
    unmarked_wrong: int = Field(default=0, description="Of wrong and invented, in records that are not in review.")
    unmarked_missed: int = Field(default=0, description="Of missed, in records that are not in review.")
    precision: Rate = Field(description="Of the values in records, the share that is right.")
    recall: Rate = Field(description="Of the values in labels, the share that was found and is right: exact match.")
    f1: Rate = Field(
        description="Harmonic mean of precision and recall: right values of the mean number on both sides."
    )
    unmarked: Rate = Field(description="Of all values of labels and records, the share that is unmarked and wrong.")

    @property
    def labelled(self) -> int:
        """Values that the labels give."""
        return self.correct + self.wrong + self.missed

    @property
    def extracted(self) -> int:
        """Values that the records give."""
        return self.correct + self.wrong + self.invented

    @property
    def values(self) -> int:
        """Values that either gives."""
        return self.labelled + self.invented


class MedicationRows(Value):
    """Medications as rows, whatever their fields say."""

    labelled: int = 0
    extracted: int = 0
    exact: int = Field(default=0, description="Found, the name exact.")
    misread: int = Field(default=0, description="Found under a name that is close, and wrong.")
    missed: int = Field(default=0, description="Labelled, and nothing like it extracted.")
    invented: int = Field(default=0, description="Extracted, and nothing like it labelled.")
    invented_where_none: int = Field(default=0, description="Of the invented, on documents that name no medication.")


class GroupScore(Value):
    """All fields over a group of labelled documents."""

    documents: int
    in_review: int = Field(description="Of the documents, those that a person must look at.")
    fields: dict[str, FieldScore] = Field(description="Fields that a label or a record of the group gives.")
    critical: FieldScore = Field(description="The critical fields together.")
    medications: MedicationRows


def score_group(documents: Sequence[ScoredDocument]) -> GroupScore:
    """Count every field over these documents."""
    fields = fields_of(documents)
    counts = count(documents, fields)
    totals = counts.sum(axis=0).astype(int).tolist()
    parts, wholes = zip(*(measure(counts) for measure in (precision, recall, f1, unmarked)), strict=True)
    shares = rates(np.concatenate(parts, axis=1), np.concatenate(wholes, axis=1))
    scores = [
        FieldScore(
            **dict(zip(_COUNTED, total, strict=True)),
            **dict(zip(("precision", "recall", "f1", "unmarked"), shares[at :: len(totals)], strict=True)),
        )
        for at, total in enumerate(totals)
    ]
    by_field = dict(zip(fields, scores[:-1], strict=True))
    return GroupScore(
        documents=len(documents),
        in_review=sum(each.extracted.status is RecordStatus.SUSPECT for each in documents),
        fields=by_field,
        critical=scores[-1],
        medications=_rows(documents, by_field),
    )


def score_groups(documents: Sequence[ScoredDocument], key: Callable[[ScoredDocument], str]) -> dict[str, GroupScore]:
    """The documents by a property of theirs, sorted by it."""
    groups: defaultdict[str, list[ScoredDocument]] = defaultdict(list)
    for each in documents:
        groups[key(each)].append(each)
    return {name: score_group(groups[name]) for name in sorted(groups)}


def fields_of(documents: Sequence[ScoredDocument]) -> list[str]:
    """Fields of which there is any value, sorted."""
    return sorted({value.field for each in documents for value in each.values})


def count(documents: Sequence[ScoredDocument], fields: Sequence[str]) -> NDArray[np.float64]:
    """Values of each document in each field and, last, in the critical fields together.

    Shape: documents, fields + 1, and right, wrong, missed, invented, unmarked and wrong, unmarked and missed.
    """
    counted = np.zeros((len(documents), len(fields) + 1, len(_COUNTED)))
    column = {field: at for at, field in enumerate(fields)}
    for row, document in enumerate(documents):
        for (field, outcome), number in Counter((each.field, each.outcome) for each in document.values).items():
            counted[row, column[field], _COUNTED.index(outcome.value)] = number
    unmarked = np.array([not each.marked for each in documents]).reshape(-1, 1)
    counted[..., 4] = unmarked * (counted[..., 1] + counted[..., 3])
    counted[..., 5] = unmarked * counted[..., 2]
    counted[:, -1] = counted[:, [column[each] for each in CRITICAL if each in column]].sum(axis=1)
    return counted


def precision(counts: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Right values, and values of records; a column a field."""
    return counts[..., 0], counts[..., [0, 1, 3]].sum(axis=-1)


def recall(counts: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Right values, and values of labels."""
    return counts[..., 0], counts[..., :3].sum(axis=-1)


def f1(counts: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Right values, and the mean of the values of labels and of records: their quotient is the harmonic mean."""
    return counts[..., 0], (precision(counts)[1] + recall(counts)[1]) / 2


def unmarked(counts: NDArray[np.float64]) -> tuple[Counts, Counts]:
    """Unmarked and wrong values, and values of labels and records together."""
    return counts[..., 4], counts[..., :4].sum(axis=-1)


def _rows(documents: Sequence[ScoredDocument], fields: dict[str, FieldScore]) -> MedicationRows:
    if _NAME not in fields:
        return MedicationRows()
    names = fields[_NAME]
    return MedicationRows(
        labelled=names.labelled,
        extracted=names.extracted,
        exact=names.correct,
        misread=names.wrong,
        missed=names.missed,
        invented=names.invented,
        invented_where_none=sum(
            value.field == _NAME for each in documents if not each.label.medications for value in each.values
        ),
    )
