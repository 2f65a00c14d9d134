"""Directions made plain before they are read: slips of spelling and OCR, joined words, Roman numerals.

A word is changed only where one word of directions alone is near: the same but for signs that OCR confuses, or one
letter away. Words that carry a number ('two', 'twice', 'bid') are changed for the first reason only.
"""

import re
from bisect import bisect_right
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz.distance import OSA

from jsl_pipeline.clinical.form import find_forms, find_routes
from jsl_pipeline.schemas.dosage import Span


@dataclass(frozen=True, slots=True)
class Plain:
    """A text made plain, and where its parts stood in the raw text."""

    raw: str
    text: str
    respelt: tuple[Span, ...]
    _plain_starts: tuple[int, ...]
    _raw_starts: tuple[int, ...]
    _same: tuple[bool, ...]

    def raw_span(self, start: int, end: int) -> Span:
        """The raw words of `text[start:end]`; a changed word is taken whole."""
        first, last = self._raw(start, upper=False), self._raw(end, upper=True)
        return Span(start=first, end=last, text=self.raw[first:last])

    def _raw(self, position: int, upper: bool) -> int:
        piece = bisect_right(self._plain_starts, position - (1 if upper and position else 0)) - 1
        if self._same[piece]:
            return self._raw_starts[piece] + position - self._plain_starts[piece]
        return self._raw_starts[piece + 1] if upper else self._raw_starts[piece]


def _words(text: str) -> tuple[str, ...]:
    return tuple(text.split())


_WORDS = _words(
    """
    take taken tablet tablets capsule capsules times days week weeks month months hour hours daily weekly monthly
    every morning evening night nightly bedtime mouth needed required directed before after breakfast lunch dinner
    supper meals apply inhale inject puffs drops affected until finished spoonful spray alternate other with food
    milliliters application applicator teaspoon teaspoons teaspoonful tablespoon tablespoons capful suppository refills
    dispense quantity
    """
)
_NUMBERS = _words("one two three four five six seven eight nine ten half once twice thrice")
# Words one letter away from those above that mean something else.
_OTHERS = frozenset(
    _words(
        """
    right light eight sight tight might fight table cable then than when hen tale cake lake make wake rake talk
    tape took foot good wood mood feed faded weak moth south youth both bath path health wit within width nigh dry
    dye ray say may hays ways rays tines limes timer timed dimes tames tomes applied supply reply inhaled injected
    taker meal puff drop effected infected directs heeded seeded spoon dose doses does even ever very alter later
    other otter mother our your four hourly clinic lunches before fore for mornings nights evenings meals refill
    food fever never lever until unit units skin knee neck back site same some take order older under mouthwash
    mouths mouthful time
    """
    )
)
_SKELETON = str.maketrans({"1": "i", "l": "i", "|": "i", "!": "i", "0": "o", "5": "s"})
_TOKEN = re.compile(r"(?<![\w.])[A-Za-z0-9|!]*[A-Za-z][A-Za-z0-9|!]*[A-Za-z1|](?![\w])")
_JOINED = re.compile(
    r"(?:(?<=\b[Tt]ake)|(?<=\bTAKE)|(?<=\b[Uu]se)|(?<=\bUSE)|(?<=\b[Gg]ive)|(?<=\bGIVE)|(?<=\b[Aa]pply)|(?<=\b[Ii]nhale))"
    r"(?=(?:one|two|three|four|once|twice|thrice|half)\b|[0-9½])"
    r"|(?<=\dmg)(?=[A-Z])|(?<=\dml)(?=[A-Z])|(?<=mcg)(?=[A-Z][a-z])"
)
_SHORT = (
    (re.compile(r"(?<![\w/])w/o\s?(?![\w/])", re.IGNORECASE), "without "),
    (re.compile(r"(?<![\w/])w/\s?(?=\s|[a-z]{3})", re.IGNORECASE), "with "),
    (re.compile(r"\bc\.?(?=\s(?:food|meals?|water|milk|breakfast|lunch|dinner)\b)"), "with"),
    (re.compile(r"\breq['.]?d\b", re.IGNORECASE), "required"),
    (re.compile(r"\bev(?=\s)", re.IGNORECASE), "every"),
    (re.compile(r"\bb['.]?fast\b|\bbrkfs?t\b", re.IGNORECASE), "breakfast"),
    (re.compile(r"(?<=[a-z])\(e?s\)", re.IGNORECASE), ""),
    (re.compile(r"^T\.(?=\s[A-Z])"), "Tab."),
    (re.compile(r"^C\.(?=\s[A-Z])"), "Cap."),
)
"""Short forms and what they stand for."""
_COUNTED = r"(?:tab|cap|gtt|drop|puff|pill|spray|supp|tsp|unit|amp|spoon|tea)"
_ROMAN = re.compile(
    rf"(?<![\w.])(?P<roman>(?:i{{1,3}}|iv|vi{{0,3}})(?:ss)?|ss)(?=\s?{_COUNTED}|\s?[-–]\s?(?:i{{1,3}}|iv|v)\s?{_COUNTED})",
    re.IGNORECASE,
)
_ROMAN_RANGE_END = re.compile(rf"(?<=[-–])(?P<roman>(?:i{{1,3}}|iv|v)(?:ss)?)(?=\s?{_COUNTED})", re.IGNORECASE)
# 'ii po', 'tab i po': beside a route or a frequency.
_CODE = (
    r"(?:p\.?o|pr|pv|sl|[bt]\.?d|[bt]ds|[btq]\.?i\.?d|q\.?d\.?s|o\.?d|q\.?d|q\d{1,2}h|q\.?h\.?s|h\.?s|q[ap]m|daily|nocte"
    r"|mane|om|on|stat|prn)\b"
)
_ROMAN_BEFORE_CODE = re.compile(rf"(?<![\w.-])(?P<roman>i{{1,3}}(?:ss)?|ss)(?=\s{_CODE})", re.IGNORECASE)
_ROMAN_SUPPLY = re.compile(
    r"(?:\b(?:disp(?:ense)?|mitte|qty|quantity)\b[\s:.#]{0,3}|[#№]\s?)(?P<roman>[clxvi]+)(?!\w)", re.IGNORECASE
)
_ROMANS = {"i": 1, "v": 5, "x": 10, "l": 50, "c": 100}
_ONE = re.compile(rf"(?<![\w.])[l|](?=\s?{_COUNTED}|\s?[-–]\s?\d)")  # the sign that OCR gives for a 1
_PLAIN_SIGNS = str.maketrans({"\u00a0": " ", "\u2019": "'", "\u2011": "-", "\u2012": "-", "\u2212": "-", "\t": " "})


def plain(raw: str) -> Plain:
    """The text in words that the finders know, with the way back."""
    text = raw.translate(_PLAIN_SIGNS)
    changes: list[tuple[int, int, str]] = [(match.start(), match.start(), " ") for match in _JOINED.finditer(text)]
    for pattern in (_ROMAN, _ROMAN_RANGE_END, _ROMAN_BEFORE_CODE, _ROMAN_SUPPLY):
        changes += [(*match.span("roman"), _arabic(match["roman"].lower())) for match in pattern.finditer(text)]
    for pattern, word in _SHORT:
        changes += [(*match.span(), word) for match in pattern.finditer(text)]
    respelt: list[Span] = []
    for token in (*_ONE.finditer(text), *_TOKEN.finditer(text)):
        word = "1" if token.re is _ONE else _near(token.group())
        if word is not None:
            changes.append((*token.span(), word))
            respelt.append(Span(start=token.start(), end=token.end(), text=raw[token.start() : token.end()]))
    return _replaced(raw, text, changes, tuple(respelt))


def _replaced(raw: str, text: str, changes: list[tuple[int, int, str]], respelt: tuple[Span, ...]) -> Plain:
    pieces: list[str] = []
    plain_starts, raw_starts, same = [0], [0], [True]
    at = length = 0

    def add(piece: str, until: int, unchanged: bool) -> None:
        nonlocal at, length
        if piece:
            plain_starts.append(length)
            raw_starts.append(at)
            same.append(unchanged)
            pieces.append(piece)
        at, length = until, length + len(piece)

    for start, end, word in sorted(changes):
        if start >= at:
            add(text[at:start], start, True)
            add(word, end, False)
    add(text[at:], len(text), True)
    plain_starts.append(length)
    raw_starts.append(len(raw))
    same.append(True)
    return Plain(
        raw,
        "".join(pieces),
        tuple(sorted(respelt, key=lambda span: span.start)),
        tuple(plain_starts),
        tuple(raw_starts),
        tuple(same),
    )


@lru_cache(maxsize=4096)
def _near(token: str) -> str | None:
    """The one word that a token is a slip of, in small letters; null if it is right, unknown or could be several."""
    word = token.lower()
    if word in _KNOWN:
        return None
    skeleton = _skeleton(word)
    alike = _SKELETONS.get(skeleton)
    if alike is not None:
        return alike
    if not word.isalpha() or len(word) < 3 or find_forms(word) or find_routes(word):
        return None
    near = {each for each in _WORDS if _is_slip(word, each)}
    near |= {each for each in _NUMBERS if len(each) > 3 and sorted(word) == sorted(each) and _is_slip(word, each)}
    stems = {each.rstrip("s") for each in near}
    return min(near, key=len) if len(stems) == 1 else None


def _is_slip(word: str, right: str) -> bool:
    if abs(len(word) - len(right)) > 1 or OSA.distance(word, right, score_cutoff=1) != 1:
        return False
    swapped = sorted(word) == sorted(right)
    if len(right) <= 4:
        return swapped or (right == "take" and word[0] == right[0])
    return swapped or word[0] == right[0]


def _skeleton(word: str) -> str:
    return word.translate(_SKELETON).replace("rn", "m").replace("vv", "w")


def _arabic(roman: str) -> str:
    half = roman.endswith("ss")
    values = [_ROMANS[sign] for sign in roman.removesuffix("ss")]
    whole = sum(-value if any(value < after for after in values[at:]) else value for at, value in enumerate(values))
    return f"{whole}½" if half and whole else "½" if half else str(whole)


_KNOWN = frozenset(_WORDS) | frozenset(_NUMBERS) | _OTHERS
_SKELETONS = {_skeleton(word): word for word in (*_NUMBERS, *_WORDS) if len(word) > 2}
