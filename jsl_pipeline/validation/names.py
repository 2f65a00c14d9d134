"""Whether two writings of a name can be one person's, and which of them is the best."""

import re
from collections import Counter
from collections.abc import Sequence

from rapidfuzz.distance import Levenshtein

_TITLE = re.compile(r"mr|mrs|ms|miss|mx|dr|doctor|prof|professor|sir|madam|md|mbbs|phd|do|rn|np|pa|facp|frcp|mrcp")
# Letters in a word that may be misread without making it another name.
_MISREAD_FROM = 6


def same_person(one: str, other: str) -> bool:
    """True if the names can be one person's: order, titles, initials, left-out names and slight misreadings aside."""
    shorter, longer = sorted((_words(one), _words(other)), key=len)
    if not shorter or "".join(shorter) == "".join(longer):
        return True
    left = list(longer)
    in_full = False
    for word in shorter:
        match = next((each for each in left if _same_word(word, each)), None)
        if match is None:
            return False
        left.remove(match)
        in_full = in_full or min(len(word), len(match)) > 1
    return in_full


def best_name(names: Sequence[str]) -> tuple[str, bool]:
    """The name to keep of those stated, in page order and not empty, and whether they are all one person's.

    The person named most often is kept, of their writings the fullest, of those the most frequent, then the first.
    """
    people: list[list[str]] = []
    for name in names:
        person = next((each for each in people if all(same_person(name, known) for known in each)), None)
        if person is None:
            people.append([name])
        else:
            person.append(name)
    writings = max(people, key=len)
    counts = Counter(" ".join(name.casefold().split()) for name in writings)
    best = max(writings, key=lambda name: (*_fullness(name), counts[" ".join(name.casefold().split())]))
    return best, len(people) == 1


def _words(name: str) -> list[str]:
    plain = name.casefold().replace(".", " " if re.search(r"\.\w{2,}", name) else "").replace("rn", "m")
    return [word for word in re.findall(r"[^\W\d_]+", plain) if not _TITLE.fullmatch(word)]


def _fullness(name: str) -> tuple[int, int]:
    """Words that are more than an initial, then all."""
    words = _words(name)
    return sum(len(word) > 1 for word in words), len(words)


def _same_word(one: str, other: str) -> bool:
    if len(one) == 1 or len(other) == 1:
        return one[0] == other[0]
    if one == other:
        return True
    return min(len(one), len(other)) >= _MISREAD_FROM and Levenshtein.distance(one, other, score_cutoff=1) <= 1
