"""Who looks at an answer before it is taken, so that a model may be asked once more about what is wrong with it."""

from typing import Protocol

from jsl_pipeline.schemas import AnswerProblem, Page, Reading, SecondLook


class Reviewer(Protocol):
    """Judges usable answers. Its methods may take some milliseconds, and are called in threads."""

    @property
    def digest(self) -> str:
        """Changes whenever it may say something else to a model: answers depend on it."""
        ...

    def prepare(self) -> None:
        """Load what the first judgement needs, so that no answer waits for it."""
        ...

    def problems(self, page: Page, reading: Reading) -> tuple[AnswerProblem, ...]:
        """What a second look at the page can settle; empty where there is nothing to ask."""
        ...

    def compare(self, page: Page, first: Reading, second: Reading) -> SecondLook:
        """What the second answer came to beside the first. Only one that improved on it is kept."""
        ...
