"""Common generic medicines with plausible strengths, amounts and directions, in the three ways of writing them."""

from collections.abc import Collection
from random import Random
from typing import NamedTuple

from jsl_pipeline.schemas import LabelledMedication
from jsl_pipeline.synthetic.people import Region


class _Direction(NamedTuple):
    words: str
    latin: str  # as a US prescriber abbreviates
    indian: str
    per_day: float | None
    prn: bool = False


_ONCE = _Direction("once daily", "daily", "OD", 1)
_MORNING = _Direction("once daily in the morning", "q AM", "1-0-0", 1)
_NIGHT = _Direction("once daily at bedtime", "QHS", "HS", 1)
_TWICE = _Direction("twice daily", "BID", "BD", 2)
_TWICE_FOOD = _Direction("twice daily with meals", "BID with meals", "1-0-1 after food", 2)
_THRICE = _Direction("three times daily", "TID", "TDS", 3)
_FOUR = _Direction("four times daily", "QID", "QID", 4)
_EIGHT_HOURLY = _Direction("every 8 hours", "q8h", "8 hourly", 3)
_PAIN = _Direction("every 6 hours as needed for pain", "q6h PRN pain", "QID SOS for pain", 4, True)
_WHEEZE = _Direction("as needed for wheezing", "PRN wheezing", "SOS for wheeze", None, True)
_FEVER = _Direction("three times daily as needed", "TID PRN", "TDS SOS", 3, True)
_WEEKLY = _Direction("once a week", "once weekly", "once weekly", None)


class _Medicine(NamedTuple):
    name: str
    strengths: tuple[str, ...]
    form: str
    amount: tuple[str, ...]  # in words, as spoken at a time
    directions: tuple[_Direction, ...]
    days: tuple[int, ...]  # 0: no duration is written
    route: str = "oral"
    advice: tuple[str, ...] = ()


_TABLET, _CAPSULE = ("one tablet",), ("one capsule",)
_LONG = (30, 90, 28, 0)
_MEDICINES = (
    _Medicine("Amoxicillin", ("250 mg", "500 mg"), "capsule", _CAPSULE, (_THRICE, _EIGHT_HOURLY), (5, 7, 10),
              advice=("Finish the whole course.",)),
    _Medicine("Azithromycin", ("250 mg", "500 mg"), "tablet", _TABLET, (_ONCE,), (3, 5)),
    _Medicine("Ciprofloxacin", ("250 mg", "500 mg"), "tablet", _TABLET, (_TWICE,), (5, 7),
              advice=("Avoid dairy products.",)),
    _Medicine("Doxycycline", ("100 mg",), "capsule", _CAPSULE, (_TWICE,), (7, 10),
              advice=("Swallow with plenty of water.",)),
    _Medicine("Nitrofurantoin", ("50 mg", "100 mg"), "capsule", _CAPSULE, (_TWICE_FOOD, _FOUR), (3, 5, 7)),
    _Medicine("Cetirizine", ("10 mg",), "tablet", _TABLET, (_ONCE, _NIGHT), (7, 14, 30),
              advice=("May cause drowsiness.",)),
    _Medicine("Prednisolone", ("5 mg",), "tablet", ("six tablets", "four tablets"), (_MORNING,), (5, 7)),
    _Medicine("Ibuprofen", ("200 mg", "400 mg"), "tablet", _TABLET, (_PAIN, _FEVER), (5, 7, 10),
              advice=("Take with food.",)),
    _Medicine("Naproxen", ("250 mg", "500 mg"), "tablet", _TABLET, (_TWICE_FOOD,), (7, 14)),
    _Medicine("Tramadol", ("50 mg",), "capsule", _CAPSULE, (_PAIN,), (5, 7), advice=("Do not drive.",)),
    _Medicine("Gabapentin", ("100 mg", "300 mg"), "capsule", _CAPSULE, (_THRICE, _NIGHT), _LONG),
    _Medicine("Metformin", ("500 mg", "850 mg"), "tablet", _TABLET, (_TWICE_FOOD,), _LONG),
    _Medicine("Gliclazide", ("40 mg", "80 mg"), "tablet", _TABLET, (_ONCE, _TWICE), _LONG),
    _Medicine("Amlodipine", ("5 mg", "10 mg"), "tablet", _TABLET, (_ONCE, _MORNING), _LONG),
    _Medicine("Lisinopril", ("10 mg", "20 mg"), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Losartan", ("50 mg", "100 mg"), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Telmisartan", ("40 mg", "80 mg"), "tablet", _TABLET, (_ONCE, _MORNING), _LONG),
    _Medicine("Bisoprolol", ("2.5 mg", "5 mg"), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Carvedilol", ("6.25 mg", "12.5 mg"), "tablet", _TABLET, (_TWICE,), _LONG),
    _Medicine("Furosemide", ("20 mg", "40 mg"), "tablet", _TABLET, (_MORNING,), _LONG),
    _Medicine("Spironolactone", ("25 mg",), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Atorvastatin", ("10 mg", "20 mg", "40 mg"), "tablet", _TABLET, (_NIGHT, _ONCE), _LONG),
    _Medicine("Rosuvastatin", ("5 mg", "10 mg"), "tablet", _TABLET, (_NIGHT,), _LONG),
    _Medicine("Clopidogrel", ("75 mg",), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Warfarin", ("1 mg", "3 mg"), "tablet", _TABLET, (_ONCE,), (28, 30),
              advice=("Keep your INR appointments.",)),
    _Medicine("Levothyroxine", ("25 mcg", "50 mcg", "100 mcg"), "tablet", _TABLET, (_MORNING,), _LONG,
              advice=("Take on an empty stomach.",)),
    _Medicine("Omeprazole", ("20 mg", "40 mg"), "capsule", _CAPSULE, (_MORNING, _ONCE), (14, 28, 30)),
    _Medicine("Pantoprazole", ("40 mg",), "tablet", _TABLET, (_MORNING,), (14, 28, 30)),
    _Medicine("Sertraline", ("50 mg", "100 mg"), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Amitriptyline", ("10 mg", "25 mg"), "tablet", _TABLET, (_NIGHT,), _LONG),
    _Medicine("Montelukast", ("10 mg",), "tablet", _TABLET, (_NIGHT,), _LONG),
    _Medicine("Folic Acid", ("400 mcg", "5 mg"), "tablet", _TABLET, (_ONCE,), _LONG),
    _Medicine("Alendronic Acid", ("70 mg",), "tablet", _TABLET, (_WEEKLY,), (28, 84),
              advice=("Sit upright for 30 minutes.",)),
    _Medicine("Paracetamol", ("500 mg", "650 mg"), "tablet", ("one tablet", "two tablets"), (_FEVER, _PAIN), (3, 5)),
    _Medicine("Salbutamol", ("100 mcg",), "inhaler", ("two puffs",), (_WHEEZE,), (0,), "inhaled"),
    _Medicine("Fluticasone", ("125 mcg", "250 mcg"), "inhaler", ("one puff", "two puffs"),
              (_TWICE,), (0, 30), "inhaled",
              ("Rinse mouth after use.",)),
    _Medicine("Timolol", ("0.5%",), "eye drops", ("one drop",), (_TWICE,), (0, 28), "both eyes"),
    _Medicine("Lactulose", ("10 g/15 ml",), "syrup", ("15 ml",), (_TWICE,), (5, 7, 14)),
    _Medicine("Hydrocortisone", ("1%",), "cream", ("a thin layer",), (_TWICE,), (7, 14), "topical"),
)  # fmt: skip
_LOCAL = {
    Region.US: {"Paracetamol": "Acetaminophen", "Salbutamol": "Albuterol", "Alendronic Acid": "Alendronate"},
    Region.UK: {},
    Region.INDIA: {"Furosemide": "Frusemide"},
}
_NUMBERS = {"one": 1, "two": 2, "four": 4, "six": 6}


SOLID = ("tablet", "capsule")
"""Forms that are counted out."""

_FORMS = (*SOLID, "inhaler", "eye drops", "syrup", "cream")


def draw_medications(
    rng: Random, region: Region, count: int, forms: Collection[str] = _FORMS, shorthand: bool = False
) -> tuple[LabelledMedication, ...]:
    """Different medicines with every field filled that such a medicine has; a layout prints some of them.

    `shorthand` writes frequencies as clinicians abbreviate them in that region.
    """
    chosen = rng.sample([each for each in _MEDICINES if each.form in forms], count)
    return tuple(_prescribe(rng, region, each, shorthand) for each in chosen)


def _prescribe(rng: Random, region: Region, medicine: _Medicine, shorthand: bool) -> LabelledMedication:
    direction, days = rng.choice(medicine.directions), rng.choice(medicine.days)
    amount, strength = rng.choice(medicine.amount), rng.choice(medicine.strengths)
    if region is not Region.UK and rng.random() < 0.5:
        strength = strength.replace(" ", "")
    frequency = direction.words
    if shorthand:
        frequency = direction.indian if region is Region.INDIA else direction.latin
    return LabelledMedication(
        name=_LOCAL[region].get(medicine.name, medicine.name),
        strength=strength,
        form=medicine.form,
        dose=amount,
        frequency=frequency,
        frequency_per_day=direction.per_day,
        prn=direction.prn,
        duration=_duration(rng, days) if days else None,
        route=medicine.route,
        quantity=_quantity(medicine, amount, direction, days or 30),
        refills=rng.randrange(6) if days >= 28 else 0,
        instructions=rng.choice(medicine.advice) if medicine.advice and rng.random() < 0.6 else None,
    )


def _duration(rng: Random, days: int) -> str:
    if days == 90:
        return rng.choice(("90 days", "3 months"))
    return f"{days // 7} weeks" if days in (14, 28, 84) and rng.random() < 0.5 else f"{days} days"


def _quantity(medicine: _Medicine, amount: str, direction: _Direction, days: int) -> str:
    if medicine.form not in SOLID:
        return "1"
    each = _NUMBERS[amount.split()[0]]
    return str(max(int(each * (direction.per_day or 1 / 7) * days), 1))
