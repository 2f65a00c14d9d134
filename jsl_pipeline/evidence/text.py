"""Text as it is compared: letters and whole numbers, without case, spaces and punctuation."""

import re
from dataclasses import dataclass
from functools import lru_cache

_TOKEN = re.compile(r"\d+(?:[.,]\d+)*|(?<![\w.])\.\d+|[^\W\d_]|[%½¼¾]")
_BARE = re.compile(r"[^\W_]|(?<=\d)[.,](?=\d)")
_THOUSANDS = re.compile(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?")
_DECIMAL = re.compile(r"(\d*)[.,](\d+)")
NUMBER = "#"
"""Stands before and after every number, so that no number is found inside another one."""


@dataclass(frozen=True, slots=True)
class Plain:
    """The letters and numbers of a text, and where each character of them stands in it."""

    text: str
    at: tuple[int, ...]


@lru_cache(maxsize=4096)
def plain(text: str) -> Plain:
    """`0.50 mg` and `.5mg` are both `#0.5#mg`; `1-0-1` is `#1##0##1#`, `1,000` is `#1000#`."""
    letters: list[str] = []
    at: list[int] = []
    for token in _TOKEN.finditer(text):
        said, start = token.group(), token.start()
        written = _numbers(said) if said[0] in ".0123456789" else said.casefold()
        letters.append(written)
        if len(written) == 1:
            at.append(start)
        else:
            step = len(said) / len(written)
            at += [start + min(int(each * step), len(said) - 1) for each in range(len(written))]
    return Plain("".join(letters), tuple(at))


def bare(text: str) -> str:
    """Letters, digits and decimal points as they are: `S00 mg` is `s00mg`, `2,5mg` is `2.5mg`."""
    return "".join(_BARE.findall(text.casefold())).replace(",", ".")


def numbers_of(written: str) -> list[str]:
    """The numbers of a plain text, in order."""
    return [each for each in written.split(NUMBER) if each and each[0].isdigit()]


def letters_of(written: str) -> str:
    """A plain text without its numbers."""
    return "".join(each for each in written.split(NUMBER) if each and not each[0].isdigit())


def _numbers(digits: str) -> str:
    if _THOUSANDS.fullmatch(digits):
        digits = digits.replace(",", "")
    decimal = _DECIMAL.fullmatch(digits)
    if decimal:
        fraction = decimal[2].rstrip("0")
        return _wrapped(_whole(decimal[1]) + (f".{fraction}" if fraction else ""))
    return "".join(_wrapped(_whole(each)) for each in re.split("[.,]", digits))


def _wrapped(number: str) -> str:
    return f"{NUMBER}{number}{NUMBER}"


def _whole(digits: str) -> str:
    return digits.lstrip("0") or "0"
