"""From clauses to dosages: steps in their order, each with what it says and what it takes over from the one before."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from jsl_pipeline.clinical.atom import Atom, Kind
from jsl_pipeline.clinical.dose import Dose
from jsl_pipeline.clinical.duration import Length
from jsl_pipeline.clinical.found import Found, unique
from jsl_pipeline.clinical.sig.clauses import Clause
from jsl_pipeline.clinical.sig.parts import (
    Form,
    FoundPart,
    Instruction,
    Lasting,
    Limit,
    Method,
    Place,
    Purpose,
    Rate,
    Stage,
    Times,
)
from jsl_pipeline.clinical.sig.phrases import quantity
from jsl_pipeline.clinical.sig.schedule import Schedule, schedule
from jsl_pipeline.clinical.sig.spelling import Plain
from jsl_pipeline.clinical.sig.vocabulary import METHOD_ROUTES
from jsl_pipeline.schemas.dosage import Dosage, DoseAndRate, Quantity, Range, Ratio, Repeat, Timing

T = TypeVar("T")
FORM_UNITS = ("tablet", "capsule", "pill", "patch", "suppository", "sachet", "lozenge", "pessary")
"""Units of a dose that name the form."""


@dataclass
class Step:
    """Dosages that apply at the same time, and the parts that contradict others."""

    dosages: list[Dosage] = field(default_factory=list[Dosage])
    doubtful: list[FoundPart] = field(default_factory=list[FoundPart])


def steps(phase: Sequence[Clause], before: Dosage | None, line: Plain) -> list[Step]:
    """The steps of one phase; `before` is the last dosage of the phase before."""
    groups: list[list[Clause]] = []
    for clause in phase:
        previous = groups[-1][-1] if groups else None
        if (
            previous is None
            or (previous.has_bounds() and (clause.has_bounds() or not clause.together))
            or _is_single(previous)
        ):
            groups.append([clause])
        else:
            groups[-1].append(clause)
    done: list[Step] = []
    for group in groups:
        step = _step(group, before, line)
        before = step.dosages[-1]
        done.append(step)
    return done


def _is_single(clause: Clause) -> bool:
    """'2 tablets at once': what follows comes after it."""
    atoms = clause.of(Atom)
    return bool(atoms) and all(atom.value.kind is Kind.SINGLE for atom in atoms)


def _step(group: Sequence[Clause], before: Dosage | None, line: Plain) -> Step:
    step = Step()
    kept: list[tuple[Clause, list[Dosage]]] = []
    for clause in group:
        dosages = _dosages(clause, kept[-1][1][-1] if kept else before, bool(kept), line, step.doubtful)
        if not any(_meaning(dosages) == _meaning(each) for _, each in kept):
            kept.append((clause, dosages))
    timed = len(kept) == 1 or all(each.timing or each.as_needed for _, dosages in kept for each in dosages)
    if timed and all(_stands_beside(clause, dosages) for clause, dosages in kept[1:]):
        step.dosages = _shared([each for _, dosages in kept for each in dosages])
    else:
        step.doubtful += [part for clause, _ in kept for part in clause.parts if isinstance(part.value, Dose | Atom)]
        step.dosages = [Dosage(text=line.raw_span(kept[0][0].start, kept[-1][0].end).text)]
    return step


def _meaning(dosages: Sequence[Dosage]) -> list[tuple[object, ...]]:
    return [(each.timing, each.dose_and_rate, each.as_needed) for each in dosages]


def _stands_beside(clause: Clause, dosages: Sequence[Dosage]) -> bool:
    """Whether a clause says another time, so that it does not contradict the one before."""
    repeats = [each.timing.repeat for each in dosages if each.timing]
    timed = bool(repeats) and all(repeat.when or repeat.time_of_day or repeat.day_of_week for repeat in repeats)
    return timed or clause.together or any(each.as_needed for each in dosages)


def _shared(dosages: list[Dosage]) -> list[Dosage]:
    """What is said once for dosages at the same time: how long, how, by which route."""
    bounded = next(
        (each.timing.repeat for each in reversed(dosages) if each.timing and _bounded(each.timing.repeat)), None
    )
    route = next((each.route for each in dosages if each.route), None)
    shared: list[Dosage] = []
    for each in dosages:
        timing = each.timing
        if bounded and timing and not _bounded(timing.repeat):
            limits = {"bounds_duration": bounded.bounds_duration, "bounds_range": bounded.bounds_range}
            timing = Timing(repeat=timing.repeat.model_copy(update=limits))
        shared.append(each.model_copy(update={"timing": timing, "route": each.route or route}))
    return shared


def _bounded(repeat: Repeat) -> bool:
    return repeat.bounds_duration is not None or repeat.bounds_range is not None


def _dosages(
    clause: Clause, before: Dosage | None, beside: bool, line: Plain, doubtful: list[FoundPart]
) -> list[Dosage]:
    """The dosages of a clause: one, or one for each amount in slots and each kind of time."""
    said, doses = _amounts(clause, before, line, doubtful)
    needed = [atom.value for atom in clause.of(Atom) if atom.value.kind is Kind.PRN]
    reasons = unique(atom.reason for atom in needed if atom.reason)
    if needed and not reasons:  # 'for anxiety take 1 tablet as needed'
        reasons = unique(purpose.value.reason for purpose in clause.of(Purpose))
    common = Dosage(
        text=line.raw_span(clause.start, clause.end).text,
        as_needed=bool(needed),
        as_needed_for=", ".join(reasons) or None,
        additional_instruction=_instructions(clause, said, reasons),
        method=_first([each.value.name for each in clause.of(Method)]) or (before.method if before else None),
        route=_route(clause, doubtful) or (before.route if before else None),
        site=" and ".join(unique(each.value.site for each in clause.of(Place) if each.value.site))
        or (before.site if before else None),
        max_dose_per_period=_limit(clause, doubtful),
    )
    repeats = said.repeats or [Repeat()]
    untimed = not (said.repeats or said.doubtful or needed or beside)
    if untimed and clause.dose and before and before.timing:
        repeats = [_rhythm(before.timing.repeat)]
    limited = _limits(clause, doubtful)
    amounts = said.amounts or [None]
    counted = next((atom.value.unit for atom in clause.of(Atom) if atom.value.unit), None) or _counted_unit(clause)
    made: list[Dosage] = []
    for repeat, amount in zip(repeats, amounts, strict=True):
        whole = _limited(repeat, limited, clause)
        taken = doses if amount is None else (DoseAndRate(dose_quantity=quantity(amount, counted)),)
        timing = Timing(repeat=whole) if whole != Repeat() else None
        made.append(common.model_copy(update={"timing": timing, "dose_and_rate": taken}))
    return made


def _amounts(
    clause: Clause, before: Dosage | None, line: Plain, doubtful: list[FoundPart]
) -> tuple[Schedule, tuple[DoseAndRate, ...]]:
    """Timing and doses; both empty where they contradict each other, as in '2 tablets 1-0-1'."""
    said = schedule(line.text, clause.of(Atom))
    doubtful += clause.doubtful
    doubtful += [Found(atom.start, atom.end, atom.text, atom.value) for atom in said.doubtful]
    if any(isinstance(part.value, Dose) for part in clause.doubtful):
        doubtful += [part for part in clause.parts if isinstance(part.value, Dose)]
        return said, ()
    if clause.dose and any(amount is not None for amount in said.amounts):
        dose = clause.dose.value
        counted = dose.unit in ("", *FORM_UNITS)
        if dose.low != dose.high or said.amounts != [dose.low if counted else 1.0]:
            doubtful += [part for part in clause.parts if isinstance(part.value, Dose | Atom)]
            return Schedule(), ()
        said.amounts = [None]
    return said, _doses(clause, before)


def _doses(clause: Clause, before: Dosage | None) -> tuple[DoseAndRate, ...]:
    rates = tuple(DoseAndRate(rate_quantity=rate.value.quantity) for rate in clause.of(Rate))
    if clause.dose is None:
        return rates
    unit = _counted_unit(clause) or _unit_before(before)
    return (*(_dose(each.value, unit) for each in (clause.dose, *clause.also)), *rates)


def _dose(dose: Dose, unit: str | None) -> DoseAndRate:
    said = dose.unit or unit
    if dose.low == dose.high:
        return DoseAndRate(dose_quantity=quantity(dose.low, said))
    low = quantity(dose.low, said) if dose.low else None
    return DoseAndRate(dose_range=Range(low=low, high=quantity(dose.high, said)))


def _counted_unit(clause: Clause) -> str | None:
    """'two 500 mg tablets', 'Tab Telma 1-0-1': the form is what is counted."""
    forms = {each.value.name for each in clause.of(Form)}
    return forms.pop() if len(forms) == 1 and forms <= set(FORM_UNITS) else None


def _unit_before(before: Dosage | None) -> str | None:
    """What was counted in the dose before: 'two tablets, then one'."""
    for each in before.dose_and_rate if before else ():
        said = each.dose_quantity or (each.dose_range.high if each.dose_range else None)
        if said and said.code is None:
            return said.unit
    return None


def _limits(clause: Clause, doubtful: list[FoundPart]) -> Length | None:
    """How long the clause applies; null where two lengths are said."""
    lengths = [(part, _length(part.value)) for part in clause.parts if isinstance(part.value, Length | Stage)]
    if len({length for _, length in lengths}) > 1:
        doubtful += [part for part, _ in lengths]
        return None
    return lengths[0][1] if lengths else None


def _length(said: object) -> Length | None:
    if isinstance(said, Stage):
        if said.last is None:
            return None
        return Length(said.last - said.first + 1, None, "wk" if said.unit == "w" else "d")
    return said if isinstance(said, Length) else None


def _limited(repeat: Repeat, length: Length | None, clause: Clause) -> Repeat:
    """A repeat with its bounds, count and duration of each time."""
    said: dict[str, object] = {}
    each_time = _first([lasting.value.length for lasting in clause.of(Lasting)])
    if (
        length is not None
        and length.unit in ("h", "min")
        and repeat.period_unit in ("d", "wk", "mo", None)
        and repeat.count is None
        and length.low <= 24
    ):
        each_time, length = length, None  # 'on for 12 hours daily'
    if each_time is not None:
        said |= {"duration": each_time.low, "duration_max": each_time.high, "duration_unit": each_time.unit}
    if length is not None:
        low = Quantity(value=length.low, unit=length.unit, code=length.unit)
        if length.high is None:
            said["bounds_duration"] = low
        else:
            said["bounds_range"] = Range(low=low, high=Quantity(value=length.high, unit=length.unit, code=length.unit))
    times = _first([each.value for each in clause.of(Times)])
    if times is not None:
        said |= {"count": times.count, "count_max": times.most}
    return Repeat.model_validate(repeat.model_dump() | said)


def _rhythm(repeat: Repeat) -> Repeat:
    """How often, less how long: '3 tablets for 3 days' after '4 tablets daily for 3 days' is daily too."""
    return repeat.model_copy(update={"bounds_duration": None, "bounds_range": None, "count": None, "count_max": None})


def _route(clause: Clause, doubtful: list[FoundPart]) -> str | None:
    places = [each for each in clause.of(Place) if each.value.route]
    if len({each.value.route for each in places}) > 1:
        doubtful += [part for part in clause.parts if isinstance(part.value, Place)]
        return None
    if places:
        return places[0].value.route
    return _first([METHOD_ROUTES[each.value.name] for each in clause.of(Method) if each.value.name in METHOD_ROUTES])


def _limit(clause: Clause, doubtful: list[FoundPart]) -> Ratio | None:
    limits = [part for part in clause.parts if isinstance(part.value, Limit)]
    ratios = [each.value.ratio for each in clause.of(Limit)]
    if any(ratio != ratios[0] for ratio in ratios):
        doubtful += limits
        return None
    return _first(ratios)


def _instructions(clause: Clause, said: Schedule, reasons: Sequence[str]) -> tuple[str, ...]:
    """Instructions, and purposes that are not among the reasons, in their words."""
    purposes = [each for each in clause.of(Purpose) if each.value.reason not in reasons]
    spans = [(each.start, each.text) for each in (*clause.of(Instruction), *purposes, *said.as_words)]
    return tuple(dict.fromkeys(" ".join(text.lower().split()).strip(" ,") for _, text in sorted(spans)))


def _first(values: Sequence[T]) -> T | None:
    return values[0] if values else None
