"""Rules of treatment: doses near what is usual, drugs in their usual rhythm, each drug once.

Usual doses are adults' and wide on purpose; `drugs/data/doses.tsv` names where to look each up. These rules notice
what was misread, and are no substitute for a pharmacist's check.
"""

from collections.abc import Iterator
from itertools import combinations

from jsl_pipeline.drugs import UsualDose, usual_doses
from jsl_pipeline.schemas import Issue, Medication
from jsl_pipeline.validation.rules.amounts import Amount, drug_of, form_of, routes_of, taken_mg, times_a_day
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info

_ADULT = 18  # years
# Of the highest labelled and the lowest usual dose: beyond them it is far from usual. Doubling is done off label, a
# shifted point makes ten.
_ABOVE, _BELOW = 2.0, 0.5
_MORE_OFTEN = 1.5  # than once in the drug's period
_SPLIT = 4  # times a day that a dose may be part of, where no frequency is said
_LIQUIDS = ("syrup", "suspension", "solution", "elixir", "drops")  # mostly for children
# Often on one page twice, alone and as part of something else.
_SUPPLEMENTS = ("calcium", "vitamin", "calciferol", "folic acid", "cyanocobalamin", "iron", "ferrous", "zinc",
                "magnesium", "potassium", "sodium chloride", "ascorbic acid", "omega-3")  # fmt: skip


def dose_usual(case: Reviewed) -> Iterator[Issue]:
    """What is taken in a day (of a weekly drug: in a week) is near what adults take.

    Doubtful is more than twice the highest labelled dose, by one dose alone or with all of a day's;
    and less than half of the lowest usual one, unless it is for a child or a liquid, which children are given.
    """
    age = case.record.patient.age
    for field, medication in case.medications:
        taken, usual = taken_mg(medication), _usual(medication)
        if taken is None or not usual or taken.high <= 0:
            continue
        if all(taken.low * _doses(medication, each, 0) > _ABOVE * each.highest_mg for each in usual):
            message = "The dose is far above what is usual for this drug."
            yield doubt("dose_above_usual", f"{field}.dose", message)
        may_be_child = (age is not None and age < _ADULT) or form_of(medication) in _LIQUIDS
        below = all(taken.high * _doses(medication, each, _SPLIT) < _BELOW * each.lowest_mg for each in usual)
        if below and not may_be_child:
            message = "The dose is far below what is usual for this drug."
            yield doubt("dose_below_usual", f"{field}.dose", message)


def rhythm_usual(case: Reviewed) -> Iterator[Issue]:
    """A weekly drug is not taken daily, nor a daily one weekly.

    Weekly methotrexate taken daily has killed patients (ISMP, Targeted Medication Safety Best Practices for Hospitals,
    number 2), so more than once in the drug's period is doubted. A dose that is none of the weekly ones is left to
    `dose_usual`: alendronate has a daily tablet of 10 mg. Many daily drugs have a use once a week, too: that is only
    worth knowing.
    """
    for field, medication in case.medications:
        times, taken = times_a_day(medication), taken_mg(medication)
        usual = [each for each in _usual(medication) if taken is None or _is_one_of(taken, each)]
        if times is None or not usual:
            continue
        if all(not each.daily and times.high * each.days > _MORE_OFTEN for each in usual):
            message = "The drug is taken once a week or more rarely, and is to be taken more often here."
            yield doubt("drug_too_often", f"{field}.frequency", message)
        if all(each.daily for each in usual) and times.high <= 1 / 7:
            message = "The drug is usually taken daily, and is to be taken once a week or more rarely here."
            yield info("drug_seldom", f"{field}.frequency", message)


def therapy_single(case: Reviewed) -> Iterator[Issue]:
    """No page lists an active ingredient twice: as brand and generic, alone and in a combination, or in two rows.

    Two strengths of one name, the steps of a taper, one for regular use and one as needed, and supplements are
    ordinary and only worth knowing; by different routes it is no repetition.
    """
    known = [(field, each, drug.name.split(" + ")) for field, each in case.medications if (drug := drug_of(each))]
    for (_, one, actives), (field, other, others) in combinations(known, 2):
        shared = set(actives).intersection(others)
        if not shared or one.page_no != other.page_no or _apart(routes_of(one), routes_of(other)):
            continue
        message = "An ingredient of this medication is in another of the page, too."
        ordinary = _ordinary(one, other) or all(any(word in active for word in _SUPPLEMENTS) for active in shared)
        severity, code = (info, "ingredient_repeated") if ordinary else (doubt, "therapy_duplicate")
        yield severity(code, f"{field}.name", message)


def _usual(medication: Medication) -> list[UsualDose]:
    """The usual doses of the drug, by the routes that are said."""
    drug, routes = drug_of(medication), routes_of(medication)
    return [each for each in usual_doses(drug) if not routes or each.route in routes] if drug else []


def _is_one_of(taken: Amount, usual: UsualDose) -> bool:
    return _BELOW * usual.lowest_mg <= taken.high and taken.low <= _ABOVE * usual.highest_mg


def _doses(medication: Medication, usual: UsualDose, unknown: float) -> float:
    """How many doses in the period of the usual one: at least one, `unknown` a day where that is not said."""
    times = times_a_day(medication)
    return max(1.0, (times.high if times else unknown) * usual.days)


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    """One is swallowed and the other is not, or nothing is taken by a route of both."""
    return bool(one and other) and (not one & other or ("oral" in one) != ("oral" in other))


def _ordinary(one: Medication, other: Medication) -> bool:
    if one.prn != other.prn or (one.duration and other.duration):
        return True
    same_name = one.name.casefold() == other.name.casefold()
    return same_name and (one.strength, one.form) != (other.strength, other.form)
