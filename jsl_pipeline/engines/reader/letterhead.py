"""Prescribers without a label: in the letterhead, in the signature, over a degree."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from jsl_pipeline.clinical import find_dates, find_phones
from jsl_pipeline.engines.reader.items import parse_item
from jsl_pipeline.engines.reader.labels import bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout, Row
from jsl_pipeline.engines.reader.names import CREDENTIALS, DOCTOR, INSTITUTION, NAME, OTHER_PEOPLE, QUALIFIED, TITLE

_DOCTOR_LINE = re.compile(rf"^{DOCTOR}\s*(?P<name>{NAME.pattern}(?:{CREDENTIALS.pattern})*)")
_SIGNED = re.compile(
    r"(?i)\b(?:(?:signed|prescribed|seen)\s+by|you\s+saw):?\s+|\b(?:physician|prescriber|provider|doctor)\s+(?=Dr\b)"
)
LICENSE = re.compile(r"(?:[A-Z]{1,5}[-/. ]{1,2}){0,2}[A-Z]{0,5}[-/. ]{0,2}\d[\w/-]{2,}", re.I)
"""The number that a prescriber is licensed or registered under."""
_PLACE = re.compile(rf"(?P<place>[\w' ]+)\s(?={DOCTOR}\s)")
_TITLED = re.compile(rf"^{TITLE}\s")
_STREET = re.compile(
    r"^(?:plot|flat|no\.?|shop|unit|suite|house|[A-Z]-)?\W*\d+[\w/-]*,?\s+(?:\w+\s+)?[A-Z]|\b[A-Z]{2}\s+\d{5}\b|,\s*[^,]+\s\d{3}\s?\d{3}$"
    r"|\b(?i:street|st\.|road|rd\.|avenue|ave\.?|lane|drive|blvd|floor|suite|p\.?o\.?\s*box)(?:\W|$)"
)
_SIGNATURE = re.compile(
    r"(?i)(?:prescriber|doctor|physician|provider)(?:'?s)?\s*signature|signature\s*of\s*(?:the\s*)?(?:prescriber|doctor|physician)"
)
_GREETING = re.compile(
    r"(?i)(?:yours\s+(?:sincerely|faithfully|truly)|sincerely(?:\s+yours)?|(?:(?:with\s+)?(?:kind|best|warm)\s+)?(?:regards|wishes))\W*$"
)
_ELECTRONIC = re.compile(r"(?i)e-?mail|fax|web")
_PHONE_WORD = re.compile(r"(?i)[\s.,;|]*(?:tele?)?(?:ph(?:one)?|tel|mob(?:ile)?|contact|call)?[\s.:]*$")
_TITLE_WORD = re.compile(
    r"(?i)\b(?:information|details?|summary|report|form|record|card|notes?|chart|sheet|list|history|plan|medications?"
    r"|prescriptions?|letter|request|results?|instructions)\b"
)
_ZERO = re.compile(r"(?<=[\d(])[oO](?=[\dO)])|(?<=\d)[oO](?=\))")  # zeros of a number read as letters
_HEAD, _FOOT = 0.3, 0.6
"""Shares of the page's height above and below which a doctor's name is part of the printed pad."""
_TABLE_CELLS = 4  # of a row that is one of a table's
_LINES, _ADDRESS_WORDS = 5, 14


def letterhead(layout: Layout) -> dict[str, str]:
    """Name of the doctor most often named, with the address and telephone that stand with it."""
    if (author := _signed_off(layout)) is not None:
        return {"name": author}
    named = list(_named(layout)) or list(_unmarked(layout))
    if not named:
        within = next((match for cell in layout.cells if (match := _doctor(_who(cell.text)))), None)
        return {"name": _written(within)} if within else {}
    most = Counter(name for _, name, _ in named).most_common(1)[0][0]
    cell, _, written = next(each for each in named if each[1] == most)
    return {"name": written} | _contact(layout, cell)


def _signed_off(layout: Layout) -> str | None:
    """Who signs a letter: its head may name whom it is for."""
    for index, row in enumerate(layout.rows):
        if row.only is None or not _GREETING.match(row.text):
            continue
        for cell in (cell for each in layout.rows[index + 1 : index + 4] for cell in each.cells[:1]):
            if (match := _doctor(cell.text)) is not None:
                return _written(match)
    return None


def is_street(text: str) -> bool:
    """Whether a line could begin an address."""
    return len(text.split()) <= _ADDRESS_WORDS and _STREET.search(text) is not None


def _named(layout: Layout) -> Iterator[tuple[Cell, str, str]]:
    """Cells that begin with a doctor, the name without title, and as written."""
    for row in layout.rows:
        if len(row.cells) >= _TABLE_CELLS:
            continue
        for index, cell in enumerate(row.cells):
            match = _doctor(cell.text)
            if match is None or INSTITUTION.search(match["name"]) or _of_somebody(row, index):
                continue
            if cell.text[match.end() :].lstrip().startswith(":"):  # a label
                continue
            yield cell, match["name"], _written(match)


def _doctor(text: str) -> re.Match[str] | None:
    """A doctor that a text begins with, by title or by degree."""
    return _DOCTOR_LINE.match(text) or QUALIFIED.match(text)


def _who(text: str) -> str:
    """What follows `signed by` or, as in `Practice Dr. Weiss`, a place's name; empty where neither is said."""
    signed, place = _SIGNED.search(text), _PLACE.match(text)
    if signed is not None:
        return text[signed.end() :]
    return text[place.end() :] if place is not None and INSTITUTION.search(place["place"]) else ""


def _written(match: re.Match[str]) -> str:
    """The doctor's name with title, or with all degrees."""
    if match.re is _DOCTOR_LINE:
        return match.group()
    end = match.end("name")
    while (credential := CREDENTIALS.match(match.string, end)) is not None:
        end = credential.end()
    return match.string[:end]


def _of_somebody(row: Row, index: int) -> bool:
    """Whether the label to the left names another doctor, such as one who referred."""
    return index > 0 and OTHER_PEOPLE.search(row.cells[index - 1].text) is not None


def _unmarked(layout: Layout) -> Iterator[tuple[Cell, str, str]]:
    """Names that neither title nor degree marks: by a line for the prescriber's signature, over a licence number."""
    for cell in layout.cells:
        if _SIGNATURE.match(cell.text):
            near = (layout.below(cell), layout.above(cell))
        elif any(field.name in ("license", "registration") for field in split_fields(cell)[1]):
            near = tuple(other for other in layout.cells if 0 < cell.top - other.top < 4 * layout.line_height)
        else:
            continue
        for other in near:
            if other is not None and is_full_name(other.text):
                first = next(each for each in layout.cells if each.text == other.text)
                yield first, other.text, other.text


def is_full_name(text: str) -> bool:
    """Whether a text is two to four words of a person's name and nothing else."""
    plain = NAME.fullmatch(text) is not None and 2 <= len(text.split()) <= 4
    return (
        plain
        and not (INSTITUTION.search(text) or _TITLE_WORD.search(text))
        and bare_label(Cell(text, 0, 0, 1, 1)) is None
    )


def _contact(layout: Layout, name: Cell) -> dict[str, str]:
    """Address and telephone in the block of lines that a doctor's name stands in, at the head or foot of a page."""
    at_head, at_foot = name.bottom < _HEAD * layout.height, name.top > _FOOT * layout.height
    index = layout.cells.index(name)
    under = list(_block(layout, index)) if at_head or at_foot else []
    found = _address_and_phone(under)
    if at_head and not any(split_fields(cell)[1] and _ends(cell) for cell in layout.cells[:index]):
        above = _address_and_phone([cell for cell in layout.cells[:index] if not INSTITUTION.search(cell.text)])
        above.pop("license_no", None)  # a number over the name is the clinic's
        found = above | found
    return found


def _block(layout: Layout, index: int) -> Iterator[Cell]:
    """The lines under a name, as long as they stand close and say nothing else; what stands beside may."""
    name, bottom = layout.cells[index], layout.cells[index].bottom
    side = 3 * layout.line_height
    for cell in layout.cells[index + 1 : index + 1 + _LINES]:
        beside = cell.overlap(name.left - side, name.right + side) <= 0
        if cell.top - bottom > 2 * layout.line_height or (_ends(cell) and not beside):
            return
        if not _ends(cell):
            yield cell
            bottom = max(bottom, cell.bottom)


def _address_and_phone(cells: Sequence[Cell]) -> dict[str, str]:
    found: dict[str, str] = {}
    address: list[str] = []
    column: Cell | None = None
    for cell in cells:
        if _ELECTRONIC.match(cell.text):
            continue
        lead, fields = split_fields(cell)
        numbers = [field.value for field in fields if field.name in ("license", "registration")]
        if numbers or (not lead and any(field.name == "phone" for field in fields) and not find_phones(cell.text)):
            number = LICENSE.match(numbers[0]) if numbers else None
            found |= {"license_no": number.group()} if number and "license_no" not in found else {}
            continue
        text = _ZERO.sub("0", cell.text)
        for phone in find_phones(text)[:1]:
            found.setdefault("phone", phone.text)
            text = _PHONE_WORD.sub("", text[: phone.start])
        in_column = column is None or cell.overlap(column.left, column.right) > 0
        if (
            text
            and not CREDENTIALS.match(f" {text}")
            and ((address and in_column) or (not address and is_street(text)))
        ):
            address.append(text.strip(" ,"))
            column = cell
    return found | ({"address": ", ".join(address)} if address else {})


def _ends(cell: Cell) -> bool:
    """Whether a line under the letterhead is no longer part of it."""
    fields = [
        field
        for field in split_fields(cell)[1]
        if field.name not in ("phone", "license", "registration", "address") and not _ELECTRONIC.match(field.label)
    ]
    if fields or bare_label(cell) or _TITLED.match(cell.text) or find_dates(cell.text):
        return True
    return parse_item(cell.text, certain=False) is not None


def names_doctor(rows: Sequence[Row]) -> bool:
    """Whether one of these rows names a doctor."""
    return any(
        _DOCTOR_LINE.match(cell.text) or QUALIFIED.match(cell.text) or re.search(rf"\b{DOCTOR}\s", cell.text)
        for row in rows
        for cell in row.cells
    )
