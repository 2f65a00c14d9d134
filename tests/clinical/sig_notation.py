"""A short way to write what a line of directions says, so that expectations fit in a table.

    take 1-2 tablet; 1/4-6h; prn pain; for 10 d; oral; max 8/24h

`A | B` are taken at the same time, `A > B` one after the other. `qty 30 tablet`, `supply 30 d`, `refills 2`, `drug: x`,
`strength: x` and `form: x` (where the dose does not name it) stand at the end, then `?` with the words that
were not understood.
"""

from jsl_pipeline.schemas import Dosage, DoseAndRate, Quantity, Range, Repeat, Sig


def said(sig: Sig) -> str:
    """The whole line in short."""
    phases: list[str] = []
    for number in sorted({each.sequence for each in sig.dosages}):
        phases.append(" | ".join(_dosage(each) for each in sig.dosages if each.sequence == number))
    text = " > ".join(phases)
    units = {
        quantity.unit
        for each in sig.dosages
        for dose in each.dose_and_rate
        for quantity in _quantities(dose)
        if quantity
    }
    whole = [
        text,
        f"qty {_quantity(sig.quantity)}" if sig.quantity else "",
        f"supply {_quantity(sig.supply_duration)}" if sig.supply_duration else "",
        f"refills {sig.refills}" if sig.refills is not None else "",
        f"drug: {sig.drug}" if sig.drug else "",
        f"strength: {sig.strength}" if sig.strength else "",
        f"form: {sig.form}" if sig.form and sig.form not in units else "",
        "? " + ", ".join(span.text for span in sig.unparsed) if sig.unparsed else "",
    ]
    return "; ".join(part for part in whole if part)


def _dosage(dosage: Dosage) -> str:
    doses = " = ".join(_dose(each) for each in dosage.dose_and_rate)
    repeat = dosage.timing.repeat if dosage.timing else Repeat()
    limit = dosage.max_dose_per_period
    most = f"max {_quantity(limit.numerator)}/{_quantity(limit.denominator).replace(' ', '')}" if limit else ""
    parts = [
        " ".join(each for each in (dosage.method, doses) if each),
        *_repeat(repeat),
        f"prn {dosage.as_needed_for or ''}".strip() if dosage.as_needed else "",
        dosage.route or "",
        f"site {dosage.site}" if dosage.site else "",
        most,
        *(f"+{each}" for each in dosage.additional_instruction),
    ]
    return "; ".join(part for part in parts if part)


def _repeat(repeat: Repeat) -> list[str]:
    when = ",".join([*repeat.when, *(time[:5] for time in repeat.time_of_day)])
    offset = f" {repeat.offset}min" if repeat.offset else ""
    bounds = ""
    if repeat.bounds_duration:
        bounds = f"for {repeat.bounds_duration.value:g} {repeat.bounds_duration.code}"
    elif repeat.bounds_range:
        bounds = f"for {_range(repeat.bounds_range)}"
    return [
        _frequency(repeat),
        f"@{when}{offset}" if when else "",
        "on " + ",".join(repeat.day_of_week) if repeat.day_of_week else "",
        f"count {_ends(repeat.count, repeat.count_max)}" if repeat.count else "",
        f"each {_ends(repeat.duration, repeat.duration_max)} {repeat.duration_unit}" if repeat.duration else "",
        bounds,
    ]


def _frequency(repeat: Repeat) -> str:
    if repeat.period is None:
        return ""
    most = f"-{repeat.frequency_max}" if repeat.frequency_max else ""
    times = f"{repeat.frequency or ''}{most}"
    length = _ends(repeat.period, repeat.period_max)
    return f"{times}/{'' if length == '1' and repeat.period_unit != 'h' else length}{repeat.period_unit}"


def _dose(dose: DoseAndRate) -> str:
    if dose.dose_range:
        return _range(dose.dose_range)
    if dose.dose_quantity:
        return _quantity(dose.dose_quantity)
    return f"at {_quantity(dose.rate_quantity)}" if dose.rate_quantity else ""


def _quantities(dose: DoseAndRate) -> list[Quantity | None]:
    ends = [dose.dose_range.low, dose.dose_range.high] if dose.dose_range else []
    return [dose.dose_quantity, *ends]


def _quantity(quantity: Quantity) -> str:
    return f"{quantity.value:g} {quantity.code or quantity.unit or ''}".strip()


def _range(value: Range) -> str:
    low = f"{value.low.value:g}" if value.low else ""
    return f"{low}-{_quantity(value.high)}" if value.high else low


def _ends(low: float | None, high: float | None) -> str:
    return f"{low:g}" + (f"-{high:g}" if high else "")
