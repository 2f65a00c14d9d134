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

_SPOILED = 500
_DRAWN = 210
_PIXELS = 1_000_000
_CHARACTERS_A_TOKEN = 4
_ROW = re.compile(r"medications\[(\d+)\]\.?(\w*)")

_ASK = candidate_ask(EndpointSettings(url="http://127.0.0.1", auth="none"))


@dataclass(frozen=True)
class _Case:
    page: Page
    truth: Candidate


_Model = Callable[[_Case, Candidate, Sequence[AnswerProblem], Random], Candidate]


def main() -> None:
    console = Console()
    cases = _cases()
    rng = Random(11)
    spoiled = [_spoiled(cases, number, rng) for number in range(_SPOILED)]
    for title, reviewer in (
        ("with the words of the page", PageReviewer(words_of, _today)),
        ("by a model alone", PageReviewer(today=_today)),
    ):
        console.print(f"Pages read {title}: {len(cases)} drawn, {len(spoiled)} spoiled answers", style="bold")
        console.print(_asked(reviewer, cases, spoiled))
        console.print(_kept(reviewer, cases, spoiled, Random(13)))


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


def _asked(reviewer: PageReviewer, cases: Sequence[_Case], spoiled: Sequence[tuple[str, _Case, Candidate]]) -> Table:
    """What is asked about, and what that costs."""
    shown = Table("first answer", "answers", "asked about", "tokens more in the question", "ms a page")
    groups = {"true": [(case, case.truth) for case in cases]}
    for name, case, first in spoiled:
        groups.setdefault(name, []).append((case, first))
    for name, answers in groups.items():
        began = time.process_time()
        problems = [(first, reviewer.problems(case.page, _reading(first))) for case, first in answers]
        seconds = time.process_time() - began
        asked = [_question_tokens(first, found) for first, found in problems if found]
        share = f"{len(asked) / len(answers):.1%}"
        mean = f"{sum(asked) / len(asked):.0f}" if asked else ""
        shown.add_row(name, str(len(answers)), share, mean, f"{seconds / len(answers) * 1e3:.1f}")
    return shown


def _kept(
    reviewer: PageReviewer,
    cases: Sequence[_Case],
    spoiled: Sequence[tuple[str, _Case, Candidate]],
    rng: Random,
) -> Table:
    """What is kept in the end, by what the model does when it is asked again."""
    shown = Table("model", "first answer", "asked", "put right", "other wrong answer", "seen by nothing", "outcomes")
    firsts = {"spoiled": [(case, first) for _, case, first in spoiled], "true": [(case, case.truth) for case in cases]}
    for name, model in _MODELS.items():
        for kind, answers in firsts.items():
            asked = right = wrong = unseen = 0
            outcomes = Counter[str]()
            for case, first in answers:
                problems = reviewer.problems(case.page, _reading(first))
                if not problems:
                    continue
                asked += 1
                second = model(case, first, problems, rng)
                look = reviewer.compare(case.page, _reading(first), _reading(second))
                outcome = look.outcome
                outcomes[outcome.value] += 1
                improved = outcome is SecondLookOutcome.IMPROVED
                right += improved and second == case.truth
                wrong += improved and second != case.truth
                unseen += improved and second != case.truth and not look.after
            told = ", ".join(f"{outcome} {count}" for outcome, count in outcomes.most_common())
            shown.add_row(name, kind, str(asked), str(right), str(wrong), str(unseen), told)
    return shown


def _reading(candidate: Candidate) -> Reading:
    return Reading(text=candidate.model_dump_json(), source=ReadingSource.MODEL, seconds=0)


def _question_tokens(first: Candidate, problems: Sequence[AnswerProblem]) -> int:
    """Estimated from characters: of the answer that is told and the problems."""
    again = second_ask(_ASK, _reading(first).text, problems)
    return (len(again.prompt) - len(_ASK.prompt)) // _CHARACTERS_A_TOKEN


def _reads_again(case: _Case, first: Candidate, problems: Sequence[AnswerProblem], rng: Random) -> Candidate:
    return case.truth


def _repeats(case: _Case, first: Candidate, problems: Sequence[AnswerProblem], rng: Random) -> Candidate:
    return first


def _drops(case: _Case, first: Candidate, problems: Sequence[AnswerProblem], rng: Random) -> Candidate:
    doubted = {int(found[1]) for each in problems if (found := _ROW.match(each.field or ""))}
    kept = tuple(row for at, row in enumerate(first.medications) if at not in doubted)
    return first.model_copy(update={"medications": kept})


def _empties(case: _Case, first: Candidate, problems: Sequence[AnswerProblem], rng: Random) -> Candidate:
    said = first.model_dump()
    for field in {each.field or "" for each in problems}:
        place, name = (said["medications"][int(f[1])], f[2]) if (f := _ROW.match(field)) else (said["patient"], field)
        name = name.removeprefix("patient.")
        if name == "date":
            said["date"] = None
        elif name in place and name != "name":
            place[name] = None
    return Candidate.model_validate(said)


def _careless(case: _Case, first: Candidate, problems: Sequence[AnswerProblem], rng: Random) -> Candidate:
    while True:
        changed = rng.choice(list(FAULTS.values()))(case.truth, rng)
        if changed is not None and changed != case.truth:
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
