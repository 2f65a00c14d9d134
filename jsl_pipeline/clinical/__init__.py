"""The language of prescriptions: finding and interpreting strengths, frequencies, doses, dates and people in text.

Every function is pure. `find_x` gives spans, `parse_x` the meaning of a text that is known to say one x.
"""

from jsl_pipeline.clinical.dates import WrittenDate, find_dates, infer_day_first, parse_date
from jsl_pipeline.clinical.directions import read_directions
from jsl_pipeline.clinical.dose import Dose, find_doses
from jsl_pipeline.clinical.duration import find_durations, parse_duration_days
from jsl_pipeline.clinical.form import find_forms, find_routes
from jsl_pipeline.clinical.found import Found, parse_count
from jsl_pipeline.clinical.frequency import Frequency, find_frequencies, parse_frequency
from jsl_pipeline.clinical.people import find_phones, parse_age, parse_gender, parse_weight_kg
from jsl_pipeline.clinical.sig import parse_sig
from jsl_pipeline.clinical.strength import Strength, find_strengths, parse_strength

__all__ = [
    "Dose",
    "Found",
    "Frequency",
    "Strength",
    "WrittenDate",
    "find_dates",
    "find_doses",
    "find_durations",
    "find_forms",
    "find_frequencies",
    "find_phones",
    "find_routes",
    "find_strengths",
    "infer_day_first",
    "parse_age",
    "parse_count",
    "parse_date",
    "parse_duration_days",
    "parse_frequency",
    "parse_gender",
    "parse_sig",
    "parse_strength",
    "parse_weight_kg",
    "read_directions",
]
