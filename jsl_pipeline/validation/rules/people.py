"""Rules of the patient."""

import re
from collections.abc import Iterator

from jsl_pipeline.schemas import Issue
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info

_CAPTION = re.compile(r"(?i)^(?:patient|name|date|age|sex|address|phone)\b")
_ADULT = 18  # years
_LIGHTEST, _HEAVIEST = 25, 300  # kg, of an adult; beyond them there are hardly any


def patient_understood(case: Reviewed) -> Iterator[Issue]:
    """Age and sex were understood where they are stated, and the name is a whole one.

    One word is a family name that a letter mentions, or what is left of a name; a caption before it is none of it.
    """
    patient = case.record.patient
    if patient.name and (len(patient.name.split()) == 1 or _CAPTION.match(patient.name)):
        yield doubt("patient_name_doubtful", "patient.name", "The name has but one word, or a caption in it.")
    if patient.age_text and patient.age is None:
        yield info("patient_age_not_understood", "patient.age", "The age is not a number of years.")
    if patient.sex and patient.gender is None:
        yield info("patient_sex_not_understood", "patient.sex", "The sex is none that is known.")


def weight_possible(case: Reviewed) -> Iterator[Issue]:
    """An adult weighs from 25 to 300 kg, a child no more. A lost digit or a shifted point gives what is beyond."""
    age, weight = case.record.patient.age, case.record.patient.weight_kg
    if weight is not None and (weight > _HEAVIEST or (age is not None and age >= _ADULT and weight < _LIGHTEST)):
        yield doubt("patient_weight_impossible", "patient.weight", "Hardly anybody of that age has this weight.")
