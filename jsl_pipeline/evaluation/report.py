"""What an evaluation says: counts, rates with intervals, and where the mistakes are."""

from math import sqrt

from pydantic import ConfigDict, Field, computed_field

from jsl_pipeline.evaluation.values import ScoredValue
from jsl_pipeline.schemas import Value

_Z = 1.959964  # of a two-sided 95 % interval


class Rate(Value):
    """A share with its 95 % interval (Wilson score). Values count as independent of each other."""

    value: float | None = Field(description="From 0 to 1; null where there is nothing to count.")
    low: float | None = None
    high: float | None = None

    @classmethod
    def of(cls, part: int, whole: int) -> "Rate":
        """`part` of `whole`."""
        if not whole:
            return cls(value=None)
        share = part / whole
        middle = (share + _Z**2 / (2 * whole)) / (1 + _Z**2 / whole)
        reach = _Z / (1 + _Z**2 / whole) * sqrt(share * (1 - share) / whole + _Z**2 / (4 * whole**2))
        return cls(value=share, low=max(middle - reach, 0.0), high=min(middle + reach, 1.0))


class FieldScore(Value):
    """One field over all documents of a group."""

    model_config = ConfigDict(extra="ignore")  # the rates are written along with the counts, and follow from them

    correct: int = 0
    wrong: int = 0
    missed: int = 0
    invented: int = 0

    @property
    def labelled(self) -> int:
        """Values that the labels give."""
        return self.correct + self.wrong + self.missed

    @property
    def extracted(self) -> int:
        """Values that the records give."""
        return self.correct + self.wrong + self.invented

    @computed_field
    @property
    def precision(self) -> Rate:
        """Of the values in records, the share that is right."""
        return Rate.of(self.correct, self.extracted)

    @computed_field
    @property
    def recall(self) -> Rate:
        """Of the values in labels, the share that was found and is right: exact match."""
        return Rate.of(self.correct, self.labelled)

    @computed_field
    @property
    def f1(self) -> Rate:
        """Harmonic mean of precision and recall; its interval is that of their two bounds, so rather too wide."""
        both = self.labelled + self.extracted
        if not both:
            return Rate(value=None)
        precision, recall = self.precision, self.recall
        return Rate(
            value=2 * self.correct / both,
            low=_harmonic(precision.low, recall.low),
            high=_harmonic(precision.high, recall.high),
        )


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
    fields: dict[str, FieldScore] = Field(description="Fields that a label or a record of the group gives.")
    medications: MedicationRows


class Mistake(ScoredValue):
    """One value that is not right, and the document that it is of."""

    file: str


class EvaluationReport(Value):
    """Records against labels. A labelled document without a record counts with all its fields missed."""

    overall: GroupScore
    by_family: dict[str, GroupScore] = Field(description="By the file name before its trailing number.")
    by_style: dict[str, GroupScore] = Field(description="By the label's style.")
    by_status: dict[str, GroupScore] = Field(
        description="By the record's status; rejected or missing where there is no record."
    )
    mistakes: tuple[Mistake, ...]
    unlabelled: int = Field(description="Extracted documents that no label describes; they are not scored.")


def _harmonic(*bounds: float | None) -> float:
    # Without any value on one side its rate is open, and the other alone bounds F1.
    known = [each for each in bounds if each is not None]
    return len(known) / sum(1 / each for each in known) if all(known) else 0.0
