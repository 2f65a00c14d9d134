"""Medication tables: a header row that names columns, and the rows under it."""

import re
import statistics
from collections.abc import Iterator, Sequence
from itertools import pairwise

from jsl_pipeline.clinical import find_dates, find_strengths, parse_frequency
from jsl_pipeline.drugs import Status, find_drug
from jsl_pipeline.engines.reader.additions import added
from jsl_pipeline.engines.reader.answers import asks_about_medications
from jsl_pipeline.engines.reader.columns import Header, is_header, read_header
from jsl_pipeline.engines.reader.directions import parted, read_directions, strength_in
from jsl_pipeline.engines.reader.items import is_drug_name, parse_item, says_strength, without_form
from jsl_pipeline.engines.reader.labels import is_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout, Row
from jsl_pipeline.engines.reader.sections import section_opened
from jsl_pipeline.schemas import MedicationCandidate

_EMPTY = re.compile(r"(?i)[-–—._\s]+|n/?a|nil|none|not\s+applicable")
_NO_DRUG = re.compile(r"(?i)(?:none|nil|n/?a|no(?:ne)?\s+.*|total.*|(?:medication|drug|name)s?)\.?")
_STOPPED = re.compile(
    r"(?i)stop(?:ped)?(?:\s+(?:by|on|due|because)\b.*)?|(?:patient\s+)?(?:does|did)\s+not\s+take.*|not\s+tak(?:en|ing)|discontinued?|ceased?|inactive|h[eo]ld|withh[eo]ld|cancel(?:l?ed)?|do\s+not\s+take"
)
# What tables of tests and visits say where a medication table gives directions.
_SAYS_NOTHING = re.compile(
    r"(?i)(?:done|pending|normal|abnormal|completed?|ordered|scheduled|positive|negative|final|status|on/?last|result|reviewed"
    r"|[\d/.-]{6,10}|\W*)"
)
_VACCINATIONS = re.compile(
    r"(?i)\b(?:vaccin\w+|immuni[sz]ations?)\s+(?:(?:record|history)\s+)?(?:card|record|certificate|booklet|passport|history)\b"
)
_DOSE_MARK = re.compile(r"(?i)\b(?:dose|booster|shot)\b")
_FORM_SUFFIX = re.compile(
    r"(?i)(?<=\w)\s+(?:(?:chewable|dispersible|effervescent|modified[ -]release|m/r)\s+)?"
    r"(?:tablets?|capsules?|caplets?)$"
)
_TITLE_ROWS = 3
_NOT_SAID = ("name", "number", "other", "unknown", "status", "instructions", "form")


def tables(layout: Layout) -> Iterator[tuple[list[MedicationCandidate], Sequence[Row]]]:
    """Each table's medications with the rows it takes, header included; a table of something else has none."""
    index = 0
    while index < len(layout.rows):
        asked = any(asks_about_medications(row) for row in layout.rows[max(0, index - 2) : index])
        header = read_header(layout.rows[index : index + 8], layout.line_height, asked)
        if header is None:
            index += 1
            continue
        start = index + header.rows
        body = _body(layout, start, header)
        medications = [_medication(cells, header) for cells in _records(body, header, layout)]
        found = [each for each in medications if each is not None] if header.lists_medications else []
        found = found if any(map(_is_credible, found)) else []
        if header.vaccines is not None and _is_vaccination_card(layout):
            found = list(_vaccinations(body, header.vaccines))
        if found or not header.lists_medications:
            yield found, layout.rows[index : start + len(body)]
        index = start + len(body)


def _is_vaccination_card(layout: Layout) -> bool:
    """Whether the page is a record of vaccinations and of nothing else: it is their only medications."""
    return any(_VACCINATIONS.search(row.text) for row in layout.rows[:_TITLE_ROWS])


def _is_credible(medication: MedicationCandidate) -> bool:
    """Whether a row is of a drug: equipment is ordered in tables of items, too."""
    taken = medication.strength or medication.frequency or medication.dose
    return bool(taken) or find_drug(medication.name).status is Status.KNOWN


def _vaccinations(rows: Sequence[Row], column: Cell) -> Iterator[MedicationCandidate]:
    """Vaccines with the day they were given on: a card has lines for those to come."""
    for row in rows:
        given = any(find_dates(cell.text) for cell in row.cells)
        for cell in row.cells if given else ():
            if (
                cell.overlap(column.left, column.right) > 0
                and is_drug_name(cell.text)
                and not _DOSE_MARK.search(cell.text)
            ):
                yield MedicationCandidate(name=cell.text, raw=row.text)


def _body(layout: Layout, start: int, header: Header) -> list[Row]:
    """Rows under the header, until one that does not fit the columns or a gap wider than the table's own."""
    bottom = max(cell.bottom for _, cell in header.columns)
    pitch = 1.2 * layout.line_height
    rows: list[Row] = []
    for row in layout.rows[start:]:
        gap = row.top - bottom
        widest = 4 * layout.line_height if len(row.cells) > 1 or not rows else max(2.2 * pitch, 2 * layout.line_height)
        if gap > widest or _ends(row, header, layout):
            break
        if len(row.cells) > 1:
            pitch = max(pitch, gap) if rows else gap
        rows.append(row)
        bottom = row.bottom
    while rows and len(rows[-1].cells) == 1 and len(header.columns) > 2 and not _fits_alone(rows, layout):
        rows.pop()
    return rows


def _ends(row: Row, header: Header, layout: Layout) -> bool:
    """Whether a row belongs to what follows the table."""
    left, right = header.columns[0][1].left, header.columns[-1][1].right
    if all(c.right < left - layout.line_height or c.left > right + 8 * layout.line_height for c in row.cells):
        return True
    if is_header(row) or section_opened(row) is not None:
        return True
    cell = row.only
    if cell is None:
        lead, fields = split_fields(row.cells[0])
        stated = not lead and bool(fields) and bool(fields[0].value)
        return stated and (is_label(fields[0].label) or not find_strengths(row.text))
    names, second = header.columns[0][1], header.columns[1][1]
    larger = cell.height > 1.08 * names.height and cell.right < second.left and cell.text.endswith((":", "s"))
    return larger or bool(split_fields(cell)[1]) or (len(cell.text.split()) > 8 and cell.right > second.right)


def _fits_alone(rows: list[Row], layout: Layout) -> bool:
    """Whether a lonely last cell is the wrapped end of the row before."""
    return len(rows) > 1 and rows[-1].top - rows[-2].bottom < 0.6 * layout.line_height


def _records(rows: list[Row], header: Header, layout: Layout) -> list[dict[str, str]]:
    """Texts by column of each medication, wrapped lines joined."""
    gaps = [after.top - before.bottom for before, after in pairwise(rows) if len(after.cells) > 1]
    tight = min(0.6 * layout.line_height, 0.6 * statistics.median(gaps) if gaps else layout.line_height)
    records: list[dict[str, str]] = []
    bottom = 0.0
    for row in rows:
        cells = header.cells(row)
        if records and _directs(cells.get("name", "")):
            cells["sig"] = f"{cells.pop('name')} {cells.get('sig', '')}".strip()
        wraps = row.top - bottom < tight and len(cells) < len(header.columns)
        if records and ("name" not in cells or (wraps and not ({"dose", "strength"} & cells.keys()))):
            for name, text in cells.items():
                records[-1][name] = _continued(records[-1].get(name, ""), text)
        else:
            records.append(cells)
        bottom = row.bottom
    return records


def _directs(text: str) -> bool:
    """Whether a text in the column of names is directions for the name over it."""
    return bool(text) and added(Row((Cell(text, 0, 0, 1, 1),))).keys() == {"sig"}


def _continued(text: str, wrapped: str) -> str:
    """A text with the line that it wraps onto; a hyphen at the end of a line divides a word, a stroke joins two."""
    if text.endswith("-"):
        return f"{text[:-1] if wrapped[:1].islower() else text}{wrapped}"
    return f"{text}{wrapped}" if text.endswith("/") else f"{text} {wrapped}".strip()


def _medication(cells: dict[str, str], header: Header) -> MedicationCandidate | None:
    """The medication of one record; None where the row only says that there is none, or what is not taken."""
    written = parted(cells.get("name", "").strip())
    said = {name: text for name, text in cells.items() if name not in _NOT_SAID and not _EMPTY.fullmatch(text)}
    if not re.search(r"[A-Za-z]{3}", written) or _NO_DRUG.fullmatch(written):
        return None
    if any(_STOPPED.fullmatch(text) for text in cells.values()):
        return None
    if said and all(_SAYS_NOTHING.fullmatch(text) for text in said.values()):
        return None
    if not said:
        return parse_item(written, certain=True)
    inline = parse_item(written, certain=True) if says_strength(written) else None
    name, form = (inline.name, inline.form) if inline else without_form(_FORM_SUFFIX.sub("", written))
    medication = MedicationCandidate(
        name=name.strip(" .:-*"),
        strength=strength_in(said.get("strength", ""))
        or (inline and inline.strength)
        or strength_in(said.get("dose", ""))
        or strength_in(said.get("frequency", "")),
        form=cells.get("form") or form,
        quantity=said.get("quantity"),
        refills=said.get("refills"),
        raw=" ".join(text for column, text in cells.items() if column != "number"),
    )
    return medication.model_copy(update=_directions(cells, said, header, inline))


def _times(text: str | None) -> float:
    """Times a day; what is no frequency counts less than one without a number."""
    often = parse_frequency(text or "")
    return -1 if often is None else often.per_day or often.max_per_day or 0


def _directions(
    cells: dict[str, str], said: dict[str, str], header: Header, inline: MedicationCandidate | None
) -> dict[str, str | None]:
    """Dose, frequency, duration, route and instructions, from their own columns or from one for all."""
    read = read_directions(parted(said.get("sig", "")))
    dose, often = said.get("dose"), said.get("frequency")
    if dose is not None and often is None and (amount := read_directions(parted(dose))).frequency:
        often = amount.frequency  # `1 tab BD`, or `1-0-1`, under Dosage
        strengths = find_strengths(dose)
        dose = amount.dose or (strengths[0].text if strengths else None)
    counts = [said.get(slot, "0") for slot in header.slots]
    slots = "-".join(counts) if any(count != "0" for count in counts) else None
    days = said.get("days")
    if days is not None and days.isdigit():
        days = f"{days} days"
    if _times(read.frequency) > _times(often):
        often = read.frequency  # in words, beside the hours
    unread = not read or (often is not None and read.dose is None and read.frequency is not None)
    if inline is not None and inline.frequency and _times(inline.frequency) > _times(often):
        often = inline.frequency  # of an order, beside the hour it is due at
    return {
        "dose": dose or read.dose or (inline.dose if inline else None),
        "frequency": often or slots or read.frequency or (inline.frequency if inline else None),
        "duration": said.get("duration") or days or read.duration or (inline.duration if inline else None),
        "route": said.get("route") or read.route,
        "instructions": cells.get("instructions") or (said.get("sig") if unread else None),
    }
