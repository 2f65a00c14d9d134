"""Who the patient is, and the date, in the ways that forms and letters say it."""

from jsl_pipeline.synthetic.hard.letterheads import Block
from jsl_pipeline.synthetic.hard.sheet import Part, Sheet
from jsl_pipeline.synthetic.paper import Pen

_BORN = {"us": ("DOB", "Date of Birth", "Birth Date"), "uk": ("D.o.B", "Date of birth", "DOB"), "in": ("DOB",)}


def two_columns(sheet: Sheet) -> None:
    """Captions and values in two columns."""
    pairs = [
        ("Patient", "patient.name"), ("Date", "date"),
        ("Address", "patient.address"), (_born(sheet), "patient.dob"),
        ("Phone", "patient.phone"), (sheet.rng.choice(("Sex", "Gender")), "patient.sex"),
    ]  # fmt: skip
    half = sheet.left + sheet.width * 0.64
    for number, (caption, field) in enumerate(pairs):
        x = half if number % 2 else sheet.left
        end = sheet.say(x, sheet.y, [f"{caption}: "], sheet.pen(bold=True))
        sheet.say(end, sheet.y, [sheet.value(field)], _fill(sheet))
        sheet.down(1.05 if number % 2 else 0)
    sheet.down(0.7)


def cells(sheet: Sheet) -> None:
    """Boxes with a small caption over each value, as on printed forms."""
    height = 2.3 * sheet.leading
    rows = (
        (("Patient's name", "patient.name", 0.6), ("Age", "patient.age", 0.14), (_born(sheet), "patient.dob", 0.26)),
        (("Address", "patient.address", 0.74), ("Date", "date", 0.26)),
    )
    top = sheet.y - sheet.style.size
    for row in rows:
        x = sheet.left
        for caption, field, share in row:
            sheet.paper.box(x, top, share * sheet.width, height, line=sheet.style.accent)
            sheet.say(x + 4, top + sheet.style.size * 0.95, [caption], sheet.small())
            sheet.say(x + 6, top + height - 0.55 * sheet.style.size, [sheet.value(field)], _fill(sheet))
            x += share * sheet.width
        top += height
    sheet.y = top + 1.7 * sheet.leading


def details(sheet: Sheet) -> None:
    """A table of two columns."""
    rows: list[list[list[Part]]] = [[["Patient"], ["Details"]]]
    captions = (("Name", "patient.name"), (_born(sheet), "patient.dob"), ("Age", "patient.age"))
    for caption, field in (*captions, ("Sex", "patient.sex"), ("Date", "date")):
        rows.append([[caption], [sheet.value(field)]])
    sheet.table((0.3, 0.7), rows, sheet.rng.choice(("grid", "rules")), _fill(sheet))
    sheet.down(0.4)


def letter(sheet: Sheet) -> None:
    """The line that a letter is about."""
    sheet.say(sheet.right, sheet.y, [sheet.value("date")], sheet.pen(), "right")
    parts = ["Re: ", sheet.value("patient.name"), f", {_born(sheet)} ", sheet.value("patient.dob")]
    sheet.say(sheet.left, sheet.down(1.2), parts, sheet.pen(1.05, bold=True))
    sheet.say(sheet.left, sheet.down(), [sheet.value("patient.address")], sheet.pen())
    sheet.down(1.8)


def blanks(sheet: Sheet) -> None:
    """Ruled blanks that were filled in."""
    lines = (
        (("Name", "patient.name", 0.62), ("Age / Sex", ("patient.age", "patient.sex"), 0.38)),
        (("Date", "date", 0.38), ("Weight", "patient.weight", 0.3)),
    )
    for line in lines:
        x = sheet.left
        for caption, fields, share in line:
            end = sheet.say(x, sheet.y, [f"{caption}:"], sheet.pen(0.9)) + 5
            to_x = x + share * sheet.width - 10
            sheet.paper.rule(end, sheet.y + 3, to_x, 0.5)
            named = (fields,) if isinstance(fields, str) else fields
            parts: list[Part] = []
            for field in named:
                parts += ["/", sheet.value(field)] if parts else [sheet.value(field)]
            sheet.say(end + 3, sheet.y, parts, _fill(sheet))
            x += share * sheet.width
        sheet.down(1.5)
    sheet.down(0.5)


def one_line(sheet: Sheet) -> None:
    """Everything in one line, short."""
    parts = ["Pt: ", sheet.value("patient.name"), "   ", sheet.value("patient.age"), " / ", sheet.value("patient.sex")]
    sheet.say(sheet.left, sheet.y, parts, _fill(sheet))
    sheet.say(sheet.right, sheet.y, ["Date: ", sheet.value("date")], sheet.pen(), "right")
    sheet.paper.rule(sheet.left, sheet.down(0.5), sheet.right, 0.5)
    sheet.down(1.5)


def capitals(sheet: Sheet) -> None:
    """Captions in capitals with the values lined up behind them."""
    for caption, field in (
        ("PATIENT", "patient.name"),
        ("DATE OF BIRTH", "patient.dob"),
        ("SEX", "patient.sex"),
        ("DATE", "date"),
    ):
        sheet.say(sheet.left, sheet.y, [f"{caption}:"], sheet.pen())
        sheet.say(sheet.left + 11 * sheet.style.size, sheet.y, [sheet.value(field)], _fill(sheet))
        sheet.down()
    sheet.down(0.8)


PATIENTS: dict[str, Block] = {
    "patient in two columns": two_columns,
    "patient in cells": cells,
    "patient in a table": details,
    "patient of a letter": letter,
    "patient on blanks": blanks,
    "patient in one line": one_line,
    "patient in capitals": capitals,
}


def _fill(sheet: Sheet) -> Pen:
    return sheet.style.fill


def _born(sheet: Sheet) -> str:
    return sheet.rng.choice(_BORN[sheet.region])
