"""A line while it is read: what was found in it, and what nobody has claimed yet."""

import re
from collections.abc import Iterable
from typing import TypeVar

from jsl_pipeline.clinical.found import Found

T = TypeVar("T")
TAKEN = "\x00"
"""Stands in `rest` for every character that was claimed: no word, no space, so that no pattern reaches across."""


class Line:
    """Finders claim spans one after the other, the most particular first; nobody reads claimed words again."""

    def __init__(self, text: str) -> None:
        self.text = text
        self.rest = text.replace(TAKEN, " ")

    def claim(self, spans: Iterable[Found[T]]) -> list[Found[T]]:
        """Those spans that hold no claimed character, first come first served; they are claimed now."""
        kept: list[Found[T]] = []
        signs = list(self.rest)
        for span in spans:
            if span.end > span.start and TAKEN not in signs[span.start : span.end]:
                signs[span.start : span.end] = TAKEN * (span.end - span.start)
                kept.append(span)
        self.rest = "".join(signs)
        return kept

    def unclaimed(self) -> list[tuple[int, int]]:
        """Spans of words and numbers that are left, those with only blanks and signs between them as one."""
        spans: list[tuple[int, int]] = []
        for word in re.finditer(r"[^\W_]+(?:[.,/'-][^\W_]+)*%?", self.rest):
            if spans and re.fullmatch(r"[^\x00,.;\n]*", self.rest[spans[-1][1] : word.start()]):
                spans[-1] = (spans[-1][0], word.end())
            else:
                spans.append(word.span())
        return spans
