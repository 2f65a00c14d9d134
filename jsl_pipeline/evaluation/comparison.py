"""Two readings of the same labelled documents: by another engine, model or prompt."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum

import numpy as np
from pydantic import Field

from jsl_pipeline.evaluation.documents import EngineSeen, ScoredDocument, ScoredSet
from jsl_pipeline.evaluation.rates import Counts, Difference, differences
from jsl_pipeline.evaluation.scores import GroupScore, count, f1, fields_of, score_group, unmarked
from jsl_pipeline.evaluation.values import WHOLE_ROW, Outcome
from jsl_pipeline.schemas import Value

# With five documents that differ, even all in one direction, a sign test leaves 2 / 2**5 = 0.06 to chance.
_DOCUMENTS_THAT_TELL = 6


class Verdict(StrEnum):
    """What the difference shows, at 95 %; of twenty fields without any difference, about one will seem to have one."""

    BETTER = "better"
    WORSE = "worse"
    EQUAL = "equal"  # in every single document
    UNTOLD = "cannot be told"


class Compared(Value):
    """One share on both sides, paired by document."""

    this: float | None
    against: float | None
    difference: Difference = Field(description="This less against; its interval is a bootstrap over documents.")
    documents_better: int = Field(description="Documents in which this side has fewer mistakes.")
    documents_worse: int
    verdict: Verdict = Field(
        description="Better or worse where the interval is all on one side and 6 documents differ."
    )


class PlaceDifference(Value):
    """A value that only one side has right, or that the two have wrong in different ways. No content."""

    place: str = Field(description="Path in the label; the field alone where the value is invented.")
    this: Outcome | None
    against: Outcome | None


class DocumentDifference(Value):
    """A document of which the two sides differ."""

    file: str
    status: str
    against_status: str
    places: tuple[PlaceDifference, ...]


class Comparison(Value):
    """This evaluation beside another one of the same labels."""

    against: GroupScore = Field(description="All documents as the other side has them.")
    against_engines: tuple[EngineSeen, ...]
    fields: dict[str, Compared] = Field(description="F1 by field.")
    critical: Compared = Field(description="F1 of the critical fields together.")
    unmarked: Compared = Field(description="Share of critical values that are unmarked and wrong: less is better.")
    documents: tuple[DocumentDifference, ...]


def compare(this: ScoredSet, against: ScoredSet) -> Comparison:
    """Both sides have been scored by the same labels."""
    fields = fields_of([*this.documents, *against.documents])
    here, there = (count(side.documents, fields) for side in (this, against))
    *by_field, critical = compare_shares(*f1(here), *f1(there))
    harm = compare_shares(*unmarked(here[:, -1:]), *unmarked(there[:, -1:]), less_is_better=True)
    pairs = zip(this.documents, against.documents, strict=True)
    return Comparison(
        against=score_group(against.documents),
        against_engines=against.engines,
        fields=dict(zip(fields, by_field, strict=True)),
        critical=critical,
        unmarked=harm[0],
        documents=tuple(each for one, other in pairs if (each := _difference(one, other)).places),
    )


def compare_shares(
    parts: Counts, wholes: Counts, other_parts: Counts, other_wholes: Counts, less_is_better: bool = False
) -> Sequence[Compared]:
    """Each column's share on both sides; rows are the same documents."""
    mistakes, other_mistakes = (parts, other_parts) if less_is_better else (wholes - parts, other_wholes - other_parts)
    better, worse = (mistakes < other_mistakes).sum(axis=0), (mistakes > other_mistakes).sum(axis=0)
    found = differences(parts, wholes, other_parts, other_wholes)
    return [
        Compared(
            this=_share(parts[:, at], wholes[:, at]),
            against=_share(other_parts[:, at], other_wholes[:, at]),
            difference=difference,
            documents_better=int(better[at]),
            documents_worse=int(worse[at]),
            verdict=_verdict(difference, int(better[at] + worse[at]), less_is_better),
        )
        for at, difference in enumerate(found)
    ]


def _verdict(difference: Difference, documents: int, less_is_better: bool) -> Verdict:
    if not documents:
        return Verdict.EQUAL
    if difference.low is None or difference.high is None or documents < _DOCUMENTS_THAT_TELL:
        return Verdict.UNTOLD
    if difference.low <= 0 <= difference.high:
        return Verdict.UNTOLD
    return Verdict.BETTER if (difference.low > 0) is not less_is_better else Verdict.WORSE


def _share(part: Counts, whole: Counts) -> float | None:
    return float(np.sum(part) / np.sum(whole)) if np.sum(whole) else None


def _difference(this: ScoredDocument, against: ScoredDocument) -> DocumentDifference:
    return DocumentDifference(
        file=this.file,
        status=this.status,
        against_status=against.status,
        places=tuple(_places(this, against)),
    )


def _places(this: ScoredDocument, against: ScoredDocument) -> Iterator[PlaceDifference]:
    """Whole rows are told by their parts."""
    here, there = ([each for each in side.values if each.field != WHOLE_ROW] for side in (this, against))
    labelled = {each.in_label: each.outcome for each in there}
    for each in here:
        if each.in_label and each.outcome is not labelled[each.in_label]:  # both sides have all of the label's
            yield PlaceDifference(place=each.in_label, this=each.outcome, against=labelled[each.in_label])
    more, less = (Counter(each.field for each in side if each.outcome is Outcome.INVENTED) for side in (here, there))
    for field in (more - less).elements():
        yield PlaceDifference(place=field, this=Outcome.INVENTED, against=None)
    for field in (less - more).elements():
        yield PlaceDifference(place=field, this=None, against=Outcome.INVENTED)
