"""The date of a document: the one its labels call so, or one that stands alone at the top."""

import re

from jsl_pipeline.clinical import find_dates
from jsl_pipeline.engines.reader.labels import Field, bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout
from jsl_pipeline.engines.reader.values import value_of

# The better a label names the document's own date, the earlier it stands.
_WRITING = r"rx|prescri\w+|report(?:ed)?|issued?|written|order|typed|request(?:ed)?|filled|dispensed"
_MEETING = r"visit|consultation|exam\w*|study|encounter|service|operation|surgery|procedure|test|clinic|plan"
_DATE_LABELS = tuple(
    re.compile(pattern, re.I)
    for pattern in (
        rf"(?:{_WRITING})\s*date|(?:date\s*(?:of\s*)?)?(?:{_WRITING})(?:\s*on)?",
        rf"dated?|dt|dos|(?:{_MEETING})\s*date|date\s*of\s*(?:the\s*)?(?:{_MEETING})|date\s*seen|seen|today.*|visit|exam|.*\b(?:assessed|examined|saw)\b.*\bon|statement\s*date|d\.?\s?o\.?\s?[dv]\.?",
        r"discharged?(?:\s*date)?|date\s*of\s*discharge",
    )
)
_CLOCK = re.compile(r"(?i)(?<=\d)[\s,]+\d{1,2}:\d\d(?::\d\d)?(?:\s*[ap]\.?m\b\.?)?\s*$")
_AS_OF = re.compile(r"(?i)\bas\s+of\s+(?=\d|[A-Z])")


def document_date(layout: Layout, dob: str | None) -> str | None:
    """The document's date: by its label, or alone in the upper part of the page."""
    fields = [field for cell in layout.cells for field in split_fields(cell)[1] or _bare(layout, cell)]
    for pattern in _DATE_LABELS:
        for field in fields:
            if not pattern.fullmatch(field.label.strip(" .")):
                continue
            value = value_of(layout, field)
            found = find_dates(value)
            if found:
                return found[0].text
            if pattern is _DATE_LABELS[1] and value and (loose := _loose_date(value)):
                return loose
    as_of = (cell.text[match.end() :] for cell in layout.cells if (match := _AS_OF.search(cell.text)))
    stated = next((dates[0].text for text in as_of if (dates := find_dates(text)) and not dates[0].start), None)
    return stated or _lone_date(layout, dob)


def _bare(layout: Layout, cell: Cell) -> list[Field]:
    """A label without colon beside one date, or the word Date over one; over several it heads a column."""
    row = next(row for row in layout.rows if cell in row.cells)
    if len(row.cells) == 2 and cell is row.cells[0] and _is_date(row.cells[1]):
        return [Field("date", cell.text, row.cells[1].text, cell)]
    under = layout.below(cell) if bare_label(cell) == "date" else None
    if under is None or not _is_date(under):
        return []
    row = next(row for row in layout.rows if under in row.cells)
    if len(row.cells) > 2:
        return []
    further = layout.below(under, reach=3)
    return [] if further is not None and find_dates(further.text) else [Field("date", cell.text, "", cell)]


def _loose_date(text: str) -> str | None:
    """Digits and strokes beside a date label, even where they make no full date: 9/1419."""
    match = re.match(r"\d{1,4}\s*[-/.]\s*\d{1,4}(?:\s*[-/.]\s*\d{1,4})?$", text.strip())
    return match.group() if match else None


def _lone_date(layout: Layout, dob: str | None) -> str | None:
    """A date that stands by itself in the upper part of the page, and is not one of a column of dates."""
    dated = [cell for cell in layout.cells if _is_date(cell)]
    for row in layout.rows:
        if row.top > 0.25 * layout.height:
            return None
        first, *_, last = (row.cells[0], *row.cells)
        timed = _is_date(first) and _CLOCK.search(first.text) is not None  # the hour of a visit
        cell = first if timed else last
        if not _is_date(cell) or cell.text.strip() == dob:
            continue
        alone = timed or row.only or (len(row.cells) == 2 and last.left - first.right > 4 * layout.line_height)
        column = [other for other in dated if abs(other.left - cell.left) < 2 * layout.line_height]
        if alone and len(column) == 1:
            return find_dates(cell.text)[0].text
    return None


def _is_date(cell: Cell) -> bool:
    dates = find_dates(cell.text)
    return bool(dates) and dates[0].text == _CLOCK.sub("", cell.text).strip()
