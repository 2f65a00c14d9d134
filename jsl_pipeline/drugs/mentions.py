"""Names of drugs inside other text."""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from jsl_pipeline.drugs.vocabulary import Drug, letters, vocabulary

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W_]+)*")
_SHORTEST = 4  # letters: shorter names are ordinary words and initials, too
_WORDS = 3


@dataclass(frozen=True, slots=True)
class Mention:
    """A name of the vocabulary in a text: `text[start:end]`."""

    start: int
    end: int
    drug: Drug


def find_mentions(text: str) -> Iterator[Mention]:
    """Names of the vocabulary, in order, spelled as it spells them; the longest where several begin at one word."""
    words = list(_WORD.finditer(text))
    at = 0
    while at < len(words):
        for end in range(min(at + _WORDS, len(words)), at, -1):
            key = letters(text[words[at].start() : words[end - 1].end()])
            known = vocabulary().get(key) if len(key) >= _SHORTEST else None
            if known is not None:
                yield Mention(words[at].start(), words[end - 1].end(), known[1])
                at = end
                break
        else:
            at += 1
