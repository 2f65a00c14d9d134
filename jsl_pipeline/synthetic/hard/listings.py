"""Medications, in the ways that documents list them. Each writes all of the sheet's facts, or those it has room for."""

from jsl_pipeline.synthetic.hard.letterheads import Block
from jsl_pipeline.synthetic.hard.sheet import Grid, Part, Sheet
from jsl_pipeline.synthetic.paper import Pen

_VERBS = {"inhaler": "Inhale", "eye drops": "Instil", "cream": "Apply"}
_SHORT_FORMS = {"tablet": "Tab.", "capsule": "Cap.", "syrup": "Syp.", "inhaler": "Inh."}
_SUPPLY = {"us": ("Disp: #", "Qty: ", "#"), "uk": ("Supply: ", "Quantity: ", "Mitte "), "in": ("Qty: ", "Total: ")}
_COLUMNS: tuple[tuple[tuple[str, tuple[str, ...], float], ...], ...] = (
    (("Medicine", ("name",), 3), ("Strength", ("strength",), 1.6), ("Dose", ("dose",), 2),
     ("Frequency", ("frequency",), 3), ("Duration", ("duration",), 1.7)),
    (("Drug", ("name", "strength"), 3.4), ("Form", ("form",), 1.6), ("Directions", ("dose", "frequency"), 4),
     ("Days", ("duration",), 1.7)),
    (("Medication", ("name", "strength", "form"), 4), ("How to take", ("dose", "frequency"), 4),
     ("Qty", ("quantity",), 1)),
    (("Name of medicine", ("name",), 2.2), ("Dose", ("strength",), 1.5), ("Frequency", ("frequency",), 2.6),
     ("Instructions", ("instructions",), 2.6)),
    (("Rx", ("name", "strength"), 3), ("Sig", ("frequency",), 2.5), ("Disp", ("quantity",), 1),
     ("RF", ("refills",), 0.8)),
)  # fmt: skip


def numbered(sheet: Sheet) -> None:
    """Numbered, the directions and the supply under each name."""
    for number in _all(sheet):
        sheet.room(4 * sheet.leading)
        first: list[Part] = [f"{number + 1}. ", *_drug(sheet, number, "form")]
        sheet.say(sheet.left + 8, sheet.y, first, _bold(sheet))
        sheet.down()
        sheet.y = sheet.flow(sheet.left + 28, sheet.y, _directions(sheet, number), sheet.width - 40, _body(sheet))
        sheet.say(sheet.left + 28, sheet.y, _supply(sheet, number), _body(sheet))
        sheet.down(1.6)


def bullets(sheet: Sheet) -> None:
    """A line each, after a mark."""
    mark, dash = sheet.rng.choice(("-", "*", "•")), sheet.rng.choice((" - ", ": ", ", "))
    for number in _all(sheet):
        sheet.room(3 * sheet.leading)
        parts: list[Part] = [f"{mark} ", *_drug(sheet, number), dash, *_row(sheet, number, "dose", "frequency")]
        if sheet.has(number, "duration"):
            parts += [" x ", sheet.item(number, "duration")]
        sheet.y = sheet.flow(sheet.left + 6, sheet.y, parts, sheet.width - 12, _body(sheet))
        sheet.down(0.35)


def prose(sheet: Sheet) -> None:
    """Sentences of a letter."""
    openings = ("Please supply ", "I have prescribed ", "Continue ", "We started ")
    for number in _all(sheet):
        sheet.room(4 * sheet.leading)
        parts: list[Part] = [sheet.rng.choice(openings), *_drug(sheet, number, "form"), ". "]
        parts += _directions(sheet, number)
        if sheet.has(number, "instructions"):
            parts += [" ", sheet.item(number, "instructions")]
        sheet.y = sheet.flow(sheet.left, sheet.y, parts, sheet.width, _body(sheet), 1.45)
        sheet.down(0.3)


def table(sheet: Sheet) -> None:
    """A table; which columns it has and whether rules are drawn differs."""
    columns = sheet.rng.choice(_COLUMNS)
    grids: tuple[Grid, ...] = ("grid", "rules", "head", "none")
    rows: list[list[list[Part]]] = [[[heading] for heading, _, _ in columns]]
    for number in _all(sheet):
        rows.append([_row(sheet, number, *fields) or ["-"] for _, fields, _ in columns])
    sheet.table([share for _, _, share in columns], rows, sheet.rng.choice(grids), _body(sheet))


def side_by_side(sheet: Sheet) -> None:
    """Two columns of items, a few short lines each."""
    half = sheet.width / 2
    for number in _all(sheet):
        if number % 2 == 0:
            sheet.room(5 * sheet.leading)
        x, y = sheet.left + (number % 2) * half, sheet.y
        sheet.say(x, y, _drug(sheet, number), _bold(sheet))
        sheet.say(x + 8, y + sheet.leading, [*_row(sheet, number, "dose", "frequency")], _body(sheet, 0.92))
        parts: list[Part] = ["for ", sheet.item(number, "duration")] if sheet.has(number, "duration") else []
        sheet.say(x + 8, y + 2 * sheet.leading, parts, _body(sheet, 0.92))
        if number % 2 or number == len(sheet.facts.medications) - 1:
            sheet.down(3.8)


def shorthand(sheet: Sheet) -> None:
    """A pad: the form before the name, frequency and length of the course after it or under it."""
    size = 1.15 if sheet.width > 400 else 1.0
    pen, sign = _body(sheet, size), Pen("Times-BoldItalic", 26, sheet.style.accent)
    sheet.say(sheet.left, sheet.down(0.4), ["Rx"], sign)
    sheet.down(1.6)
    for number in _all(sheet):
        sheet.room(3 * sheet.leading)
        form = sheet.item(number, "form")
        short = form._replace(text=_SHORT_FORMS[form.text]) if form.text in _SHORT_FORMS else form
        first: list[Part] = [f"{number + 1}) ", short, " ", *_drug(sheet, number)]
        rest: list[Part] = [sheet.item(number, "frequency")]
        if sheet.has(number, "duration"):
            rest += [sheet.rng.choice((" x ", " for ", " - ")), sheet.item(number, "duration")]
        end = sheet.say(sheet.left + 8, sheet.y, first, pen)
        if end > sheet.left + 0.55 * sheet.width:
            sheet.down(1.1)
            end = sheet.left + 30
        sheet.say(end + 16, sheet.y, rest, pen)
        sheet.down(1.6)


def pharmacy_labels(sheet: Sheet) -> None:
    """A dispensary's labels: a box each, in capitals."""
    for number in _all(sheet):
        sheet.room(7 * sheet.leading)
        top, right = sheet.y - sheet.style.size, sheet.left + min(sheet.width, 330)
        drug: list[Part] = [_upper(part) for part in _drug(sheet, number, "form")]
        sheet.say(sheet.left + 8, sheet.down(0.4), drug, _bold(sheet))
        sheet.say(right - 8, sheet.y, _quantity(sheet, number, ""), _body(sheet), "right")
        sheet.down(1.2)
        lines = [_upper(part) for part in _directions(sheet, number)]
        sheet.y = sheet.flow(sheet.left + 8, sheet.y, lines, right - sheet.left - 16, _body(sheet))
        if sheet.has(number, "instructions"):
            sheet.say(sheet.left + 8, sheet.y, [sheet.item(number, "instructions")], sheet.small())
            sheet.down(0.9)
        sheet.say(sheet.left + 8, sheet.y, ["Keep out of the reach and sight of children"], sheet.small())
        sheet.paper.box(sheet.left, top, right - sheet.left, sheet.y + 8 - top, line_width=1.0)
        sheet.down(2.2)


def discharge(sheet: Sheet) -> None:
    """A discharge summary's list: under each name what is said of it, with captions."""
    sheet.say(sheet.left, sheet.y, ["Medications on discharge"], sheet.pen(1.2, bold=True))
    sheet.down(1.4)
    for number in _all(sheet):
        sheet.room(5.5 * sheet.leading)
        sheet.say(sheet.left + 6, sheet.y, _drug(sheet, number, "form"), _bold(sheet))
        sheet.down()
        captions = (("Dose", "dose"), ("How often", "frequency"), ("Route", "route"), ("For", "duration"))
        for caption, name in captions:
            if sheet.has(number, name):
                sheet.say(sheet.left + 24, sheet.y, [f"{caption}: ", sheet.item(number, name)], _body(sheet, 0.95))
                sheet.down(0.92)
        sheet.down(0.6)


def repeat_slip(sheet: Sheet) -> None:
    """The right-hand side of a repeat prescription: boxes to tick, the supply on the right."""
    sheet.say(sheet.left, sheet.y, ["Repeat medication - tick what you need"], sheet.pen(bold=True))
    sheet.down(1.4)
    for number in _all(sheet):
        sheet.room(3.5 * sheet.leading)
        sheet.paper.box(sheet.left, sheet.y - sheet.style.size * 0.85, 10, 10, line=(0.2, 0.2, 0.2))
        sheet.say(sheet.left + 20, sheet.y, _drug(sheet, number, "form"), _bold(sheet))
        sheet.say(sheet.right, sheet.y, _quantity(sheet, number, ""), _body(sheet), "right")
        sheet.say(sheet.left + 20, sheet.down(), _row(sheet, number, "dose", "frequency"), _body(sheet))
        sheet.paper.rule(sheet.left, sheet.down(0.55), sheet.right, 0.4)
        sheet.down(1.15)


LISTINGS: dict[str, Block] = {
    "numbered list": numbered,
    "bullets": bullets,
    "prose": prose,
    "table": table,
    "two columns": side_by_side,
    "shorthand": shorthand,
    "pharmacy labels": pharmacy_labels,
    "discharge list": discharge,
    "repeat slip": repeat_slip,
}


def _all(sheet: Sheet) -> range:
    return range(len(sheet.facts.medications))


def _body(sheet: Sheet, scale: float = 1.0) -> Pen:
    return sheet.style.fill.sized(sheet.style.fill.size * scale)


def _bold(sheet: Sheet) -> Pen:
    return sheet.style.fill if sheet.style.fill.hand else sheet.pen(1.05, bold=True)


def _drug(sheet: Sheet, number: int, *more: str) -> list[Part]:
    return _row(sheet, number, "name", "strength", *more)


def _row(sheet: Sheet, number: int, *fields: str) -> list[Part]:
    """What there is of the fields, with spaces between."""
    parts: list[Part] = []
    for name in fields:
        if sheet.has(number, name):
            parts += [" ", sheet.item(number, name)] if parts else [sheet.item(number, name)]
    return parts


def _directions(sheet: Sheet, number: int) -> list[Part]:
    """A sentence: how much, how, how often, how long."""
    form = sheet.facts.medications[number].form or ""
    parts: list[Part] = [_VERBS.get(form, "Take"), " ", sheet.item(number, "dose")]
    if sheet.facts.medications[number].route == "oral" and sheet.rng.random() < 0.5:
        parts += [" ", sheet.item(number, "route")._replace(text=sheet.rng.choice(("by mouth", "orally")))]
    parts += [" ", sheet.item(number, "frequency")]
    if sheet.has(number, "duration"):
        parts += [" for ", sheet.item(number, "duration")]
    return [*parts, "."]


def _supply(sheet: Sheet, number: int) -> list[Part]:
    parts = _quantity(sheet, number, sheet.rng.choice(_SUPPLY[sheet.region]))
    if sheet.region == "us":
        parts += ["    Refills: ", sheet.item(number, "refills")]
    return parts


def _quantity(sheet: Sheet, number: int, caption: str) -> list[Part]:
    return [caption, sheet.item(number, "quantity")] if sheet.has(number, "quantity") else []


def _upper(part: Part) -> Part:
    return part.upper() if isinstance(part, str) else part._replace(text=part.text.upper())
