"""Pages typed as text: where a word stands in the text is where it stands on the page."""

import re

from jsl_pipeline.engines.reader import read_candidate
from jsl_pipeline.schemas import Candidate, TextLine

_CHAR, _HEIGHT, _PITCH, _TIGHT = 9.0, 22.0, 34.0, 23.0


def read(typed: str) -> Candidate:
    """What the reader makes of a typed page.

    Three spaces or more part the cells of a row, and an empty line leaves a gap. A line that starts with `~` stands
    tight under the one before, as wrapped text does.
    """
    lines: list[TextLine] = []
    top = 20.0
    for typed_line in typed.strip("\n").split("\n"):
        tight, text = typed_line.startswith("~"), typed_line.replace("~", " ", 1) if typed_line[:1] == "~" else typed_line
        top += _TIGHT if tight else _PITCH
        for run in re.finditer(r"\S+(?: {1,2}\S+)*", text):
            box = (40 + run.start() * _CHAR, top, 40 + run.end() * _CHAR, top + _HEIGHT)
            lines.append(TextLine(text=run.group(), box=box))
    return read_candidate(lines, 1000.0, max(1300.0, top + 60))


def rows(candidate: Candidate, *fields: str) -> list[tuple[str | None, ...]]:
    """The named fields of each medication, name first."""
    return [tuple(getattr(each, field) for field in ("name", *fields)) for each in candidate.medications]
