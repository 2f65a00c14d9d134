"""Medications that one row names, alone or with the lines right under it."""

import re
from collections.abc import Sequence

from jsl_pipeline.clinical import find_doses, find_frequencies, find_strengths
from jsl_pipeline.drugs import find_mentions
from jsl_pipeline.engines.reader.additions import FIELDS, added, pack, with_additions
from jsl_pipeline.engines.reader.items import is_drug_name, parse_item
from jsl_pipeline.engines.reader.labels import Field, bare_label, is_label, label_name, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Row
from jsl_pipeline.engines.reader.untaken import EARLIER, UNTAKEN, is_unwanted
from jsl_pipeline.schemas import MedicationCandidate

_PROSE_WORDS = 12
_WORD = re.compile(r"[A-Za-z]{3,}")
_NO_NAME = re.compile(
    r"(?i)\b(?:take|give|use|apply|start|inhale|inject|tab(?:let)?s?|cap(?:sule)?s?|syr(?:up)?|inj(?:ection)?|one|two|three"
    r"|half|dose|oral|strength)\b"
)
_DIRECTING = frozenset({"sig", "frequency", "route", "duration"})
_STATED = re.compile(r"(?P<label>[A-Za-z][\w ]{2,20}):\s+[\w/.-]+")
_DIRECTIONS = re.compile(r"(?i)(?:take|give|use|apply|inhale|inject|instil|insert|chew|dissolve|swallow)\b")
_NUMBERED = re.compile(r"^\s*\(?\d{1,2}\s*[.)]")


def row_medications(row: Row, following: Sequence[Row], listing: bool) -> list[MedicationCandidate]:
    """The medications of a row. `following` are the rows under it, `listing` says that medications are listed here."""
    return _items(row, listing or _is_directed(row, following)) or (_stacked(row, following) if listing else [])


def has_label(row: Row) -> bool:
    """Whether a row states anything under a label."""
    return any(split_fields(cell)[1] or bare_label(cell) for cell in row.cells)


def _items(row: Row, listing: bool) -> list[MedicationCandidate]:
    """Medications of a row: side by side where cells speak for themselves, else one from the whole row."""
    row = Row((row.cells[0], *(cell for cell in row.cells[1:] if not _states_else(cell))))
    starts = [index for index, cell in enumerate(row.cells) if _speaks_for_itself(cell, listing)]
    if starts:
        ends = [*starts[1:], len(row.cells)]
        parts = [row.cells[start:end] for start, end in zip(starts, ends, strict=True)]
    else:
        parts = [row.cells]
    items: list[MedicationCandidate] = []
    for part in parts:
        packs = [cell for index, cell in enumerate(part[1:], 1) if _is_pack(cell, part[:index])]
        item = _item([cell for cell in part if cell not in packs], listing)
        if item is not None:
            items.append(with_additions(item, {"quantity": packs[0].text}) if packs else item)
    return items


def _states_else(cell: Cell) -> bool:
    """Whether a cell is a statement under a label that says nothing of how a drug is taken: `covered: Y`."""
    stated = _STATED.fullmatch(cell.text)
    unknown = stated is not None and not is_label(stated["label"])
    return unknown and not (find_strengths(cell.text) or find_frequencies(cell.text))


def _speaks_for_itself(cell: Cell, listing: bool) -> bool:
    return parse_item(cell.text, certain=listing and bool(find_strengths(cell.text))) is not None


def _is_directed(row: Row, following: Sequence[Row]) -> bool:
    """Whether directions stand right under a row that says a strength: they speak of what it names."""
    under = following[0] if following else None
    near = under is not None and under.top - row.bottom < 0.8 * (under.bottom - under.top)
    return near and under is not None and bool(find_strengths(row.text)) and bool(added(under).keys() & _DIRECTING)


def _is_pack(cell: Cell, before: Sequence[Cell]) -> bool:
    """Whether a cell only says how much is dispensed: many pieces, or some after the directions."""
    pieces = [found.text for found in find_doses(cell.text)]
    return pack(cell.text) is not None or (
        pieces == [cell.text] and any(find_frequencies(each.text) for each in before)
    )


def _item(cells: Sequence[Cell], listing: bool) -> MedicationCandidate | None:
    text = " ".join(cell.text for cell in cells)
    lead, fields = split_fields(cells[0])
    if fields and not lead and _states_a_regimen(fields[0]):
        return parse_item(fields[0].value, certain=False)
    if fields and not (lead and fields[0].name in FIELDS):
        known = label_name(fields[0].label) != "other" or not find_strengths(text)
        if (known and not find_strengths(fields[0].label)) or _tells(fields[0]):
            return None
    if is_unwanted(text):
        return None
    told = (cells[0], *(cell for cell in cells[1:] if not _DIRECTIONS.match(cell.text)))
    prose = max(len(cell.text.split()) for cell in told) > _PROSE_WORDS
    if prose and not listing and not _NUMBERED.match(text):
        return None
    return parse_item(text, certain=listing)


def _states_a_regimen(field: Field) -> bool:
    """Whether a label is followed by a drug that is known and how often it is taken: `Current dose: Warfarin ...`."""
    if field.name != "other" or is_label(field.label) or EARLIER.search(field.label) or UNTAKEN.search(field.value):
        return False
    known = any(mention.start == 0 for mention in find_mentions(field.value))
    return known and bool(find_frequencies(field.value))


def _tells(field: Field) -> bool:
    """Whether the text after a label is a sentence with words of its own before an amount, not a drug's regimen."""
    strengths = find_strengths(field.value)
    before = field.value[: strengths[0].start] if strengths else ""
    return field.name == "other" and _WORD.search(_NO_NAME.sub("", before)) is not None


def _stacked(row: Row, following: Sequence[Row]) -> list[MedicationCandidate]:
    """A card: the name alone in its line, strength and directions in the lines under it."""
    name = row.text.strip()
    if len(row.cells) > 1 or len(name.split()) > 4 or has_label(row) or not is_drug_name(name) or not name[0].isalpha():
        return []
    lines: list[str] = []
    for under in following:
        if len(under.cells) > 1 or not (find_strengths(under.text) or added(under)):
            break
        lines.append(under.text)
    item = parse_item(" ".join([name, *lines]), certain=True) if lines else None
    return [item] if item is not None and item.name == name and (item.strength or item.frequency) else []
