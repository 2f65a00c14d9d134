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
_SIGNED = re.compile(rf"(?i:signed|prescribed|seen)\s+(?i:by):?\s+(?P<name>{DOCTOR}\s*{NAME.pattern})")
_TITLED = re.compile(rf"^{TITLE}\s")
_STREET = re.compile(
    r"\d+[\w-]*\s+\w+|\b(?:street|st\.|road|rd\.?|avenue|ave\.?|lane|drive|blvd|floor|suite|p\.?o\.?\s*box)\b", re.I
)
_PHONE_WORD = re.compile(r"(?i)[\s.,;|]*(?:tele?)?(?:ph(?:one)?|tel|mob(?:ile)?|contact|call)?[\s.:]*$")
_ZERO = re.compile(r"(?<=[\d(])[oO](?=[\dO)])|(?<=\d)[oO](?=\))")  # zeros of a number read as letters
_HEAD, _LINES = 0.3, 5


def letterhead(layout: Layout) -> dict[str, str]:
    """Name of the doctor most often named, with the address and telephone under it at the top of the page."""
    named = list(_named(layout))
    if not named:
        signed = [match["name"] for cell in layout.cells if (match := _SIGNED.search(cell.text))]
        return {"name": signed[0]} if signed else {}
    most = Counter(name for _, name, _ in named).most_common(1)[0][0]
    cell, _, written = next(each for each in named if each[1] == most)
    found = {"name": written}
    if cell.bottom < _HEAD * layout.height:
        found |= _under(layout, cell)
    return found


def is_street(text: str) -> bool:
    """Whether a line could begin an address."""
    return _STREET.search(text) is not None


def _named(layout: Layout) -> Iterator[tuple[Cell, str, str]]:
    """Cells that begin with a doctor, the name without title, and as written."""
    for row in layout.rows:
        for index, cell in enumerate(row.cells):
            match = _DOCTOR_LINE.match(cell.text) or QUALIFIED.match(cell.text)
            if match is None or INSTITUTION.search(match["name"]) or _of_somebody(row, index):
                continue
            yield cell, match["name"], _with_credentials(match) if match.re is QUALIFIED else match.group()


def _with_credentials(match: re.Match[str]) -> str:
    end = match.end("name")
    while (credential := CREDENTIALS.match(match.string, end)) is not None:
        end = credential.end()
    return match.string[:end]


def _of_somebody(row: Row, index: int) -> bool:
    """Whether the label to the left names another doctor, such as one who referred."""
    return index > 0 and OTHER_PEOPLE.search(row.cells[index - 1].text) is not None


def _under(layout: Layout, head: Cell) -> dict[str, str]:
    found: dict[str, str] = {}
    address: list[str] = []
    start = layout.cells.index(head) + 1
    for cell in layout.cells[start : start + _LINES]:
        if _ends(cell):
            break
        text = _ZERO.sub("0", cell.text)
        for phone in find_phones(text)[:1]:
            found.setdefault("phone", phone.text)
            text = _PHONE_WORD.sub("", text[: phone.start])
        if text and not CREDENTIALS.match(f" {text}") and (address or is_street(text)):
            address.append(text.strip(" ,"))
    return found | ({"address": ", ".join(address)} if address else {})


def _ends(cell: Cell) -> bool:
    """Whether a line under the letterhead is no longer part of it."""
    fields = [
        field for field in split_fields(cell)[1] if field.name not in ("phone", "license", "registration", "address")
    ]
    if fields or bare_label(cell) or _TITLED.match(cell.text) or find_dates(cell.text):
        return True
    return parse_item(cell.text, certain=False) is not None


def licence_near(rows: Sequence[Row]) -> bool:
    """Whether one of these rows names a doctor, so that a bare registration number beside it is theirs."""
    return any(
        _DOCTOR_LINE.match(cell.text) or QUALIFIED.match(cell.text) or re.search(rf"\b{DOCTOR}\s", cell.text)
        for row in rows
        for cell in row.cells
    )
