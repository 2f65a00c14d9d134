"""How often: once daily, BD, 1-0-1, every 8 hours, as needed for pain.

Single phrases are found first; neighbours with only connecting words between them are one statement. Spaces
are optional everywhere, because OCR joins words.
"""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical.numbers import NUMBER, WORD, parse_number
from jsl_pipeline.clinical.span import Found


@dataclass(frozen=True, slots=True)
class Frequency:
    """How often a dose is taken."""

    per_day: float | None
    """Times a day; None when it is not a fixed number: as needed alone, weekly, a range."""
    prn: bool
    """As needed."""
    prn_reason: str | None = None
    """What it is needed for, as written."""


_LATIN = {
    "od": 1,
    "qd": 1,
    "o.d": 1,
    "q.d": 1,
    "qam": 1,
    "qpm": 1,
    "qhs": 1,
    "q.h.s": 1,
    "hs": 1,
    "h.s": 1,
    "nocte": 1,
    "mane": 1,
    "bd": 2,
    "bid": 2,
    "b.d": 2,
    "b.i.d": 2,
    "bds": 2,
    "tds": 3,
    "tid": 3,
    "t.d.s": 3,
    "t.i.d": 3,
    "td": 3,
    "qds": 4,
    "qid": 4,
    "q.d.s": 4,
    "q.i.d": 4,
}
_COUNT = rf"(?:once|twice|thrice|(?:\d{{1,2}}|{WORD})\s*(?:-\s*\d{{1,2}}\s*)?(?:times?|x|×))"
_MOMENT = (
    r"(?:morning|noon|mid-?day|afternoon|evening|night|bed\s*-?time|breakfast|lunch|dinner|supper|a\.?m\.?(?=\W|$)"
    r"|p\.?m\.?(?=\W|$))"
)
_LONG = r"(?:week(?:ly|s)?|month(?:ly|s)?|fortnight(?:ly)?|year(?:ly|s)?)(?![a-z])"
_PATTERNS: dict[str, str] = {
    "hours": rf"(?:every|each|q\.?)\s*(?P<hours_n>{NUMBER})\s*(?:(?:-|to)\s*(?P<hours_to>{NUMBER})\s*)?"
    r"(?:hours?|hrs?|hourly|h)(?![a-z])|(?P<hourly_n>\d{1,2})\s*-?\s*hourly",
    "long": rf"{_COUNT}\s*(?:(?:every|each|a|per|in\s*a|/)\s*)?(?:{NUMBER}\s*)?{_LONG}"
    rf"|(?:every|each|per|/)\s*(?:(?:other|alternate|{NUMBER})\s*)?{_LONG}|weekly|monthly|fortnightly|yearly"
    rf"|(?:every|on)\s*(?:other|alternate)\s*days?|alternate\s*days?|every\s*{NUMBER}\s*days?|(?-i:QOD|EOD)",
    "count_day": rf"(?P<count>{_COUNT})\s*(?:(?:a|per|each|every|in\s*a|/)\s*)?(?:day|daily|d(?![a-z]))"
    r"|(?P<slash>\d{1,2})\s*(?:/|x\s*/)\s*day",
    "schedule": r"(?<![\d/.-])(?P<schedule>[0-4½](?:\s*[-–]\s*[0-4½]){2,3})(?![\d/-])",
    "latin": r"(?P<latin>b\.?i\.?d|b\.?d\.?s?|t\.?i\.?d|t\.?d\.?s?|q\.?i\.?d|q\.?d\.?s|q\.?h\.?s|o\.d|od|q\.?d|h\.?s"
    r"|qam|qpm|nocte|mane)\.?(?![a-z])",
    "prn": r"(?:(?:only\s*)?(?:as|if|when|whenever)\s*(?:needed|required|necessary|reqd)|as\s*directed\s*when\s*needed"
    r"|p\.?r\.?n\.?|s\.?o\.?s\.?|on\s*demand|when\s+\w+\s+(?:starts|begins|occurs))(?![a-z])",
    "stat": r"(?-i:STAT|Stat)(?![a-z])|immediately",
    "daily": r"(?:every|each)\s*day|daily|(?:a|per)\s*day",
    "moment": rf"(?:(?:at|in|on|every|each|before|after|with)\s*)?(?:the\s*|every\s*|each\s*)?(?P<moment>{_MOMENT})",
    "once": r"once|twice|thrice",
    "meals": r"(?:before|after|with|during)\s*(?:each\s*|every\s*|all\s*)?(?:meals?|food|eating|milk)|(?-i:AC|PC)",
}
_SINGLE = re.compile(
    r"(?:(?<![a-zµ])(?<![a-z]\.)|(?<=take))(?:"
    + "|".join(f"(?P<is_{name}>{pattern})" for name, pattern in _PATTERNS.items())
    + ")",
    re.I,
)
_BETWEEN = re.compile(r"[\s,;&+()/-]*(?:(?:and|or|then|at|in\s*the|only|only\s*if|taken?|is)\b[\s,]*)?", re.I)
_REASON = re.compile(r"\s*(?:for|due\s*to)\s+(?P<reason>[a-z][a-z /-]{2,40})", re.I)


def find_frequencies(text: str) -> list[Found[Frequency]]:
    """Statements of how often, left to right. The reason of an as-needed statement is part of it."""
    groups: list[list[re.Match[str]]] = []
    for match in _SINGLE.finditer(text):
        if groups and _BETWEEN.fullmatch(text, groups[-1][-1].end(), match.start()):
            groups[-1].append(match)
        else:
            groups.append([match])
    return [found for group in groups if (found := _statement(text, group)) is not None]


def parse_frequency(text: str) -> Frequency | None:
    """What a text says of how often, over all its statements; None if it says nothing."""
    found = find_frequencies(text)
    if not found:
        return None
    values = [each.value for each in found]
    counts = [value.per_day for value in values if value.per_day is not None]
    reasons = [value.prn_reason for value in values if value.prn_reason]
    return Frequency(counts[0] if counts else None, any(value.prn for value in values), reasons[0] if reasons else None)


def _statement(text: str, group: list[re.Match[str]]) -> Found[Frequency] | None:
    kinds = [_kind(match) for match in group]
    if all(kind == "meals" for kind in kinds):
        return None
    start, end = group[0].start(), group[-1].end()
    prn = "prn" in kinds
    reason = _REASON.match(text, end) if prn else None
    if reason:
        end = reason.end("reason")
    while end > start and text[end - 1] in " ,;-":
        end -= 1
    value = Frequency(_per_day(group, kinds), prn, reason["reason"].strip() if reason else None)
    return Found(start, end, text[start:end], value)


def _kind(match: re.Match[str]) -> str:
    return next(name for name in _PATTERNS if match[f"is_{name}"] is not None)


def _per_day(group: list[re.Match[str]], kinds: list[str]) -> float | None:
    if "long" in kinds:
        return None
    for match, kind in zip(group, kinds, strict=True):
        counted = _counted(match, kind)
        if counted is not None or kind == "hours":
            return counted
    moments = {match["moment"].lower() for match, kind in zip(group, kinds, strict=True) if kind == "moment"}
    if moments:
        return float(len(moments))
    if "daily" in kinds:
        return 1.0
    once = [match for match, kind in zip(group, kinds, strict=True) if kind == "once"]
    return parse_number(once[0].group()) if once and "prn" not in kinds else None


def _counted(match: re.Match[str], kind: str) -> float | None:
    match kind:
        case "hours":
            return _every_hours(match)
        case "count_day":
            return _count(match["count"] or match["slash"])
        case "latin":
            return float(_LATIN[match["latin"].lower().rstrip(".")]) if _known_latin(match) else None
        case "schedule":
            return float(sum(digit not in "0" for digit in re.findall(r"[0-4½]", match["schedule"])))
        case _:
            return None


def _every_hours(match: re.Match[str]) -> float | None:
    if match["hours_to"]:
        return None  # a range of hours is no fixed number of times
    hours = parse_number(match["hours_n"] or match["hourly_n"])
    return 24 / hours if hours and 24 % hours == 0 else None


def _count(text: str) -> float | None:
    if re.search(r"\d\s*-\s*\d", text):
        return None
    return parse_number(re.sub(r"(?i)\s*(?:times?|x|×)$", "", text.strip()))


def _known_latin(match: re.Match[str]) -> bool:
    return match["latin"].lower().rstrip(".") in _LATIN
