"""What a second answer gives up. A model that is told of a problem may be rid of it by saying less, or something else:
it drops the row, empties the field, or answers anew what nobody doubted. None of that is an improvement.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass

from pydantic import BaseModel

from jsl_pipeline.schemas import Candidate, MedicationCandidate

_BARE = re.compile(r"(?<!\d)[\W_]+|[\W_]+(?!\d)")  # between digits it may be a decimal point


@dataclass(frozen=True, slots=True)
class Doubted:
    """What of a first answer a second one may change. Medications are named by place, as `medications[0]`."""

    parts: frozenset[str] = frozenset()
    """Of `patient`, `date` and the medications: those with something doubtful in them."""
    everything: bool = False
    """All parts are."""
    absent: frozenset[str] = frozenset()
    """Medications that the page does not have: they may be left out."""
    unnamed: int = 0
    """Medications without a name, which are to get one."""
    more_rows: bool = False
    """Whether medications may be added."""


def concedes(first: Candidate, second: Candidate, doubted: Doubted) -> bool:
    """Whether a second answer leaves out what the first one states, or changes what was not doubted.

    Case, spaces and punctuation outside of numbers do not count, nor what is said to be the line of a medication.
    """
    for name in ("patient", "prescriber", "date"):
        before, after = _stated(first, name), _stated(second, name)
        free = doubted.everything or name in doubted.parts
        if not (_keeps(before, after) if free else before == after):
            return True
    return _rows_concede(first.medications, second.medications, doubted)


def _rows_concede(
    first: Sequence[MedicationCandidate], second: Sequence[MedicationCandidate], doubted: Doubted
) -> bool:
    before = {f"medications[{at}]": _texts(each) for at, each in enumerate(first)}
    left = [_texts(each) for each in second]
    free = {name for name in before if doubted.everything or name in doubted.parts}
    for name in before.keys() - free:  # found first, so that no doubtful row takes their place
        if before[name] not in left:
            return True
        left.remove(before[name])
    for name in sorted(free):
        if name in doubted.absent and all(row["name"] != before[name]["name"] for row in left):
            continue
        heirs = [row for row in left if _keeps(before[name], row)]
        if not heirs:
            return True
        left.remove(min(heirs, key=lambda row: row["name"] != before[name]["name"]))
    new = len(left) - doubted.unnamed
    return new < 0 or (new > len(doubted.absent) and not doubted.more_rows)


def _stated(candidate: Candidate, name: str) -> dict[str, str]:
    part = getattr(candidate, name)
    return _texts(part) if isinstance(part, BaseModel) else {name: _plain(part)} if part else {}


def _texts(part: BaseModel) -> dict[str, str]:
    """What a part states, by field, as it is compared."""
    return {name: _plain(text) for name, text in part.model_dump(exclude={"raw"}, exclude_none=True).items()}


def _keeps(before: dict[str, str], after: dict[str, str]) -> bool:
    """Whether each field that was stated still is, or its words moved into another."""
    news = [text for name, text in after.items() if text != before.get(name)]
    return all(name in after or any(text in new for new in news) for name, text in before.items())


def _plain(text: str) -> str:
    return _BARE.sub("", text.casefold())
