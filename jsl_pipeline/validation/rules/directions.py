"""Rules of what the directions of a medication say together: dose and strength, route and form, quantity and course."""

import re
from collections.abc import Iterator

from jsl_pipeline.clinical import find_doses, find_routes
from jsl_pipeline.schemas import Issue, Medication
from jsl_pipeline.validation.rules.amounts import (
    PIECES,
    Amount,
    dose_mg,
    form_of,
    piece_mg,
    pieces_taken,
    routes_of_form,
    times_a_day,
)
from jsl_pipeline.validation.rules.case import Reviewed, doubt

_SOLID = ("tablet", "capsule", "pill")
_SMALLEST_PART = 0.25  # tablets are scored in halves or quarters
_MOST_PIECES = 10  # at a time: what a shifted point gives from one
_UNLIKE = 3.0
"""A month's pack of a course of three is ordinary, and a course may be longer than what is written of it."""
_PACK = 30  # pieces that may be left of the smallest pack
_PIECES_NOT_PACKS = 5  # a bare number below it may count strips or boxes
_LABEL = re.compile(r"^\W*(?:disp(?:ense)?|qty|quantity|total|supply|mitte)?[\W_]*", re.IGNORECASE)
_COUNT = re.compile(r"(?P<count>\d{1,4})(?:\s*\([\w -]+\))?\s*(?:nos?\.?)?", re.IGNORECASE)


def dose_fits_strength(case: Reviewed) -> Iterator[Issue]:
    """A dose is a number of the tablets that are prescribed, or half or a quarter of one, and of fewer than ten.

    50 mg of a 500 mg tablet is a tenth of it, which nobody can take: strength or dose has its point in the wrong
    place, or belongs to another row. Liquids and injections are drawn up in any amount.
    """
    for field, medication in case.medications:
        taken = pieces_taken(medication) or _pieces_by_mass(medication)
        if taken is None or (taken.high < _MOST_PIECES and _in_parts(taken.low)):
            continue
        # Without a form it may be an injection, of which only a shifted point is told from an ordinary part.
        if _is_solid(medication) or pieces_taken(medication) or not 1 / _MOST_PIECES < taken.low < _MOST_PIECES:
            message = "Strength and dose make no number of tablets that is taken at a time."
            yield doubt("dose_contradicts_strength", f"{field}.dose", message)


def route_fits_form(case: Reviewed) -> Iterator[Issue]:
    """Something of that form can be taken by that route: eye drops are not swallowed, tablets not injected."""
    for field, medication in case.medications:
        stated = {found.value for found in find_routes(medication.route or "")}
        possible = routes_of_form(medication)
        if stated and possible and not stated & possible:
            message = "Nothing of this form is taken by this route."
            yield doubt("route_contradicts_form", f"{field}.route", message)


def quantity_fits_course(case: Reviewed) -> Iterator[Issue]:
    """What is dispensed lasts about as long as it is to be taken: dose x times a day x days.

    Doubtful is less than a third of it, refills counted, and more than three times it where more than a pack is left
    over. What is taken as needed may be less. Only what is counted in tablets or measured in millilitres is compared.
    """
    for field, medication in case.medications:
        needed, dispensed = _needed(medication), _dispensed(medication)
        if needed is None or dispensed is None:
            continue
        with_refills = dispensed * (1 + (medication.refills or 0))
        too_much = dispensed > _UNLIKE * needed.high and dispensed - needed.high > _PACK
        if too_much or with_refills * _UNLIKE < needed.low * 0.9:  # four weeks are a third of three months
            message = "The quantity is far from what dose, frequency and duration come to."
            yield doubt("quantity_contradicts_course", f"{field}.quantity", message)


def _pieces_by_mass(medication: Medication) -> Amount | None:
    """What part or multiple of a piece the dose is by weight, unless the form is one that is not counted."""
    each, dose = piece_mg(medication), dose_mg(medication)
    if not each or dose is None or form_of(medication) not in (*_SOLID, None):
        return None
    return Amount(dose / each, dose / each)


def _needed(medication: Medication) -> Amount | None:
    times, days = times_a_day(medication), medication.duration_days
    if times is None or not days:
        return None
    taken = _counted(medication) or _pieces_by_mass(medication) or Amount(1, 1)
    return taken.times(times).times(Amount(days, days))


def _counted(medication: Medication) -> Amount | None:
    amounts = [found.value for found in find_doses(medication.dose or "") if found.value.unit in (*PIECES, "mL")]
    return Amount(amounts[0].low, amounts[0].high) if amounts else None


def _dispensed(medication: Medication) -> float | None:
    """Pieces or millilitres, in the unit of the dose; null for packs, and where the unit is another."""
    quantity = _LABEL.sub("", medication.quantity or "")
    units = [found.value.unit for found in find_doses(medication.dose or "")]
    solid = units[0] in PIECES if units else form_of(medication) in (*_SOLID, None) and piece_mg(medication) is not None
    for amount in (found.value for found in find_doses(quantity)):
        alike = (amount.unit in PIECES and solid) or [amount.unit] == units[:1] == ["mL"]
        return amount.high if alike else None
    counted = _COUNT.fullmatch(quantity)
    count = float(counted["count"]) if counted else 0.0
    return count if solid and count >= _PIECES_NOT_PACKS else None


def _is_solid(medication: Medication) -> bool:
    return form_of(medication) in _SOLID


def _in_parts(pieces: float) -> bool:
    parts = pieces / _SMALLEST_PART
    return parts > 0.98 and abs(parts - round(parts)) < 0.02
