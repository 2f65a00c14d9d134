"""Rules of treatment: doses near what is usual, drugs in their usual rhythm, each drug once.

Usual doses are adults' and wide on purpose; `drugs/data/doses.tsv` names where to look each up. These rules notice
what was misread, and are no substitute for a pharmacist's check.
"""

from collections.abc import Iterator
from itertools import combinations

from jsl_pipeline.drugs import UsualDose, usual_doses
from jsl_pipeline.schemas import Issue, Medication
from jsl_pipeline.validation.rules.amounts import drug_of, form_of, routes_of, taken_mg, times_a_day
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info

_ADULT = 18  # years
_ABOVE, _BELOW = 1.5, 0.5  # of the highest labelled and the lowest usual dose: beyond them it is far from usual
_MORE_OFTEN = 1.5  # than once in the drug's period
_SPLIT = 4  # times a day that a dose may be part of, where no frequency is said
_LIQUIDS = ("syrup", "suspension", "solution", "elixir", "drops")  # mostly for children
# Often on one page twice, alone and as part of something else.
_SUPPLEMENTS = ("calcium", "vitamin", "calciferol", "folic acid", "cyanocobalamin", "iron", "ferrous", "zinc",
                "magnesium", "potassium", "sodium chloride", "ascorbic acid", "omega-3")  # fmt: skip


def dose_usual(case: Reviewed) -> Iterator[Issue]:
    """What is taken in a day (of a weekly drug: in a week) is near what adults take.

    Doubtful is more than one and a half times the highest labelled dose, by one dose alone or with all of a day's;
    and less than half of the lowest usual one, unless it is for a child or a liquid, which children are given.
    """
    age = case.record.patient.age
    for field, medication in case.medications:
        taken, usual = taken_mg(medication), _usual(medication)
        if taken is None or not usual or taken.high <= 0:
            continue
        if all(taken.low * _times(medication, each, 1) > _ABOVE * each.highest_mg for each in usual):
            message = "The dose is far above what is usual for this drug."
            yield doubt("dose_above_usual", f"{field}.dose", message)
        may_be_child = (age is not None and age < _ADULT) or form_of(medication) in _LIQUIDS
        least = [taken.high * _times(medication, each, _SPLIT) / each.lowest_mg for each in usual]
        if not may_be_child and max(least) < _BELOW:
            message = "The dose is far below what is usual for this drug."
            yield doubt("dose_below_usual", f"{field}.dose", message)


def rhythm_usual(case: Reviewed) -> Iterator[Issue]:
    """A weekly drug is not taken daily, nor a daily one weekly.

    Weekly methotrexate taken daily has killed patients (ISMP, Targeted Medication Safety Best Practices for Hospitals,
    number 2), so more than once in the drug's period is doubted, unless the dose is smaller than any weekly one:
    alendronate has a daily tablet of 10 mg. Many daily drugs have a use once a week: that is only worth knowing.
    """
    for field, medication in case.medications:
        times, usual, taken = times_a_day(medication), _usual(medication), taken_mg(medication)
        if times is None or not usual:
            continue
        small = taken is not None and all(taken.high < each.lowest_mg for each in usual)
        if all(not each.daily and times.high * each.days > _MORE_OFTEN for each in usual) and not small:
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


def _times(medication: Medication, usual: UsualDose, unknown: float) -> float:
    """How many times in the period of the usual dose, `unknown` where it is not said.

    At least once; a weekly drug once, for `rhythm_usual` tells the rest.
    """
    times = times_a_day(medication)
    return max(1.0, times.high if times else unknown) if usual.daily else 1.0


def _apart(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one and other) and not one & other


def _ordinary(one: Medication, other: Medication) -> bool:
    if one.prn != other.prn or (one.duration and other.duration):
        return True
    same_name = one.name.casefold() == other.name.casefold()
    return same_name and (one.strength, one.form) != (other.strength, other.form)
