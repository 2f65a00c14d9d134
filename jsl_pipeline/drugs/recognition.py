"""Finding the drug that a written name means, or those that it may mean."""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from functools import cache, lru_cache

from rapidfuzz import process
from rapidfuzz.distance import OSA

from jsl_pipeline.drugs.names import parts, readings
from jsl_pipeline.drugs.similarity import distance, shape
from jsl_pipeline.drugs.vocabulary import Drug, letters, vocabulary

_OFFERED = 0.65  # least score of a candidate
_LIKELY = 0.8  # ... of one that is taken for what is meant: one slip in five letters, two in ten
# One slip more or less decides nothing: prednisone and prednisolone are two apart.
_SLIPS_APART = 1.0
_SHORTEST = 4  # letters that a misread name must have: any three are one slip from many names
_MOSTLY = 0.5  # of a name's letters are in words that name a drug
_COMPARED = 12  # names by their shapes, of which the best few are offered
_CANDIDATES = 3


class Status(StrEnum):
    """How far a written name tells its drug."""

    KNOWN = "known"  # it is a name of the vocabulary, apart from salt, strength and form
    LIKELY = "likely"  # it is none, and one name of the vocabulary is much closer to it than any other
    AMBIGUOUS = "ambiguous"  # it is none, and close to several drugs
    UNKNOWN = "unknown"  # nothing is close


@dataclass(frozen=True, slots=True)
class Match:
    """A drug that may be meant."""

    name: str
    """The name that matched, brand or generic, as the vocabulary writes it."""
    drug: Drug
    score: float
    """1 for the same letters, less for each slip; slips that readers of scans make weigh less. From 0 to 1."""


@dataclass(frozen=True, slots=True)
class Recognition:
    """What a written name may mean. The written name stays as it is, whatever is found."""

    status: Status
    candidates: tuple[Match, ...]
    """Best first, a drug at most once; one where the name is known."""

    @property
    def drug(self) -> Drug | None:
        """The drug, where the name is known."""
        return self.candidates[0].drug if self.status is Status.KNOWN else None

    @property
    def score(self) -> float:
        """Of the best candidate; 0 without any."""
        return self.candidates[0].score if self.candidates else 0.0


def find_drug(name: str) -> Recognition:
    """What drug a name means: brand or generic, with or without salt, strength and form around it.

    A combination is known where all its parts are. Never raises; the same name always gives the same answer.
    """
    return _find(name)


@lru_cache(maxsize=4096)  # documents repeat their drugs
def _find(name: str) -> Recognition:
    forms = list(readings(name))
    exact = next((match for form in forms if (match := _exact(form))), None) or _combination(forms)
    named = _named(forms[-1].split()) if forms and exact is None else []
    if named and all(each.slips == 0 for each in named):
        exact = _exact(" + ".join(sorted({active for each in named for active in each.match.drug.name.split(" + ")})))
    if exact is not None:
        return Recognition(Status.KNOWN, (exact,))
    ranked = _ranked([*named, *_near(forms)])
    return Recognition(_status(ranked, named), tuple(each.match for each in ranked[:_CANDIDATES]))


@dataclass(frozen=True, slots=True)
class _Near:
    match: Match
    slips: float


def _status(ranked: Sequence[_Near], named: Sequence[_Near]) -> Status:
    if not ranked or ranked[0].match.score < (_MOSTLY if ranked[0] in named else _LIKELY):
        return Status.UNKNOWN
    clear = len(ranked) == 1 or ranked[1].slips - ranked[0].slips >= _SLIPS_APART
    return Status.LIKELY if clear and len(named) < 2 else Status.AMBIGUOUS


def _ranked(found: Sequence[_Near]) -> list[_Near]:
    """Best first, each drug once."""
    best: dict[str, _Near] = {}
    for each in sorted(found, key=lambda each: (-each.match.score, each.match.drug.name, each.match.name)):
        best.setdefault(each.match.drug.name, each)
    return list(best.values())


def _exact(text: str) -> Match | None:
    found = vocabulary().get(letters(text))
    return Match(*found, 1.0) if found else None


def _combination(forms: Sequence[str]) -> Match | None:
    """The drug of a name that lists others: `amlodipine & telmisartan`."""
    for form in forms:
        listed = parts(form)
        matches = [_part(part) for part in listed] if len(listed) > 1 else []
        known = [match.drug for match in matches if match]
        if known and len(known) == len(matches):
            actives = {active for drug in known for active in drug.name.split(" + ")}
            name = " + ".join(sorted(actives))
            return _exact(name) or Match(name, Drug(name), 1.0)
    return None


def _part(text: str) -> Match | None:
    return next((match for form in readings(text) if (match := _exact(form))), None)


def _named(words: Sequence[str]) -> list[_Near]:
    """Drugs that whole words name, with the letters of the others as slips: `Bayer aspirin`, `Ventolin something`."""
    matches: list[Match] = []
    left, at = 0, 0
    while at < len(words):
        runs = (words[at:end] for end in range(len(words), at, -1))
        run, match = next(((run, match) for run in runs if (match := _word(run))), (words[at : at + 1], None))
        at += len(run)
        if match is None:
            left += len(letters(run[0]))
        else:
            matches.append(match)
    share = round(1 - left / max(1, sum(len(letters(word)) for word in words)), 4)
    return [_Near(replace(match, score=share), left) for match in {each.drug.name: each for each in matches}.values()]


def _word(run: Sequence[str]) -> Match | None:
    text = " ".join(run)
    return _exact(text) if len(letters(text)) >= _SHORTEST else None


def _near(forms: Sequence[str]) -> list[_Near]:
    """Drugs with a name close to the barest form, or else to the one before it, which has the salt."""
    found: list[_Near] = []
    for form in forms[:-3:-1]:
        found += _alike(letters(re.sub(r"(?<=\w)[|!](?=\w)", "l", form)))
        if any(each.match.score >= _LIKELY for each in found):
            break
    return found


def _alike(said: str) -> list[_Near]:
    found: list[_Near] = []
    if len(said) < _SHORTEST:
        return found
    shapes = process.extract(
        shape(said), _shapes(), scorer=OSA.normalized_similarity, score_cutoff=_OFFERED, limit=_COMPARED
    )
    for _, _, key in shapes:
        slips = distance(said, key)
        score = round(max(0.0, 1 - slips / max(len(said), len(key))), 4)
        if score >= _OFFERED:
            found.append(_Near(Match(*vocabulary()[key], score), slips))
    return found


@cache
def _shapes() -> dict[str, str]:
    """Letters of every name that a misread one can mean -> their shape."""
    return {key: shape(key) for key in vocabulary() if len(key) >= _SHORTEST}
