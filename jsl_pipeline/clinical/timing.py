"""The atoms of a timing: spans that say how often, when, or as needed. One pattern and one reader each."""

import re
from collections.abc import Callable, Iterator

from jsl_pipeline.clinical.atom import Atom, Kind, a_day, a_week, interval, slotted
from jsl_pipeline.clinical.duration import FRACTIONS, time_unit
from jsl_pipeline.clinical.found import COUNT, TO, before, number
from jsl_pipeline.clinical.moments import (
    BED,
    CLOCK,
    FOOD,
    FOUR_DIGITS,
    MEAL,
    WEEKDAYS,
    read_moments,
    read_offset,
    read_weekdays,
)
from jsl_pipeline.clinical.reasons import NEEDED
from jsl_pipeline.schemas.dosage import Event, Repeat


def atoms(text: str) -> list[Atom]:
    """All atoms of a text in order; where two overlap, the one that starts first and is longest."""
    kept: list[Atom] = []
    for atom in sorted(_all(text), key=lambda each: (each.start, -each.end)):
        if not kept or atom.start >= kept[-1].end:
            kept.append(atom)
    return kept


def _all(text: str) -> Iterator[Atom]:
    for start in _STARTS.finditer(text):
        for pattern, reader in _READERS:
            match = pattern.match(text, start.end())
            if match is not None and (atom := reader(match)) is not None:
                yield atom


def _times(match: re.Match[str]) -> Atom | None:
    """'three times daily', 'twice a week', '2-3 x/day', 'up to four times a day', 'monthly'."""
    groups = match.groupdict()
    if not groups.get("once") and not groups.get("count") and _LENGTH_BEFORE.search(before(match)):
        return None  # 'for a week'
    times = _once(groups.get("once")) or (int(number(groups["count"])) if groups.get("count") else 1)
    unit = time_unit(groups.get("unit") or "d")
    period = 2.0 if groups.get("unit", "")[:1] in ("f", "F") else 1.0
    if groups.get("limit"):
        return Atom(*match.span(), Kind.COUNT, Repeat(frequency_max=times, period=period, period_unit=unit))
    low = groups.get("low")
    least = _once(low) or (int(number(low)) if low else times)
    most = times if times > least else None
    return Atom(*match.span(), Kind.COUNT, Repeat(frequency=least, frequency_max=most, period=period, period_unit=unit))


def _count_or_interval(match: re.Match[str]) -> Atom:
    """'1 mg 3 monthly' is every 3 months; of '4 weekly' alone nobody can tell whether 4 is the amount."""
    if match["dash"] or _AMOUNT.search(before(match)):
        return Atom(*match.span(), Kind.COUNT, interval(number(match["low"]), time_unit(match["unit"])))
    return Atom(*match.span(), Kind.COUNT)


def _code_range(match: re.Match[str]) -> Atom | None:
    """'bid-tid'."""
    least, most = (_TIMES_A_DAY[match[end].lower().replace(".", "")] for end in ("low", "high"))
    repeat = Repeat(frequency=least, frequency_max=most, period=1, period_unit="d")
    return Atom(*match.span(), Kind.COUNT, repeat) if least < most else None


def _every(match: re.Match[str]) -> Atom | None:
    """'every 6 hours', 'q4-6h', '8 hourly', 'every 3 days'."""
    low = number(match["low"]) if match["low"] else 1.0
    high = number(match["high"]) if match["high"] else None
    if low <= 0:
        return None
    scale = 2 if match["unit"][0].lower() == "f" else 1
    return Atom(*match.span(), Kind.COUNT, interval(low * scale, time_unit(match["unit"]), high and high * scale))


def _slots(match: re.Match[str]) -> Atom:
    written = re.split(r"[\s+–—-]+", match.group())
    return slotted(match, [0.0 if slot in "oO" else number(slot) for slot in written])


def _daily(match: re.Match[str]) -> Atom | None:
    """'daily', unless it ends a limit on the amount: 'max 8 tablets daily'; times that cannot be read say no number."""
    if (unread := _TIMES_BEFORE.search(before(match))) is not None:
        return Atom(match.start() - len(unread.group()), match.end(), Kind.COUNT)
    return None if _AMOUNT_LIMIT.search(before(match, 40)) else Atom(*match.span(), Kind.DAILY, a_day(1))


def _after_amount(repeat: Repeat) -> "_Reader":
    """Capitals that are a degree or a word elsewhere: 'BDS', 'OM' in the morning, 'ON' at night."""
    return lambda match: Atom(*match.span(), Kind.COUNT, repeat) if _AMOUNT.search(before(match)) is not None else None


def _moments(match: re.Match[str]) -> Atom | None:
    """'in the morning', 'at 8am', '30 minutes before breakfast', 'with lunch and dinner'."""
    events, clocks = read_moments(match.group())
    if (not events and not clocks) or _COUNTED_BEFORE.search(before(match)):
        return None  # no day has such a time; or 'for 7 nights'
    offset = read_offset(match) if "offset" in match.groupdict() and events[0][0] != "C" else None
    repeat = Repeat(when=events, time_of_day=() if events else clocks, offset=offset)
    return Atom(*match.span(), Kind.MOMENT, repeat)


def _am_or_pm(match: re.Match[str]) -> Atom | None:
    """'AM', and 'am' after an amount with its unit."""
    if match.group().isupper() or _AMOUNT.search(before(match)) is not None:
        return _moments(match)
    return None


def _food(match: re.Match[str]) -> Atom:
    events, _ = read_moments(match.group())
    return Atom(*match.span(), Kind.WITH, Repeat(when=events, offset=read_offset(match) if events != ("C",) else None))


def _weekdays(match: re.Match[str]) -> Atom:
    """'every Monday' is a frequency by itself, 'on Mondays' belongs to one."""
    days = read_weekdays(match.group())
    repeat = Repeat(frequency=len(days), period=1, period_unit="wk", day_of_week=days)
    return Atom(*match.span(), Kind.COUNT if match["each"] else Kind.DAYS, repeat)


def _prn(match: re.Match[str]) -> Atom:
    reason = next((each for each in match.groups() if each), None)
    return Atom(*match.span(), Kind.PRN, reason=reason.lower() if reason else None)


def _fixed(kind: Kind, repeat: Repeat | None = None) -> "_Reader":
    said = repeat or Repeat()
    return lambda match: Atom(*match.span(), kind, said)


def _once(word: str | None) -> int | None:
    return (
        {"n": 1, "w": 2, "h": 3}.get(word[1].lower()) if word and word[0].lower() in "o0t" and len(word) > 3 else None
    )


def _latin(*codes: str) -> str:
    """Abbreviations with or without points: 'tid', 't.i.d.'."""
    return "(?:" + "|".join(r"\.?".join(code) for code in codes) + r")\.?"


# A word starts after a non-letter, after a word that OCR joined to it ('Takeonce'), or at a capital ('mgTwice').
_START = r"(?:(?<![\w'’])|(?<=(?i:take))|(?<=(?i:use))|(?<=(?i:mg))|(?<=[a-z])(?=[A-Z]))(?=[\w/×½])"
_DAY = r"(?:days?|dya|24\s*h(?:ou)?rs?|twenty[ -]four hours?)"
_DAILY = r"da[il1|!]{2}\s?[yv]"
_SPELT = rf"(?:\s*\({COUNT}\))?"  # a number said twice: `3 (three) times`
_TIMES = rf"{_SPELT}\s*(?:t[imer]{{2,4}}s?|tirnes|x|×)"
_PER = r"\s*(?:/|\ban?\b|\bper\b|\bevery\b|\beach\b|\bin\b(?:\s+an?)?)\s*"
_ONCE = r"(?P<once>[o0]nce|tw[il1]ce|thrice)"
_RANGE = rf"(?:(?P<low>{COUNT}){_SPELT}(?:{TO}(?P<high>{COUNT}){_SPELT})?)?"
_SLOT = r"(?:½|1/2|1½|[0-4oO])"
_LIMIT = (
    r"(?P<limit>(?:up\s*to|max(?:imum)?(?:\s+of)?|(?:no|not)\s+more\s+than|(?:do\s+)?not\s+exceed(?:ing)?|at\s+most)"
    r"[\s:]{1,3})?"
)
_LENGTH_BEFORE = re.compile(r"\b(?:for|x|in|within|after|over|about)\s*$", re.IGNORECASE)
_COUNTED_BEFORE = re.compile(rf"\b(?:for|x|next|first)\s*{COUNT}\s*$", re.IGNORECASE)
_TIMES_BEFORE = re.compile(r"(?:\b[^\s.,;]{1,12}\s{1,2})?\b(?:times?|tirnes)\s{0,2}$", re.IGNORECASE)
_AMOUNT = re.compile(
    r"(?:[\d\x00]|(?<![A-Za-z])(?:mg|mcg|g|ml|units?|iu|u|tab(?:let)?s?|cap(?:sule)?s?|puffs?|drops?|gtts?|po|oral(?:ly)?|one|two|three|half|[BLR]E|O[USD]|s/?c|im|iv))[\s.,]{0,3}$",
    re.IGNORECASE,
)
_AMOUNT_LIMIT = re.compile(r"\b(?:max(?:imum)?|exceed(?:ing)?|more than)\b[^.;\n]*$", re.IGNORECASE)

_LETTERS: tuple[tuple[str, Event], ...] = (("M", "MORN"), ("A", "AFT"), ("E", "EVE"), ("N", "NIGHT"))
_TIMES_A_DAY = {"qid": 4, "qds": 4, "tid": 3, "tds": 3, "bid": 2, "bd": 2, "od": 1, "qd": 1}
_CODE = f"{_latin(*_TIMES_A_DAY)}"
_AT = r"(?:(?:every|each|in|the|at|on|before|after|with|during|upon|going\sto)\s+){0,4}"
_Reader = Callable[[re.Match[str]], Atom | None]
_PATTERNS: tuple[tuple[str, _Reader], ...] = (
    # so many times in a period
    (rf"{_LIMIT}(?:(?P<low>{COUNT}){TO})?(?P<count>{COUNT}){_TIMES}(?:{_PER}{_DAY}|\s*{_DAILY})", _times),
    (rf"{_LIMIT}(?:(?P<low>once|twice|{COUNT}){TO})?{_ONCE}(?:{_PER}{_DAY}|\s*{_DAILY})", _times),
    (rf"{_LIMIT}(?P<count>\d{{1,2}})\s*(?:/|\bper\b)\s*(?:day|24\s*h)", _times),
    (rf"[x×]\s*(?P<count>\d)\s*(?:/\s*day|{_DAILY})", _times),
    (rf"{_LIMIT}(?:(?:(?P<low>once|twice|{COUNT}){TO})?(?:{_ONCE}|(?P<count>{COUNT}){_TIMES}))?(?:{_PER})?\s*"
     r"(?P<unit>weekly|monthly|yearly|annually)", _times),
    (rf"{_LIMIT}(?:(?:(?P<low>once|twice|{COUNT}){TO})?(?:{_ONCE}|(?P<count>{COUNT}){_TIMES}))?{_PER}"
     r"(?P<unit>week|month|fortnight|year|hour)", _times),
    (rf"(?<![-/.,+]){_SLOT}(?:\s*(?:[–—+]|--?)\s*{_SLOT}){{2,3}}(?![-/.,+]\d)", _slots),
    (r"(?:with|before|after|at) (?:each|every|all|three|3|main) (?:main )?meals?",
     lambda match: Atom(*match.span(), Kind.COUNT, a_day(3, *read_moments(match.group())[0]))),
    *((_latin(code), _fixed(Kind.COUNT, a_day(times))) for code, times in _TIMES_A_DAY.items()),
    (rf"(?P<low>{_CODE}){TO}(?P<high>{_CODE})", _code_range),
    (rf"{_latin('hs', 'qhs')}|q\s+(?:h\.?s\.?|bed\s?time)", _fixed(Kind.COUNT, a_day(1, "HS"))),
    (r"q\s*(?:nights?|noc(?:te)?)", _fixed(Kind.COUNT, a_day(1, "NIGHT"))),
    (r"q\s*morning", _fixed(Kind.COUNT, a_day(1, "MORN"))),
    (rf"{_latin('qam')}|q\s+a\.?m\.?", _fixed(Kind.COUNT, a_day(1, "MORN"))),
    (rf"{_latin('qpm')}|q\s+p\.?m\.?", _fixed(Kind.COUNT, a_day(1, "EVE"))),
    (r"om", _after_amount(a_day(1, "MORN"))),
    (r"(?:(?-i:ON)(?!\s*[A-Z0-9])|on(?=\s*(?:$|[.,;)]|(?:for|x)\s*\d|\d{1,2}/(?:7|52|12))))",
     _after_amount(a_day(1, "NIGHT"))),
    (r"(?-i:BDS)", _after_amount(a_day(2))),
    (rf"(?:(?:every|each)\s*day|(?:\ban?|\bper|/)\s*day|{_DAILY}(?!\s+(?:living|activit|routine|life|news)))", _daily),
    # intervals and longer periods
    (rf"(?:every|each)\s+{_RANGE}\s*-?(?P<unit>h(?:(?:ou)?rs?)?|min(?:ute)?s?)(?:ly)?", _every),
    (rf"q\.?\s*{_RANGE}\.?\s*(?P<unit>h(?:(?:ou)?rs?)?|d(?:ays?)?|w(?:(?:ee)?ks?)?|mo(?:nths?)?|min(?:utes?)?)\.?",
     _every),
    *((rf"q\s*{hours}(?!\s*(?:[-–/.\d]|(?:h|hrs?|hours?|d|days?|w|wks?|weeks?|min)\b))",
       _fixed(Kind.COUNT, interval(hours, "h"))) for hours in (4, 6, 8, 12, 24)),
    (rf"(?:every\s+)?{_RANGE}\s*-?(?P<unit>h(?:ou)?r)ly", _every),
    (rf"(?P<low>(?!(?:one|1)\b){COUNT})(?P<high>)(?P<dash>\s*-)?\s*(?P<unit>week|month)ly", _count_or_interval),
    (r"(?:every|each|q)\s*(?P<low>\d{1,2})/(?P<of>7|52|12)",
     lambda match: Atom(*match.span(), Kind.COUNT, interval(float(match["low"]), FRACTIONS[match["of"]]))),
    (rf"(?:every|each)\s+{_RANGE}(?:st|nd|rd|th)?\s*(?P<unit>days|d|w(?:ee)?ks?|fortnights?|months?|mths?|years?)",
     _every),
    (rf"every\s+{_RANGE}(?:nd|rd|th)\s*(?P<unit>day)", _every),
    (r"every\s+third\s+day", _fixed(Kind.COUNT, interval(3, "d"))),
    (r"(?:every\s+(?:other|second|alternate)|(?:on\s+)?alternate)\s+(?:days?|mornings?|nights?|evenings?)",
     lambda match: Atom(*match.span(), Kind.COUNT, _alternate(match.group()))),
    (_latin("qod", "eod"), _fixed(Kind.COUNT, interval(2, "d"))),
    (r"(?:every\s+(?:other|second)\s+week|fortnightly)", _fixed(Kind.COUNT, interval(2, "wk"))),
    (r"every\s+(?:other|second)\s+month", _fixed(Kind.COUNT, interval(2, "mo"))),
    (r"quarterly", _fixed(Kind.COUNT, interval(3, "mo"))),
    (_latin("biw"), _fixed(Kind.COUNT, a_week(2))),
    (_latin("tiw"), _fixed(Kind.COUNT, a_week(3))),
    (_latin("qiw"), _fixed(Kind.COUNT, a_week(4))),
    (WEEKDAYS, _weekdays),
    # as needed
    *((pattern, _prn) for pattern in NEEDED),
    # moments, and words that say no number
    (rf"(?<!this )(?<!last ){_AT}(?:mornings?(?!\s+sickness)|mane|(?:12\s)?noon|midday|afternoons?"
     r"|evenings?(?!\s+(?:primrose|meal))|nights?(?!\s+sweats?)|nightly|nocte|bed\s?time"
     r"|(?:12\s)?midnight|(?:(?<=in )|(?<=in the ))[ap]\.?m\.?)",
     _moments),
    (rf"{_AT}(?<=\s)(?:bed|(?<=at\s)sleep|waking(?:\s+up)?|{CLOCK})", _moments),
    (rf"(?:at|@)\s*{FOUR_DIGITS}(?:(?:\s*[,&/]|\s+and)*\s*{FOUR_DIGITS})*(?:\s?h(?:ou)?rs?)?(?!\s*[%a-z])", _moments),
    (BED, _moments),
    (rf"{_AT}{MEAL}", _moments),
    (r"(?:(?-i:[AP]M)|(?<=[a-z] )[ap]\.?m\.?)(?<!\d[AP]M)(?<!\d [AP]M)", _am_or_pm),
    *((rf"(?-i:{letter})(?<=\({letter})(?=\))", _fixed(Kind.MOMENT, Repeat(when=(event,))))
      for letter, event in _LETTERS),
    (r"(?-i:BBF)", _fixed(Kind.MOMENT, Repeat(when=("ACM",)))),
    (r"(?-i:ABF)", _fixed(Kind.MOMENT, Repeat(when=("PCM",)))),
    (r"b/f", _fixed(Kind.WITH, Repeat(when=("AC",)))),
    (r"a/f", _fixed(Kind.WITH, Repeat(when=("PC",)))),
    (FOOD, _food),
    (r"(?:before|with|after)\s+or\s+(?:with|after|without)\s+(?:food|meals?)|without\s+food", _fixed(Kind.WITH)),
    (r"(?:with|without)\s+(?:milk|water)|(?:on\s+an?\s+)?empty\s+stomach", _fixed(Kind.WITH)),
    (r"(?-i:a\.c\.?|ac|AC)(?!\w)", _fixed(Kind.WITH, Repeat(when=("AC",)))),
    (r"(?-i:p\.c\.?|pc|PC)(?!\w)", _fixed(Kind.WITH, Repeat(when=("PC",)))),
    (r"(?:(?<!at )once|(?:one|1)\s+time(?:\s+only)?|stat|immediately|(?:as\s+an?\s+)?single\s+dose)",
     _fixed(Kind.SINGLE)),
)  # fmt: skip


def _alternate(words: str) -> Repeat:
    """'alternate days', 'every other night'."""
    events, _ = read_moments(words)
    return Repeat(frequency=1, period=2, period_unit="d", when=events)


# Runs of white space are bounded, so that no text makes a pattern try more than a few.
_READERS = tuple(
    (re.compile(rf"(?:{pattern})(?!\w)".replace(r"\s*", r"\s{0,3}").replace(r"\s+", r"\s{1,3}"), re.IGNORECASE), reader)
    for pattern, reader in _PATTERNS
)
# Most words start no atom; one pattern of all tells so without a loop.
_ANY = re.sub(r"\(\?P<\w+>", "(?:", "|".join(pattern.pattern for pattern, _ in _READERS))
_STARTS = re.compile(rf"{_START}(?=(?i:{_ANY}))")
