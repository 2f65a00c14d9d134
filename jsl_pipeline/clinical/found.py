"""A span of text that was understood, and the numbers inside such spans."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")
T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Found(Generic[T_co]):
    """A span of a text and what it means: `source[start:end] == text`."""

    start: int
    end: int
    text: str
    value: T_co


def found(match: re.Match[str], value: T) -> Found[T]:
    """The whole match as a span with its value."""
    return Found(match.start(), match.end(), match.group(), value)


def before(match: re.Match[str], chars: int = 30) -> str:
    """The text that leads up to a match."""
    return match.string[max(0, match.start() - chars) : match.start()]


def unique(values: Iterable[T]) -> tuple[T, ...]:
    """The values in their order, each once."""
    return tuple(dict.fromkeys(values))


_WORDS = [
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty",
]  # fmt: skip
_TENS = ["twenty", "thirty", "forty", "fifty", "sixty", "seventy", "eighty", "ninety"]
_VALUES = {
    **{word: float(value) for value, word in enumerate(_WORDS)},
    **{word: 10.0 * value for value, word in enumerate(_TENS, start=2)},
    **dict.fromkeys(("hundred", "a hundred", "one hundred"), 100.0),
}
_FRACTIONS = {"½": 0.5, "¼": 0.25, "¾": 0.75}

_WORD = rf"(?:(?:{'|'.join(_TENS)})[ -]?(?:{'|'.join(_WORDS[1:10])})|{'|'.join(sorted(_VALUES)[::-1])})"

COUNT = rf"(?:\d{{1,3}}|{_WORD})"
"""A whole number in digits or words."""

_PART = r"(?:[½¼¾]|[1-3]/[2-4]|(?:an?\s|one[ -])?(?:half|quarter)|three[ -]quarters?)"
AMOUNT = (
    rf"(?:\d{{1,2}}-[13]/[24]|(?:\d{{1,3}}|{_WORD})\s{{0,2}}(?:(?:\s(?:and|&)|&)\s{{0,2}}{_PART}|(?:[½¼¾]|(?<=\s)[1-3]/[2-4]))"
    rf"|{_PART}(?:\s{{1,2}}(?:of\s{{1,2}})?an?\b)?|\d{{1,6}}(?:[.,]\d{{1,3}}){{0,2}}|\.\d{{1,3}}|{_WORD})"
)
"""A number that may be a fraction: '2.5', '1/2', '1 ½', 'one and a half', 'half a', 'three quarters of a'."""

TO = r"\s{0,2}(?:-|–|—|\bto\b|\bor\b)\s{0,2}"
"""Between the two ends of a range."""


_OF_A = re.compile(r"\s+(?:of\s+)?an?$")  # 'half of a'


def number(text: str) -> float:
    """Value of a COUNT or AMOUNT, digits or words; '1,000' is a thousand and '2,5' two and a half.

    Raises ValueError for anything else.
    """
    words = _OF_A.sub("", " ".join(text.lower().split()))
    whole, joined, part = words.replace("&", " and ").partition(" and ")
    if joined:
        return number(whole) + number(part)
    if "half" in words:
        return 0.5
    if "quarter" in words:
        return 0.75 if "three" in words else 0.25
    if words and words[-1] in _FRACTIONS:
        return (number(words[:-1]) if words[:-1] else 0.0) + _FRACTIONS[words[-1]]
    if "/" in words:
        whole, _, fraction = words.replace("-", " ").rpartition(" ")
        above, below = fraction.split("/")
        return (number(whole) if whole else 0.0) + float(above) / float(below)
    if words in _VALUES:
        return _VALUES[words]
    if (tens := next((each for each in _TENS if words.startswith(each)), None)) is not None:
        return _VALUES[tens] + _VALUES[words.removeprefix(tens).strip(" -")]
    return float(_plain_decimal(words))


_NONE = re.compile(r"\s*(?:none|nil|no(?:\s+\w+)?)\W*", re.IGNORECASE)
_COUNT = re.compile(rf"(?<![\w.,/-]){COUNT}(?![\w/]|[.,]\d)", re.IGNORECASE)


def parse_count(text: str) -> int | None:
    """The first whole number below a thousand in a text, digits or words; 'none' and 'no refills' are 0."""
    if _NONE.fullmatch(text):
        return 0
    match = _COUNT.search(text)
    return int(number(match.group())) if match else None


def _plain_decimal(digits: str) -> str:
    """Thousands commas removed, a decimal comma made a point."""
    if re.fullmatch(r"\d{1,3}(?:,\d{3})+(?:\.\d+)?", digits):
        return digits.replace(",", "")
    return digits.replace(",", ".")
