"""How far two words are apart for a reader of scans, to whom some letters look alike."""

from rapidfuzz.distance import OSA

_MIXED_UP = 0.35
"""Cost of taking a letter for one that looks like it, where any other slip costs 1."""

_PAIRS = (("rn", "m"), ("cl", "d"), ("vv", "w"))
_ALIKE = str.maketrans("0q91ij5862e", "ogglllsbbzc")


def shape(letters: str) -> str:
    """The letters with every one that is easily misread replaced by what it is misread as."""
    for pair, looks_like in _PAIRS:
        letters = letters.replace(pair, looks_like)
    return letters.translate(_ALIKE)


def distance(one: str, other: str) -> float:
    """Slips between two words of letters and digits: insertions, deletions, exchanges, swaps of neighbours.

    Slips that are left between the words' shapes cost 1 each, those that vanish with it cost less.
    """
    shaped = OSA.distance(shape(one), shape(other))
    return shaped + _MIXED_UP * max(0, OSA.distance(one, other) - shaped)
