"""Where a label's value stands: beside it, in the next column, under it, over several lines."""

import re

from jsl_pipeline.clinical import find_dates, parse_gender
from jsl_pipeline.engines.reader.labels import Field, bare_label, looks_like, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout
from jsl_pipeline.engines.reader.names import DOCTOR, NAME

_OPTION = re.compile(
    r"(?P<empty>[☐□▢]|[\[(]\s*[\])])?(?P<ticked>[\[(]\s*[xX✓✔]\s*[\])]|(?<!\w)[xX✓✔☑☒](?!\w))?\s*(?P<sex>(?i:male|female|other))\b"
)
_WRAPPING = frozenset({"patient_name", "name", "prescriber", "address"})


def value_of(layout: Layout, field: Field) -> str:
    """The value beside a label, with the lines it wraps onto; or the one to its right or under it."""
    cell, value = field.cell, field.value
    if not value:
        found = _apart(layout, field)
        if found is None:
            return ""
        cell, value = found, found.text
    wrapping = field.name in _WRAPPING and cell.text.endswith(value)
    while wrapping:
        following = layout.below(cell, reach=0.5)
        if following is None or not layout.wraps(cell, following) or not _continues(field, following):
            break
        cell, value = following, f"{value} {following.text}"
    return value


def chosen_sex(layout: Layout, field: Field) -> str | None:
    """The sex that a field says, or the one of its options that is ticked: a tick may hide the box that it is in."""
    row = next(row for row in layout.rows if field.cell in row.cells)
    beside = row.cells[row.cells.index(field.cell) + 1 :]
    options = [
        *_OPTION.finditer(" ".join([field.value, *(cell.text for cell in beside if _OPTION.fullmatch(cell.text))]))
    ]
    if len(options) < 2:
        value = value_of(layout, field).split(",")[0]
        return value if parse_gender(value) and not (options and options[0]["empty"]) else None
    ticked = [option for option in options if option["ticked"]]
    boxed = any(option["empty"] for option in options)
    chosen = ticked or [option for option in options if boxed and not option["empty"]]
    return chosen[0]["sex"] if len(chosen) == 1 else None


def _apart(layout: Layout, field: Field) -> Cell | None:
    """The cell with the value of a label that stands alone: to its right, else under it."""
    colon = field.cell.text.rstrip().endswith((":", "："))
    row = next(row for row in layout.rows if field.cell in row.cells)
    index = row.cells.index(field.cell)
    right = row.cells[index + 1] if index + 1 < len(row.cells) else None
    for cell in (right, layout.below(field.cell)):
        if cell is None or split_fields(cell)[1] or bare_label(cell):
            continue
        if looks_like(field.name, cell.text) and (colon or _is_plausible(field.name, cell.text)):
            return cell
    return None


def _continues(field: Field, cell: Cell) -> bool:
    if split_fields(cell)[1] or bare_label(cell) or find_dates(cell.text):
        return False
    if field.name == "address":
        return not NAME.fullmatch(cell.text) or "," in cell.text
    return NAME.fullmatch(cell.text) is not None and len(cell.text.split()) <= 2


def _is_plausible(field: str, text: str) -> bool:
    """Whether a text under a label without colon has the look of its value."""
    if field in ("patient_name", "name", "prescriber"):
        return NAME.fullmatch(re.sub(rf"^{DOCTOR}\s*", "", text)) is not None and len(text.split()) > 1
    return True
