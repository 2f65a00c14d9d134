"""FHIR Dosage: the directions of a medication, word for word and, where every word is understood, as structure."""

import re

from pydantic.alias_generators import to_camel

from jsl_pipeline.clinical import parse_sig
from jsl_pipeline.fhir.elements import Element, concept, element, number, quantity, text
from jsl_pipeline.schemas import Dosage, Medication, Quantity, Value

_LONGEST = 1000  # characters; what is longer is prose, and takes long to parse


def dosage_instruction(medication: Medication) -> list[Element]:
    """One Dosage a step. With a word that is not understood, one with the text alone: 'daily except Sundays' must
    not become 'daily'."""
    words = _words(medication)
    if words is None:
        return []
    sig = parse_sig(words) if len(words) <= _LONGEST else None
    if sig is None or not sig.understood:
        steps = [element(text=words)]
    else:
        as_needed = medication.prn and not any(each.as_needed for each in sig.dosages)
        steps = [_step(each, as_needed) for each in sig.dosages]
    steps[0] |= element(patientInstruction=text(medication.instructions))
    return steps


def _words(medication: Medication) -> str | None:
    """The directions in reading order; words that another part holds too are said once."""
    parts = (medication.dose, medication.route, medication.frequency, medication.duration, medication.instructions)
    said = list(dict.fromkeys(words for part in parts if (words := text(part))))
    return " ".join(part for part in said if not any(_holds(other, part) for other in said)) or None


def _holds(other: str, part: str) -> bool:
    """Whether `other` says `part` and more; a number alone may mean another thing there."""
    return (
        len(other) > len(part)
        and any(each.isalpha() for each in part)
        and re.search(rf"(?<!\w){re.escape(part)}(?!\w)", other, re.IGNORECASE) is not None
    )


def _step(dosage: Dosage, as_needed: bool) -> Element:
    needed = dosage.as_needed or as_needed
    return element(
        sequence=dosage.sequence,
        text=text(dosage.text),
        additionalInstruction=[concept(each) for each in dosage.additional_instruction],
        timing=element(repeat=_mirrored(dosage.timing.repeat)) if dosage.timing else None,
        asNeededBoolean=True if needed and not dosage.as_needed_for else None,
        asNeededCodeableConcept=concept(dosage.as_needed_for) if needed else None,
        site=concept(dosage.site),
        route=concept(dosage.route),
        method=concept(dosage.method),
        doseAndRate=[_mirrored(each) for each in dosage.dose_and_rate],
        maxDosePerPeriod=_mirrored(dosage.max_dose_per_period) if dosage.max_dose_per_period else None,
    )


def _mirrored(value: Value) -> Element:
    """A value of `schemas.dosage`, whose fields are FHIR's in another spelling."""
    if isinstance(value, Quantity):
        return quantity(value)
    return element(**{to_camel(name): _json(getattr(value, name)) for name in type(value).model_fields})


def _json(value: object) -> object:
    match value:
        case Value():
            return _mirrored(value)
        case tuple():
            return list(value)
        case float():
            return number(value)
        case _:
            return value
