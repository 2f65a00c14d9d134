"""The directions of a medication, whose parts stand in several fields, read as one line."""

import re

from jsl_pipeline.clinical.sig import parse_sig
from jsl_pipeline.schemas import Sig, Span

_LONGEST = 1000  # characters; what is longer is prose, and takes long to parse


def read_directions(*parts: str | None) -> Sig | None:
    """What the parts say together, given in reading order; None where they say nothing.

    Words that another part holds too are said once. What is longer than 1,000 characters is not understood.
    """
    said = list(dict.fromkeys(words for part in parts if (words := " ".join((part or "").split()))))
    line = " ".join(part for part in said if not any(_holds(other, part) for other in said))
    if not line:
        return None
    if len(line) > _LONGEST:
        return Sig(text=line, unparsed=(Span(start=0, end=len(line), text=line),))
    return parse_sig(line)


def _holds(other: str, part: str) -> bool:
    """Whether `other` says `part` and more; a number alone may mean another thing there."""
    return (
        len(other) > len(part)
        and any(each.isalpha() for each in part)
        and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", other, re.IGNORECASE) is not None
    )
