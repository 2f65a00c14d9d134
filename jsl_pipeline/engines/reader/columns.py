"""Headers of tables: which column says what, and which tables are about something else than medications."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jsl_pipeline.clinical import find_strengths, parse_frequency
from jsl_pipeline.drugs import find_mentions
from jsl_pipeline.engines.reader.layout import Cell, Row
from jsl_pipeline.engines.reader.sections import names_untaken

_COLUMNS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern, re.I)
    for name, pattern in {
        "name": r"(?:(?:name\s*of\s*(?:the\s*)?|prescribed\s*|current\s*|generic\s*|brand\s*|home\s*|discharge\s*)?"
        r"(?:medications?|medicines?|drugs?|meds)"
        r"(?:\s*(?:names?|summary|details?|prescribed|list|(?:/|&|and|with)\s*(?:strength|dos\w+|form|\w+)))*"
        r"|rx|treatment|(?:medication\s*|drug\s*)?orders?|product(?:\s*name)?|item(?:\s*name)?|particulars|(?:brand|generic|trade)\s*name)",
        "dose": r"(?:dosage|dose|doses|amount|how\s*much|qty\s*per\s*dose)(?:\s*(?:/|&|and)?\s*strength)?(?:\s*taken)?",
        "strength": r"(?:strength|potency)(?:\s*(?:/|&|and)?\s*dos(?:e|age))?",
        "form": r"(?:dosage\s*)?form|type",
        "frequency": r"frequency|freq\.?|interval|how\s*often(?:\s*taken)?|schedule|timings?"
        r"|times?(?:\s*(?:a|per)\s*day)?|times?\s*(?:to\s*be\s*)?(?:given|taken|due)"
        r"|when(?:\s*taken)?",
        "sig": r"sig|directions?(?:\s*for\s*use)?|instructions?(?:\s*for\s*use)?|how\s*to\s*(?:take|use)|administration"
        r"|dos(?:age|e)\s*(?:instructions?|(?:/|&|and)\s*(?:frequency|timings?|instructions?))|regimen|usage",
        "days": r"(?:no\.?\s*of\s*)?days",
        "duration": r"duration|period|course|for",
        "quantity": r"quantity|qty\.?|disp(?:ense)?d?|total|units|count",
        "refills": r"refills?|repeats?",
        "route": r"route(?:\s*of\s*admin\w*)?",
        "morning": r"(?:0?[6-9]|10)(?:[:.]00)?\s*am|morning|morn\.?|mor\.?|m|am|breakfast",
        "noon": r"1[12](?:[:.]00)?\s*(?:am|pm)|[12](?:[:.]00)?\s*pm|noon|afternoon|aft\.?|a|lunch|midday",
        "evening": r"[3-7](?:[:.]00)?\s*pm|evening|eve\.?|e|pm",
        "night": r"(?:[89]|1[01])(?:[:.]00)?\s*pm|night|nt\.?|n|bed\s*time|dinner",
        "instructions": r"remarks?|notes?|comments?|purpose|indications?|reason(?:\s*for\s*\w+)?|for\s*what"
        r"|special\s*instructions",
        "number": r"(?:s|sr|sl|ser)\.?\s*(?:no)?\.?|#|no\.?",
        "status": r"status",
        "other": r"(?:start|end|stop|last)(?:ed)?(?:\s*(?:date|dose|taken))?|prescriber|prescribed\s*by|dates?",
    }.items()
}
_DIRECTIONS = frozenset(_COLUMNS) - {"name", "number", "other", "instructions", "form", "status"}
_SLOTS = ("morning", "noon", "evening", "night")
# Columns of results, bills, allergies and vaccinations.
_ELSE = re.compile(
    r"(?i)results?|values?|reference(?:\s*(?:range|interval|values?))?|normal(?:\s*(?:range|values?))?|ref\.?\s*range|flag"
    r"|price|(?:unit\s*)?rate|mrp|cost|charges?|(?:net|total)\s*amount|gst|tax|discount|batch(?:\s*no\.?)?|lot(?:\s*(?:no\.?|number))?"
    r"|reactions?|severity|allergens?|test(?:\s*name)?|investigations?|parameters?|observed\s*value|on/last|outcomes?"
)
_SIGN = re.compile(r"(?i)rx|℞|r/")  # of prescriptions, over the numbers of their lines
_TIME = re.compile(r"(?i)time(?:\s*given)?")
_FEWEST_ROWS = 2  # that tell what a column without a known name holds
_VACCINES = re.compile(r"(?i)(?:vaccines?|immuni[sz]ations?)(?:\s*(?:name|given|type))?")


@dataclass(frozen=True)
class Header:
    """A table's columns from left to right with the cells that name them."""

    columns: tuple[tuple[str, Cell], ...]
    rows: int
    """Rows of the page that the header takes."""

    @property
    def names(self) -> frozenset[str]:
        """Columns that are known."""
        return frozenset(name for name, _ in self.columns)

    @property
    def lists_medications(self) -> bool:
        """Whether the rows under it are medications."""
        known = self.names
        slots = sum(slot in known for slot in _SLOTS)
        names = [name for name, _ in self.columns]
        if _TIME.fullmatch(_plain(self.columns[0][1])) and "name" in names[1:]:
            return False  # of what was given when
        return "name" in known and not self.foreign and bool(known & _DIRECTIONS - set(_SLOTS) or slots >= 2)

    @property
    def foreign(self) -> bool:
        """Whether a column is one of results, bills, allergies or vaccinations."""
        return self.vaccines is not None or _foreign(self.columns) > 0

    @property
    def vaccines(self) -> Cell | None:
        """The column of vaccines."""
        return next((cell for _, cell in self.columns if _VACCINES.fullmatch(_plain(cell))), None)

    @property
    def slots(self) -> tuple[str, ...]:
        """Columns that count tablets by time of day."""
        found = tuple(slot for slot in _SLOTS if slot in self.names)
        return found if len(found) >= 2 else ()

    def cells(self, row: Row) -> dict[str, str]:
        """Texts of a row by the column that each starts in or is centred under."""
        texts: dict[str, str] = {}
        for cell in row.cells:
            name = _nearest(cell, self.columns)[0]
            texts[name] = f"{texts.get(name, '')} {cell.text}".strip()
        return texts


def read_header(rows: Sequence[Row], line_height: float, about_medications: bool = False) -> Header | None:
    """The header that the first of these rows begins, on one line or two; None if it is no header.

    Under a line that asks about medications, a column called only `Name` is theirs.
    """
    if len(rows[0].cells) < 2:
        return None
    single = Header(_columns(rows[0].cells, about_medications), 1)
    wrapped = _wrapped(rows, line_height)
    if wrapped is not None and len(wrapped.names) >= len(single.names) and _is_header(wrapped):
        single = wrapped
    return (None if single.lists_medications else _by_content(single, rows)) or (single if _is_header(single) else None)


def is_header(row: Row) -> bool:
    """Whether a row names columns of some table."""
    return len(row.cells) > 1 and _is_header(Header(_columns(row.cells), 1))


def _is_header(header: Header) -> bool:
    known = sum(name != "unknown" for name, _ in header.columns)
    foreign = _foreign(header.columns) + bool(header.vaccines)
    return header.lists_medications or known + foreign >= 2


def _by_content(header: Header, rows: Sequence[Row]) -> Header | None:
    """The header with columns named by what stands under them, where drugs do, with a column of how often."""
    body = [row for row in rows[header.rows :] if len(row.cells) > 1]
    if len(body) < _FEWEST_ROWS or header.foreign or any(re.search(r"\d", cell.text) for _, cell in header.columns):
        return None
    texts = [
        [cell.text for row in body for cell in row.cells if _nearest(cell, header.columns)[1] is head]
        for _, head in header.columns
    ]
    names = [_holds(column, _begins_with_drug) for column in texts]
    if names.count(True) != 1:
        return None
    columns = [
        (_kind(column) or ("name" if named else "unknown" if known == "name" else known), head)
        for (known, head), named, column in zip(header.columns, names, texts, strict=True)
    ]
    kinds = [name for name, _ in columns]
    repeated = [("unknown" if name in kinds[:at] else name, head) for at, (name, head) in enumerate(columns)]
    found = Header(tuple(repeated), header.rows)
    return found if "frequency" in found.names else None


def _foreign(columns: Sequence[tuple[str, Cell]]) -> int:
    """How many columns are of results, bills, allergies, or of drugs that are not taken."""
    untaken = (
        columns[0][0] == "unknown" and all(name != "name" for name, _ in columns) and names_untaken(columns[0][1].text)
    )
    return sum(_ELSE.fullmatch(_plain(cell)) is not None for _, cell in columns) + untaken


def _holds(texts: Sequence[str], is_such: Callable[[str], bool]) -> bool:
    return 2 * sum(map(is_such, texts)) > len(texts)


def _begins_with_drug(text: str) -> bool:
    return any(mention.start == 0 for mention in find_mentions(text))


def _kind(texts: Sequence[str]) -> str | None:
    """What a column says of drugs that another one names."""
    if _holds(texts, lambda text: parse_frequency(text) is not None and not _begins_with_drug(text)):
        return "frequency"
    return "dose" if _holds(texts, lambda text: any(found.start == 0 for found in find_strengths(text))) else None


def _columns(cells: Sequence[Cell], about_medications: bool = False) -> tuple[tuple[str, Cell], ...]:
    columns: list[tuple[str, Cell]] = []
    for cell in cells:
        taken = {name for name, _ in columns}
        names = (name for name, pattern in _COLUMNS.items() if name not in taken and pattern.fullmatch(_plain(cell)))
        if _SIGN.fullmatch(_plain(cell)) and any(
            _COLUMNS["name"].fullmatch(_plain(each)) for each in cells[len(columns) + 1 :]
        ):
            names = iter(("number",))
        default = "name" if about_medications and not columns and _plain(cell).lower() == "name" else "unknown"
        columns.append((next(names, default), cell))
    return tuple(columns)


def _wrapped(rows: Sequence[Row], line_height: float) -> Header | None:
    """The first two rows as one header, where the second continues cells of the first."""
    if len(rows) < 2 or rows[1].top - rows[0].bottom > 0.5 * line_height or re.search(r"\d", rows[1].text):
        return None
    joined: list[Cell] = []
    under = list(rows[1].cells)
    for cell in rows[0].cells:
        below = next((each for each in under if _distance(each, cell) < 1.5 * line_height), None)
        if below is not None:
            under.remove(below)
            left, right = min(cell.left, below.left), max(cell.right, below.right)
            cell = Cell(f"{cell.text} {below.text}", left, cell.top, right, below.bottom)
        joined.append(cell)
    return None if under else Header(_columns(joined), 2)


def _plain(cell: Cell) -> str:
    return re.sub(r"\s*\(.*\)$", "", cell.text).strip(" :.*/")


def _nearest(cell: Cell, columns: Sequence[tuple[str, Cell]]) -> tuple[str, Cell]:
    return min(columns, key=lambda column: _distance(cell, column[1]))


def _distance(cell: Cell, head: Cell) -> float:
    """Columns are flush left or centred."""
    return min(abs(cell.left - head.left), abs((cell.left + cell.right) / 2 - (head.left + head.right) / 2))
