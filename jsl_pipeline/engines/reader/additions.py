"""Lines under a medication that say more of it: directions, the amount to dispense, refills."""

import re

from jsl_pipeline.clinical import (
    find_doses,
    find_durations,
    find_frequencies,
    find_routes,
    find_strengths,
    parse_frequency,
)
from jsl_pipeline.engines.reader.directions import parted, read_directions, strength_in, without_verb
from jsl_pipeline.engines.reader.items import parse_item
from jsl_pipeline.engines.reader.labels import split_fields
from jsl_pipeline.engines.reader.layout import Row
from jsl_pipeline.schemas import MedicationCandidate

FIELDS = frozenset({"sig", "quantity", "refills", "duration", "frequency", "route", "form", "strength"})
"""Labels of what is said about one medication."""

# Five or more pieces alone in a line are a pack, not a dose.
_PACK = re.compile(
    r"(?i)(?:#|x|qty\.?|disp\.?|supply)?\s*(?:[5-9]|\d{2,3})\s*(?:\(\w+\)\s*)?(?:tab(?:let)?s?|cap(?:sule)?s?|pills?|ml|g"
    r"|patches|sachets|suppositories|vials|doses)\.?|(?:#|qty\.?|disp\.?)\s*:?\s*\d{1,3}"
)
_REFILLS = re.compile(r"(?i)(?:no\s+refills?|refills?\s*[:x#-]?\s*(?:\d{1,2}\b.*|none|nil|zero)|\d{1,2}\s+refills?)\W*")
_SUPPLY_WORD = re.compile(r"(?i)^(?:qty|disp|supply)\b[\s.:]*")
_REFILL_WORD = re.compile(r"(?i)^refills?\s*[:x#-]?\s*(?=\w)")
_WORD = re.compile(r"(?i)\b(?!and\b|for\b|the\b|into\b|via\b|each\b|under\b|skin\b)[a-z]{2,}")
_PIECES = re.compile(
    r"(?i)^(?:[1-4]|one|two|three|four)(?:\s*(?:-|to|or)\s*(?:[1-4]|one|two|three|four))?\s+(?:to\s+be\s+taken\s+)?(?=[a-z])"
)
_VERB = re.compile(r"(?i)^(?:take|use|apply|give|inhale|inject|instil|insert|swallow|chew|dissolve|sig)\b")


def added(row: Row) -> dict[str, str]:
    """What a row adds to the medication before it: field of a medication, or `sig`, and its text. Empty if nothing."""
    lead = split_fields(row.cells[0])[0]
    fields = [field for cell in row.cells for field in split_fields(cell)[1]]
    if lead and fields and parse_item(lead, certain=True) is not None:
        return {}  # of the medication that it names itself
    said = {field.name: field.value for field in fields if field.name in FIELDS and field.value}
    if said.get("duration", "").isdigit():
        said["duration"] += " days"  # `Days supply: 30`
    if said or fields:
        return said
    text = row.text.strip(" .-–•*()")
    if (quantity := pack(text)) is not None:
        return {"quantity": quantity}
    if _REFILLS.fullmatch(text):
        return {"refills": _REFILL_WORD.sub("", text)}
    if _VERB.match(text) and parse_frequency(text) and not find_strengths(without_verb(text)[:40]):
        return {"sig": text}
    lasts = text.lower().startswith("for ") and any(text.endswith(found.text) for found in find_durations(text))
    return {"sig": text} if lasts or _only_directs(text) or _nothing_else(text) else {}


def pack(text: str) -> str | None:
    """The amount to dispense, if a text is nothing else: `28 capsules`, `#30`."""
    return _SUPPLY_WORD.sub("", text) if _PACK.fullmatch(text) else None


def _only_directs(text: str) -> bool:
    """Whether a line begins with an amount or a frequency, so that no drug can be named in it."""
    directions = read_directions(parted(text))
    said = directions.dose or directions.frequency
    head = without_verb(text).lower()
    heads = (head, _PIECES.sub("", head))  # `1 at night`
    starts = [
        part
        for part in (directions.dose, directions.frequency)
        if part and any(each.startswith(part.lower()) for each in heads)
    ]
    return bool(said and starts) and len(text.split()) <= 14


def _nothing_else(text: str) -> bool:
    """Whether all words of a line are of an amount, a route, a time and how often: `22 units SC every night`."""
    body = without_verb(text)
    if not find_frequencies(body):
        return False
    spans = (
        *find_doses(body),
        *find_strengths(body),
        *find_frequencies(body),
        *find_routes(body),
        *find_durations(body),
    )
    left = "".join(" " if any(s.start <= at < s.end for s in spans) else sign for at, sign in enumerate(body))
    return bool(spans) and not _WORD.search(left)


def with_additions(medication: MedicationCandidate, said: dict[str, str]) -> MedicationCandidate:
    """The medication with what was added to it; what it already says stays."""
    changes = {name: text for name, text in said.items() if name not in ("sig", "frequency", "strength")}
    if strength := strength_in(said.get("strength", "")):
        changes["strength"] = strength
    direction = said.get("sig") or said.get("frequency")
    if direction:
        read = read_directions(parted(direction))
        parts = {
            name: getattr(read, name) for name in ("dose", "frequency", "duration", "route", "form", "instructions")
        }
        amounts = find_strengths(direction)
        if parts["dose"] is None and amounts:
            parts["dose"] = amounts[0].text  # of insulin: `Inject 22 units`
        if not read:
            parts = {"frequency": direction} if "frequency" in said else {"instructions": direction}
        changes = {name: text for name, text in parts.items() if text} | changes
    kept = {name: text for name, text in changes.items() if getattr(medication, name) is None}
    raw = "; ".join(part for part in (medication.raw, *said.values()) if part)
    return medication.model_copy(update={**kept, "raw": raw})
