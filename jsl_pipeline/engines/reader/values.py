"""Where a label's value stands: beside it, in the next column, under it, over several lines."""

import re

from jsl_pipeline.clinical import find_dates
from jsl_pipeline.engines.reader.labels import Field, bare_label, looks_like, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout
from jsl_pipeline.engines.reader.names import DOCTOR, NAME

_OPTION = re.compile(r"(?:[\[(]?[xX✓✔☑☒][\])]?\s*)?(?i:male|female|other|m|f)")
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


def _apart(layout: Layout, field: Field) -> Cell | None:
    """The cell with the value of a label that stands alone: to its right, else under it."""
    colon = field.cell.text.rstrip().endswith((":", "："))
    row = next(row for row in layout.rows if field.cell in row.cells)
    index = row.cells.index(field.cell)
    if field.name == "sex" and len(row.cells) > index + 2:
        options = [cell for cell in row.cells[index + 1 :] if _OPTION.fullmatch(cell.text)]
        ticked = [cell for cell in options if not cell.text[0].isalpha() or cell.text[1:2] == " "] or options
        return ticked[0] if len(ticked) == 1 else None
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
