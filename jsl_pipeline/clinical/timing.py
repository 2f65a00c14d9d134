"""The atoms of a frequency: spans that say how often, when, or as needed. One pattern and one reader each."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import Enum, auto

from jsl_pipeline.clinical.found import COUNT, TO, before, number


class Kind(Enum):
    """What an atom adds to a frequency."""

    COUNT = auto()
    """So many times a day or in a longer period."""
    DAILY = auto()
    """'daily' alone, which any other count makes more exact."""
    MOMENT = auto()
    """A part of the day: every one named is a time."""
    PRN = auto()
    """As needed."""
    SINGLE = auto()
    """One administration: 'stat', 'once'."""
    WITH = auto()
    """Words that belong to a frequency and say no number: 'with food'."""


@dataclass(frozen=True, slots=True)
class Atom:
    """One span. A COUNT with all numbers null says a number that is not exact."""

    start: int
    end: int
    kind: Kind
    per_day: float | None = None
    period_days: float | None = None
    max_per_day: float | None = None
    reason: str | None = None
    moments: frozenset[tuple[str, str]] = frozenset()  # part of the day, and the clock time where one is written


def atoms(text: str) -> list[Atom]:
    """All atoms of a text in order; where two overlap, the one that starts first and is longest."""
    kept: list[Atom] = []
    for atom in sorted(_all(text), key=lambda each: (each.start, -each.end)):
        if not kept or atom.start >= kept[-1].end:
            kept.append(atom)
    return kept


def _all(text: str) -> Iterator[Atom]:
    for start in _START.finditer(text):
        for pattern, reader in _READERS:
            match = pattern.match(text, start.end())
            if match is not None and (atom := reader(match)) is not None:
                yield atom


def _times(match: re.Match[str]) -> Atom:
    """'three times daily', 'twice a day', '2-3 x/day'; a range or limit gives the most."""
    times = _times_in(match)
    if match["low"] or _LIMIT.search(before(match)):
        return Atom(*match.span(), Kind.COUNT, max_per_day=times)
    return Atom(*match.span(), Kind.COUNT, per_day=times)


def _per_period(match: re.Match[str]) -> Atom:
    """'once weekly', 'three times a week', 'monthly'."""
    times = _times_in(match) or 1.0
    return Atom(*match.span(), Kind.COUNT, period_days=_days(match["unit"]) / times)


def _every(match: re.Match[str]) -> Atom:
    """'every 6 hours', 'q4-6h', '8 hourly', 'every 3 days'."""
    days = _days(match["unit"]) * (number(match["low"]) if match["low"] else 1.0)
    per_day = _whole(1 / days) if 0 < days <= 1 else None
    if match["high"]:
        return Atom(*match.span(), Kind.COUNT, max_per_day=per_day)
    return Atom(*match.span(), Kind.COUNT, per_day=per_day, period_days=days if days > 1 else None)


def _slots(match: re.Match[str]) -> Atom:
    """'1-0-1' is morning, noon, night; a slot that is not zero is a time."""
    times = sum(slot not in "0oO" for slot in re.split(r"[\s+–—-]+", match.group()))
    return Atom(*match.span(), Kind.COUNT, per_day=float(times) if times else None)


def _daily(match: re.Match[str]) -> Atom | None:
    """'daily', unless it ends a limit on the amount: 'max 8 tablets daily'; times that cannot be read say no number."""
    if (unread := _TIMES_BEFORE.search(before(match))) is not None:
        return Atom(match.start() - len(unread.group()), match.end(), Kind.COUNT)
    return None if _AMOUNT_LIMIT.search(before(match, 40)) else Atom(*match.span(), Kind.DAILY, per_day=1.0)


def _after_amount(per_day: float) -> "_Reader":
    """Capitals that are a degree or a word elsewhere: 'BDS', 'OM' in the morning, 'ON' at night."""
    return lambda match: (
        Atom(*match.span(), Kind.COUNT, per_day=per_day) if _AMOUNT.search(before(match)) is not None else None
    )


def _moments(match: re.Match[str]) -> Atom:
    words = re.findall(_PART, match.group(), re.IGNORECASE)
    return Atom(*match.span(), Kind.MOMENT, moments=frozenset(_moment(word.lower()) for word in words))


def _prn(match: re.Match[str]) -> Atom:
    reason = match["after"] or match["ahead"]
    return Atom(*match.span(), Kind.PRN, reason=reason.lower() if reason else None)


def _fixed(kind: Kind, per_day: float | None = None, period_days: float | None = None) -> "_Reader":
    return lambda match: Atom(*match.span(), kind, per_day=per_day, period_days=period_days)


def _times_in(match: re.Match[str]) -> float | None:
    if match["once"]:
        return {"n": 1.0, "w": 2.0, "h": 3.0}[match["once"][1].lower()]
    return number(match["count"]) if match["count"] else None


def _days(unit: str) -> float:
    return {"h": 1 / 24, "d": 1.0, "w": 7.0, "f": 14.0, "m": 30.0, "y": 365.0, "a": 365.0}[unit[0].lower()]


def _whole(times: float) -> float | None:
    """Times a day of an interval, null unless it divides the day evenly."""
    return float(round(times)) if abs(times - round(times)) < 0.01 else None


def _moment(word: str) -> tuple[str, str]:
    if word[0].isdigit():
        hour = int(re.split(r"\D", word)[0]) % (12 if "m" in word else 24) + (12 if "p" in word else 0)
        part = "night" if hour < 4 or hour > 20 else "morning" if hour < 12 else "noon" if hour < 16 else "evening"
        return part, str(hour)
    return next(part for part, pattern in _PARTS.items() if re.fullmatch(pattern, word, re.IGNORECASE)), ""


def _latin(*codes: str) -> str:
    """Abbreviations with or without points: 'tid', 't.i.d.'."""
    return "(?:" + "|".join(r"\.?".join(code) for code in codes) + r")\.?"


# A word starts after a non-letter, after a word that OCR joined to it ('Takeonce'), or at a capital ('mgTwice').
_START = re.compile(r"(?:(?<![\w'’])|(?<=(?i:take))|(?<=(?i:use))|(?<=(?i:mg))|(?<=[a-z])(?=[A-Z]))(?=[\w/×])")
_DAY = r"(?:days?|dya|24\s*h(?:ou)?rs?|twenty[ -]four hours?)"
_DAILY = r"da[il1|!]{2}\s?[yv]"
_SPELT = rf"(?:\s*\({COUNT}\))?"  # a number said twice: `3 (three) times`
_TIMES = rf"{_SPELT}\s*(?:t[imer]{{2,4}}s?|tirnes|x|×)"
_PER = r"\s*(?:/|\ban?\b|\bper\b|\bevery\b|\beach\b|\bin\b(?:\s+an?)?)\s*"
_ONCE = r"(?P<once>[o0]nce|tw[il1]ce|thrice)"
_RANGE = rf"(?:(?P<low>{COUNT}){_SPELT})?(?:{TO}(?P<high>{COUNT}){_SPELT})?"
_SLOT = r"(?:½|1/2|[0-4oO])"
_LIMIT = re.compile(
    r"(?:\bup\s*to|\bmax(?:imum)?(?: of)?|\bmore than|\bexceed(?:ing)?|\bat most)[\s:]*$", re.IGNORECASE
)
_TIMES_BEFORE = re.compile(r"(?:\b[^\s.,;]{1,12}\s{1,2})?\b(?:times?|tirnes)\s{0,2}$", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?:\d|(?<![A-Za-z])(?:mg|mcg|g|ml|units?|iu|tab(?:let)?s?|cap(?:sule)?s?|puffs?|drops?|po|oral(?:ly)?))[\s.,]{0,3}$",
    re.IGNORECASE,
)
_AMOUNT_LIMIT = re.compile(r"\b(?:max(?:imum)?|exceed(?:ing)?|more than)\b[^.;\n]*$", re.IGNORECASE)

_PARTS = {
    "morning": r"mornings?|mane|a\.?m|breakfast|waking",
    "noon": r"noon|midday|lunch(?:time)?|afternoons?",
    "evening": r"evenings?|p\.?m|dinner|supper",
    "night": r"nights?|nightly|nocte|bed\s?time|bed|sleep(?:ing)?",
}
_PART = r"\d{1,2}\s?[ap]m|\d{1,2}[:.]\d\d|(?<![a-z])(?:" + "|".join(_PARTS.values()) + ")(?![a-z])"
_AT = r"(?:(?:every|each|in|the|at|on|one|before|after|with|during|upon|going\sto)\s+){0,4}"
_SYMPTOM = (
    r"(?:(?:chest |severe |breakthrough )?(?:pain|ache|fever|headache|nausea|vomiting|cough|wheez\w*|itch\w*|anxi\w*"
    r"|sleepless\w*|constipat\w*|diarrh\w*|breathless\w*|migraine|attack|symptom\w*)s?)"
)
_REASON = r"[a-z][a-z'’-]+(?:[ /](?!and\b|or\b|for\b|up\b|max|x\b|then\b)[a-z][a-z'’-]+){0,3}"
_AS_NEEDED = (
    r"(?:(?:as(?:\s+and\s+when)?|when(?:ever)?|if)\s*(?:needed|required|necessary)"
    rf"|{_latin('prn', 'sos')}|on\s+demand)"
)
_FOR = r"(?:for|to\s+(?:relieve|control|help|treat))"
_WHEN = r"(?:when(?:ever)?|if)\s+"
_STARTS = r"\s+(?:starts?|begins?|occurs?|returns?|persists?|develops?|worsens?)"

_Reader = Callable[[re.Match[str]], Atom | None]
_PATTERNS: tuple[tuple[str, _Reader], ...] = (
    # so many times a day
    (rf"(?P<once>(?!))?(?:(?P<low>{COUNT}){TO})?(?P<count>{COUNT}){_TIMES}(?:{_PER}{_DAY}|\s*{_DAILY})", _times),
    (rf"(?P<count>(?!))?(?:(?P<low>once|{COUNT}){TO})?{_ONCE}(?:{_PER}{_DAY}|\s*{_DAILY})", _times),
    (r"(?P<once>(?!))?(?P<low>(?!))?(?P<count>\d{1,2})\s*(?:/|\bper\b)\s*(?:day|24\s*h)", _times),
    (rf"(?P<once>(?!))?(?P<low>(?!))?[x×]\s*(?P<count>\d)\s*(?:/\s*day|{_DAILY})", _times),
    (rf"(?<![-/.,+]){_SLOT}(?:\s*(?:[–—+]|--?)\s*{_SLOT}){{2,3}}(?![-/.,+]\d)", _slots),
    (r"(?:with|before|after|at) (?:each|every|all|three|3|main) (?:main )?meals?", _fixed(Kind.COUNT, 3.0)),
    (_latin("qid", "qds"), _fixed(Kind.COUNT, 4.0)),
    (_latin("tid", "tds"), _fixed(Kind.COUNT, 3.0)),
    (_latin("bid", "bd"), _fixed(Kind.COUNT, 2.0)),
    (_latin("od", "qd", "hs", "qhs", "qam", "qpm"), _fixed(Kind.COUNT, 1.0)),
    (r"(?-i:OM|ON)(?!\s*[A-Z0-9])", _after_amount(1.0)),
    (r"(?-i:BDS)", _after_amount(2.0)),
    (rf"(?:(?:every|each)\s*day|(?:\ban?|\bper|/)\s*day|{_DAILY}(?!\s+(?:living|activit|routine|life|news)))", _daily),
    # intervals and longer periods
    (rf"(?:every|each)\s+{_RANGE}\s*-?(?P<unit>h(?:ou)?rs?)(?:ly)?", _every),
    (rf"q\.?\s*{_RANGE}\.?\s*(?P<unit>h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:ee)?ks?)\.?", _every),
    (rf"(?:every\s+)?{_RANGE}\s*-?(?P<unit>h(?:ou)?r)ly", _every),
    (rf"(?:every|each)\s+{_RANGE}(?:st|nd|rd|th)?\s*(?P<unit>days|d|w(?:ee)?ks?|fortnights?|months?|years?)", _every),
    (rf"every\s+{_RANGE}(?:nd|rd|th)\s*(?P<unit>day)", _every),
    (r"(?:every\s+(?:other|second|alternate)|(?:on\s+)?alternate)\s+(?:days?|mornings?|nights?|evenings?)",
     _fixed(Kind.COUNT, period_days=2.0)),
    (_latin("qod", "eod"), _fixed(Kind.COUNT, period_days=2.0)),
    (r"(?:every\s+(?:other|second)\s+week|fortnightly)", _fixed(Kind.COUNT, period_days=14.0)),
    (rf"(?:{_ONCE}|(?P<count>{COUNT}){_TIMES})?(?:{_PER})?\s*(?P<unit>weekly|monthly|yearly|annually)", _per_period),
    (rf"(?:{_ONCE}|(?P<count>{COUNT}){_TIMES})?{_PER}(?P<unit>week|month|fortnight|year)", _per_period),
    (r"every\s+(?:mon|tues|wednes|thurs|fri|satur|sun)day", _fixed(Kind.COUNT, period_days=7.0)),
    (_latin("biw"), _fixed(Kind.COUNT, period_days=7 / 2)),
    (_latin("tiw"), _fixed(Kind.COUNT, period_days=7 / 3)),
    (_latin("qiw"), _fixed(Kind.COUNT, period_days=7 / 4)),
    # as needed
    (rf"(?:for\s+(?P<ahead>{_SYMPTOM})\s+)?{_AS_NEEDED}(?:\s*{_FOR}\s+(?:for\s+)*(?P<after>{_REASON}))?", _prn),
    (rf"(?P<ahead>(?!))?{_WHEN}(?:there\s+is\s+|in\s+)?(?P<after>{_SYMPTOM})(?:{_STARTS})?", _prn),
    (rf"(?P<ahead>(?!))?{_WHEN}(?P<after>[a-z]+(?:\s[a-z]+)?){_STARTS}", _prn),
    # moments, and words that say no number
    (rf"(?<!this )(?<!last ){_AT}(?:mornings?(?!\s+sickness)|mane|noon|midday|afternoons?|evenings?(?!\s+primrose)"
     r"|nights?(?!\s+sweats?)|nightly|nocte|bed\s?time|(?<=in the )[ap]\.?m\.?)", _moments),
    (rf"{_AT}(?<=\s)(?:bed|sleep(?:ing)?|waking|\d{{1,2}}\s?[ap]m|\d{{1,2}}[:.]\d\d)", _moments),
    (rf"{_AT}(?:breakfast|lunch(?:time)?|dinner|supper)", _moments),
    (r"(?-i:[AP]M)(?<!\d[AP]M)(?<!\d [AP]M)", _moments),
    (r"(?:(?:with|after|before|without)\s+(?:or\s+(?:with|after|without)\s+)?(?:food|meals?|milk|water|eating)"
     r"|(?:on\s+an?\s+)?empty\s+stomach)", _fixed(Kind.WITH)),
    (r"(?:(?<!at )once|stat|immediately|single\s+dose)", _fixed(Kind.SINGLE)),
)  # fmt: skip
# Runs of white space are bounded, so that no text makes a pattern try more than a few.
_READERS = tuple(
    (re.compile(rf"(?:{pattern})(?!\w)".replace(r"\s*", r"\s{0,3}").replace(r"\s+", r"\s{1,3}"), re.IGNORECASE), reader)
    for pattern, reader in _PATTERNS
)
