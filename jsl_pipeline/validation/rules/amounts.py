"""What the words of a medication amount to: pieces, milligrams, times a day, and by which routes it can be taken."""

from dataclasses import dataclass
from functools import lru_cache

from jsl_pipeline.clinical import (
    Frequency,
    Strength,
    find_doses,
    find_forms,
    find_routes,
    find_strengths,
    parse_frequency,
)
from jsl_pipeline.drugs import Drug, find_drug
from jsl_pipeline.schemas import Medication

PIECES = frozenset({"tablet", "capsule", "pill", "lozenge", "sachet", "suppository", "pessary", "patch"})
"""Units of a dose that are counted out."""

_MG = {"mg": 1.0, "g": 1000.0, "ug": 0.001}  # by UCUM unit
_ML = {"mL": 1.0, "teaspoon": 5.0, "tablespoon": 15.0}


@dataclass(frozen=True, slots=True)
class Amount:
    """From `low` to `high`, which are equal unless a range or a limit is written."""

    low: float
    high: float

    def times(self, other: "Amount") -> "Amount":
        """The product of both ends."""
        return Amount(self.low * other.low, self.high * other.high)


def drug_of(medication: Medication) -> Drug | None:
    """The drug, where the name is known."""
    return find_drug(medication.name).drug


def form_of(medication: Medication) -> str | None:
    """The form by its common name, as stated or as part of the name ('Albuterol Inhaler')."""
    forms = find_forms(medication.form or medication.name)
    return forms[0].value if forms else None


def routes_of(medication: Medication) -> frozenset[str]:
    """The routes that are stated, otherwise those that the form allows; empty where neither says anything."""
    stated = frozenset(found.value for found in find_routes(medication.route or ""))
    return stated or routes_of_form(medication)


def routes_of_form(medication: Medication) -> frozenset[str]:
    """The routes by which something of that form can be taken; empty for forms that say nothing of it."""
    text = f"{medication.name} {medication.form or ''}".casefold()
    form = form_of(medication)
    if form in ("drops", "ointment"):
        places = [routes for word, routes in _PLACES.items() if word in text]
        if places:
            return places[0]
    return _BY_FORM.get(form or "", frozenset())


def piece_mg(medication: Medication) -> float | None:
    """Milligrams in a tablet, puff or other piece; null for a strength that is none, or one of a liquid."""
    unit = (medication.strength_unit or "").removesuffix("/{dose}").removesuffix("/{tbl}")
    value = medication.strength_value
    return value * _MG[unit] if value is not None and unit in _MG else None


def pieces_taken(medication: Medication) -> Amount | None:
    """Tablets and other pieces that are counted, taken at a time."""
    counts = [found.value for found in find_doses(medication.dose or "") if found.value.unit in PIECES]
    return Amount(counts[0].low, counts[0].high) if counts else None


def dose_mg(medication: Medication) -> float | None:
    """Milligrams that the dose itself states: 500 in '500mg' and in '2 tablets of 500 mg'."""
    masses = [mg for found in find_strengths(medication.dose or "") if (mg := _mg(found.value)) is not None]
    return masses[0] if len(masses) == 1 else None


def taken_mg(medication: Medication) -> Amount | None:
    """Milligrams taken at a time; one piece where no dose is stated. Null where that cannot be told."""
    each, said = piece_mg(medication), dose_mg(medication)
    if medication.dose is None:
        return Amount(each, each) if each is not None else None
    counts = [found.value for found in find_doses(medication.dose)]
    if said is not None:
        count = pieces_taken(medication)
        totals = each is not None and count is not None and said == each * count.low  # '2 tablets (1 g)' of 500 mg
        return Amount(said, said) if count is None or totals else Amount(said * count.low, said * count.high)
    if not counts:
        return None
    count = counts[0]
    if count.unit in _ML:
        each = _mg_in_ml(medication)
        ml = _ML[count.unit]
        return Amount(count.low * ml * each, count.high * ml * each) if each is not None else None
    counted = count.unit in PIECES | {"puff", "spray", "dose"}
    return Amount(count.low * each, count.high * each) if each is not None and counted else None


def times_a_day(medication: Medication) -> Amount | None:
    """Times a day, 1/7 for weekly. Of a limit ('up to', 'every 4-6 hours') or as needed, `low` is zero."""
    frequency = frequency_of(medication.frequency or medication.instructions or "")
    if frequency is None:
        return None
    regular = frequency.per_day or (1 / frequency.period_days if frequency.period_days else None)
    most = max(filter(None, (regular, frequency.max_per_day)), default=None)
    if most is None:
        return None
    return Amount(0.0 if medication.prn or regular is None else regular, most)


@lru_cache(maxsize=512)  # documents repeat them, and several rules ask
def frequency_of(text: str) -> Frequency | None:
    """As `parse_frequency`."""
    return parse_frequency(text)


def _mg_in_ml(medication: Medication) -> float | None:
    unit, _, of = (medication.strength_unit or "").partition("/")
    value = medication.strength_value
    return value * _MG[unit] if value is not None and unit in _MG and of == "mL" else None


def _mg(strength: Strength) -> float | None:
    return strength.value * _MG[strength.unit] if strength.value is not None and strength.unit in _MG else None


_SWALLOWED = frozenset({"oral", "sublingual"})
_ON_SKIN = frozenset({"topical"})
_BY_FORM: dict[str, frozenset[str]] = {
    "tablet": _SWALLOWED | {"vaginal"}, "capsule": _SWALLOWED | {"vaginal", "inhalation"}, "pill": _SWALLOWED,
    "lozenge": _SWALLOWED, "syrup": _SWALLOWED, "elixir": _SWALLOWED,
    "injection": frozenset({"intravenous", "intramuscular", "subcutaneous", "ophthalmic"}),
    "cream": _ON_SKIN | {"vaginal", "rectal"}, "lotion": _ON_SKIN | {"otic"}, "shampoo": _ON_SKIN,
    "ointment": _ON_SKIN | {"rectal", "ophthalmic", "otic", "nasal"},
    "drops": frozenset({"ophthalmic", "otic", "nasal", "oral", "sublingual"}),
    "inhaler": frozenset({"inhalation", "oral", "nasal"}),  # 'two puffs by mouth'
    "spray": _SWALLOWED | _ON_SKIN | {"nasal", "inhalation"},
    "patch": _ON_SKIN | {"transdermal"},
    "suppository": frozenset({"rectal", "vaginal"}),
    "enema": frozenset({"rectal"}),
}  # fmt: skip
_PLACES = {
    "eye": frozenset({"ophthalmic", "otic"}),  # eye drops are put into ears, too
    "ophth": frozenset({"ophthalmic", "otic"}),
    "ear": frozenset({"otic"}),
    "otic": frozenset({"otic"}),
    "nasal": frozenset({"nasal"}),
    "oral": _SWALLOWED,
}
