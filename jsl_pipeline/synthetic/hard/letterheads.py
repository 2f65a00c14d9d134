"""Letterheads: who prescribes, in the ways that practices print it. Each writes from the top of the sheet."""

from collections.abc import Callable

from jsl_pipeline.synthetic.hard.sheet import Sheet

Block = Callable[[Sheet], None]

_WHITE = (1.0, 1.0, 1.0)
_LICENCE = {"us": ("License No. ", "Lic #: ", "NPI "), "uk": ("GMC No. ", "GMC: "), "in": ("Regd. No. ", "Reg. No: ")}
_CALL = ("Tel: ", "Phone: ", "Ph. ", "T ")


def centred(sheet: Sheet) -> None:
    """The practice in large letters, everything under it centred."""
    middle = (sheet.left + sheet.right) / 2
    big = sheet.pen(1.9, bold=True, colour=sheet.style.accent)
    sheet.say(middle, sheet.down(0.6), [sheet.value("facility")], big, "centre")
    sheet.say(middle, sheet.down(1.4), [sheet.value("prescriber.name")], sheet.pen(1.15, bold=True), "centre")
    address = [sheet.value("prescriber.address"), "   ", _call(sheet), sheet.value("prescriber.phone")]
    sheet.say(middle, sheet.down(), address, sheet.pen(0.85), "centre")
    sheet.say(
        middle, sheet.down(0.9), [_licence(sheet), sheet.value("prescriber.license_no")], sheet.pen(0.85), "centre"
    )
    sheet.paper.rule(sheet.left, sheet.down(0.6), sheet.right, 1.5, sheet.style.accent)
    sheet.down(1.6)


def banner(sheet: Sheet) -> None:
    """A coloured band with the practice in white, the prescriber under it."""
    sheet.paper.box(0, 0, sheet.paper.width, 78, fill=sheet.style.accent, line=None)
    sheet.say(sheet.left, 36, [sheet.value("facility")], sheet.pen(1.8, bold=True, colour=_WHITE))
    sheet.say(sheet.left, 54, [sheet.value("prescriber.address")], sheet.pen(0.9, colour=_WHITE))
    sheet.say(sheet.right, 68, [_call(sheet), sheet.value("prescriber.phone")], sheet.pen(0.9, colour=_WHITE), "right")
    sheet.y = 78 + sheet.leading * 1.4
    end = sheet.say(sheet.left, sheet.y, [sheet.value("prescriber.name")], sheet.pen(1.15, bold=True))
    sheet.say(end + 14, sheet.y, [_licence(sheet), sheet.value("prescriber.license_no")], sheet.pen(0.9))
    sheet.down(1.8)


def two_sides(sheet: Sheet) -> None:
    """The prescriber on the left, the practice on the right."""
    top = sheet.y
    sheet.say(sheet.left, top, [sheet.value("prescriber.name")], sheet.pen(1.3, True, sheet.style.accent))
    sheet.say(sheet.left, sheet.down(), [_licence(sheet), sheet.value("prescriber.license_no")], sheet.pen(0.85))
    sheet.say(sheet.right, top + sheet.leading * 0.1, [sheet.value("facility")], sheet.pen(1.0, bold=True), "right")
    sheet.say(sheet.right, top + sheet.leading, [sheet.value("prescriber.address")], sheet.pen(0.75), "right")
    sheet.say(sheet.right, sheet.down(0.8), [_call(sheet), sheet.value("prescriber.phone")], sheet.pen(0.8), "right")
    sheet.paper.rule(sheet.left, sheet.down(0.7), sheet.right, 1.2, sheet.style.accent)
    sheet.down(1.6)


def typed(sheet: Sheet) -> None:
    """Plain lines on the left."""
    for number, parts in enumerate(
        (
            [sheet.value("facility")],
            [sheet.value("prescriber.address")],
            [_call(sheet), sheet.value("prescriber.phone")],
            ["Prescriber: ", sheet.value("prescriber.name")],
        )
    ):
        sheet.say(sheet.left, sheet.y, parts, sheet.pen(bold=not number))
        sheet.down()
    sheet.down(0.8)


def emblem(sheet: Sheet) -> None:
    """A drawn emblem, the practice and the prescriber to the right of it."""
    x, y, accent = sheet.left + 24, sheet.y + 14, sheet.style.accent
    sheet.paper.circle(x, y, 23, 2.2, accent)
    sheet.paper.box(x - 4, y - 14, 8, 28, fill=accent, line=None)
    sheet.paper.box(x - 14, y - 4, 28, 8, fill=accent, line=None)
    left = sheet.left + 62
    sheet.say(left, sheet.y, [sheet.value("facility")], sheet.pen(1.5, True, accent))
    line = [sheet.value("prescriber.address"), " | ", sheet.value("prescriber.phone")]
    sheet.say(left, sheet.down(), line, sheet.pen(0.82))
    line = [sheet.value("prescriber.name"), "   ", _licence(sheet), sheet.value("prescriber.license_no")]
    sheet.say(left, sheet.down(), line, sheet.pen(0.95))
    sheet.down(1.9)


def framed(sheet: Sheet) -> None:
    """All of it in a frame, with captions."""
    top, half = sheet.y - sheet.style.size, sheet.left + sheet.width * 0.55
    sheet.say(sheet.left + 8, sheet.down(0.5), [sheet.value("facility")], sheet.pen(1.25, bold=True))
    sheet.say(half, sheet.y, ["Doctor: ", sheet.value("prescriber.name")], sheet.pen())
    sheet.say(sheet.left + 8, sheet.down(), [sheet.value("prescriber.address")], sheet.pen(0.8))
    sheet.say(half, sheet.y, [_call(sheet), sheet.value("prescriber.phone")], sheet.pen(0.9))
    sheet.say(half, sheet.down(), [_licence(sheet), sheet.value("prescriber.license_no")], sheet.pen(0.9))
    sheet.paper.box(sheet.left, top, sheet.width, sheet.y + 8 - top, line=sheet.style.accent, line_width=1.0)
    sheet.down(2.1)


LETTERHEADS: dict[str, Block] = {
    "centred letterhead": centred,
    "banner": banner,
    "two-sided letterhead": two_sides,
    "typed letterhead": typed,
    "emblem": emblem,
    "framed letterhead": framed,
}


def _licence(sheet: Sheet) -> str:
    return sheet.rng.choice(_LICENCE[sheet.region])


def _call(sheet: Sheet) -> str:
    return sheet.rng.choice(_CALL)
