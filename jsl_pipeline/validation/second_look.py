"""What a second look at a page can settle of an answer, and whether the second answer is the better one.

An answer is made into the record that its page alone would give, and the rules that validate records judge it. Asked
about is what may be misread, invented or left out; not what the page itself may say, such as an unusual strength that
stands there. Whether that is so is seen where the page has words that no model has read.
"""

import hashlib
import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime

from jsl_pipeline.schemas import (
    AnswerProblem,
    Candidate,
    Evidence,
    EvidenceMatch,
    Issue,
    Medication,
    MedicationCandidate,
    Page,
    PatientRecord,
    Prescription,
    Reading,
    ReadingSource,
    SecondLook,
    SecondLookOutcome,
    Severity,
    TextLine,
)
from jsl_pipeline.validation.candidate import ParsedCandidate, parse_candidate
from jsl_pipeline.validation.concessions import Doubted, concedes
from jsl_pipeline.validation.record import PageReading, build_record

_ASKED = {
    "answer_unusable": "The answer does not have the form that is asked for.",
    "answer_repaired": "The answer was not valid JSON; something may have been lost.",
    "medication_unnamed": "There are items in `medications` without a name.",
    "medication_row_missing": "The page seems to name medications that `medications` does not have.",
    "medication_unsupported": "This medication was not found on the page. Leave the item out if the page has no such "
    "medication.",
    "value_unsupported": "This value was not found on the page where it belongs; it may stand in another row.",
    "drug_unknown": "No drug of this name is known. Look at each letter.",
    "drug_name_misread": "This is not a drug's name as it stands. Look at each letter.",
    "drug_name_ambiguous": "This is not a drug's name as it stands. Look at each letter.",
    "strength_unreadable": "Digits and letters are mixed as in no strength. Look at each of them.",
    "strength_impossible": "A strength of zero is not possible. Look at each digit.",
    "strength_shifted": "Look at each digit and at the decimal point, and whether it belongs to this row.",
    "dose_contradicts_strength": "Strength and dose do not go together. Look whether both belong to this row.",
    "dose_above_usual": "Look at each digit and at the decimal point of strength, dose and frequency.",
    "dose_below_usual": "Look at each digit and at the decimal point of strength, dose and frequency.",
    "drug_too_often": "Look at how often it is to be taken, and whether that belongs to this row.",
    "frequency_impossible": "Look at how often it is to be taken, and whether that belongs to this row.",
    "route_contradicts_form": "Route and form do not go together. Look whether both belong to this row.",
    "quantity_contradicts_course": "Quantity, dose, frequency and duration do not go together. Look at each of them.",
    "course_ends_before_start": "The dates are in no order. Look at each of them.",
    "date_impossible": "There is no such day. Look at each digit.",
    "date_in_future": "The date lies in the future. Look at each digit.",
    "date_before_birth": "The page's date lies before the date of birth. Look at each digit of both.",
    "patient_dob_impossible": "There is no such date of birth. Look at each digit.",
    "patient_dob_in_future": "The date of birth lies in the future. Look at each digit.",
    "patient_age_contradicts_dob": "Age and date of birth do not go together. Look at each digit of both.",
    "patient_weight_impossible": "Hardly anybody has this weight. Look at each digit and at the decimal point.",
}
"""What a model is told, by the code of an issue. It names no value: none is to be suggested."""

_NUMBER = re.compile(r"medications\[(\d+)\]")
_ALSO_DOUBTED = {"date_before_birth": "patient", "patient_age_contradicts_dob": "date"}
_MISREAD = frozenset({"drug_name_misread", "drug_name_ambiguous"})
_MISPLACED = frozenset({"date_before_birth", "date_in_future", "patient_dob_in_future", "patient_age_contradicts_dob"})
"""The page has the value, but perhaps as another one's: a date of birth for the page's own."""
_ADDS_ROWS = frozenset({"medication_row_missing", "answer_repaired"})


def _no_words(page: Page) -> tuple[TextLine, ...]:
    return ()


def _utc_today() -> date:
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class PageReviewer:
    """Judges the answers of single pages, before they are kept. See `engines.Reviewer` for the interface."""

    words: Callable[[Page], tuple[TextLine, ...]] = _no_words
    """What stands on a page and was read without a model; empty where nothing is known."""
    today: Callable[[], date] = _utc_today
    """Dates cannot lie behind it."""

    @property
    def digest(self) -> str:
        """Of what a model may be told: 8 hex digits."""
        return hashlib.sha256(json.dumps(_ASKED).encode()).hexdigest()[:8]

    def prepare(self) -> None:
        """Load the vocabulary of drugs, by judging an answer that is in order."""
        said = (
            '{"medications": [{"name": "Amoxicillin", "strength": "500 mg", "dose": "1 tablet", "frequency": "daily"}]}'
        )
        example = PageReading(page_no=1, outcome=Reading(text=said, source=ReadingSource.MODEL, seconds=0))
        build_record("", 1, [example], today=self.today())

    def problems(self, page: Page, reading: Reading) -> tuple[AnswerProblem, ...]:
        """What to ask about, in the order of the rules; a medication by its place in the answer's own list."""
        looked = self._look(page, reading)
        places = looked.parsed.places if looked.parsed else ()
        said = dict.fromkeys((code, _with_places(field, places)) for code, field in looked.doubts)
        return tuple(AnswerProblem(code=code, field=field, sentence=_ASKED[code]) for code, field in said)

    def compare(self, page: Page, first: Reading, second: Reading) -> SecondLook:
        """Better is fewer problems, with nothing given up for that. An answer that is no candidate has the most."""
        one, other = self._look(page, first), self._look(page, second)
        outcome = SecondLookOutcome.IMPROVED
        if other.weight == one.weight:
            outcome = SecondLookOutcome.UNCHANGED
        elif other.weight > one.weight:
            outcome = SecondLookOutcome.WORSE
        elif one.parsed and other.parsed:
            misses = "medication_row_missing" in one.codes + other.codes  # then what is not found may be misread
            doubted = replace(one.doubted, absent=frozenset()) if misses else one.doubted
            if concedes(one.parsed.candidate, other.parsed.candidate, doubted):
                outcome = SecondLookOutcome.EVASIVE
        return SecondLook(before=one.codes, after=other.codes, outcome=outcome)

    def _look(self, page: Page, reading: Reading) -> "_Looked":
        """The doubts of the record that the page alone would give, without those that its words settle."""
        parsed = parse_candidate(reading.text)
        if not isinstance(parsed, ParsedCandidate):
            return _Looked(None, (("answer_unusable", None),))
        words = self.words(page)
        read = PageReading(page_no=1, outcome=reading.model_copy(update={"lines": ()}), lines=words)
        result = build_record(page.document_id, 1, [read], today=self.today())
        rows = _rows(parsed.candidate, result.record)
        doubts = [
            (issue.code, _with_places(issue.field, rows))
            for issue in result.issues
            if issue.code in _ASKED and issue.severity is Severity.DOUBT and not _shown(issue, result.evidence)
        ]
        return _Looked(parsed, tuple(doubts), bool(words))


@dataclass(frozen=True, slots=True)
class _Looked:
    parsed: ParsedCandidate | None
    doubts: tuple[tuple[str, str | None], ...]
    """Codes and paths in the candidate."""
    has_words: bool = False

    @property
    def codes(self) -> tuple[str, ...]:
        return tuple(code for code, _ in self.doubts)

    @property
    def weight(self) -> float:
        return len(self.doubts) if self.parsed else float("inf")

    @property
    def doubted(self) -> Doubted:
        """The parts of the candidate that a better answer may change."""
        parts = {_part(field) for _, field in self.doubts if field}
        unsupported = {_part(field) for code, field in self.doubts if code == "medication_unsupported"}
        misread = {_part(field) for code, field in self.doubts if code in _MISREAD}
        parts |= {_ALSO_DOUBTED[code] for code in self.codes if code in _ALSO_DOUBTED}
        return Doubted(
            parts=frozenset(parts),
            everything="answer_repaired" in self.codes,
            absent=frozenset(unsupported - misread),
            unnamed=self.parsed.unnamed_medications if self.parsed else 0,
            more_rows=self.has_words or not _ADDS_ROWS.isdisjoint(self.codes),
        )


def _part(field: str | None) -> str:
    return (field or "").partition(".")[0]


def _shown(issue: Issue, evidence: Mapping[str, Evidence]) -> bool:
    """Whether the page itself has the value that is doubted: then it says so, and a second look would find the same."""
    found = evidence.get(issue.field or "")
    return found is not None and found.match is not EvidenceMatch.APPROXIMATE and issue.code not in _MISPLACED


def _rows(candidate: Candidate, record: PatientRecord | Prescription) -> list[int]:
    """Of each medication of a record, its place in the candidate, which may state it more than once."""
    places: list[int] = []
    for medication in record.medications if isinstance(record, Prescription) else ():
        later = range(places[-1] + 1 if places else 0, len(candidate.medications))
        places.append(next(at for at in later if _is_of(candidate.medications[at], medication)))
    return places


def _is_of(said: MedicationCandidate, medication: Medication) -> bool:
    stated = said.model_dump(exclude={"refills"}, exclude_none=True)
    return all(getattr(medication, name) == value for name, value in stated.items())


def _with_places(field: str | None, places: Sequence[int]) -> str | None:
    """A path with the number of its medication exchanged for what `places` has at it."""
    return field and _NUMBER.sub(lambda number: f"medications[{places[int(number[1])]}]", field)
