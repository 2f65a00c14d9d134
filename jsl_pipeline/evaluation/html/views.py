"""A document as a report shows it: its pages with marked values, and every value of label and record side by side."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from jsl_pipeline.evaluation.documents import CRITICAL, ScoredDocument
from jsl_pipeline.evaluation.html.pictures import Picture
from jsl_pipeline.evaluation.paths import text_at
from jsl_pipeline.evaluation.values import WHOLE_ROW, Outcome, ScoredValue
from jsl_pipeline.schemas import Box, Issue

_DERIVED = re.compile(r"\.(iso|frequency_per_day|prn)$")
_EVIDENCE_OF = {"iso": "", "frequency_per_day": ".frequency", "prn": ".frequency"}
_WORST_FIRST = (Outcome.INVENTED, Outcome.WRONG, Outcome.CORRECT)


@dataclass(frozen=True)
class Mark:
    """A value's place on a page."""

    box: Box
    outcome: Outcome
    path: str


@dataclass(frozen=True)
class PageView:
    """A page with the places of the record's values."""

    picture: Picture
    marks: tuple[Mark, ...]


@dataclass(frozen=True)
class Answer:
    """What one side has for a value."""

    text: str
    outcome: Outcome | None
    """None where it has nothing, and that is right or said in a row of its own."""


@dataclass(frozen=True)
class ValueRow:
    """A value as label and records have it."""

    path: str
    critical: bool
    labelled: str
    this: Answer
    against: Answer | None


@dataclass(frozen=True)
class DocumentView:
    """A document side by side with its label."""

    scored: ScoredDocument
    against: ScoredDocument | None
    pages: tuple[PageView, ...]
    rows: tuple[ValueRow, ...]
    issues: tuple[Issue, ...]

    @property
    def anchor(self) -> str:
        """Name to link to; two documents never share one."""
        return self.scored.file


def view(document: ScoredDocument, against: ScoredDocument | None, pictures: Sequence[Picture]) -> DocumentView:
    """The document as `report.html.j2` takes it; `against` is the same one on the other side."""
    return DocumentView(
        scored=document,
        against=against,
        pages=tuple(PageView(picture, tuple(_marks(document, picture.page_no))) for picture in pictures),
        rows=tuple(_rows(document, against)),
        issues=document.extracted.issues,
    )


def _rows(document: ScoredDocument, against: ScoredDocument | None) -> Iterator[ValueRow]:
    labelled = {each.in_label: each for each in _shown(against)} if against else {}
    for value in _shown(document):
        other = labelled.get(value.in_label) if value.in_label else None
        yield _row(value, document, _answer(other, against) if against else None)
    for value in _shown(against) if against else ():
        if value.in_label is None:
            yield _row(value, document, _answer(value, against), there_alone=True)


def _shown(document: ScoredDocument | None) -> list[ScoredValue]:
    """Every value but whole rows, which are shown by their parts."""
    return [each for each in document.values if each.field != WHOLE_ROW] if document else []


def _row(value: ScoredValue, document: ScoredDocument, against: Answer | None, there_alone: bool = False) -> ValueRow:
    return ValueRow(
        path=value.in_label or f"{value.in_record} of the record",
        critical=value.field in CRITICAL,
        labelled=text_at(document.label, value.in_label) if value.in_label else "",
        this=Answer("", None) if there_alone else _answer(value, document),
        against=against,
    )


def _answer(value: ScoredValue | None, document: ScoredDocument | None) -> Answer:
    if value is None or document is None:
        return Answer("", None)
    text = text_at(document.extracted.record, value.in_record) if value.in_record else ""
    return Answer(text, value.outcome)


def _marks(document: ScoredDocument, page_no: int) -> Iterator[Mark]:
    """Where the values of the record stand on the page; of several at one place, the worst."""
    outcomes: dict[str, Outcome] = {}
    for value in document.values:
        if value.in_record:
            place = _DERIVED.sub(lambda found: _EVIDENCE_OF[found[1]], value.in_record)
            outcomes[place] = min(outcomes.get(place, value.outcome), value.outcome, key=_WORST_FIRST.index)
    for path, evidence in document.extracted.evidence.items():
        if path in outcomes and evidence.page_no == page_no:
            for box in evidence.boxes:
                yield Mark(box, outcomes[path], path)
