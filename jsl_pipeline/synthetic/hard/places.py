"""Where the values of a drawn document stand in its pictures."""

from collections.abc import Sequence

import numpy as np
from pydantic import Field

from jsl_pipeline.schemas import Box, Value
from jsl_pipeline.synthetic.camera import DPI
from jsl_pipeline.synthetic.hard.sheet import Span
from jsl_pipeline.synthetic.hard.shot import Shot

_POINTS_PER_INCH = 72

Corners = tuple[tuple[float, float], tuple[float, float], tuple[float, float], tuple[float, float]]
"""Top left, top right, bottom right, bottom left of words that may stand askew; x and y in pixels of the picture."""


class TruePlace(Value):
    """One place where a value is stated; a value that is stated twice has two."""

    field: str = Field(description="Path in the record, such as medications[0].strength; struck[n] for what is struck.")
    page_no: int = Field(ge=1)
    lines: tuple[Corners, ...] = Field(description="One for each line that it goes over.")

    @property
    def boxes(self) -> tuple[Box, ...]:
        """The upright boxes around its lines."""
        return tuple(
            (min(x for x, _ in each), min(y for _, y in each), max(x for x, _ in each), max(y for _, y in each))
            for each in self.lines
        )


def true_places(spans: Sequence[Span], shots: Sequence[Shot]) -> tuple[TruePlace, ...]:
    """Each statement of a value, through all that was done to the pages, in the order of writing."""
    statements: dict[tuple[str, int, int], list[Corners]] = {}
    for span in spans:
        key = (span.field, span.statement, span.line.page_no)
        left, top, right, bottom = (each * DPI / _POINTS_PER_INCH for each in span.line.box(span.start, span.end))
        corners = np.array([(left, top), (right, top), (right, bottom), (left, bottom)])
        a, b, c, d = ((round(x, 1), round(y, 1)) for x, y in shots[span.line.page_no - 1].move(corners).tolist())
        statements.setdefault(key, []).append((a, b, c, d))
    return tuple(
        TruePlace(field=field, page_no=page_no, lines=tuple(lines)) for (field, _, page_no), lines in statements.items()
    )
