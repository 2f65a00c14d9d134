"""Directions: what stands beside or under a drug's name and says how it is taken."""

import re
from dataclasses import dataclass

from jsl_pipeline.clinical import (
    Found,
    Frequency,
    find_doses,
    find_durations,
    find_forms,
    find_frequencies,
    find_routes,
    find_strengths,
)

SEPARATORS = " \t,;:-–—|.()/"
"""Signs that part the statements of a line and belong to none of them."""

# Words that OCR ran together: `Amlodipine5mg`, `2.5mg1 tablet`, `50mcgTake`, `Takeonce`, `0D`.
_JOINED = (
    (re.compile(r"(?i)\b(vitamin\s+(?:B12|B1|B2|B3|B5|B6|B7|B9|D2|D3|K1|K2|[ACDEK]))(?=\d{3,})"), r"\1 "),
    (re.compile(r"(\d\s?(?:m[gl]|mcg|IU|%))(?=\d|[A-Z])"), r"\1 "),
    (re.compile(r"(?i)(?<=[a-z]{4})(?=\d+(?:[.,]\d+)?\s?(?:m[gl]|mcg|[µμ]g|gm?|iu)(?![a-z]))"), " "),
    (re.compile(r"(?<=[A-Z]{2})(?=[xX×]\s?\d)"), " "),
    (re.compile(r"(?i)\b(take|use|apply|give)(?=(?:one|two|once|twice|thrice|half|\d)\b)"), r"\1 "),
    (re.compile(r"(?<![\w.])0D(?!\w)"), "OD"),
)
_VERB = re.compile(
    r"^(?:please\s+)?(?:sig\b\W*)?(?:to\s+)?(?:take|give|use|apply|inhale|inject|instil|insert|chew|dissolve|swallow)\b\s*:?\s*",
    re.I,
)
_STRENGTH_REST = re.compile(
    r"(?i)\s?/\s?(?:day|24\s?h(?:ou)?rs?|24\s?h|h(?:ou)?r?\b|\d+(?:\.\d+)?\s?%)|-\d+(?:\.\d+)?\s?%"
)
STRENGTH_OF_MANY = re.compile(r"(?i)(?<![\w/])\d+(?:\.\d+)?(?:/\d+(?:\.\d+)?){2,}\s?(?:mg|mcg|g)\b")
"""Of three drugs or more in one: `300/300/50 mg`."""
_OPEN_ENDED = re.compile(
    r"(?i)\b(?:ongoing|continuous(?:ly)?|indefinite(?:ly)?|long[ -]term|until\s+(?:finished|review))\b"
)
_LINK = re.compile(r"(?i)^(?:for|x|×|during|over)\s*(?:the\s+next\s+)?(?=[\dA-Za-z])")
_REASON = re.compile(r"\bfor\s+(?!\d|the\s+next|\w+\s+(?:days?|weeks?|months?)\b)[a-z][a-z ]{2,40}$")
_PRN_REASON = re.compile(r"\s+(?!and\b|x\b|then\b|max)[a-z]{3,}(?:\s+[a-z]{3,})?(?=[\s.,;)]*$)")
_REASON_AFTER = re.compile(r"\s+for\s+(?!\d|\w+\s+(?:days?|weeks?|months?))[a-z]\w+(?:\s+\w+)?")


@dataclass(frozen=True)
class Directions:
    """How a medication is taken, in the words of the page."""

    dose: str | None = None
    frequency: str | None = None
    duration: str | None = None
    route: str | None = None
    form: str | None = None
    instructions: str | None = None

    def __bool__(self) -> bool:
        return bool(self.dose or self.frequency or self.duration or self.route)


def read_directions(text: str) -> Directions:
    """What a text without a drug's name says on taking it."""
    body = without_verb(text)
    strengths = {found.text for found in find_strengths(body)}
    doses = [found.text for found in find_doses(body) if found.text not in strengths]
    frequencies = find_frequencies(body)
    durations, routes, forms = find_durations(body), find_routes(body), find_forms(body)
    return Directions(
        dose=doses[0] if doses else None,
        frequency=_frequency(body, frequencies),
        duration=_LINK.sub("", durations[0].text).strip() if durations else _open_ended(body),
        route=routes[0].text if routes else None,
        form=forms[0].value if forms else None,
        instructions=_instructions(body, frequencies),
    )


def parted(text: str) -> str:
    """The text with a space where OCR lost one between a name, an amount and directions."""
    for joined, apart in _JOINED:
        text = joined.sub(apart, text)
    return text


def strength_in(text: str) -> str | None:
    """The first strength of a text, with the time or the second part that its number goes with."""
    if (many := STRENGTH_OF_MANY.search(text)) is not None:
        return many.group()
    found = next(iter(find_strengths(text)), None)
    if found is None:
        return None
    rest = _STRENGTH_REST.match(text, found.end)
    return f"{found.text}{rest.group()}" if rest else found.text


def without_verb(text: str) -> str:
    """Directions without the verb that they begin with, such as 'Take'."""
    return _VERB.sub("", text.strip())


def _frequency(text: str, frequencies: list[Found[Frequency]]) -> str | None:
    """The statement of how often, with the meals it belongs to and the reason that follows it."""
    if not frequencies:
        return None
    start, end = frequencies[0].start, frequencies[-1].end
    reason = _REASON_AFTER.match(text, end) or (_PRN_REASON.match(text, end) if frequencies[-1].value.prn else None)
    said = text[start : reason.end() if reason else end].strip(SEPARATORS)
    return f"{said})" if said.count("(") > said.count(")") else said


def _open_ended(text: str) -> str | None:
    found = _OPEN_ENDED.search(text)
    return found.group() if found else None


def _instructions(text: str, frequencies: list[Found[Frequency]]) -> str | None:
    """A reason at the end that is no part of the frequency."""
    reason = _REASON.search(text.strip(" ."))
    if reason is None or (frequencies and reason.start() > frequencies[-1].start):
        return None
    return reason.group()
