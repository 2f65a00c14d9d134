"""Rules of each drug: that there is one of that name, and that it is sold in that strength and form.

A rule doubts, it never corrects: which drugs a misread name may mean is for `drugs.find_drug` to say where a person
looks at the record. What is sold is what the vocabulary knows; its sources are in `drugs/data/NOTICE.md`.
"""

from collections.abc import Iterator
from functools import lru_cache

from jsl_pipeline.clinical import find_routes
from jsl_pipeline.drugs import Drug, Fit, Plausibility, Status, find_drug, plausible
from jsl_pipeline.schemas import Issue, Medication
from jsl_pipeline.validation.rules.amounts import drug_of, form_of
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info

_UNLIKE = {
    Status.UNKNOWN: ("drug_unknown", "No drug is known by this name or by one close to it."),
    Status.LIKELY: ("drug_name_misread", "The name is no drug's, and close to the name of one."),
    Status.AMBIGUOUS: ("drug_name_ambiguous", "The name is no drug's, and close to the names of several."),
}
_SHIFTS = (10, 0.1, 100, 0.01, 1000, 0.001)  # a point or two out of place; milligrams for micrograms


def drug_known(case: Reviewed) -> Iterator[Issue]:
    """There is a drug of that name.

    A name that is none was invented by a model or misread, and a misread one may be any of those close to it. Of 166
    medications on the labelled samples 3 have a name that is no drug's ('Nasal spray'): few enough for a doubt.
    """
    for field, medication in case.medications:
        status = find_drug(medication.name).status
        if status is not Status.KNOWN:
            code, message = _UNLIKE[status]
            yield doubt(code, f"{field}.name", message)


def strength_plausible(case: Reviewed) -> Iterator[Issue]:
    """The drug is sold in that strength, or in half or twice of it.

    A shifted decimal point, a misread digit or the strength of the row above gives one that hardly any drug is sold
    in; the code tells the first, where ten, a hundred or a thousand times more or less of it is sold.
    """
    for field, medication in case.medications:
        drug, amount = drug_of(medication), medication.strength_value
        if drug is None or amount is None or _compared(drug, medication).strength is not Fit.UNUSUAL:
            continue
        shifted = [plausible(drug, amount=amount * times, unit=medication.strength_unit) for times in _SHIFTS]
        if any(each.strength is Fit.SOLD for each in shifted):
            message = "The drug is not known to be sold in this strength, but in one that differs by a decimal shift."
            yield doubt("strength_shifted", f"{field}.strength", message)
        else:
            message = "The drug is not known to be sold in this strength."
            yield doubt("strength_unusual", f"{field}.strength", message)


def form_plausible(case: Reviewed) -> Iterator[Issue]:
    """The drug comes in that form. Only worth knowing: forms are named loosely, and differ from country to country."""
    for field, medication in case.medications:
        drug = drug_of(medication)
        if drug and medication.form and _compared(drug, medication).form is Fit.UNUSUAL:
            yield info("form_unusual", f"{field}.form", "The drug is not known to be sold in this form.")


def route_plausible(case: Reviewed) -> Iterator[Issue]:
    """The drug is sold for that route.

    Doubtful where something is to be swallowed that is only sold for the eye, the skin or injection. What is inhaled
    is often written 'by mouth', and other routes are only worth knowing.
    """
    for field, medication in case.medications:
        drug = drug_of(medication)
        routes = [found.value for found in find_routes(medication.route or "")]
        if drug is None or not routes or _sold_for(drug, *routes, "inhalation" if "oral" in routes else ""):
            continue
        message = "The drug is not known to be sold for this route."
        severity = doubt if routes == ["oral"] else info
        yield severity("route_unusual", f"{field}.route", message)


def _sold_for(drug: Drug, *routes: str) -> bool:
    sold = {product.route for product in drug.products}
    return not sold or bool(sold.intersection(routes))


def _compared(drug: Drug, medication: Medication) -> Plausibility:
    form = form_of(medication) if medication.form else None
    return _plausible(drug, medication.strength_value, medication.strength_unit, form)


@lru_cache(maxsize=1024)  # documents repeat their drugs, and several rules ask
def _plausible(drug: Drug, amount: float | None, unit: str | None, form: str | None) -> Plausibility:
    return plausible(drug, amount=amount, unit=unit, form=form)
