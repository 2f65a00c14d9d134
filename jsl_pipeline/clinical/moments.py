"""Times of the day and days of the week: parts of the day, meals, clock times, weekdays."""

import re

from jsl_pipeline.clinical.found import COUNT, number, unique
from jsl_pipeline.schemas.dosage import DayOfWeek, Event

CLOCK = (
    r"(?:\d{1,2}(?:[:.]\d\d)?\s?[ap]\.?m\b\.?|\d{1,2}[:.]\d\d(?!\d|\s?(?:m[gl]|mcg|g|units?|%))(?:\s?h(?:rs?)?\b)?"
    r"|[0-2]\d[0-5]\d\s?h(?:(?:ou)?rs?)?\b)"
)
"""A clock time: '8am', '8:30 pm', '20:00', '2000h'."""

FOUR_DIGITS = r"(?:[01]\d|2[0-3])[0-5]\d(?!\d)"
"""A clock time in four digits alone, where 'at' or another time stands before it."""

_JUST = r"(?:(?:just|immediately|shortly|straight|right|directly)\s+)?"
_RELATIONS = {"AC": rf"{_JUST}(?:before|prior\s+to)", "PC": rf"{_JUST}(?:after|following)", "C": r"with|at|during"}
_RELATION = "(?:" + "|".join(_RELATIONS.values()) + ")"
_MEALS = {"M": r"breakfast", "D": r"lunch(?:time)?", "V": r"dinner|supper|evening\s+meal", "": r"food|meals?|eating"}
_NAMED_MEAL = "(?:" + "|".join(pattern for code, pattern in _MEALS.items() if code) + ")"
_PARTS: dict[Event, str] = {
    "MORN": r"mornings?|mane|a\.?m",
    "WAKE": r"waking(?:\s+up)?",
    "AFT": r"afternoons?",
    "NOON": r"(?:12\s)?noon|midday",
    "EVE": r"evenings?|p\.?m",
    "HS": r"bed\s?time|bed|sleep(?:ing)?",
    "NIGHT": r"nights?|nightly|nocte",
}
_OFFSET = (
    rf"(?:(?<![-–])(?<!\d to )(?P<offset>half\s+an|an|{COUNT})\s*-?(?P<of>min(?:ute)?s?|h(?:ou)?rs?)\s+"
    r"(?=before|after|prior))?"
)

MEAL = (
    rf"{_OFFSET}(?:{_RELATION}\s+(?:the\s+|your\s+)?)?{_NAMED_MEAL}"
    rf"(?:\s*(?:,|and|&|/)\s*(?:and\s+)?(?:{_RELATION}\s+)?{_NAMED_MEAL}){{0,3}}"
)
"""Named meals and how the time lies to them: '30 minutes before breakfast', 'with lunch and dinner'."""

BED = rf"{_OFFSET}(?:before|prior\s+to|after)\s+(?:going\s+to\s+)?(?:bed\s?time|bed|sleep(?:ing)?|waking)"
"""'30 minutes before bedtime', 'one hour after waking'."""

FOOD = rf"{_OFFSET}(?:{_RELATION})\s+(?:food|meals?|eating)"
"""Any meal: 'after food', 'before meals'."""

_TOKEN = re.compile(
    rf"(?P<relation>\b{_RELATION}\b)|(?P<clock>{CLOCK}|(?:12\s)?midnight|{FOUR_DIGITS})|(?P<meal>\b(?:{'|'.join(_MEALS.values())})\b)"
    rf"|(?P<part>(?<![a-z])(?:{'|'.join(_PARTS.values())})(?![a-z]))",
    re.IGNORECASE,
)

_DAYS: tuple[DayOfWeek, ...] = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_DAY = (
    r"(?:mon(?:day)?|tue(?:s(?:day)?)?|wed(?:s|nesday)?|thu(?:r(?:s(?:day)?)?)?|fri(?:day)?|sat(?:urday)?|sun(?:day)?)"
    r"s?(?![a-z])"
)
_LETTER_DAYS: dict[str, DayOfWeek] = {
    "M": "mon", "Mo": "mon", "T": "tue", "Tu": "tue", "W": "wed", "We": "wed", "Th": "thu", "F": "fri", "Fr": "fri",
    "Sa": "sat", "Su": "sun",
}  # fmt: skip
_LETTER = "(?:Mo|Tu|Th|We|Fr|Sa|Su|[MTWF])"
_LETTERS = rf"{_LETTER}(?:\s?[/,&+]\s?{_LETTER}){{1,6}}|MWF|TTh|TThSa|TuTh|TuThSa"
WEEKDAYS = (
    rf"(?:(?P<each>every\s+|each\s+|q\s?)|on\s+(?:a\s+)?)?(?:{_DAY}(?:\s*(?:,\s*and|,|and|&|/|\+)\s*{_DAY}){{1,6}}"
    rf"|{_DAY}\s*(?:-|–|to|through|thru)\s*{_DAY}|(?:(?<=every )|(?<=each )|(?<=on )|(?<=on a )){_DAY}"
    rf"|(?-i:M-F)(?!\w)|(?-i:{_LETTERS})(?!\w)|(?:mon|tues|wednes|thurs|fri|satur|sun)days?(?![a-z])|week(?:days|ends?)(?![a-z]))"
)
"""Days of the week, in full, or short where several stand together."""


def clock(text: str) -> str | None:
    """HH:MM:SS of a CLOCK; null where no day has that time."""
    if text.lower().endswith("midnight"):
        return "00:00:00"
    digits = re.findall(r"\d+", text)
    hour, minute = (digits[0][:2], digits[0][2:]) if len(digits[0]) == 4 else (digits[0], (digits[1:] or ["0"])[0])
    hours, minutes = int(hour), int(minute)
    half = re.search(r"[ap](?=\.?m)", text, re.IGNORECASE)
    if half is not None and 1 <= hours <= 12:
        hours = hours % 12 + (12 if half.group().lower() == "p" else 0)
    return f"{hours:02}:{minutes:02}:00" if hours < 24 and minutes < 60 else None


def read_moments(words: str) -> tuple[tuple[Event, ...], tuple[str, ...]]:
    """Events and clock times that words name, in order, each once; 'with breakfast and dinner' is CM and CV."""
    events: list[Event] = []
    clocks: list[str] = []
    relation = "C"
    for token in _TOKEN.finditer(words):
        if token["relation"]:
            relation = _key(_RELATIONS, token["relation"])
        elif token["clock"]:
            if (time := clock(token["clock"])) is not None:
                clocks.append(time)
        elif token["meal"]:
            events.append(_meal(relation, _key(_MEALS, token["meal"])))
        else:
            events.append(next(event for event, pattern in _PARTS.items() if _is(pattern, token["part"])))
    return unique(events), unique(clocks)


def read_offset(match: re.Match[str]) -> int | None:
    """Minutes of a match's _OFFSET: 30 for '30 minutes before' and 'half an hour before'."""
    if not match["offset"]:
        return None
    said = match["offset"].lower()
    if said.startswith("half"):
        return 30
    return int(1 if said == "an" else number(said)) * (60 if match["of"][0].lower() == "h" else 1)


def read_weekdays(words: str) -> tuple[DayOfWeek, ...]:
    """Days that WEEKDAYS words name, Monday first: 'Monday to Friday' is five."""
    lower = words.lower()
    if "weekday" in lower or lower == "m-f":
        return _DAYS[:5]
    if "weekend" in lower:
        return _DAYS[5:]
    if re.fullmatch(rf"(?:(?:on|every|each)\s+|q\s?)?(?:{_LETTERS})", words, re.IGNORECASE):
        return tuple(_LETTER_DAYS[day] for day in re.findall(_LETTER, words))
    named = [_DAYS.index(day[:3]) for day in re.findall(_DAY, lower)]
    if len(named) == 2 and re.search(r"-|–|\b(?:to|through|thru)\b", lower):
        first, last = named
        named = list(range(first, last + 1)) if first <= last else [*range(first, 7), *range(last + 1)]
    return tuple(_DAYS[index] for index in sorted(set(named)))


def part_of_day(event: Event) -> str | None:
    """Which of morning, noon, evening and night an event lies in; null for meals in general."""
    if event in ("C", "AC", "PC"):
        return None
    if event in ("MORN", "WAKE", "CM", "ACM", "PCM"):
        return "morning"
    if event in ("NOON", "AFT", "CD", "ACD", "PCD"):
        return "noon"
    return "night" if event in ("NIGHT", "HS") else "evening"


def part_of_clock(time: str) -> str:
    """Which of morning, noon, evening and night a clock time lies in."""
    hour = int(time[:2])
    return "night" if hour < 4 or hour > 20 else "morning" if hour < 12 else "noon" if hour < 16 else "evening"


def _meal(relation: str, meal: str) -> Event:
    events: tuple[Event, ...] = ("C", "CM", "CD", "CV", "AC", "ACM", "ACD", "ACV", "PC", "PCM", "PCD", "PCV")
    return next(event for event in events if event == relation + meal)


def _key(codes: dict[str, str], text: str) -> str:
    return next(code for code, pattern in codes.items() if _is(pattern, text))


def _is(pattern: str, text: str) -> bool:
    return re.fullmatch(pattern, text, re.IGNORECASE) is not None
