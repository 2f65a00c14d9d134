"""What a second question is worth: wrong answers that are asked about, put right, or exchanged for other wrong ones.

    python -m bench.second_look

First answers are the truth of drawn pages with one fault of `bench.rules` put in, on purpose. No model is asked: the
second answers are what models do, by rule. One that reads again tells the truth; one that repeats says the same; one
that yields drops every item and empties every field that it is asked about; one that is careless tells the truth but
for another fault. Pages are looked at with the words of their text layers, and as if a model alone had read them. So
this measures what is asked about and which answer is kept, not how well a model looks.
"""

import re
import time
from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date
from random import Random

from rich.console import Console
from rich.table import Table

from bench.rules import FAULTS, TODAY, answer, drawn_documents
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.engines.endpoint.second_question import second_ask
from jsl_pipeline.extraction.engine import words_of
from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.schemas import AnswerProblem, Candidate, Page, Reading, ReadingSource, SecondLookOutcome
from jsl_pipeline.validation import PageReviewer

_SPOILED = 300
_DRAWN = 210
_PIXELS = 1_000_000
_CHARACTERS_A_TOKEN = 4
_ROW = re.compile(r"medications\[(\d+)\]\.?(\w*)")

_ASK = candidate_ask(EndpointSettings(url="http://127.0.0.1", auth="none"))


@dataclass(frozen=True)
class _Case:
    page: Page
    truth: Candidate


@dataclass(frozen=True)
class _First:
    """A first answer, by the fault in it, and what is asked about it."""

    name: str
    case: _Case
    said: Candidate
    problems: tuple[AnswerProblem, ...]


_Model = Callable[[_First, Random], Candidate]


def main() -> None:
    console = Console()
    cases = _cases()
    rng = Random(11)
    firsts = [("true", case, case.truth) for case in cases]
    firsts += [_spoiled(cases, number, rng) for number in range(_SPOILED)]
    for title, reviewer in (
        ("with the words of the page", PageReviewer(words_of, _today)),
        ("by a model alone", PageReviewer(today=_today)),
    ):
        began = time.process_time()
        answers = [
            _First(name, case, said, reviewer.problems(case.page, _reading(said))) for name, case, said in firsts
        ]
        each = (time.process_time() - began) / len(firsts) * 1e3
        console.print(f"Pages read {title}: {len(cases)} true answers, {_SPOILED} spoiled; {each:.1f} ms to judge one")
        console.print(_asked(answers))
        console.print(_kept(reviewer, [first for first in answers if first.problems], Random(13)))


def _today() -> date:
    return TODAY


def _cases() -> list[_Case]:
    """Pages of documents with one, each with the words of its text layer."""
    cases: list[_Case] = []
    for drawn in drawn_documents(_DRAWN):
        document = open_document(drawn.pdf, Limits())
        assert isinstance(document, OpenDocument)
        with document:
            if document.page_count > 1:
                continue
            raster = document.render(1, _PIXELS)
        height, width = raster.pixels.shape[:2]
        page = Page(
            document_id="d", page_no=1, page_sha="s", image=b"i", media_type="image/png", width=width, height=height,
            text_layer=raster.text_layer,
        )  # fmt: skip
        cases.append(_Case(page, answer(drawn.label)))
    return cases


def _spoiled(cases: Sequence[_Case], number: int, rng: Random) -> tuple[str, _Case, Candidate]:
    name, fault = list(FAULTS.items())[number % len(FAULTS)]
    while True:
        case = rng.choice(cases)
        changed = fault(case.truth, rng)
        if changed is not None and changed != case.truth:
            return name, case, changed


def _asked(answers: Sequence[_First]) -> Table:
    """What is asked about, and what that adds to a question."""
    shown = Table("first answer", "answers", "asked about", "tokens more in the question")
    for name in dict.fromkeys(first.name for first in answers):
        members = [first for first in answers if first.name == name]
        tokens = [_question_tokens(first) for first in members if first.problems]
        share = f"{len(tokens) / len(members):.1%}"
        shown.add_row(name, str(len(members)), share, f"{sum(tokens) / len(tokens):.0f}" if tokens else "")
    return shown


def _kept(reviewer: PageReviewer, asked: Sequence[_First], rng: Random) -> Table:
    """What is kept in the end, by what the model does when it is asked again."""
    shown = Table("model", "asked", "put right", "other wrong answer", "seen by nothing", "outcomes")
    for name, model in _MODELS.items():
        right = wrong = unseen = 0
        outcomes = Counter[str]()
        for first in asked:
            second = model(first, rng)
            look = reviewer.compare(first.case.page, _reading(first.said), _reading(second))
            outcomes[look.outcome.value] += 1
            if look.outcome is SecondLookOutcome.IMPROVED:
                right += second == first.case.truth
                wrong += second != first.case.truth
                unseen += second != first.case.truth and not look.after
        told = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
        shown.add_row(name, str(len(asked)), str(right), str(wrong), str(unseen), told)
    return shown


def _reading(candidate: Candidate) -> Reading:
    return Reading(text=candidate.model_dump_json(), source=ReadingSource.MODEL, seconds=0)


def _question_tokens(first: _First) -> int:
    """Estimated from characters: of the answer that is told and the problems."""
    again = second_ask(_ASK, _reading(first.said).text, first.problems)
    return (len(again.prompt) - len(_ASK.prompt)) // _CHARACTERS_A_TOKEN


def _reads_again(first: _First, rng: Random) -> Candidate:
    return first.case.truth


def _repeats(first: _First, rng: Random) -> Candidate:
    return first.said


def _drops(first: _First, rng: Random) -> Candidate:
    doubted = {int(found[1]) for each in first.problems if (found := _ROW.match(each.field or ""))}
    kept = tuple(row for at, row in enumerate(first.said.medications) if at not in doubted)
    return first.said.model_copy(update={"medications": kept})


def _empties(first: _First, rng: Random) -> Candidate:
    said = first.said.model_dump()
    for field in {each.field or "" for each in first.problems}:
        row = _ROW.match(field)
        place, name = (said["medications"][int(row[1])], row[2]) if row else (said["patient"], field)
        name = name.removeprefix("patient.")
        if name == "date":
            said["date"] = None
        elif name in place and name != "name":
            place[name] = None
    return Candidate.model_validate(said)


def _careless(first: _First, rng: Random) -> Candidate:
    while True:
        changed = rng.choice(list(FAULTS.values()))(first.case.truth, rng)
        if changed is not None and changed != first.case.truth:
            return changed


_MODELS: dict[str, _Model] = {
    "reads again": _reads_again,
    "repeats": _repeats,
    "drops what is doubted": _drops,
    "empties what is doubted": _empties,
    "careless": _careless,
}


if __name__ == "__main__":
    main()
