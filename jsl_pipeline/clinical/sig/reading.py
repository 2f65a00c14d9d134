"""From a line to its parts: every finder in turn, the most particular first."""

import re
from collections.abc import Iterator, Sequence

from jsl_pipeline.clinical.atom import Atom, Kind
from jsl_pipeline.clinical.dose import Dose, find_amounts, find_bare_amounts
from jsl_pipeline.clinical.duration import find_lengths
from jsl_pipeline.clinical.form import find_forms, find_routes
from jsl_pipeline.clinical.found import AMOUNT, Found, found, number
from jsl_pipeline.clinical.reasons import REASON
from jsl_pipeline.clinical.sig.line import Line
from jsl_pipeline.clinical.sig.names import find_bare_strength, find_drug
from jsl_pipeline.clinical.sig.parts import (
    Concentration,
    Form,
    FoundPart,
    Grammar,
    Instruction,
    Method,
    Place,
    Purpose,
    Stage,
    Then,
    Unknown,
)
from jsl_pipeline.clinical.sig.phrases import find_phrases, find_tapers
from jsl_pipeline.clinical.sig.vocabulary import (
    CAUTION,
    EAR_WORDS,
    EARS,
    EYE_WORDS,
    EYES,
    GRAMMAR,
    INSTRUCTION,
    METHODS,
    NEGATION,
    OCCASION,
    PURPOSE,
    SHORT_ROUTES,
    SITE,
)
from jsl_pipeline.clinical.strength import find_strengths
from jsl_pipeline.clinical.timing import atoms
from jsl_pipeline.schemas.dosage import Repeat

_MOST_WITHOUT_UNIT = 20  # a larger number alone is a strength or an amount to dispense
_HAS_NUMBER = re.compile(r"\d|\b(?:one|two|three|four|five|six|seven|eight|nine|ten|half)\b", re.IGNORECASE)
_AT_ONCE = re.compile(r"(?<!\w)(?:at once|right away|straight away|immediately|now|today)(?!\w)", re.IGNORECASE)
_COUNT_OR_CLOCK = re.compile(r"^\W*(?:(?:take|give|use)\s+)?[1-4]\s?[ap]\.?m\b", re.IGNORECASE)
_RIGHT_EYE = re.compile(r"o\.?d\.?", re.IGNORECASE)
_METHOD = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in METHODS.items()) + r")(?!\w)",
    re.IGNORECASE,
)
_SHORT_ROUTE = re.compile(
    r"(?<![\w-])(?:" + "|".join(f"(?P<{name}>{pattern})" for name, pattern in SHORT_ROUTES.items()) + r")(?!\w)",
    re.IGNORECASE,
)
_LINE_NUMBER = re.compile(r"^\s{0,3}\(?\d{1,2}[.)]\s{1,3}(?=[A-Za-z]{2})")
_TWICE = re.compile(rf"(?<![\w.,/-])(?P<once>{AMOUNT})\s{{0,2}}\(\s?(?P<again>{AMOUNT})\s?\)", re.IGNORECASE)
_WORD_BEFORE = re.compile(r"[^\W_]\s{0,3}$")
_REASON = re.compile(REASON, re.IGNORECASE)


def read_parts(line: Line) -> list[FoundPart]:
    """Every part of a line that is known, in order; what is left is `line.unclaimed()`."""
    parts: list[FoundPart] = []

    def take(spans: Iterator[FoundPart] | Sequence[FoundPart]) -> None:
        parts.extend(line.claim(spans))

    take([found(match, Grammar()) for match in _LINE_NUMBER.finditer(line.rest)])
    take(list(_said_twice(line.rest)))
    take(list(find_tapers(line.rest)))
    take([found(match, Instruction()) for match in INSTRUCTION.finditer(line.rest)])
    take(list(find_phrases(line.rest)))
    take([_caution(match) for match in CAUTION.finditer(line.rest)])
    take([found(match, Unknown()) for match in NEGATION.finditer(_without_needed(line.rest))])
    take(list(_concentrations(line.rest)))
    take(list(_places(line)))
    take(list(_timings(line.rest)))
    take([found(match, Atom(*match.span(), Kind.SINGLE, Repeat(count=1))) for match in _AT_ONCE.finditer(line.rest)])
    take([Found(span.start, span.end, span.text, span.value or Instruction()) for span in find_lengths(line.rest)])
    take([Found(span.start, span.end, span.text, span.value or Unknown()) for span in find_amounts(line.rest)])
    take(
        [Found(span.start, span.end, span.text, Place(span.value)) for span in find_routes(_without_methods(line.rest))]
    )
    take([found(match, Place(match.lastgroup)) for match in _SHORT_ROUTE.finditer(line.rest)])
    take([found(match, Method(match.lastgroup or "")) for match in _METHOD.finditer(line.rest)])
    take([Found(span.start, span.end, span.text, Form(span.value)) for span in find_forms(line.rest)])
    take(list(_bare_amounts(line, _ordered(parts))))
    take(list(_purposes(line.rest)))
    take(list(find_drug(line, _ordered(parts))))
    take(list(find_bare_strength(line.rest, _ordered(parts))))
    take([found(match, Grammar()) for match in GRAMMAR.finditer(line.rest)])
    return _doubted(line, _ordered(parts))


def _doubted(line: Line, parts: Sequence[FoundPart]) -> list[FoundPart]:
    """Parts, 'daily' unknown after a word that may have been a number, and doses that are to be divided."""
    divided = any(isinstance(part.value, Unknown) and "divided" in part.text.lower() for part in parts)
    checked: list[FoundPart] = []
    for part in parts:
        daily = isinstance(part.value, Atom) and part.value.kind is Kind.DAILY
        doubted = (daily and _WORD_BEFORE.search(line.rest[: part.start])) or (divided and isinstance(part.value, Dose))
        checked.append(Found(part.start, part.end, part.text, Unknown()) if doubted else part)
    return checked


def _said_twice(text: str) -> Iterator[FoundPart]:
    """Numbers in brackets that differ from the word before: 'two (3)'."""
    for match in _TWICE.finditer(text):
        if number(match["once"]) != number(match["again"]):
            yield found(match, Unknown())


def _ordered(parts: Sequence[FoundPart]) -> list[FoundPart]:
    return sorted(parts, key=lambda part: part.start)


def _caution(match: re.Match[str]) -> FoundPart:
    """A warning in its words; one with a number in it says more than is read here."""
    return found(match, Unknown() if _HAS_NUMBER.search(match.group()) else Instruction())


def _without_needed(text: str) -> str:
    """The text less the negations that say something positive."""
    return re.sub(r"\b(?:not|no)(?=\s+more\s+than)|\bwithout(?=\s+food)", lambda match: "_" * len(match.group()), text)


def _without_methods(text: str) -> str:
    """'inhaled' is a method that says its route; a route by itself is 'inhalation'."""
    return re.sub(r"\binhaled?\b", lambda match: "_" * len(match.group()), text, flags=re.IGNORECASE)


def _concentrations(text: str) -> Iterator[FoundPart]:
    """Strengths that cannot be doses: ratios, percentages and combinations."""
    for span in find_strengths(text):
        unit = span.value.unit or ""
        combined = span.value.value is None and ("/" in span.text or "+" in span.text)
        if unit == "%" or "/" in unit or combined:
            yield Found(span.start, span.end, span.text, Concentration())


def _places(line: Line) -> Iterator[FoundPart]:
    """Sites and the routes they say, Latin for eyes and ears where the line speaks of them."""
    for match in SITE.finditer(line.rest):
        routes = find_routes(match.group())
        site = re.sub(r"^(?:the|your)\s+", "", match["site"] or match["bare"], flags=re.IGNORECASE).lower()
        site = re.sub(r"^aaa?$", "affected area", site)
        route = routes[0].value if routes else _route_of(site)
        yield found(match, Place(route, site))
    eyes, ears = EYE_WORDS.search(line.text), EAR_WORDS.search(line.text)
    for match in re.finditer(r"(?<![\w.])(?:[A-Z]{2}|ou|os|au|(?i:o\.[us]\.?|a\.[usd]\.?))(?![\w.])", line.rest):
        code = match.group().upper().replace(".", "")
        if eyes and code in EYES and code != "OD":
            yield found(match, Place("ophthalmic", EYES[code]))
        elif ears and code in EARS:
            yield found(match, Place("otic", EARS[code]))


def _route_of(site: str) -> str | None:
    for word, route in (
        ("eye", "ophthalmic"),
        ("ear", "otic"),
        ("nostril", "nasal"),
        ("nose", "nasal"),
        ("rectum", "rectal"),
        ("vagina", "vaginal"),
    ):
        if word in site and "heart" not in site:
            return route
    routes = {"lungs": "inhalation", "affected area": "topical"}
    return next((route for words, route in routes.items() if words in site), None)


def _timings(text: str) -> Iterator[FoundPart]:
    """Atoms; 'OD' beside another frequency of drops is the right eye, and alone with drops may be either.

    In 'take 1 am and 2 pm' the numbers may be amounts or times.
    """
    all_of_them = atoms(text)
    uncertain = _COUNT_OR_CLOCK.search(text) is not None
    counted = sum(atom.kind is Kind.COUNT for atom in all_of_them)
    for atom in all_of_them:
        words = text[atom.start : atom.end]
        if uncertain and atom.repeat.time_of_day:
            yield Found(atom.start, atom.end, words, Unknown())
        elif _RIGHT_EYE.fullmatch(words) and EYE_WORDS.search(text):
            yield Found(atom.start, atom.end, words, Place("ophthalmic", EYES["OD"]) if counted > 1 else Unknown())
        elif atom.kind is Kind.COUNT and atom.repeat.period is None:
            yield Found(atom.start, atom.end, words, Unknown())
        elif atom.kind is Kind.WITH and not atom.repeat.when:
            yield Found(atom.start, atom.end, words, Instruction())
        else:
            yield Found(atom.start, atom.end, words, atom)


_NO_AMOUNT_AFTER = re.compile(
    r"(?:\b(?:for|x|every|each|after|in|max\w*|over|days?|weeks?|than|no|type|stage|grade|vitamin|factor|aged?|until|past|last"
    r"|within|times|per|by|to|or|if|least|about|hour|at|number|of|from|plus|room|bed|page)|[#№×<>=/+^&])[\s.:]*$",
    re.IGNORECASE,
)
_NO_AMOUNT_BEFORE = re.compile(
    r"\s*(?:times?|hours?|hrs?|days?|weeks?|months?|years?|minutes?|x\b|%|/|\.\d|st\b|nd\b|th\b|more|extra|additional|other|st\b)",
    re.IGNORECASE,
)
_JOIN = re.compile(r"[\s,;:.()–—-]*(?:(?:and|plus|&|or|dose|sig)[\s:]*)?", re.IGNORECASE)


def _bare_amounts(line: Line, parts: Sequence[FoundPart]) -> Iterator[FoundPart]:
    """Numbers that are doses by their place: after a verb, at the start of a statement, or before a timing."""
    for span in find_bare_amounts(line.rest):
        previous = next((part for part in reversed(parts) if part.end <= span.start), None)
        following = next((part for part in parts if part.start >= span.end), None)
        gap = line.rest[previous.end if previous else 0 : span.start]
        after = line.rest[span.end : following.start if following else len(line.rest)]
        if span.value is None:
            yield Found(span.start, span.end, span.text, Unknown())
            continue
        if span.value.high > _MOST_WITHOUT_UNIT or span.value.high <= 0 or _NO_AMOUNT_BEFORE.match(line.rest, span.end):
            continue
        in_place = _JOIN.fullmatch(gap) is not None and _leads_to_amount(previous, gap)
        before_timing = (
            following is not None
            and isinstance(following.value, Atom)
            and not re.search(r"[^\s,(-]", after)
            and not _NO_AMOUNT_AFTER.search(gap)
        )
        if in_place or before_timing:
            yield Found(span.start, span.end, span.text, span.value)


def _leads_to_amount(previous: FoundPart | None, gap: str) -> bool:
    """Whether a number right after a part, `gap` between them, can be a dose."""
    if previous is None or isinstance(previous.value, Method | Form | Then | Stage | Concentration):
        return True
    if isinstance(previous.value, Dose):
        return previous.value.unit != ""
    return re.search(r"[,;.:(–—-]|and|plus|&", gap) is not None


def _purposes(text: str) -> Iterator[FoundPart]:
    """'for blood pressure', 'to reduce swelling'; 'after each loose stool' is kept in its words."""
    for pattern in (PURPOSE, OCCASION):
        for lead in pattern.finditer(text):
            reason = _REASON.match(text, lead.end())
            if reason is not None and not _HAS_NUMBER.search(reason.group()):
                value = Purpose(reason.group().lower()) if pattern is PURPOSE else Instruction()
                yield Found(lead.start(), reason.end(), text[lead.start() : reason.end()], value)
