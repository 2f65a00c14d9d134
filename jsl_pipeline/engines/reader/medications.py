"""All medications that a page names: tables, lists under a heading, lines that speak for themselves, prose."""

import re
from collections.abc import Sequence

from jsl_pipeline.clinical import find_frequencies
from jsl_pipeline.engines.reader.additions import added, with_additions
from jsl_pipeline.engines.reader.answers import answer, answered_medications, rows_under
from jsl_pipeline.engines.reader.directions import read_directions
from jsl_pipeline.engines.reader.items import is_drug_name, parse_item
from jsl_pipeline.engines.reader.labels import split_fields
from jsl_pipeline.engines.reader.layout import Layout, Row
from jsl_pipeline.engines.reader.prose import prose_medications
from jsl_pipeline.engines.reader.rows import has_label, row_medications
from jsl_pipeline.engines.reader.sections import Section, beside_heading, section_opened, tells_of_none
from jsl_pipeline.engines.reader.tables import tables
from jsl_pipeline.schemas import MedicationCandidate

_PROSE_WORDS = 12
_STEP = re.compile(r"(?i)\W*(?:and\s+)?(?:then|thereafter|followed\s+by|after\s+that)\b")


def find_medications(layout: Layout) -> tuple[MedicationCandidate, ...]:
    """One candidate a medication, tables first; exact repeats on the page are one."""
    in_tables: list[MedicationCandidate] = []
    used: set[int] = set()
    for medications, rows in tables(layout):
        in_tables.extend(medications)
        used.update(map(id, rows))
    lines = _Lines(layout, used)
    listed = _distinct([*in_tables, *lines.found])
    names = {each.name.lower() for each in listed}
    mentioned = {each.name.lower(): each for each in prose_medications(layout, lines.unused)}
    return (*listed, *(each for name, each in mentioned.items() if name not in names))


def _distinct(medications: Sequence[MedicationCandidate]) -> list[MedicationCandidate]:
    """Without repeats: the same drug and strength, where no more than one of them says how often."""
    kept: list[MedicationCandidate] = []
    for each in medications:
        for index, other in enumerate(kept):
            same = (each.name.lower(), each.strength) == (other.name.lower(), other.strength)
            if same and (each.frequency is None or other.frequency in (None, each.frequency)):
                kept[index] = each if other.frequency is None and each.frequency else other
                break
        else:
            kept.append(each)
    return kept


class _Lines:
    """Goes down the rows outside tables, knowing the section it is in and the medication it saw last."""

    def __init__(self, layout: Layout, in_tables: set[int]) -> None:
        self._layout = layout
        self._section = Section.OTHER
        self._bottom = 0.0  # of the last row that spoke of a medication
        self._last: Row | None = None  # the last row that named one
        self._answers: set[int] = set()  # rows that answer a question over them
        self._read_already: set[int] = set()
        self._directions = ""  # over the first medication, as pharmacies print them
        self.found: list[MedicationCandidate] = []
        self.unused: list[Row] = []
        """Rows outside lists, tables and sections that are not about medications."""
        for index, row in enumerate(layout.rows):
            if id(row) in in_tables:
                self._section = Section.OTHER
            elif id(row) not in self._read_already:
                self._read(row, layout.rows[index + 1 : index + 4])

    def _read(self, row: Row, following: Sequence[Row]) -> None:
        section = section_opened(row)
        if section is not None:
            self._section = section
            if (beside := beside_heading(row)) is not None:
                self._read(beside, following)
        elif self._section is Section.NO_MEDICATIONS or tells_of_none(row):
            return
        elif (said := answer(self._layout, row)) is not None:
            self._keep(list(answered_medications(said and said + self._rest(row, following))), row)
            if not said:
                self._answers.update(map(id, rows_under(self._layout, row)))
            self._section = Section.OTHER
        elif not (self._adds(row) or self._wraps(row)):
            self._read_item(row, following)

    def _read_item(self, row: Row, following: Sequence[Row]) -> None:
        listing = self._section is Section.MEDICATIONS
        if listing and _is_of_another_section(row):
            self._section, listing = Section.OTHER, False
        answered = answered_medications(row.text) if id(row) in self._answers else ()
        items = list(answered) or row_medications(row, following, listing)
        self._keep(items, row)
        if not items:
            self.unused.append(row)
            if listing and (len(row.text.split()) > _PROSE_WORDS or has_label(row)):
                self._section = Section.OTHER

    def _keep(self, items: list[MedicationCandidate], row: Row) -> None:
        if items and self._directions:
            items[0], self._directions = with_additions(items[0], {"sig": self._directions}), ""
        if items:
            self.found.extend(items)
            self._bottom, self._last = row.bottom, row

    def _rest(self, row: Row, following: Sequence[Row]) -> str:
        """The lines that a sentence goes on in, which are then read."""
        rest = ""
        for under in following:
            open_ended = row.text.endswith(",") or under.text[0].islower()
            if under.only is None or not open_ended or under.top - row.bottom > self._layout.line_height:
                break
            rest, row = f"{rest} {under.text}", under
            self._read_already.add(id(under))
        return rest

    def _adds(self, row: Row) -> bool:
        """Whether a row says more of the medication before it, or of the only one, or of all."""
        if not self.found and row.only is None:
            return False
        said = {} if _STEP.match(row.text) else added(row)
        if not self.found:
            return self._leads(row, said)
        if self._steps(row) or self._adds_side_by_side(row):
            return True
        if not said:
            return False
        near = row.top - self._bottom < 4 * self._layout.line_height
        if set(said) == {"duration"} and all(each.duration is None for each in self.found):
            self.found = [with_additions(each, said) for each in self.found]
        elif near or (len(self.found) == 1 and "sig" not in said):
            self.found[-1] = with_additions(self.found[-1], said)
            self._bottom = row.bottom if near else self._bottom
        else:
            return False
        return True

    def _adds_side_by_side(self, row: Row) -> bool:
        """Whether each cell of a row says more of the medication in the column over it."""
        if self._last is None or row.top - self._bottom > 2 * self._layout.line_height:
            return False
        named = self.found[-len(self._last.cells) :]
        columns = list(zip(self._last.cells, range(-len(named), 0), strict=False))
        if len(columns) < 2 or any(
            not each.raw or each.raw.split(";")[0] != cell.text for each, (cell, _) in zip(named, columns, strict=True)
        ):
            return False
        says = [added(Row((cell,))) for cell in row.cells]
        if not all(says):
            return False
        for cell, said in zip(row.cells, says, strict=True):
            _, index = min(columns, key=lambda column: abs(column[0].left - cell.left))
            self.found[index] = with_additions(self.found[index], said)
        self._bottom = row.bottom
        return True

    def _steps(self, row: Row) -> bool:
        """Whether a row is a further step of the directions over it: `then 1 tablet daily for 5 days`."""
        if not (_STEP.match(row.text) and self._is_close(row) and read_directions(row.text)):
            return False
        before = self.found[-1].instructions
        self.found[-1] = self.found[-1].model_copy(
            update={
                "instructions": f"{before}; {row.text}" if before else row.text,
                "raw": f"{self.found[-1].raw}; {row.text}",
            }
        )
        self._bottom = row.bottom
        return True

    def _leads(self, row: Row, said: dict[str, str]) -> bool:
        """Whether a row gives directions, or the rest of them, before any medication is named."""
        if row.only is None or (set(said) != {"sig"} and not (self._directions and self._is_close(row))):
            return False
        whole = f"{self._directions} {row.text}".strip()
        if not said and (
            parse_item(row.text, certain=False)
            or len(find_frequencies(whole)) <= len(find_frequencies(self._directions))
        ):
            return False
        self._directions, self._bottom = whole, row.bottom
        self.unused.append(row)  # it may be of a sentence
        return True

    def _is_close(self, row: Row) -> bool:
        return row.top - self._bottom < self._layout.line_height

    def _wraps(self, row: Row) -> bool:
        """Whether a row is the rest of a name that did not fit its column, in a table whose header is not here."""
        cell = row.only
        if cell is None or self._last is None:
            return False
        if self._continues(row):
            return True
        if self._last.only is not None:
            return False
        above, medication = self._last.cells[0], self.found[-1]
        aligned = abs(above.left - cell.left) < 0.5 * self._layout.line_height and self._layout.wraps(above, cell)
        if not aligned or above.text != medication.name or not is_drug_name(cell.text) or len(cell.text.split()) > 3:
            return False
        wrapped = {"name": f"{medication.name} {cell.text}", "raw": f"{medication.raw} {cell.text}"}
        self.found[-1] = medication.model_copy(update=wrapped)
        return True

    def _continues(self, row: Row) -> bool:
        """Whether a row is the rest of a sentence of directions: `instil 1 drop into` / `the left eye twice daily`."""
        medication = self.found[-1]
        if not (self._is_close(row) and row.text[0].islower() and medication.frequency is None and medication.raw):
            return False
        whole = parse_item(f"{medication.raw} {row.text}", certain=True)
        if whole is None or whole.name != medication.name or whole.frequency is None:
            return False
        said = {name: text for name, text in whole if text is not None}
        self.found[-1] = medication.model_copy(update=said)
        self._bottom = row.bottom
        return True


def _is_of_another_section(row: Row) -> bool:
    """A label or heading of something else ends a list of medications."""
    lead, fields = split_fields(row.cells[0])
    if lead or not fields:
        return False
    return fields[0].name not in ("medications", "other") or not fields[0].value
