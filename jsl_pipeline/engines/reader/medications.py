"""All medications that a page names: tables, lists under a heading, lines that speak for themselves, prose."""

import re
from collections.abc import Iterator

from jsl_pipeline.clinical import find_frequencies, find_strengths, parse_frequency
from jsl_pipeline.engines.reader.items import parse_item
from jsl_pipeline.engines.reader.labels import Field, bare_label, label_name, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout, Row
from jsl_pipeline.engines.reader.tables import tables
from jsl_pipeline.schemas import MedicationCandidate

_QUESTION = re.compile(r"(?i)\b(?:medications?|medicines?|drugs?|meds)\b.*(?:\?|taken|taking|regularly|describe|list)")
_NOTHING = re.compile(r"(?i)^\W*(?:n\s*/?\s*a|none|nil|no(?:ne)?\b.{0,30}|not\s+(?:taking|on)\b.*|unknown|-+)\W*$")
_PAST = re.compile(r"(?i)\s*\b(?:previously|formerly|in\s+the\s+past|discontinued|stopped)\b")
_DRUG_WORD = re.compile(r"^[A-Za-z][\w-]{2,}(?:\s+[A-Za-z][\w-]+){0,2}$")
_ADDITION = {
    "sig": "frequency",
    "quantity": "quantity",
    "refills": "refills",
    "duration": "duration",
    "frequency": "frequency",
}
_DIRECTIONS = re.compile(r"(?i)^(?:take|use|apply|give|inhale|inject|instil|swallow|chew|dissolve|sig)\b")
_PROSE_WORDS = 12


class Medications:
    """The medications of a page, in reading order."""

    def __init__(self, layout: Layout) -> None:
        self._layout = layout
        self._found: list[MedicationCandidate] = []
        self._in_tables: set[int] = set()
        for medications, rows in tables(layout):
            self._found.extend(medications)
            self._in_tables.update(id(row) for row in rows)
        self._read_rows()

    @property
    def found(self) -> tuple[MedicationCandidate, ...]:
        """One candidate a medication; exact repeats on the page are one."""
        distinct: dict[tuple[str, str | None, str | None], MedicationCandidate] = {}
        for each in self._found:
            distinct.setdefault((each.name.lower(), each.strength, each.frequency), each)
        return tuple(distinct.values())

    def _read_rows(self) -> None:
        listing = False
        for row in self._layout.rows:
            if id(row) in self._in_tables:
                listing = False
                continue
            opened = self._opens_list(row)
            if opened is not None:
                listing = opened
                continue
            if self._adds_to_last(row):
                continue
            if self._closes_list(row):
                listing = False
            item = self._item(row, listing)
            if item is not None:
                self._found.append(item)
            elif listing and not self._is_note(row):
                listing = False

    def _opens_list(self, row: Row) -> bool | None:
        """True under a heading that lists medications, False after a question answered with nothing, else None."""
        text = row.text
        if _QUESTION.search(text) and len(text) < 120:
            answer = self._answer(row)
            self._found.extend(self._phrases(answer))
            return False
        lead, fields = split_fields(row.cells[0])
        if not lead and fields and fields[0].name == "medications":
            if fields[0].value:
                value = row.text.split(fields[0].label, 1)[-1].lstrip(" :")
                self._found.extend(self._phrases(value))
                return False
            return True
        if len(row.cells) == 1 and (bare_label(row.cells[0]) == "medications" or _is_rx(text)):
            return True
        return None

    def _answer(self, row: Row) -> str:
        """What stands after or under a question about medications."""
        after = re.split(r"[?:)]\s*", row.text)[-1].strip()
        if after and after != row.text.strip() and not _QUESTION.search(row.text.rsplit(after, 1)[-1]):
            return after
        index = self._layout.rows.index(row) + 1
        lines: list[str] = []
        bottom = row.bottom
        for following in self._layout.rows[index : index + 6]:
            if following.top - bottom > 3 * self._layout.line_height or _has_label(following):
                break
            lines.append(following.text)
            bottom = following.bottom
        return "; ".join(lines)

    def _phrases(self, text: str) -> Iterator[MedicationCandidate]:
        """Medications of an answer or of prose after a label: between full stops, semicolons and commas."""
        for phrase in re.split(r"[.;](?:\s+|$)|,\s+(?=[A-Z])|\n", text):
            if not phrase.strip() or _NOTHING.match(phrase):
                continue
            item = parse_item(phrase, certain=True)
            if item is None:
                bare = _PAST.sub("", phrase).strip(" .,-")
                if not _DRUG_WORD.match(bare) or bare_label_text(bare):
                    continue
                item = MedicationCandidate(name=bare, raw=phrase.strip())
            yield item

    def _adds_to_last(self, row: Row) -> bool:
        """Directions, quantity or refills in a line of their own belong to the medication before them."""
        if not self._found:
            return False
        fields = [field for cell in row.cells for field in split_fields(cell)[1]]
        added = {
            name: field.value for field in fields if (name := _ADDITION.get(field.name)) is not None and field.value
        }
        if not added and _DIRECTIONS.match(row.text) and parse_frequency(row.text) and not find_strengths(row.text):
            added = {"frequency": row.text}
        if not added:
            return False
        if set(added) == {"duration"} and all(each.duration is None for each in self._found):
            self._found = [_with(each, added) for each in self._found]  # said once, for the whole list
            return True
        last = self._found[-1]
        only = len(self._found) == 1
        if "refills" in added and set(added) == {"refills"} and not only and self._is_far(row):
            return False
        self._found[-1] = _with(last, added)
        return True

    def _is_far(self, row: Row) -> bool:
        raw = self._found[-1].raw or ""
        stands = next((r for r in self._layout.rows if raw and raw in r.text), None)
        return stands is None or row.top - stands.bottom > 4 * self._layout.line_height

    def _closes_list(self, row: Row) -> bool:
        """A label or heading of something else ends a list of medications."""
        lead, fields = split_fields(row.cells[0])
        if lead or not fields:
            return False
        return fields[0].name not in ("medications", "other") or not fields[0].value

    def _item(self, row: Row, listing: bool) -> MedicationCandidate | None:
        text = row.text
        if fields := split_fields(row.cells[0])[1]:
            known = label_name(fields[0].label) != "other" or not find_strengths(text)
            if known and not find_strengths(fields[0].label):
                return None
        if len(text.split()) > _PROSE_WORDS and not listing and not re.match(r"^\s*\d+[.)]", text):
            return None
        return parse_item(text, certain=listing)

    def _is_note(self, row: Row) -> bool:
        """A line inside a list that is no medication and does not end it: an instruction, a wrapped line."""
        return len(row.text.split()) <= _PROSE_WORDS and not _has_label(row)


def _with(medication: MedicationCandidate, added: dict[str, str]) -> MedicationCandidate:
    changes = dict(added)
    if "frequency" in changes:
        said = parse_item(f"Item {_without_verb(changes['frequency'])}", certain=True)
        if said is not None:
            changes["frequency"] = said.frequency or changes["frequency"]
            for name in ("dose", "duration", "route", "form", "instructions"):
                value = getattr(said, name)
                if value and getattr(medication, name) is None:
                    changes[name] = value
        elif not find_frequencies(changes["frequency"]):
            changes["instructions"] = changes.pop("frequency")
    kept = {name: value for name, value in changes.items() if getattr(medication, name) is None}
    raw = "; ".join(part for part in (medication.raw, *added.values()) if part)
    return medication.model_copy(update={**kept, "raw": raw})


def _without_verb(text: str) -> str:
    return re.sub(r"(?i)^(?:sig\s*:?\s*)?(?:take|use|apply|give|inhale|inject)\s+", "", text.strip())


def _is_rx(text: str) -> bool:
    return re.fullmatch(r"\W*(?:Rx|R\s*/?\s*x|℞)\W*", text.strip()) is not None


def _has_label(row: Row) -> bool:
    return any(split_fields(cell)[1] or bare_label(cell) for cell in row.cells)


def bare_label_text(text: str) -> bool:
    """Whether a text is nothing but a label."""
    return bare_label(Cell(text, 0, 0, 1, 1)) is not None


def labelled_fields(row: Row) -> list[Field]:
    """Labels in all cells of a row."""
    return [field for cell in row.cells for field in split_fields(cell)[1]]
