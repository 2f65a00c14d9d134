"""'Reduce by 5 mg every week until stopped': the steps that follow from the dose before."""

from jsl_pipeline.clinical.sig.parts import Taper
from jsl_pipeline.schemas.dosage import Dosage, DoseAndRate, Quantity, Repeat, Timing

_MOST_STEPS = 30


def tapered(first: Dosage, taper: Taper, words: str) -> list[Dosage] | None:
    """The first dosage bounded, and one for each change, not yet numbered; null where they cannot be worked out.

    Without an end the changes stay in their words: how far to go is not said.
    """
    dose = first.dose_and_rate[0].dose_quantity if len(first.dose_and_rate) == 1 else None
    if dose is None or first.timing is None or taper.unit not in ("", dose.code or dose.unit):
        return None
    repeat = first.timing.repeat
    every = Quantity(value=taper.every.low, unit=taper.every.unit, code=taper.every.unit)
    bounded = first if repeat.bounds_duration else _bounded(first, repeat, every)
    if taper.end is None:
        return [bounded, Dosage(text=words, additional_instruction=(" ".join(words.lower().split()),))]
    doses = _doses(dose.value, taper.step, taper.end)
    if doses is None:
        return None
    steps = [bounded]
    for value in doses:
        changed = bounded.model_copy(
            update={
                "text": words,
                "dose_and_rate": (DoseAndRate(dose_quantity=_of(dose, value)),),
                "additional_instruction": (),
            }
        )
        last = value == taper.end
        steps.append(_unbounded(changed, repeat) if last else _bounded(changed, repeat, every))
    return steps


def _doses(start: float, step: float, end: float) -> list[float] | None:
    """Doses after the first, down to (but not) zero or to the end; null if the end is not met."""
    doses: list[float] = []
    value = start
    while len(doses) < _MOST_STEPS:
        value = round(value + step, 6)
        if value == 0 == end:
            return doses
        if value <= 0:
            return None
        doses.append(value)
        if value == end:
            return doses
    return None


def _of(dose: Quantity, value: float) -> Quantity:
    return dose.model_copy(update={"value": value})


def _bounded(dosage: Dosage, repeat: Repeat, every: Quantity) -> Dosage:
    return dosage.model_copy(
        update={"timing": Timing(repeat=repeat.model_copy(update={"bounds_duration": every, "bounds_range": None}))}
    )


def _unbounded(dosage: Dosage, repeat: Repeat) -> Dosage:
    open_ended = repeat.model_copy(update={"bounds_duration": None, "bounds_range": None})
    return dosage.model_copy(update={"timing": Timing(repeat=open_ended)})
