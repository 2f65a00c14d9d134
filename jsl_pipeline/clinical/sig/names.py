"""The drug's name in a line, told by where it stands: no vocabulary is asked."""

import re
from collections.abc import Iterator, Sequence

from rapidfuzz.distance import OSA

from jsl_pipeline.clinical.dose import Dose
from jsl_pipeline.clinical.found import Found
from jsl_pipeline.clinical.sig.line import Line
from jsl_pipeline.clinical.sig.parts import Concentration, Drug, Form, FoundPart, Grammar, Method
from jsl_pipeline.clinical.sig.vocabulary import GRAMMAR, NOT_A_DRUG

_NUMBERS = ("one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "half", "once", "twice")
_BARE_STRENGTH = re.compile(r"\s(?P<strength>\d{2,4}[kK]?|\d{1,4}/\d{1,4}(?:\.\d)?|\d{1,3}-\d{3})(?![\w.,/%-])")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9'’-]*(?:[ /](?:of )?[A-Za-z0-9][A-Za-z0-9'’-]*){0,9}")


def find_drug(line: Line, parts: Sequence[FoundPart]) -> Iterator[FoundPart]:
    """The first run of words that stands where a drug's name stands: after 'of' or a count, or at the line's start."""
    for run in _NAME.finditer(line.rest):
        words, offset = run.group(), run.start()
        of = re.match(r"of ", words, re.IGNORECASE)
        if of:
            words, offset = words[of.end() :], offset + of.end()
        name = _leading_name(words)
        if name is None:
            continue
        end = offset + len(name)
        earlier = [part for part in parts if part.end <= run.start()]
        later = next((part for part in parts if part.start >= end), None)
        if of is None and not _may_be_drug(line, earlier, later, run.start(), end):
            continue
        yield Found(offset, end, name, Drug())
        return


def find_bare_strength(text: str, parts: Sequence[FoundPart]) -> Iterator[FoundPart]:
    """'Augmentin 625', 'Co-codamol 30/500': the number after a name is its strength, and no dose."""
    for part in parts:
        if isinstance(part.value, Drug) and (match := _BARE_STRENGTH.match(text, part.end)) is not None:
            start, end = match.span("strength")
            yield Found(start, end, match["strength"], Concentration())


def _leading_name(words: str) -> str | None:
    """Up to four words that can be a name, from the first on."""
    kept: list[str] = []
    for word in re.split(r"(?<=[ /])", words):
        bare = word.strip(" /")
        if NOT_A_DRUG.fullmatch(bare) or GRAMMAR.fullmatch(bare) or bare[:1].isdigit() or _like_number(bare):
            break
        kept.append(word)
    name = "".join(kept).rstrip(" /-")
    return name if 1 <= len(kept) <= 4 and len(name) >= 3 else None


def _like_number(word: str) -> bool:
    """Whether a word may be a number with a slip: 'tree', 'fve'."""
    return any(OSA.distance(word.lower(), number, score_cutoff=1) <= 1 for number in _NUMBERS)


def _may_be_drug(line: Line, earlier: Sequence[FoundPart], later: FoundPart | None, start: int, end: int) -> bool:
    if any(not isinstance(part.value, Method | Form | Dose | Concentration | Grammar) for part in earlier):
        return False
    reaches = later is not None and not re.search(
        r"\w", GRAMMAR.sub("", _BARE_STRENGTH.sub("", line.rest[end : later.start]))
    )
    gap = line.rest[earlier[-1].end if earlier else 0 : start]
    if re.search(r"\w", GRAMMAR.sub("", gap)) or not (reaches or end >= len(line.rest.rstrip(" ."))):
        return False
    if earlier and isinstance(earlier[-1].value, Dose) and earlier[-1].value.unit and later is not None:
        return isinstance(later.value, Dose | Concentration)
    return True
