"""Pages typed as text: where a word stands in the text is where it stands on the page."""

import re
from typing import Any

from jsl_pipeline.engines.reader import read_candidate
from jsl_pipeline.schemas import Candidate, TextLine, Value

_CHAR, _HEIGHT, _PITCH, _TIGHT = 9.0, 22.0, 34.0, 23.0


def lines(typed: str) -> list[TextLine]:
    """The cells of a typed page: three spaces or more part them, an empty line leaves a gap.

    A line that starts with `~` stands tight under the one before, as wrapped text does.
    """
    found: list[TextLine] = []
    top = 20.0
    for typed_line in typed.strip("\n").split("\n"):
        top += _TIGHT if typed_line.startswith("~") else _PITCH
        for run in re.finditer(r"\S+(?: {1,2}\S+)*", typed_line.replace("~", " ", 1)):
            left, right = (40 + column * _CHAR for column in run.span())
            found.append(TextLine(text=run.group(), box=(left, top, right, top + _HEIGHT)))
    return found


def read(typed: str) -> Candidate:
    """What the reader makes of a typed page."""
    found = lines(typed)
    return read_candidate(found, 1000.0, max(1300.0, found[-1].box[3] + 60 if found else 0))


def said(value: Value) -> dict[str, Any]:
    """The fields that are not empty, without the line that they were read from."""
    return value.model_dump(exclude_none=True, exclude={"raw"})


def medications(candidate: Candidate) -> list[dict[str, Any]]:
    """All that is said of each medication."""
    return [said(each) for each in candidate.medications]


def regimens(candidate: Candidate) -> list[tuple[str, str | None, str | None]]:
    """Name, strength and frequency of each medication."""
    return [(each.name, each.strength, each.frequency) for each in candidate.medications]
