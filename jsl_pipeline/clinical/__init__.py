"""The language of prescriptions: finding and reading strengths, doses, frequencies, durations, dates and people.

Every `find_*` gives the spans of a text with their values; every `parse_*` reads one value out of a text. All
are pure. They tolerate what OCR does to spaces, and never correct a drug's name.
"""

from jsl_pipeline.clinical.amount import find_doses, find_forms, find_routes
from jsl_pipeline.clinical.dates import find_dates, infer_day_first, parse_date
from jsl_pipeline.clinical.duration import find_durations, parse_duration_days
from jsl_pipeline.clinical.frequency import Frequency, find_frequencies, parse_frequency
from jsl_pipeline.clinical.people import find_ages, find_phones, parse_age, parse_gender, parse_weight_kg
from jsl_pipeline.clinical.span import Found
from jsl_pipeline.clinical.strength import Strength, find_strengths, parse_strength

__all__ = [
    "Found",
    "Frequency",
    "Strength",
    "find_ages",
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
    "parse_date",
    "parse_duration_days",
    "parse_frequency",
    "parse_gender",
    "parse_strength",
    "parse_weight_kg",
]
