"""What people put on a page by hand after it was printed: strokes through medications, notes, rings, stamps.

A struck medication is no longer prescribed: it leaves the truth. Its place is kept as `struck[n]`.
"""

import math
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from jsl_pipeline.schemas import Box
from jsl_pipeline.synthetic.hard.sheet import Sheet, Span
from jsl_pipeline.synthetic.medicines import SOLID, draw_medications
from jsl_pipeline.synthetic.paper import HANDS, Colour, Pen, text_width

Mark = Callable[[Sheet], bool]
"""Puts something on the sheet's last page; False where the page has no place for it."""

_INKS: tuple[Colour, ...] = ((0.1, 0.15, 0.55), (0.06, 0.06, 0.08), (0.55, 0.08, 0.1))
_STAMP_INKS: tuple[Colour, ...] = ((0.15, 0.2, 0.6), (0.6, 0.1, 0.15), (0.1, 0.4, 0.25), (0.3, 0.1, 0.45))
_BOXED = (("DISPENSED", "3 copies"), ("RECEIVED", "Front desk"), ("PHARMACY COPY",), ("VERIFIED", "Initials ....."),
          ("FAXED", "page 1 of 1"), ("NOT FOR RESALE",), ("CHECKED",))  # fmt: skip
_ROUND = ("GENERAL PRACTICE * REGISTERED *", "DISPENSARY * ORIGINAL SEEN *", "OUT-PATIENT DEPARTMENT *")
_NOTES = ("pt. called, will collect", "discussed with pt.", "checked", "see notes", "copy to file", "ID seen")


def strike_out(sheet: Sheet) -> bool:
    """One medication struck through, everything that is said of it."""
    named = _on_this_page(sheet, "name")
    if len({each.field for each in _of_medications(sheet)}) < 2 or len(named) < 2:
        return False
    chosen = sheet.rng.choice(named)
    own = chosen.field.removesuffix("name")
    _strike(sheet, [each for each in sheet.spans if each.field.startswith(own)], sheet.rng.choice(_INKS))
    sheet.spans = [_struck(each) if each.field.startswith(own) else each for each in sheet.spans]
    return True


def correct(sheet: Sheet) -> bool:
    """A strength struck through, and another one written over it: that one is the truth."""
    found = [each for each in _on_this_page(sheet, "strength") if re.match(r"\d+\s?m", each.line.text[each.start :])]
    if not found:
        return False
    chosen, ink = sheet.rng.choice(found), sheet.rng.choice(_INKS)
    _strike(sheet, [chosen], ink)
    number = int(re.findall(r"\d+", chosen.field)[0])
    medication = sheet.facts.medications[number]
    old = re.match(r"\d+", medication.strength or "")
    new = (medication.strength or "").replace(old.group(), str(int(old.group()) * 2), 1) if old else "1 g"
    rows = list(sheet.facts.medications)
    rows[number] = medication.model_copy(update={"strength": new})
    sheet.facts = sheet.facts.model_copy(update={"medications": tuple(rows)})
    sheet.spans = [_struck(each) if each.field == chosen.field else each for each in sheet.spans]
    left, top, right, _ = chosen.line.box(chosen.start, chosen.end)
    pen = _pen(sheet, ink, 12.5)
    x = min((left + right) / 2, sheet.right - text_width(new, pen))
    sheet.say(x, top + 0.5, [sheet.item(number, "strength")], pen)
    return True


def add_by_hand(sheet: Sheet) -> bool:
    """A medication written under the list by hand."""
    taken = {each.name for each in sheet.facts.medications}
    drawn = draw_medications(sheet.rng, sheet.region, len(taken) + 1, SOLID)
    new = next(each for each in drawn if each.name not in taken)
    sheet.facts = sheet.facts.model_copy(update={"medications": (*sheet.facts.medications, new)})
    number = len(taken)
    sheet.room(3 * sheet.leading)
    pen = _pen(sheet, sheet.rng.choice(_INKS), 14)
    parts = [
        "+ ",
        sheet.item(number, "name"),
        " ",
        sheet.item(number, "strength"),
        "  ",
        sheet.item(number, "frequency"),
    ]
    sheet.say(sheet.left + sheet.rng.uniform(4, 24), sheet.down(0.6), parts, pen)
    sheet.down(1.6)
    return True


def note(sheet: Sheet) -> bool:
    """A remark at the side or the foot that says nothing of a medication."""
    pen = _pen(sheet, sheet.rng.choice(_INKS), 13)
    sheet.say(sheet.left + sheet.rng.uniform(0, 120), sheet.paper.height - 30, [sheet.rng.choice(_NOTES)], pen)
    return True


def ring(sheet: Sheet) -> bool:
    """A medication's name ringed, and a tick beside it."""
    named = _a_name(sheet)
    if named is None:
        return False
    (left, top, right, bottom), ink = named
    x, y, wide, tall = (left + right) / 2, (top + bottom) / 2, (right - left) / 2 + 7, (bottom - top) / 2 + 4
    turns = [each * 0.25 for each in range(28)]
    points = [(x + wide * math.cos(a) * (1 + a * 0.004), y + tall * math.sin(a) * (1 + a * 0.012)) for a in turns]
    sheet.paper.stroke(points, 0.9, ink)
    sheet.paper.stroke([(left - 22, y), (left - 18, y + 5), (left - 9, y - 8)], 1.1, ink)
    return True


def underline(sheet: Sheet) -> bool:
    """A medication's name underlined."""
    named = _a_name(sheet)
    if named is None:
        return False
    (left, _, right, bottom), ink = named
    sheet.paper.stroke(_wobbling(sheet, left, right, bottom + 0.5, 0.6), 1.0, ink)
    return True


def boxed_stamp(sheet: Sheet) -> bool:
    """A rubber stamp of a few words in a frame, askew, over whatever is there."""
    x, y = _somewhere(sheet)
    lines, ink = sheet.rng.choice(_BOXED), sheet.rng.choice(_STAMP_INKS)
    pen = Pen("Helvetica-Bold", sheet.rng.uniform(13, 19), ink)
    wide = max(text_width(each, pen) for each in lines) + 18
    with sheet.paper.turned(x, y, sheet.rng.uniform(-22, 22), sheet.rng.uniform(0.4, 0.7)):
        sheet.paper.box(x - wide / 2, y - pen.size, wide, pen.size * (1.1 * len(lines) + 0.6), line=ink, line_width=2)
        for number, line in enumerate(lines):
            sheet.paper.text(x, y + number * 1.1 * pen.size, line, pen, "centre")
    return True


def round_stamp(sheet: Sheet) -> bool:
    """A round stamp, its words along the rim."""
    x, y = _somewhere(sheet)
    words, ink, radius = sheet.rng.choice(_ROUND), sheet.rng.choice(_STAMP_INKS), sheet.rng.uniform(34, 44)
    pen, turn = Pen("Helvetica-Bold", 8.5, ink), sheet.rng.uniform(0, 360)
    for number, letter in enumerate(words):
        with sheet.paper.turned(x, y, turn - 360 * number / len(words), 0.6):
            sheet.paper.text(x, y - radius + 11, letter, pen, "centre")
    with sheet.paper.turned(x, y, 0, 0.6):
        sheet.paper.circle(x, y, radius, 2, ink)
        sheet.paper.circle(x, y, radius - 14, 1, ink)
    return True


MARKS: dict[str, Mark] = {
    "struck medication": strike_out,
    "corrected strength": correct,
    "added by hand": add_by_hand,
    "note by hand": note,
    "ring": ring,
    "underline": underline,
    "boxed stamp": boxed_stamp,
    "round stamp": round_stamp,
}
"""By the name that a label's `style` has for it, in the order in which they are put on."""


def _of_medications(sheet: Sheet) -> list[Span]:
    return [each for each in sheet.spans if re.fullmatch(r"medications\[\d+\]\.name", each.field)]


def _a_name(sheet: Sheet) -> tuple[Box, Colour] | None:
    """Where a medication's name stands on the page that is being drawn, and an ink for it."""
    named = _on_this_page(sheet, "name")
    if not named:
        return None
    chosen, ink = sheet.rng.choice(named), sheet.rng.choice(_INKS)
    return chosen.line.box(chosen.start, chosen.end), ink


def _on_this_page(sheet: Sheet, name: str) -> list[Span]:
    """Where a medication's field stands on the page that is being drawn, the only place and on one line."""
    found = [each for each in sheet.spans if re.fullmatch(rf"medications\[\d+\]\.{name}", each.field)]
    once = [each for each in found if sum(other.field == each.field for other in found) == 1]
    return [each for each in once if each.line.page_no == sheet.paper.page_no]


def _strike(sheet: Sheet, spans: Sequence[Span], ink: Colour) -> None:
    """A stroke through each line, from the first of the spans on it to the last."""
    width = sheet.rng.uniform(0.9, 1.8)
    for line in {id(each.line): each.line for each in spans}.values():
        here = [each for each in spans if each.line is line]
        left, top, _, bottom = line.box(here[0].start, here[0].end)
        right = line.box(here[-1].start, here[-1].end)[2]
        middle = bottom - 0.45 * (bottom - top)
        for _ in range(sheet.rng.choice((1, 1, 2))):
            points = _wobbling(sheet, left - 3, right + 4, middle + sheet.rng.uniform(-1, 1), 0.9)
            sheet.paper.stroke(points, width, ink)


def _wobbling(sheet: Sheet, left: float, right: float, y: float, by: float) -> list[tuple[float, float]]:
    steps = max(2, int((right - left) / 18))
    return [(left + (right - left) * at / steps, y + sheet.rng.gauss(0, by)) for at in range(steps + 1)]


def _struck(span: Span) -> Span:
    return replace(span, field=span.field.replace("medications", "struck", 1))


def _pen(sheet: Sheet, ink: Colour, size: float) -> Pen:
    return Pen(sheet.rng.choice(HANDS), size, ink, hand=True)


def _somewhere(sheet: Sheet) -> tuple[float, float]:
    """A place for a stamp: over what is written more often than under it."""
    across = sheet.rng.uniform(sheet.left + 60, sheet.right - 60)
    return across, sheet.rng.uniform(100, min(sheet.y + 30, sheet.paper.height - 80))
