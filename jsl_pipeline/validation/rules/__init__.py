"""What is checked of a record. A rule is one function that looks at a document and yields issues.

One of the pipeline's is added by listing it in RULES; one of a user's own by naming it in the settings.
"""

from jsl_pipeline.validation.rules.case import Reviewed, Rule, doubt, info, missing
from jsl_pipeline.validation.rules.dates import age_fits_birth, course_ends_after_start, dates_possible
from jsl_pipeline.validation.rules.directions import dose_fits_strength, quantity_fits_course, route_fits_form
from jsl_pipeline.validation.rules.document import something_recognised, who_and_when
from jsl_pipeline.validation.rules.drugs import drug_known, form_plausible, route_plausible, strength_plausible
from jsl_pipeline.validation.rules.evidence import (
    evidence_possible,
    medications_complete,
    medications_on_page,
    medications_standing,
    values_on_page,
)
from jsl_pipeline.validation.rules.medications import medications_legible, medications_stated, medications_understood
from jsl_pipeline.validation.rules.own import load_rules
from jsl_pipeline.validation.rules.people import patient_understood, weight_possible
from jsl_pipeline.validation.rules.therapy import dose_usual, rhythm_usual, therapy_single

RULES: tuple[Rule, ...] = (
    who_and_when,
    something_recognised,
    dates_possible,
    age_fits_birth,
    patient_understood,
    weight_possible,
    medications_stated,
    medications_understood,
    medications_legible,
    drug_known,
    strength_plausible,
    form_plausible,
    route_plausible,
    dose_fits_strength,
    route_fits_form,
    quantity_fits_course,
    course_ends_after_start,
    dose_usual,
    rhythm_usual,
    therapy_single,
    medications_on_page,
    medications_standing,
    values_on_page,
    medications_complete,
    evidence_possible,
)

__all__ = ["RULES", "Reviewed", "Rule", "doubt", "info", "load_rules", "missing"]
