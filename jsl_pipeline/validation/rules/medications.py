"""Rules of each medication as it is written, whatever the drug."""

import re
from collections.abc import Iterator

from jsl_pipeline.clinical import find_doses
from jsl_pipeline.schemas import Issue, Prescription
from jsl_pipeline.validation.rules.amounts import frequency_of
from jsl_pipeline.validation.rules.case import Reviewed, doubt, info, missing

# RapidOCR drops what it is less than half sure of, and is more than 0.7 sure of every line of an ordinary scan.
_UNSURE = 0.7
_GARBLED = re.compile(r"\d[^\W\d_]|[^\W\d_]\d|^\W*[IlOoSsZB]{1,5}\s?(?:mg|mcg)\b")
_MOST_TIMES_A_DAY = 24


def medications_stated(case: Reviewed) -> Iterator[Issue]:
    """A prescription lists medications, each with a strength or dose and a frequency."""
    if isinstance(case.record, Prescription) and not case.record.medications:
        yield missing("medications_missing", "medications", "A prescriber is named, but no medication.")
    for field, medication in case.medications:
        if medication.strength is None and medication.dose is None:
            yield missing("medication_strength_missing", f"{field}.strength", "Neither strength nor dose is stated.")
        if medication.frequency is None and not medication.prn:
            yield missing("medication_frequency_missing", f"{field}.frequency", "No frequency is stated.")


def medications_understood(case: Reviewed) -> Iterator[Issue]:
    """Strengths and directions were understood, and are possible."""
    for field, medication in case.medications:
        if medication.strength and medication.strength_unit is None:
            yield _strange_strength(f"{field}.strength", medication.strength)
        if medication.strength_value == 0:
            yield doubt("strength_impossible", f"{field}.strength", "The strength is zero.")
        if medication.frequency and frequency_of(medication.frequency) is None:
            yield info("frequency_not_understood", f"{field}.frequency", "The frequency was not understood.")
        if medication.sig and not medication.sig.understood:
            message = "Some words of the directions were not understood; `unparsed` has them."
            yield info("directions_not_understood", f"{field}.sig", message)
        if (
            medication.frequency_per_day or 0
        ) > _MOST_TIMES_A_DAY and not medication.prn:  # 'every 5 minutes as needed'
            yield doubt("frequency_impossible", f"{field}.frequency", "The frequency is more than hourly.")


def medications_legible(case: Reviewed) -> Iterator[Issue]:
    """The line that names a medication was read with confidence, where the engine says how sure it is."""
    for field, medication in case.medications:
        reading = case.readings.get(medication.page_no or 0)
        name = medication.name.casefold()
        sure = [line.confidence for line in reading.lines if name in line.text.casefold()] if reading else []
        if sure and max(sure) < _UNSURE:
            yield doubt("medication_low_confidence", field, "The line of this medication is hardly legible.")


def _strange_strength(field: str, strength: str) -> Issue:
    if _GARBLED.search(strength) and not find_doses(strength):
        return doubt("strength_unreadable", field, "The strength mixes digits and letters as no strength does.")
    return info("strength_not_understood", field, "The strength has no number with a unit.")
