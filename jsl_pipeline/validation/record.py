"""From the pages of a document to its one record, with a status and the reasons for it."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date

from pydantic import Field

from jsl_pipeline.confidence import Confidence, Grounds, Judge, shipped_model
from jsl_pipeline.evidence import look_up
from jsl_pipeline.schemas import (
    AnswerFlaw,
    Evidence,
    Issue,
    PageFailure,
    PatientRecord,
    Prescription,
    Reading,
    RecordStatus,
    SecondLookOutcome,
    Severity,
    TextLine,
    Value,
    schema_of,
)
from jsl_pipeline.validation.candidate import CandidateError, ParsedCandidate, parse_candidate
from jsl_pipeline.validation.merge import PageCandidate, merge_pages
from jsl_pipeline.validation.normalise import as_record, day_order
from jsl_pipeline.validation.probabilities import value_probabilities
from jsl_pipeline.validation.rules import RULES, Reviewed, Rule
from jsl_pipeline.validation.settings import REVIEW_BELOW

_CAME_TO = {
    SecondLookOutcome.IMPROVED: "the first answer had problems; a second, better one took its place.",
    SecondLookOutcome.UNCHANGED: "the answer has problems; a second one had as many.",
    SecondLookOutcome.WORSE: "the answer has problems; a second one had more.",
    SecondLookOutcome.EVASIVE: "the answer has problems; a second one left out what was doubted, or changed the rest.",
    SecondLookOutcome.UNUSABLE: "the answer has problems; a second one could not be used.",
    SecondLookOutcome.UNANSWERED: "the answer has problems; a second question got no answer.",
    SecondLookOutcome.UNAFFORDABLE: "the answer has problems; the page's budget allowed no second question.",
}
_CUT_SHORT = "length"  # finish_reason of an answer that met its token limit


class PageReading(Value):
    """What the engine made of one page that is not blank."""

    page_no: int = Field(ge=1)
    outcome: Reading | PageFailure
    lines: tuple[TextLine, ...] = Field(
        default=(), repr=False, description="Words that something else has read, where the engine reports none."
    )

    @property
    def words(self) -> tuple[TextLine, ...]:
        """What was read on the page without a model."""
        return (self.outcome.lines if isinstance(self.outcome, Reading) else ()) or self.lines


class RecordResult(Value):
    """The record of a document, how far it can be trusted, and why."""

    document_id: str
    schema_name: str = Field(description="Schema of `record`, name@version.")
    record: PatientRecord | Prescription  # in this order a stored record is read back as what it was
    status: RecordStatus
    issues: tuple[Issue, ...] = ()
    evidence: Mapping[str, Evidence] = Field(
        default={}, description="Where the pages show the record's values, by path, e.g. 'medications[1].strength'."
    )
    confidence: Confidence = Field(description="How likely its values are right, and the record as a whole.")
    pages: int = Field(description="Pages of the document.")
    pages_read: int = Field(description="Pages with an answer that was understood.")
    pages_blank: int
    pages_failed: int = Field(description="Pages without an answer, or with one that is no candidate.")


def build_record(
    document_id: str,
    page_count: int,
    pages: Sequence[PageReading],
    blank_pages: Collection[int] = (),
    *,
    today: date,
    rules: Sequence[Rule] = RULES,
    judge: Judge | None = None,
    review_below: float = REVIEW_BELOW,
) -> RecordResult:
    """Make one record of a document of `page_count` pages.

    `pages` are the pages that an engine was asked for, in any order, `blank_pages` the numbers of those that
    were not worth asking. A page that is in neither counts as failed. `judge` tells how likely the record is right,
    the model of the package where it is None; below `review_below` a person looks. Never raises for what a page says.
    """
    parsed = {
        page.page_no: (page.outcome, parse_candidate(page.outcome.text))
        for page in sorted(pages, key=lambda page: page.page_no)
        if isinstance(page.outcome, Reading)
    }
    understood = {number: (r, p) for number, (r, p) in parsed.items() if isinstance(p, ParsedCandidate)}
    merged = merge_pages([PageCandidate(page_no=n, candidate=p.candidate) for n, (_, p) in understood.items()])
    texts = [text for reading, _ in understood.values() for text in _texts(reading)]
    record = as_record(merged, day_order(texts), today)
    readings = {number: reading for number, (reading, _) in understood.items()}
    words = {page.page_no: page.words for page in pages if page.page_no in understood}
    findings = look_up(record, words)
    reviewed = Reviewed(record, readings, today, findings)
    issues = [
        *_page_issues(page_count, pages, blank_pages),
        *(issue for number, (reading, answer) in parsed.items() for issue in _answer_issues(number, reading, answer)),
        *merged.issues,
        *(issue for rule in rules for issue in rule(reviewed)),
    ]
    probabilities = value_probabilities(merged, understood)
    grounds = Grounds(record, tuple(issues), readings, words, findings.evidence, probabilities)
    confidence = (judge or shipped_model().judge)(grounds)
    if confidence.record < review_below and _status(issues) is not RecordStatus.SUSPECT:  # a rule's doubt says more
        issues.append(_doubt("confidence_low", "What was measured of the record makes it too likely to be wrong."))
    return RecordResult(
        document_id=document_id,
        schema_name=str(schema_of(type(record))),
        record=record,
        status=_status(issues),
        issues=tuple(issues),
        evidence=findings.evidence,
        confidence=confidence,
        pages=page_count,
        pages_read=len(understood),
        pages_blank=len(set(blank_pages)),
        pages_failed=page_count - len(understood) - len(set(blank_pages)),
    )


def _status(issues: Sequence[Issue]) -> RecordStatus:
    severities = {issue.severity for issue in issues}
    if Severity.DOUBT in severities:
        return RecordStatus.SUSPECT
    return RecordStatus.PARTIAL if Severity.MISSING in severities else RecordStatus.COMPLETE


def _page_issues(page_count: int, pages: Sequence[PageReading], blank_pages: Collection[int]) -> Iterator[Issue]:
    for page in pages:
        if isinstance(page.outcome, PageFailure):
            yield _doubt("page_failed", f"Page {page.page_no} could not be read ({page.outcome.cause}).")
    missing = set(range(1, page_count + 1)) - {page.page_no for page in pages} - set(blank_pages)
    for number in sorted(missing):
        yield _doubt("page_missing", f"Page {number} was never read.")
    if not pages and not missing:
        yield _doubt("document_blank", "Every page is blank.")


def _answer_issues(number: int, reading: Reading, answer: ParsedCandidate | CandidateError) -> Iterator[Issue]:
    if isinstance(answer, CandidateError):
        yield _doubt("answer_unusable", f"Page {number}: {answer.message}")
        return
    if reading.finish_reason == _CUT_SHORT:
        yield _doubt("answer_cut_short", f"Page {number}: the answer met its length limit.")
    if AnswerFlaw.REPAIRED in reading.flaws:
        yield _doubt("answer_repaired", f"Page {number}: slips of syntax in the answer were put right.")
    if AnswerFlaw.FENCED in reading.flaws:
        yield _info("answer_fenced", f"Page {number}: the answer stood in a fence or among words.")
    if reading.asked_again:
        yield _info("answer_asked_again", f"Page {number}: {_CAME_TO[reading.asked_again.outcome]}")
    if answer.unnamed_medications:
        message = f"Page {number}: {answer.unnamed_medications} medications have no name and are left out."
        yield _doubt("medication_unnamed", message)
    if answer.unknown_keys:
        message = f"Page {number}: {answer.unknown_keys} keys of the answer are unknown and left out."
        yield _info("answer_unknown_keys", message)


def _texts(reading: Reading) -> list[str]:
    """The words of a page: as the engine saw them, otherwise as it answered."""
    return [line.text for line in reading.lines] or [reading.text]


def _info(code: str, message: str) -> Issue:
    return Issue(code=code, severity=Severity.INFO, message=message)


def _doubt(code: str, message: str) -> Issue:
    return Issue(code=code, severity=Severity.DOUBT, message=message)
