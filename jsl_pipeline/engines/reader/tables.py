"""Medication tables: a header row that names columns, and the rows under it."""

import re
from collections.abc import Iterator

from jsl_pipeline.clinical import find_strengths
from jsl_pipeline.engines.reader.directions import read_directions
from jsl_pipeline.engines.reader.items import parse_item, without_form
from jsl_pipeline.engines.reader.layout import Cell, Layout, Row
from jsl_pipeline.schemas import MedicationCandidate

_COLUMNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.I)
    for name, pattern in {
        "name": r"(?:(?:name\s*of\s*(?:the\s*)?|prescribed\s*|current\s*|generic\s*|brand\s*)?(?:medications?|medicines?|drugs?|meds)"
        r"(?:\s*(?:names?|summary|details?|prescribed|/\s*\w+))*|rx|treatment|product(?:\s*name)?|item(?:\s*name)?|particulars)",
        "dose": r"(?:dosage|dose|doses|amount|qty\s*per\s*dose)(?:\s*/?\s*strength)?",
        "strength": r"strength(?:\s*/?\s*dos(?:e|age))?|potency",
        "form": r"(?:dosage\s*)?form|type",
        "frequency": r"frequency|freq\.?|how\s*often|schedule|timings?|times?(?:\s*(?:a|per)\s*day)?|when",
        "sig": r"sig|directions?|instructions?(?:\s*for\s*use)?|how\s*to\s*take|administration|dosage\s*instructions?",
        "duration": r"duration|days|period|course|no\.?\s*of\s*days|for",
        "quantity": r"quantity|qty\.?|disp(?:ense)?d?|no\.?|total|units|count",
        "refills": r"refills?|repeats?",
        "route": r"route(?:\s*of\s*admin\w*)?",
        "instructions": r"remarks?|notes?|comments?|purpose|indication|reason|for\s*what",
        "number": r"(?:s|sr|sl|ser)\.?\s*(?:no)?\.?|#|no\.?",
        "other": r"start(?:ed)?(?:\s*date)?|end(?:\s*date)?|prescriber|status|date",
    }.items()
}
# What tables of tests and visits say where a medication table gives directions.
_SAYS_NOTHING = re.compile(
    r"(?i)(?:done|pending|normal|abnormal|completed?|ordered|scheduled|positive|negative|final|status|on/?last|result|reviewed"
    r"|[\d/.-]{6,10}|\W*)"
)
_DIRECTIONS = ("dose", "strength", "frequency", "sig", "duration", "quantity", "route", "refills")


def tables(layout: Layout) -> Iterator[tuple[list[MedicationCandidate], list[Row]]]:
    """Each table's medications with the rows they stand in, header included."""
    used = -1
    for index, row in enumerate(layout.rows):
        if index <= used:
            continue
        columns = _header(row)
        if columns is None:
            continue
        body = _body(layout, index + 1, columns)
        used = index + len(body)
        merged = _merge_wrapped(body, columns, layout)
        yield [m for cells in merged if (m := _medication(cells)) is not None], [row, *body]


def _header(row: Row) -> list[tuple[str, Cell]] | None:
    columns: list[tuple[str, Cell]] = []
    for cell in row.cells:
        text = cell.text.strip(" :.*")
        taken = {name for name, _ in columns}
        name = next((n for n, pattern in _COLUMNS.items() if n not in taken and pattern.fullmatch(text)), None)
        columns.append((name or "unknown", cell))
    names = {name for name, _ in columns}
    return columns if "name" in names and names & set(_DIRECTIONS) else None


def _body(layout: Layout, start: int, columns: list[tuple[str, Cell]]) -> list[Row]:
    """Rows under the header, until one that does not fit the columns or a gap wider than the table's own."""
    left = columns[0][1].left
    right = columns[-1][1].right
    bottom = columns[0][1].bottom
    pitch: float | None = None
    rows: list[Row] = []
    for row in layout.rows[start:]:
        gap = row.top - bottom
        if gap > (max(2.2 * pitch, 2.0 * layout.line_height) if pitch is not None else 4 * layout.line_height):
            break
        outside = all(
            cell.right < left - layout.line_height or cell.left > right + 8 * layout.line_height for cell in row.cells
        )
        if outside or _is_heading(row, columns, layout) or _header_like(row):
            break
        if len(row.cells) > 1:
            pitch = gap if pitch is None else max(pitch, gap)
        rows.append(row)
        bottom = row.bottom
    while rows and len(rows[-1].cells) == 1 and len(columns) > 2 and not _fits_alone(rows[-1], rows[-2:-1], layout):
        rows.pop()
    return rows


def _is_heading(row: Row, columns: list[tuple[str, Cell]], layout: Layout) -> bool:
    """A single larger cell at the left that reaches none of the other columns."""
    if len(row.cells) != 1:
        return False
    cell = row.cells[0]
    return (
        cell.height > 1.08 * columns[0][1].height and cell.right < columns[1][1].left and cell.text.endswith((":", "s"))
    )


def _header_like(row: Row) -> bool:
    known = sum(any(p.fullmatch(cell.text.strip(" :.")) for p in _COLUMNS.values()) for cell in row.cells)
    return len(row.cells) > 1 and known >= 2


def _fits_alone(row: Row, before: list[Row], layout: Layout) -> bool:
    """Whether a lonely last cell is the wrapped end of the row before."""
    return bool(before) and row.top - before[0].bottom < 0.6 * layout.line_height


def _merge_wrapped(rows: list[Row], columns: list[tuple[str, Cell]], layout: Layout) -> list[dict[str, str]]:
    merged: list[dict[str, str]] = []
    bottom = 0.0
    for row in rows:
        cells = _assign(row, columns)
        wrapped = merged and row.top - bottom < 0.6 * layout.line_height
        if merged and (
            "name" not in cells or (wrapped and set(cells) != {n for n, _ in columns} and "dose" not in cells)
        ):
            for name, text in cells.items():
                merged[-1][name] = f"{merged[-1].get(name, '')} {text}".strip()
        else:
            merged.append(cells)
        bottom = row.bottom
    return merged


def _assign(row: Row, columns: list[tuple[str, Cell]]) -> dict[str, str]:
    """Cells by the column that they start in."""
    cells: dict[str, str] = {}
    for cell in row.cells:
        name = min(columns, key=lambda column: _distance(cell, column[1]))[0]
        cells[name] = f"{cells.get(name, '')} {cell.text}".strip()
    return cells


def _distance(cell: Cell, head: Cell) -> float:
    """Columns are flush left or centred."""
    return min(abs(cell.left - head.left), abs((cell.left + cell.right) / 2 - (head.left + head.right) / 2))


def _medication(cells: dict[str, str]) -> MedicationCandidate | None:
    name_cell = cells.get("name", "").strip()
    if not re.search(r"[A-Za-z]{3}", name_cell):
        return None
    directions = {
        n: t for n, t in cells.items() if n in _DIRECTIONS and t and not re.fullmatch(r"[-–—.]+|n/?a", t, re.I)
    }
    if re.fullmatch(r"(?i)(?:none|nil|n/?a|no(?:ne)?\s+.*)\.?", name_cell):
        return None
    if directions and all(_SAYS_NOTHING.fullmatch(text) for text in directions.values()):
        return None
    if not directions:
        return parse_item(name_cell, certain=True)
    raw = " ".join(text for name, text in cells.items() if name != "number")
    inline = parse_item(name_cell, certain=True) if find_strengths(name_cell) else None
    strength = next((f.text for n in ("strength", "dose") for f in find_strengths(cells.get(n, ""))), None)
    sig = directions.get("sig")
    said = read_directions(sig) if sig else None
    frequency = (
        directions.get("frequency") or (said.frequency if said else None) or (inline.frequency if inline else None)
    )
    dose = directions.get("dose") or (said.dose if said else None)
    duration = directions.get("duration") or (said.duration if said else None)
    return MedicationCandidate(
        name=inline.name if inline else name_cell.strip(" .:-*"),
        strength=strength or (inline.strength if inline else None),
        form=cells.get("form") or (inline.form if inline else None),
        dose=dose,
        frequency=frequency,
        duration=duration,
        route=directions.get("route") or (said.route if said else None),
        quantity=directions.get("quantity"),
        refills=directions.get("refills"),
        instructions=cells.get("instructions") or (sig if sig and not said else None),
        raw=raw,
    )
