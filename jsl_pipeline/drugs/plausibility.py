"""Whether a drug is sold in a strength and form, and taken by a route, as far as the vocabulary knows."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from jsl_pipeline.drugs.vocabulary import Drug, Product

_SAME = 0.015  # strengths are rounded: 0.112 mg of levothyroxine is sold as 0.11
_COUNTS = (0.5, 2.0)  # half a tablet, or two, may stand as the strength


class Fit(StrEnum):
    """How something that is written agrees with what is sold."""

    SOLD = "sold"
    COUNTED = "counted"  # half or twice a strength that is sold
    UNUSUAL = "unusual"  # not among what is sold
    UNKNOWN = "unknown"  # nothing to compare: not written, or nothing is known


@dataclass(frozen=True, slots=True)
class Plausibility:
    """What is said of a drug, against the vocabulary."""

    strength: Fit
    form: Fit
    route: Fit


_SOLID = frozenset({"tablet", "capsule", "film", "gum", "lozenge"})
_LIQUID = frozenset({"syrup", "suspension", "solution", "elixir", "emulsion", "powder"})
_ON_SKIN = frozenset({"cream", "ointment", "gel", "lotion", "foam", "shampoo", "solution", "emulsion", "spray"})
_INHALED = frozenset({"aerosol", "powder", "spray", "capsule", "solution", "suspension"})
_ALIKE: dict[str, frozenset[str]] = {
    "tablet": _SOLID, "capsule": _SOLID, "pill": _SOLID, "lozenge": _SOLID,
    "syrup": _LIQUID, "suspension": _LIQUID, "solution": _LIQUID, "elixir": _LIQUID, "sachet": _LIQUID,
    "drops": _LIQUID, "powder": _LIQUID | {"aerosol"}, "enema": _LIQUID | {"enema", "foam"},
    "cream": _ON_SKIN, "ointment": _ON_SKIN, "gel": _ON_SKIN, "lotion": _ON_SKIN, "shampoo": _ON_SKIN,
    "inhaler": _INHALED, "spray": _INHALED,
    "injection": frozenset({"injection", "solution", "powder", "suspension", "emulsion", "implant"}),
    "patch": frozenset({"patch", "film"}),
    "suppository": frozenset({"suppository", "insert", "tablet"}),
}  # fmt: skip
"""Form as `clinical.find_forms` names it -> forms of the vocabulary that may be called so."""

_AMOUNT = re.compile(r"(?P<value>[\d.]+)(?P<unit>mg|iU|U|meq|mmol)(?:/(?P<per>[\d.]*)(?P<of>mL|g|h|L))?")
# UCUM unit as `clinical.parse_strength` gives it -> what it is a count of, and how many.
_COUNTED: dict[str, tuple[str, float]] = {
    "mg": ("mg", 1.0), "g": ("mg", 1000.0), "ug": ("mg", 0.001), "[iU]": ("U", 1.0), "U": ("U", 1.0),
    "meq": ("meq", 1.0), "mmol": ("mmol", 1.0),
}  # fmt: skip

_BASES = {"mg", "U"}


def plausible(
    drug: Drug,
    *,
    amount: float | None = None,
    unit: str | None = None,
    form: str | None = None,
    route: str | None = None,
) -> Plausibility:
    """Compare what is written with what is sold.

    `amount` and `unit` are a strength as `clinical.parse_strength` gives it, `form` and `route` the common names
    that `clinical.find_forms` and `find_routes` give. Strengths are compared over all forms of the drug.
    """
    products = drug.products
    return Plausibility(
        strength=_strength(products, amount, unit),
        form=_known({product.form for product in products}, _ALIKE.get(form or "")),
        route=_known({product.route for product in products}, frozenset({route}) if route else None),
    )


def _known(sold: set[str], written: frozenset[str] | None) -> Fit:
    if not sold or written is None:
        return Fit.UNKNOWN
    return Fit.SOLD if sold & written else Fit.UNUSUAL


def _strength(products: tuple[Product, ...], amount: float | None, unit: str | None) -> Fit:
    counted = _count(amount, unit)
    sizes = {size for product in products for text in product.strengths for size in _sizes(text, product.form)}
    if counted is None or not sizes:
        return Fit.UNKNOWN
    kind, value = counted
    sold = {size for of, size in sizes if of == kind}
    if not sold:
        # Units of effect for a drug that is only weighed, or the other way round.
        weighed = {of.split("/")[0] for of, _ in sizes} & _BASES
        return Fit.UNUSUAL if kind in _BASES and weighed and kind not in weighed else Fit.UNKNOWN
    if any(_equal(value, size) for size in sold):
        return Fit.SOLD
    return Fit.COUNTED if any(_equal(value, size * times) for size in sold for times in _COUNTS) else Fit.UNUSUAL


def _equal(one: float, other: float) -> bool:
    return abs(one - other) <= _SAME * other


def _count(amount: float | None, unit: str | None) -> tuple[str, float] | None:
    """A written strength as a number of `mg`, `U`, `mg/mL`, `%` and so on."""
    if amount is None or unit is None:
        return None
    if unit == "%":
        return unit, amount
    above, _, below = unit.partition("/")
    if above not in _COUNTED:
        return None
    kind, times = _COUNTED[above]
    return kind if below in ("", "{dose}", "{tbl}") else f"{kind}/{below}", amount * times


def _sizes(strength: str, form: str) -> Iterator[tuple[str, float]]:
    """Every way in which a strength that is sold may be written: `250mg/5mL` is 250 mg and 50 mg/mL.

    Of a millilitre, only an injection is called by the amount alone, and none by units: insulin is dosed in them.
    """
    matches = list(_AMOUNT.finditer(strength))
    for match in matches:
        value, kind = float(match["value"]), match["unit"].replace("iU", "U")
        if not match["of"] or (kind != "U" and (match["per"] or form == "injection")):
            yield kind, value
        if match["of"]:
            each = value / float(match["per"] or 1)
            yield f"{kind}/{match['of']}", each
            if kind == "mg" and match["of"] in ("mL", "g") and form != "injection":
                yield "%", each / 10
    if len(matches) > 1 and {match["unit"] for match in matches} == {"mg"}:
        yield "mg", sum(float(match["value"]) for match in matches)  # co-amoxiclav 625 mg is 500 + 125
