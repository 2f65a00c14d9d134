"""FHIR Dosage: the directions of a medication, word for word and, where every word is understood, as structure."""

from pydantic.alias_generators import to_camel

from jsl_pipeline.clinical import read_directions
from jsl_pipeline.fhir.elements import Element, concept, element, number, quantity, text
from jsl_pipeline.schemas import Dosage, Medication, Quantity, Value


def dosage_instruction(medication: Medication) -> list[Element]:
    """One Dosage a step. With a word that is not understood, one with the text alone: 'daily except Sundays' must
    not become 'daily'."""
    said = (medication.dose, medication.route, medication.frequency, medication.duration, medication.instructions)
    sig = medication.sig or read_directions(*said)  # a record may come from a store that has no `sig` yet
    if sig is None:
        return []
    if sig.understood:
        as_needed = medication.prn and not any(each.as_needed for each in sig.dosages)
        steps = [_step(each, as_needed) for each in sig.dosages]
    else:
        steps = [element(text=text(sig.text))]
    steps[0] |= element(patientInstruction=text(medication.instructions))
    return steps


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
