"""Numbers as prescriptions write them: digits, words, halves."""

import re

_WORDS = {
    "a": 1.0,
    "an": 1.0,
    "half": 0.5,
    "one": 1.0,
    "two": 2.0,
    "three": 3.0,
    "four": 4.0,
    "five": 5.0,
    "six": 6.0,
    "seven": 7.0,
    "eight": 8.0,
    "nine": 9.0,
    "ten": 10.0,
    "twelve": 12.0,
    "fourteen": 14.0,
    "twenty": 20.0,
    "thirty": 30.0,
    "once": 1.0,
    "twice": 2.0,
    "thrice": 3.0,
    "½": 0.5,
    "¼": 0.25,
    "¾": 0.75,
}

DIGITS = r"(?:\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?|\.\d+)"
WORD = r"(?:half|one|two|three|four|five|six|seven|eight|nine|ten|twelve|fourteen|twenty|thirty)"
NUMBER = rf"(?:\d+\s*/\s*\d+|{DIGITS}|[½¼¾]|{WORD})"
"""A number: digits with thousands commas or decimals, a fraction, or a word up to thirty."""


def parse_number(text: str) -> float | None:
    """Value of a text that matches NUMBER, or of once, twice, thrice; None for anything else."""
    text = text.strip().lower()
    if text in _WORDS:
        return _WORDS[text]
    if fraction := re.fullmatch(r"(\d+)\s*/\s*(\d+)", text):
        over, under = int(fraction[1]), int(fraction[2])
        return over / under if under else None
    if re.fullmatch(DIGITS, text):
        return float(text.replace(",", ""))
    return None
