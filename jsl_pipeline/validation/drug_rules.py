"""What is checked of drugs: that there is one of that name, in that strength and form.

A rule doubts, it never corrects: which drugs a misread name may mean is for `drugs.find_drug` to say where a person
looks at the record.
"""

from collections.abc import Iterator

from jsl_pipeline.clinical import find_forms
from jsl_pipeline.drugs import Fit, Plausibility, Status, find_drug, plausible
from jsl_pipeline.schemas import Issue, Medication, Prescription, Severity
from jsl_pipeline.validation.rules import Reviewed, Rule

_UNLIKE = {
    Status.UNKNOWN: ("drug_unknown", "No drug is known by this name or by one close to it."),
    Status.LIKELY: ("drug_name_misread", "The name is no drug's, and close to the name of one."),
    Status.AMBIGUOUS: ("drug_name_ambiguous", "The name is no drug's, and close to the names of several."),
}


def drug_known(case: Reviewed) -> Iterator[Issue]:
    """There is a drug of that name.

    A name that is none was invented by a model or misread, and a misread one may be any of those close to it. Of 166
    medications on the labelled samples 3 have a name that is no drug's ('Nasal spray'): few enough for a doubt.
    """
    for field, medication in _medications(case):
        status = find_drug(medication.name).status
        if status is not Status.KNOWN:
            code, message = _UNLIKE[status]
            yield Issue(code=code, severity=Severity.DOUBT, field=f"{field}.name", message=message)


def strength_plausible(case: Reviewed) -> Iterator[Issue]:
    """The drug is sold in that strength, or in half or twice of it.

    A shifted decimal point, a misread digit or the strength of the row above gives one that hardly any drug is sold in.
    """
    for field, medication in _medications(case):
        if _compared(medication).strength is Fit.UNUSUAL:
            message = "The drug is not known to be sold in this strength."
            yield Issue(code="strength_unusual", severity=Severity.DOUBT, field=f"{field}.strength", message=message)


def form_plausible(case: Reviewed) -> Iterator[Issue]:
    """The drug comes in that form. Only worth knowing: forms are named loosely, and differ from country to country."""
    for field, medication in _medications(case):
        if _compared(medication).form is Fit.UNUSUAL:
            message = "The drug is not known to be sold in this form."
            yield Issue(code="form_unusual", severity=Severity.INFO, field=f"{field}.form", message=message)


DRUG_RULES: tuple[Rule, ...] = (drug_known, strength_plausible, form_plausible)


def _compared(medication: Medication) -> Plausibility:
    drug = find_drug(medication.name).drug
    if drug is None:
        return Plausibility(Fit.UNKNOWN, Fit.UNKNOWN, Fit.UNKNOWN)
    forms = find_forms(medication.form or "")
    return plausible(
        drug,
        amount=medication.strength_value,
        unit=medication.strength_unit,
        form=forms[0].value if forms else None,
    )


def _medications(case: Reviewed) -> Iterator[tuple[str, Medication]]:
    if isinstance(case.record, Prescription):
        for at, medication in enumerate(case.record.medications):
            yield f"medications[{at}]", medication
