"""Answers to a question about the pages of files, about texts, or about nothing. Nothing of it is stored."""

import re
import sys
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence

from pydantic import Field
from rich.console import Console

from jsl_pipeline.cli.given import GivenFiles, Place, place_of
from jsl_pipeline.engines import Question, create_engine
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.preprocess import BlankPage
from jsl_pipeline.schemas import Page, PageFailure, Reading, Value
from jsl_pipeline.settings import Settings

# On its way to a terminal: what a model was told by a page must not steer it.
_CONTROLS = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Answered(Value):
    """One page, and what the model said about it or why it did not."""

    file: str | None = Field(description="As it was given; None for a question about nothing.")
    number: int = Field(description="Position of the file among those given, from 1.")
    page: int = Field(description="From 1.")
    pages: int = Field(description="Pages of the file.")
    several: bool = Field(exclude=True, description="It is not the only page that was given.")
    answer: str | None = Field(default=None, repr=False)
    failure: PageFailure | None = None
    blank: bool = Field(default=False, description="Nothing is on the page, so nothing was asked about it.")
    seconds: float | None = None
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class Answers(Value):
    """All that was answered."""

    answers: tuple[Answered, ...]

    @property
    def complete(self) -> bool:
        """Whether no page failed."""
        return all(answered.failure is None for answered in self.answers)


def answers(
    settings: Settings, prompt: str, files: Sequence[str], max_tokens: int | None, tell: Callable[[str], None]
) -> Iterator[Answered]:
    """An answer a page, in the order of files and pages, each as soon as all before it are there.

    Raises SettingsError before anything is asked, and whatever the engine raises.
    """
    engine = create_engine(settings.engine, tell, question=_question(prompt, max_tokens))
    given = GivenFiles(files, settings)
    waiting = deque(given.places())
    done: dict[Place, BlankPage | PageFailure | Reading] = {}

    def to_ask() -> Iterator[Page]:
        for place, found in given.pages():
            if isinstance(found, Page):
                yield found
            else:
                done[place] = found

    def in_order() -> Iterator[Answered]:
        while waiting and waiting[0] in done:
            place = waiting.popleft()
            page = Answered(
                file=_printable(files[place.file]) if files else None,
                number=place.file + 1,
                page=place.page,
                pages=given.counts[place.file],
                several=sum(given.counts) > 1,
            )
            yield _answered(done.pop(place), page)

    with engine:
        for answer in engine.read(to_ask()):
            done[place_of(answer)] = answer.outcome
            yield from in_order()
    yield from in_order()


def show(answers: Iterable[Answered], err: Console) -> bool:
    """Write answers to stdout, each under its file and page where there are several. Returns whether none failed.

    What has no answer is told on `err`, by the position of its file: a name may be a patient's.
    """
    complete, written = True, False
    for answered in answers:
        if answered.answer is not None:
            heading = f"== {_name(answered, answered.file)} ==\n" if answered.several else ""
            sys.stdout.write(_CONTROLS.sub("", "\n" * written + heading + answered.answer) + "\n")
            sys.stdout.flush()
            written = True
            continue
        where = _name(answered, f"File {answered.number}") if answered.file else "The question"
        reason = f"no answer. {answered.failure.message}" if answered.failure else "blank, nothing was asked about it."
        err.print(f"{where}: {reason}", markup=False, highlight=False)
        complete = complete and answered.failure is None
    return complete


def _question(prompt: str, max_tokens: int | None) -> Question:
    if not prompt.strip():
        raise SettingsError("The question is empty.")
    if _printable(prompt) != prompt:
        raise SettingsError("The question is not UTF-8 text.")
    return Question(prompt=prompt, max_tokens=max_tokens)


def _answered(outcome: BlankPage | PageFailure | Reading, page: Answered) -> Answered:
    match outcome:
        case BlankPage():
            return page.model_copy(update={"blank": True})
        case PageFailure():
            return page.model_copy(update={"failure": outcome})
        case Reading():
            named = {name: getattr(outcome, name) for name in ("seconds", "prompt_tokens", "completion_tokens")}
            return page.model_copy(update={"answer": outcome.text, **named})


def _name(answered: Answered, file: str | None) -> str:
    return f"{file}, page {answered.page} of {answered.pages}" if answered.pages > 1 else f"{file}"


def _printable(text: str) -> str:
    """A name as it was typed, with a mark for bytes that are no text."""
    return text.encode(errors="replace").decode()
