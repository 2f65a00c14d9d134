"""An evaluation as one value."""

from pydantic import Field

from jsl_pipeline.evaluation.comparison import Comparison, compare
from jsl_pipeline.evaluation.documents import EngineSeen, Failure, ScoredSet
from jsl_pipeline.evaluation.opinions import Opinion, second_opinions
from jsl_pipeline.evaluation.scores import GroupScore, score_group, score_groups
from jsl_pipeline.evaluation.values import ScoredValue
from jsl_pipeline.schemas import Value


class Mistake(ScoredValue):
    """One value that is not right, and the document that it is of."""

    file: str


class EvaluationReport(Value):
    """Records against labels. A labelled document without a record counts with all its fields missed."""

    engines: tuple[EngineSeen, ...] = Field(description="Who read the documents, as the store has it.")
    overall: GroupScore
    by_family: dict[str, GroupScore] = Field(description="By the file name before its trailing number.")
    by_style: dict[str, GroupScore] = Field(description="By the label's style.")
    by_status: dict[str, GroupScore] = Field(
        description="By the record's status; rejected or missing where there is no record."
    )
    failures: tuple[Failure, ...] = Field(description="Labelled documents, or pages of them, that were not read.")
    mistakes: tuple[Mistake, ...]
    unlabelled: int = Field(description="Extracted documents that no label describes; they are not scored.")
    opinions: dict[str, Opinion] = Field(description="Metrics of others, by name; none where not asked for.")
    comparison: Comparison | None = None


def evaluate(scored: ScoredSet, against: ScoredSet | None = None, second_opinion: bool = False) -> EvaluationReport:
    """Sum up scored documents, and where `against` is given compare them with what it has of the same labels.

    Every labelled document counts. Records in review count as the others do; `by_status` and what is unmarked tell
    them apart. Raises MissingExtra where a second opinion is asked for and its packages are not there.
    """
    documents = scored.documents
    return EvaluationReport(
        engines=scored.engines,
        overall=score_group(documents),
        by_family=score_groups(documents, lambda each: each.family),
        by_style=score_groups(documents, lambda each: each.label.style or "no style"),
        by_status=score_groups(documents, lambda each: each.status),
        failures=tuple(failure for each in documents for failure in each.extracted.failures),
        mistakes=tuple(Mistake(file=each.file, **value.model_dump()) for each in documents for value in each.mistakes),
        unlabelled=scored.unlabelled,
        opinions=second_opinions(scored, against) if second_opinion else {},
        comparison=compare(scored, against) if against else None,
    )
