"""Patients without a label beside them: captions of cards, patient blocks, titles, sentences that introduce."""

import re
from collections.abc import Iterator, Sequence

from jsl_pipeline.clinical import find_dates, find_forms, find_phones
from jsl_pipeline.engines.reader.directions import read_directions
from jsl_pipeline.engines.reader.labels import bare_label, split_fields
from jsl_pipeline.engines.reader.layout import Cell, Layout
from jsl_pipeline.engines.reader.letterhead import is_full_name, is_street
from jsl_pipeline.engines.reader.names import DOCTOR, FAMILY_FIRST, NAME, TITLE

TITLED = re.compile(rf"^(?P<title>{TITLE})\s*(?P<name>{NAME.pattern})(?P<rest>.*)$")
AGE = re.compile(
    r"(?<![\d/.-])\d{1,3}\s*-?\s*(?:years?(?:[\s-]*old)?|yrs?|y\s*/?\s*o|y|months?|mths?|mos?|weeks?|days?(?=\s*old))(?![a-z])\.?",
    re.I,
)
_AGED = re.compile(rf"(?P<age>{AGE.pattern})(?:\s*[/,|-]?\s*(?P<sex>male|female|M|F))?", re.I)
_BORN = re.compile(r"(?i)\b(?:born|d\.?o\.?b|birth)\b")
_SEX_WORD = re.compile(r"(?<![a-z])(?:male|female)(?![a-z])|(?<![A-Za-z])[MF](?![A-Za-z'])", re.I)
_BORN_ON = re.compile(r"(?i)\b(?:d\.?\s?o\.?\s?b\.?|born(?:\s+on)?|date\s+of\s+birth)\W*")
_NUMBER_SEX = re.compile(r"(?P<age>\d{1,3})\s*/?\s*(?P<sex>[MF])\b")
_INTRODUCED = re.compile(
    rf"^(?:(?i:patient|pt|re|regarding)\b\W+)?(?P<name>{NAME.pattern})\s*,\s*(?:born|(?i:d\.?o\.?b|birth\s*date|date\s+of\s+birth)\b|is\s+an?\s+(?=\d)|an?\s+(?=\d)|aged\s*|(?=\d{{1,3}}\s*(?:-?\s*y|[MF]\b)))(?P<rest>.*)$"
)
_AGE_IN_PROSE = re.compile(
    r"\b(?P<age>\d{1,3}\s*-?\s*(?:years?\s*-?\s*old|y\.?o\.?|y/o|year\s+old))\s*(?P<sex>male|female|man|woman|boy|girl|M|F)\b",
    re.I,
)
REGARDING = re.compile(
    r"^(?i:(?:re|regarding|for)\s*:|(?:patient|pt\.?|name)\s+:?)\s*|^.*\b(?:certify|confirm)\s+that\s+(?=[A-Z])"
)
_CALLED = re.compile(r"^(?i:patient|pt\.?|resident|name)\s+(?P<name>[A-Z].+)$")  # without colon
_RECORD = re.compile(r"(?i)(?:d\.?o\.?b\b|date\s+of\s+birth|mrn|uhid|nhs\s+no|(?:medical\s+)?record\s+n)")
_UPPER = 0.4
_PHARMACY = re.compile(r"(?i)\b(?:pharmacy|chemists?|drug\s?store|drugs?(?=\s+#))\b")
_LABEL_ROWS = 16
_YEARS = 2  # a document may speak of last year
_BLOCK = re.compile(r"^patient(?:'?s)?\s*(?:information|info|details?|data|demographics)\s*:?$", re.I)


def after_name(text: str) -> dict[str, str]:
    """Age, sex and date of birth that follow a name, or one of them, in the same line."""
    found: dict[str, str] = {}
    born = _BORN_ON.search(text)
    if born is not None and (dates := find_dates(text[born.end() :])) and dates[0].start < 2:
        found["dob"] = dates[0].text
    if (age := AGE.search(text)) is not None:
        found["age"] = age.group()
    elif (
        number := re.fullmatch(r"\W*(\d{1,3})\W*", text) or re.match(r"[\s,(/-]*(\d{1,3})\s*/?\s*[MF]\b", text)
    ) is not None:
        found["age"] = number[1]
    if (sex := _SEX_WORD.search(text)) is not None:
        found["sex"] = sex.group()
    return found


def captioned(layout: Layout) -> dict[str, str]:
    """Values over their captions, as on cards: last name, first name, date of birth."""
    found: dict[str, str] = {}
    names: list[Cell] = []
    for cell in layout.cells:
        caption = bare_label(cell)
        if caption not in ("first_name", "last_name", "dob") or cell.text.rstrip().endswith(":"):
            continue
        value = layout.above(cell)
        if value is None or bare_label(value) or split_fields(value)[1]:
            continue
        if caption == "dob" and find_dates(value.text):
            found.setdefault("dob", find_dates(value.text)[0].text)
        elif caption != "dob" and NAME.fullmatch(value.text):
            names.append(value)
    if len(names) > 1:
        found["name"] = " ".join(cell.text for cell in sorted(names, key=lambda c: c.left))
    return found


def block(layout: Layout) -> dict[str, str]:
    """A heading such as `Patient Information` with name, telephone and address under it."""
    heading = next((cell for cell in layout.cells if _BLOCK.match(cell.text)), None)
    lines = list(_column_under(layout, heading)) if heading is not None else []
    if not lines or not NAME.fullmatch(lines[0].text):
        return {}
    found = {"name": lines[0].text}
    phones = [phone.text for line in lines[1:] for phone in find_phones(line.text)]
    if phones:
        found["phone"] = phones[-1]
    address = [line.text for line in lines[1:] if not find_phones(line.text)]
    if address and is_street(address[0]):
        found["address"] = ", ".join(address)
    return found


def headed(layout: Layout) -> dict[str, str]:
    """A name without label right before or over a date of birth, or beside a record number, in the upper part."""
    for row in layout.rows:
        for index, cell in enumerate(row.cells):
            if cell.top > _UPPER * layout.height:
                continue
            lead, fields = split_fields(cell)
            lead = lead.rstrip(" (,;-–|")
            called = _CALLED.match(cell.text)
            if called is not None and is_full_name(called["name"]) and _says_age(row.cells[index + 1 :]):
                return {"name": called["name"]}
            if fields and _RECORD.match(fields[0].label) and _is_name(lead):
                return {"name": lead}
            if not _RECORD.match(cell.text):
                continue
            beside = row.cells[index - 1] if index else None
            for name in (layout.above(cell), beside):
                text = REGARDING.sub("", name.text) if name is not None else ""
                if _is_name(text) and not split_fields(Cell(text, 0, 0, 1, 1))[1]:
                    return {"name": text}
    return {}


def _is_name(text: str) -> bool:
    """Whether a text is a name in either order: `Asha Rao`, `RAO, Asha`."""
    family, comma, given = text.partition(", ")
    return is_full_name(f"{given} {family}" if comma else text) and (
        not comma or FAMILY_FIRST.fullmatch(text) is not None
    )


def _says_age(cells: Sequence[Cell]) -> bool:
    """Whether one of these cells says when somebody was born, or their age or sex."""
    return any(field.name in ("dob", "age", "sex", "age_sex") for cell in cells for field in split_fields(cell)[1])


def dispensed(layout: Layout) -> dict[str, str]:
    """The patient on a pharmacy's label: the one name on it that is no doctor's and no place's."""
    if len(layout.rows) > _LABEL_ROWS or not any(_PHARMACY.search(cell.text) for cell in layout.cells):
        return {}
    plain = (cell for cell in layout.cells if is_full_name(cell.text) and not is_street(cell.text))
    names = [c for c in plain if not (re.match(DOCTOR, c.text) or find_forms(c.text) or read_directions(c.text))]
    return {"name": names[0].text} if len(names) == 1 else {}


def born_beside(layout: Layout, name: str | None) -> dict[str, str]:
    """A date without label right after, beside or under the patient's name, years before another date of the page."""
    dates = [found.value for cell in layout.cells for found in find_dates(cell.text)]
    latest = max((day.year for each in dates if (day := each.day_first or each.month_first)), default=0)
    for row in layout.rows:
        for index, cell in enumerate(row.cells):
            if not name or name not in cell.text:
                continue
            rest = Cell(cell.text.split(name, 1)[1].strip(" ,;()"), 0, 0, 1, 1)
            for near in (rest, *row.cells[index + 1 : index + 2], layout.below(cell)):
                found = find_dates(near.text) if near is not None else []
                day = (found[0].value.day_first or found[0].value.month_first) if len(found) == 1 else None
                if day and latest - day.year >= _YEARS and near is not None and found[0].text == near.text.strip():
                    return {"dob": found[0].text}
    return {}


def introduced(layout: Layout, name: str | None) -> dict[str, str]:
    """`Jane Roe, born on ...`, `35 yo M with ...`, a line that is an age. `name` is the patient's, if known."""
    found: dict[str, str] = {}
    for cell in layout.cells:
        sentence = _INTRODUCED.match(cell.text)
        if sentence is not None and " " in sentence["name"] and sentence["name"] == (name or sentence["name"]):
            found.setdefault("name", sentence["name"])
            aged = _AGED.match(sentence["rest"]) or _NUMBER_SEX.match(sentence["rest"])
            if aged is not None:
                found |= {key: text for key, text in aged.groupdict().items() if text}
            if _BORN.search(sentence.group()) and find_dates(sentence["rest"]):
                found.setdefault("dob", find_dates(sentence["rest"])[0].text)
        in_prose = _AGE_IN_PROSE.search(cell.text)
        if in_prose is not None:
            found.setdefault("age", in_prose["age"])
            found.setdefault("sex", in_prose["sex"])
        elif (aged := _AGED.fullmatch(cell.text)) and "y" in aged["age"].lower():  # months may be a duration
            found.setdefault("age", aged["age"])
            if aged["sex"]:
                found.setdefault("sex", aged["sex"])
    return found


def _column_under(layout: Layout, cell: Cell) -> Iterator[Cell]:
    while (following := layout.below(cell, reach=1.2)) is not None:
        if split_fields(following)[1] or bare_label(following):
            return
        yield following
        cell = following
