"""Phrases around the directions: limits, supply, refills, stages, tapers and rates, each with its numbers."""

import re
from collections.abc import Callable, Iterable, Iterator

from jsl_pipeline.clinical.atom import Atom, slotted
from jsl_pipeline.clinical.dose import UNIT, Dose, ucum, unit_of
from jsl_pipeline.clinical.duration import FRACTIONS, Length, length
from jsl_pipeline.clinical.found import AMOUNT, COUNT, TO, Found, before, found, number
from jsl_pipeline.clinical.sig.parts import (
    Lasting,
    Limit,
    Part,
    Rate,
    Refills,
    Stage,
    Supply,
    SupplyTime,
    Taper,
    Then,
    Times,
)
from jsl_pipeline.clinical.sig.vocabulary import METHODS
from jsl_pipeline.clinical.strength import MASSES
from jsl_pipeline.schemas.dosage import Quantity, Ratio


def quantity(value: float, unit: str | None) -> Quantity:
    """A quantity with the UCUM code of its unit, and the unit's name for people."""
    return Quantity(value=value, unit=_NAMES.get(unit, unit) if unit else None, code=ucum(unit) if unit else None)


def find_phrases(text: str) -> Iterator[Found[Part]]:
    """All phrases of a text but tapers, those first that others would be read in."""
    return _find(text, _READERS)


def find_tapers(text: str) -> Iterator[Found[Part]]:
    """'Reduce by 5 mg every week until stopped'."""
    return _find(text, ((_TAPER, _taper),))


def _find(text: str, readers: "Iterable[tuple[re.Pattern[str], _Reader]]") -> Iterator[Found[Part]]:
    for pattern, read in readers:
        for match in pattern.finditer(text):
            part = read(match)
            if part is not None:
                yield found(match, part)


def _limit(match: re.Match[str]) -> Limit | None:
    follows = _AFTER_TIMING.search(before(match)) or (
        match["period"] and _A_NUMBER.search(match.string, 0, match.start())
    )
    if match["up_to"] and not follows:
        return None  # 'up to 2 tablets' is a dose, until a timing or a dose went before
    most = quantity(number(match["amount"]), unit_of(match["unit"]) if match["unit"] else None)
    if match["period"]:
        period = length(number(match["count"]) if match["count"] else 1.0, None, match["period"])
        return Limit(Ratio(numerator=most, denominator=Quantity(value=period.low, unit=period.unit, code=period.unit)))
    if match["daily"] or match["a_day"] or match["mdd"]:
        return Limit(Ratio(numerator=most, denominator=Quantity(value=1, unit="d", code="d")))
    return None


def _refills(match: re.Match[str]) -> Refills | None:
    groups = match.groupdict()
    said, again = groups.get("count"), groups.get("again")
    count = int(number(said)) if said and said.lower() not in ("no", "none", "nil") else 0
    return Refills(count) if again is None or number(again) == count else None


def _supply(match: re.Match[str]) -> Supply | None:
    groups = match.groupdict()
    value, again, unit = number(match["amount"]), groups.get("again"), groups.get("unit")
    if unit and match.group().lower().startswith("total") and unit_of(unit) in MASSES.values():
        return None  # 'total 20 mg' sums up the dose
    if again and number(again) != value:
        return None
    if match.group()[0] in "#№" and value < 5 and not _A_NUMBER.search(match.string, 0, match.start()):
        return None  # 'Tylenol #3' is a name
    if unit is None and match["container"]:
        if "unit" not in groups and _DIRECTED.search(before(match)):
            return None  # 'inject 1 pen' is a dose
        singular = re.sub(r"(?<=x)es$|s$", "", match["container"].lower())
        return Supply(Quantity(value=value, unit=singular))
    return Supply(quantity(value, unit_of(unit) if unit else None))


def _supply_time(match: re.Match[str]) -> SupplyTime:
    groups = match.groupdict()
    if groups.get("part"):
        return SupplyTime(Length(float(match["part"]), None, FRACTIONS[match["of"]]))
    return SupplyTime(length(number(match["count"]), None, match["unit"]))


def _stage(match: re.Match[str]) -> Stage | None:
    first, unit = number(match["first"]), match["unit"][0].lower()
    if match["open"]:
        return Stage(first, None, unit)
    last = number(match["last"]) if match["last"] else first
    if not 0 < first <= last or (match["both"] and last != first + 1):
        return None
    return Stage(first, last, unit)


def _first(match: re.Match[str]) -> Stage:
    return Stage(1, number(match["many"]) if match["many"] else 1, match["unit"][0].lower())


def _taper(match: re.Match[str]) -> Taper | None:
    unit = unit_of(match["unit"]) if match["unit"] else ""
    every = length(number(match["every"]) if match["every"] else 1.0, None, match["period"] or match["adverb"])
    end = 0.0 if match["stop"] else number(match["end"]) if match["end"] else None
    if match["end_unit"] and unit_of(match["end_unit"]) != unit:
        return None
    step = number(match["step"])
    return Taper(-step if match["down"] else step, unit, every, end) if step and every.low else None


def _lasting(match: re.Match[str]) -> Lasting:
    return Lasting(length(number(match["low"]), number(match["high"]) if match["high"] else None, match["unit"]))


def _on_and_off(match: re.Match[str]) -> Lasting:
    """'12 hours on, 12 hours off'."""
    return Lasting(Length(12, None, "h"))


def _times(match: re.Match[str]) -> Times | None:
    count = int(number(match["count"]))
    if not count:
        return None
    return Times(1, count) if match.groupdict().get("most") and count > 1 else Times(count)


def _rate(match: re.Match[str]) -> Rate:
    unit = "L" if match["unit"].lower().startswith("l") else ucum(unit_of(match["unit"]))
    per_kg = "/kg" if match.groupdict().get("kg") else ""
    code = f"{unit}{per_kg}/{'h' if match['per'][0].lower() == 'h' else 'min'}"
    return Rate(Quantity(value=number(match["amount"]), unit=code, code=code))


def _slots(match: re.Match[str]) -> Atom | None:
    """'5ml-0-5ml', '10-0-8 units': slots with what they count."""
    written = re.findall(rf"(½|\d{{1,2}}(?:\.5)?)\s?({_SLOT_UNIT})?", match.group(), re.IGNORECASE)
    units = {unit_of(unit) for _, unit in written if unit}
    return slotted(match, [number(amount) for amount, _ in written], units.pop()) if len(units) == 1 else None


def _multiple(match: re.Match[str]) -> Dose:
    """The 2 of '2 x 500 mg tablets'."""
    count = number(match["amount"])
    return Dose(count, count, "")


def _then(match: re.Match[str]) -> Then:
    return Then()


_NAMES = {"ug": "microgram", "[iU]": "IU", "U": "unit", "g": "gram"}
_DIRECTED = re.compile(r"\b(?:" + "|".join(METHODS.values()) + r")\s*$", re.IGNORECASE)
_AFTER_TIMING = re.compile(r"(?:hours?|hrs?|hourly|daily|day|needed|required|prn|h)[\s,.;(]*$", re.IGNORECASE)
_A_NUMBER = re.compile(rf"\b{AMOUNT}\b", re.IGNORECASE)
_CONTAINER = (
    r"(?P<container>bottles?|tubes?|packs?|box(?:es)?|inhalers?|pens?|canisters?|jars?|kits?|cartridges?|blisters?)"
)
_MAXIMUM = (
    r"(?:(?P<up_to>up\s+to)|(?P<mdd>mdd\s*[:=]?)|nte\s*[:=]?|limit(?:ed)?(?:\s+(?:to|of|is)|\s*[:=])?|(?:up\s+to\s+)?(?:an?\s+|the\s+)?max(?:imum|\.)?(?P<a_day>\s+daily)?(?:\s+(?:dose|dosage))?"
    r"(?:\s+(?:is|of)|\s*[:=])?|(?:(?:do|should|must|to)\s+)?(?:not|don't)\s+(?:to\s+)?exceed(?:ing)?"
    r"|(?:(?:do\s+)?not|don't|never)\s+(?:to\s+)?(?:(?:take|use|give)\s+)?more\s+than|no\s+more\s+than|at\s+most)"
)
_IN_PERIOD = (
    r"(?:\s*(?:/|\b(?:in|per|an?|each|every|within|over|during)\b)(?:\s+(?:any|an?|one|each|the))?"
    rf"\s*(?P<count>{COUNT})?[\s-]*(?P<period>min(?:ute)?s?|h(?:ou)?rs?|h|days?|d|w(?:ee)?ks?)(?:\s+period)?|\s+(?P<daily>daily))"
)
_SUPPLY = r"(?:[#№]|disp(?:ense)?d?|mitte|qty|quantity|supply|supplied|issue|total(?:\s+of)?|no\.(?=\s*\d))"
_TIME = r"(?:days?|w(?:ee)?ks?|months?|fortnights?)"
_DOWN = r"(?P<down>reduc(?:e|ing)|decreas(?:e|ing)|taper(?:ing)?|lower(?:ing)?)"
_UP = r"(?:increas(?:e|ing)|titrat(?:e|ing)|rais(?:e|ing))"
_THE_DOSE = r"(?:\s+(?:the\s+)?(?:daily\s+)?(?:dose|dosage))?(?:\s+(?:down|up))?"
_UNTIL = (
    r"(?:,?\s+(?:and\s+)?(?:until|till|then|(?:down\s+|up\s+)?to)\s+(?:(?P<stop>stop(?:ped)?|finished|off|zero|0(?!\d)(?:\s*mg)?|nil|complete)"
    rf"|(?P<end>{AMOUNT})\s*(?P<end_unit>{UNIT})?))?"
)

_SLOT_UNIT = r"(?:mls?|units?|i\.?u\.?|u|tsp|puffs?|drops?|gtts?|tab(?:let)?s?|cap(?:sule)?s?)"
_SLOT = rf"(?:½|\d{{1,2}}(?:\.5)?)\s?(?:{_SLOT_UNIT})?"

_Reader = Callable[[re.Match[str]], "Part | None"]
_PATTERNS: tuple[tuple[str, _Reader], ...] = (
    (rf"{_MAXIMUM}\s*(?:a\s+total\s+of\s+)?(?P<amount>{AMOUNT})(?:\s*\({COUNT}\))?(?:\s*(?P<unit>{UNIT})\b)?(?:\s+of\s+[a-z]+)?"
     rf"(?!\s*(?:times?|x)\b)(?:{_IN_PERIOD})?", _limit),
    (rf"(?<![-–/+]){_SLOT}(?:\s?[-–]\s?{_SLOT}){{2}}(?![-–/+.]\d)", _slots),
    (rf"(?P<most>(?:up\s+to|max(?:imum)?(?:\s+of)?)\s+)(?P<count>{COUNT})\s+doses?", _times),
    (rf"(?:refills?|rf|repeats?\s*[:=]|rpts?)\s*[:#x×=()]*\s*(?P<count>{COUNT}|none|nil|no)(?:\s*\((?P<again>{COUNT})\))?"
     r"(?:\s+times?)?", _refills),
    (rf"(?:(?:may|with)\s+)?(?:x\s*)?(?P<count>{COUNT}|no)(?:\s*\((?P<again>{COUNT})\))?\s*(?:additional\s+|authori[sz]ed\s+)?"
     r"(?:refills?|repeats?|rf|rpts?)", _refills),
    (r"(?-i:NR)|do\s+not\s+refill|non-?refillable", _refills),
    (rf"(?:{_SUPPLY}[\s:.=#x]{{0,4}}(?:for\s+)?){{1,2}}(?:(?P<count>{COUNT})\s*-?\s*(?P<unit>{_TIME})|(?P<part>\d{{1,2}})/(?P<of>7|52|12))",
     _supply_time),
    (rf"(?:x\s*)?(?P<count>{COUNT})\s*-?\s*(?P<unit>{_TIME})'?\s*(?:of\s+)?(?:supply|supplies)", _supply_time),
    (rf"(?:{_SUPPLY}[\s:.=#()]{{0,4}}(?:of\s+)?){{1,3}}(?P<amount>{AMOUNT})(?:\s*\(\s*(?P<again>{COUNT})\s*\))?"
     rf"(?:\s*(?P<unit>{UNIT})\b)?(?:\s*{_CONTAINER})?(?!\s*-?\s*{_TIME}|\s*/)", _supply),
    (rf"(?P<amount>{AMOUNT})\s*(?:x\s*)?{_CONTAINER}", _supply),
    (rf"(?:on\s+|for\s+)?(?:the\s+)?(?:first|1st)\s+(?P<many>{COUNT}\s+)?(?P<unit>days?|weeks?)\s*:?", _first),
    (rf"(?<!\ba )(?<!every )(?<!each )(?<!per )(?<!/)(?:(?:on|for|from)\s+)?(?P<unit>days?|weeks?)\s+(?P<first>{COUNT})"
     rf"(?:(?:{TO}|\s+(?:through|thru|(?P<both>and|&))\s+)(?:day\s+|week\s+)?(?P<last>{COUNT}))?"
     r"(?P<open>,?\s+(?:and\s+)?(?:onwards?|on\b|thereafter)|\+)?"
     rf"(?!\s*(?:{UNIT}|{TO}|/|,\s*\d{{1,2}}\s*(?:,|and\b|&|$)|(?:and|&)\s*\d))\s*:?", _stage),
    (rf"(?:infused?\s+)?(?:over|(?:leave|keep)\s+(?:on|in|in\s+place)(?:\s+for)?|(?:remove|wash\s+off|rinse\s+off)\s+after)\s+(?P<low>{COUNT})(?:{TO}(?P<high>{COUNT}))?"
     r"\s*(?P<unit>min(?:ute)?s?|h(?:ou)?rs?)", _lasting),
    (r"(?:for\s+|on\s+(?:for\s+)?)?(?P<low>12)\s*h(?:ou)?rs?\s+(?:on)?[\s,/]*(?:and\s+|then\s+)?(?:off\s+(?:for\s+)?)?12\s*(?P<unit>h(?:ou)?rs?)(?:\s+off)?",
     _on_and_off),
    (rf"(?:for|x|×)\s*(?P<count>{COUNT})\s+doses?(?:\s+only)?", _times),
    (r"[x×]\s?(?P<count>1)(?!\s?[\w/])", _times),
    (rf"(?:(?<=weekly\s)|(?<=monthly\s)|(?<=week\s)|(?<=weeks\s)|(?<=month\s)|(?<=months\s)|(?<=min\s)|(?<=minutes\s))[x×]\s?(?P<count>{COUNT})(?!\s*(?:[\d/]|[dhw]\b|days?|weeks?|months?|hours?|min|mo\b))",
     _times),
    (rf"(?P<amount>{AMOUNT})\s*[x×](?=\s*\d[\d.,]*\s*(?:m?g|mcg|micrograms?|iu|units?)\b)", _multiple),
    (rf"(?:at\s+)?(?P<amount>{AMOUNT})\s*(?P<unit>ml|l|lit(?:re|er)s?)\s*(?:/|per)\s*(?P<per>h(?:(?:ou)?rs?)?|min(?:ute)?)",
     _rate),
    (rf"(?:at\s+|(?=[^.;]{{0,40}}\b(?:iv|infusion|drip)\b))(?P<amount>{AMOUNT})\s*(?P<unit>{'|'.join(MASSES)})(?P<kg>\s*/\s*kg)?\s*(?:/|per)\s*(?P<per>h(?:(?:ou)?rs?)?|min(?:ute)?)",
     _rate),
    (r"(?:and\s+)?(?:then|(?<!more )(?<!less )(?<!rather )than|followed\s+by|after\s+that|thereafter|afterwards"
     r"|subsequently)(?:\s+(?:take|give|use|stay\s+on|remain\s+on))?"
     rf"(?:\s+(?:{_DOWN}|{_UP}){_THE_DOSE}\s+to)?", _then),
    (rf"(?<!may )(?<!can )(?<!might )(?<!could )(?:and\s+)?(?:{_DOWN}|{_UP}|change){_THE_DOSE}\s+to", _then),
)  # fmt: skip


def _compiled(pattern: str) -> re.Pattern[str]:
    """Between words; runs of white space are bounded, so that no text makes a pattern try more than a few."""
    bounded = pattern.replace(r"\s*", r"\s{0,3}").replace(r"\s+", r"\s{1,3}")
    return re.compile(rf"(?<![\w.])(?:{bounded})(?:(?<=[x×])|(?!\w))", re.IGNORECASE)


_READERS = tuple((_compiled(pattern), reader) for pattern, reader in _PATTERNS)
_TAPER = _compiled(
    rf"(?:(?:and|then)\s+)*(?:{_DOWN}|{_UP}){_THE_DOSE}\s+by\s+(?P<step>{AMOUNT})\s*(?P<unit>{UNIT})?\s+"
    rf"(?:(?:every|each|per|an?)\s+(?P<every>{COUNT})?\s*(?P<period>{_TIME})|(?P<adverb>daily|weekly|monthly)){_UNTIL}"
)
