"""How likely a model found the values that it wrote, from the tokens that it wrote them with."""

import math
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterator, Sequence
from itertools import accumulate

from jsl_pipeline.serving.protocols import WireToken

_PART = re.compile(r'"(?:[^"\\]|\\.)*"|[{}\[\],:]|[^\s{}\[\],:"]+')


def value_probabilities(text: str, tokens: Sequence[WireToken]) -> dict[str, float]:
    """The probability of the least likely token of each value of a JSON object, by path, as `medications[1].strength`.

    A token is of a value where it holds a part of it; it may hold a quote and other things, too. Nothing is told of
    null and of empty texts. Empty where the object is not, byte by byte and once, what some of the tokens spell: an
    answer that was repaired, or tokens that a server reports otherwise than it wrote them.
    """
    spelt, written = b"".join(token.spelt for token in tokens), text.encode()
    start = spelt.find(written)
    if start < 0 or spelt.find(written, start + 1) >= 0:
        return {}
    bounds = list(accumulate((len(token.spelt) for token in tokens), initial=-start))
    return {
        path: math.exp(min(token.logprob for token in tokens[_first(bounds, begin) : bisect_left(bounds, end)]))
        for path, begin, end in _values(written.decode("latin-1"))  # a character a byte: JSON's own signs are ASCII
    }


def _first(bounds: Sequence[int], begin: int) -> int:
    """The token that holds a byte, or the first of those before it that spell nothing, as parts of a sign may."""
    return min(bisect_left(bounds, begin), bisect_right(bounds, begin) - 1)


def _values(text: str) -> Iterator[tuple[str, int, int]]:
    """Path, start and end of each value of a valid JSON object, without quotes."""
    opened: list[str | int] = []  # in each bracket that is open, the key or the number of the item
    at_key = False
    for part in _PART.finditer(text):
        sign, quotes = part[0], part[0].startswith('"')
        if sign in "{[":
            opened.append("" if sign == "{" else 0)
            at_key = sign == "{"
        elif sign in "}]":
            opened.pop()
            at_key = False
        elif sign == ",":
            at_key = isinstance(opened[-1], str)
            if isinstance(number := opened[-1], int):
                opened[-1] = number + 1
        elif sign == ":":
            continue
        elif at_key:
            opened[-1], at_key = sign[1:-1], False
        elif sign not in ("null", '""'):
            yield _path(opened), part.start() + quotes, part.end() - quotes


def _path(opened: Sequence[str | int]) -> str:
    return "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in opened).removeprefix(".")
