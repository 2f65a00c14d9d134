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
from jsl_pipeline.drugs.vocabulary import Drug, letters, load_vocabulary

_OFFERED = 0.65  # least score of a candidate
_LIKELY = 0.8  # ... of one that is taken for what is meant: one slip in five letters, two in ten
# One slip more or less decides nothing: prednisone and prednisolone are two apart.
_SLIPS_APART = 1.0
_SHORTEST = 4  # letters that a misread name must have: any three are one slip from many names
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
    if exact is not None:
        return Recognition(Status.KNOWN, (exact,))
    named = _named(forms[-1].split()) if forms else None
    if named is not None:
        return named
    near = _near(forms[-2:])
    if not near or near[0][0].score < _LIKELY:
        return Recognition(Status.UNKNOWN, tuple(match for match, _ in near))
    clear = len(near) == 1 or near[1][1] - near[0][1] >= _SLIPS_APART
    return Recognition(Status.LIKELY if clear else Status.AMBIGUOUS, tuple(match for match, _ in near))


def _exact(text: str) -> Match | None:
    found = load_vocabulary().names.get(letters(text))
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


def _named(words: Sequence[str]) -> Recognition | None:
    """What a name means some words of which are a drug's: `Bayer aspirin`, `Ventolin something`."""
    matches: list[Match] = []
    left = 0
    at = 0
    while at < len(words):
        ends = range(len(words), at, -1)
        run = next(
            (run for end in ends if len(letters(run := " ".join(words[at:end]))) >= _SHORTEST and _exact(run)), None
        )
        if run is None:
            left += len(letters(words[at]))
            at += 1
        else:
            matches += [match for match in [_exact(run)] if match]
            at += len(run.split())
    drugs = {match.drug.name: match for match in matches}
    if not drugs:
        return None
    together = _exact(" + ".join(sorted({active for name in drugs for active in name.split(" + ")})))
    if left == 0 and together is not None:
        return Recognition(Status.KNOWN, (together,))
    share = round(1 - left / sum(len(letters(word)) for word in words), 4)
    status = Status.LIKELY if len(drugs) == 1 else Status.AMBIGUOUS
    return Recognition(status, tuple(replace(match, score=share) for match in drugs.values())[:_CANDIDATES])


def _near(forms: Sequence[str]) -> list[tuple[Match, float]]:
    """Drugs with a name close to any of the forms, and by how many slips; best first."""
    best: dict[str, tuple[Match, float]] = {}
    for form in forms:
        said = letters(re.sub(r"(?<=\w)[|!](?=\w)", "l", form))
        if len(said) < _SHORTEST:
            continue
        shapes = _shapes()
        for _, _, key in process.extract(
            shape(said), shapes, scorer=OSA.normalized_similarity, score_cutoff=_OFFERED, limit=12
        ):
            slips = distance(said, key)
            score = max(0.0, 1 - slips / max(len(said), len(key)))
            name, drug = load_vocabulary().names[key]
            if score >= _OFFERED and (drug.name not in best or score > best[drug.name][0].score):
                best[drug.name] = Match(name, drug, round(score, 4)), slips
    ranked = sorted(best.values(), key=lambda each: (-each[0].score, each[0].drug.name))
    return ranked[:_CANDIDATES]


@cache
def _shapes() -> dict[str, str]:
    """Letters of every name that a misread one can mean -> their shape."""
    return {key: shape(key) for key in load_vocabulary().names if len(key) >= _SHORTEST}
