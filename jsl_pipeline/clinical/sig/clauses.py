"""Which parts belong together: phases one after the other, and in each the clauses with a dose of their own."""

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import TypeVar

from jsl_pipeline.clinical.atom import Atom, Kind
from jsl_pipeline.clinical.dose import Dose, ucum
from jsl_pipeline.clinical.duration import Length
from jsl_pipeline.clinical.found import Found
from jsl_pipeline.clinical.sig.parts import (
    Concentration,
    Drug,
    Form,
    FoundPart,
    Grammar,
    Part,
    Refills,
    Stage,
    Supply,
    SupplyTime,
    Then,
)
from jsl_pipeline.clinical.sig.phrases import quantity

_NAMING = Drug | Form | Concentration | Supply | SupplyTime | Refills
"""Parts that say what is supplied, and nothing on taking it."""
_UNCOUNTED = {"cream", "ointment", "gel", "lotion", "shampoo", "syrup", "suspension", "solution", "elixir", "powder"}
P = TypeVar("P", bound=Part)
_FEWEST_SUPPLIED = 5  # fewer tablets without a timing may be a dose
_SMALLEST_TUBE = 15  # g or mL; less is what is applied at a time
_APART = re.compile(r"[,;:.\n/]|\s[-–—]|[-–—]\s|\b(?:and|plus)\b|[&+]", re.IGNORECASE)
_EACH = re.compile(r"\s*(?:each|per)\b", re.IGNORECASE)
_TOGETHER = re.compile(r"\b(?:and|plus)\b|[&+]", re.IGNORECASE)


@dataclass
class Clause:
    """The parts around one dose."""

    parts: list[FoundPart] = field(default_factory=list[FoundPart])
    dose: Found[Dose] | None = None
    also: list[Found[Dose]] = field(default_factory=list[Found[Dose]])
    """The same dose in other units."""
    together: bool = False
    """Joined to the clause before by 'and'."""
    doubtful: list[FoundPart] = field(default_factory=list[FoundPart])
    """Parts that contradict others of the clause."""

    @property
    def start(self) -> int:
        """Where its first part begins."""
        return min(part.start for part in self.parts)

    @property
    def end(self) -> int:
        """Where its last part ends."""
        return max(part.end for part in self.parts)

    def of(self, kind: type[P]) -> list[Found[P]]:
        """Parts of one kind, in order."""
        return [
            Found(part.start, part.end, part.text, part.value) for part in self.parts if isinstance(part.value, kind)
        ]

    def directs(self) -> bool:
        """Whether it says how to take something, and does not only name it."""
        return any(not isinstance(part.value, _NAMING) for part in self.parts)

    def has_timing(self) -> bool:
        """Whether it says when or how often."""
        return any(atom.value.kind is not Kind.WITH for atom in self.of(Atom))

    def has_bounds(self) -> bool:
        """Whether it says how long, or which days."""
        return bool(self.of(Length) or self.of(Stage))


def phases(parts: Sequence[FoundPart]) -> list[list[FoundPart]]:
    """Parts apart at every 'then', phases without parts left out."""
    split: list[list[FoundPart]] = [[]]
    for part in parts:
        if isinstance(part.value, Then):
            split.append([])
        elif not isinstance(part.value, Grammar):
            split[-1].append(part)
    return [phase for phase in split if phase]


def clauses(text: str, phase: Sequence[FoundPart]) -> list[Clause]:
    """The clauses of a phase; what stands before the first dose belongs to it, the rest to the dose before."""
    all_of_them = [Clause()]
    last = next((part for part in reversed(phase) if not isinstance(part.value, Supply | SupplyTime | Refills)), None)
    for segment, gap in _segments(text, phase):
        current = all_of_them[-1]
        if segment[-1] is last and _is_pack(current, segment):
            segment = [*segment[:-1], _supplied(segment[-1])]
        doses = [part for part in segment if isinstance(part.value, Dose)]
        if (
            current.dose
            and doses
            and not _says_the_same(text, current, segment)
            and not _names_strength(current, doses)
            and not _repeats_dose(current, segment)
        ):
            current = Clause(together=_TOGETHER.search(gap) is not None)
            all_of_them.append(current)
        elif _is_next_step(current, segment):
            current = Clause(dose=current.dose, also=current.also)
            all_of_them.append(current)
        for part in segment:
            _add(text, current, part, is_last=part is last)
    for clause in all_of_them:
        _doubt_bare_number(clause, clause is all_of_them[0])
        if any(atom.value.slots for atom in clause.of(Atom)) or _only_names(clause):
            _mass_is_strength(clause)
    return _without_supplies(text, all_of_them)


def _segments(text: str, phase: Sequence[FoundPart]) -> Iterable[tuple[list[FoundPart], str]]:
    """Parts between commas, dashes and conjunctions, with what stands before them."""
    segment: list[FoundPart] = []
    lead = ""
    for part, following in zip(phase, [*phase[1:], None], strict=True):
        gap = text[segment[-1].end : part.start] if segment else ""
        ended = bool(segment) and text[segment[-1].end - 1] == "." and text[part.start].isupper()
        if segment and (ended or _APART.search(gap) or _begins_dose(segment, part, following)):
            yield segment, lead
            segment, lead = [], gap
        segment.append(part)
    if segment:
        yield segment, lead


def _begins_dose(segment: Sequence[FoundPart], part: FoundPart, following: FoundPart | None) -> bool:
    """Whether a dose with a timing follows one: '1 morning 2 night'."""
    timed = isinstance(part.value, Dose) and following is not None and isinstance(following.value, Atom)
    held = [each.value for each in segment if isinstance(each.value, Dose)]
    if not (timed and held and isinstance(segment[-1].value, Atom)) or part.value in held:
        return False
    return isinstance(part.value, Dose) and (part.value.unit != "" or held[-1].unit == "")


def _says_the_same(text: str, clause: Clause, segment: Sequence[FoundPart]) -> bool:
    """Whether a segment is an amount in brackets right after the clause's dose."""
    first = segment[0]
    last = clause.parts[-1]
    return isinstance(first.value, Dose) and last == clause.dose and "(" in text[last.end : first.start]


def _is_pack(clause: Clause, segment: Sequence[FoundPart]) -> bool:
    """Whether the amount that ends a line is a pack: '10 ml after meals and nocte 500 ml', 'ointment bd 100 g'."""
    value = segment[-1].value
    if not isinstance(value, Dose) or value.low != value.high or not isinstance(segment[-2:][0].value, Atom):
        return False
    here = Clause([*clause.parts, *segment])
    topical = any(form.value.name in ("cream", "ointment", "gel", "lotion") for form in here.of(Form))
    held = here.of(Dose)[0].value
    many = len(here.of(Dose)) > 1 and held.unit == value.unit and value.low >= 10 * held.high
    return many or (topical and value.unit in ("g", "mL") and value.low >= _SMALLEST_TUBE)


def _supplied(part: FoundPart) -> FoundPart:
    if not isinstance(part.value, Dose):
        return part
    return Found(part.start, part.end, part.text, Supply(quantity(part.value.low, part.value.unit)))


def _is_next_step(clause: Clause, segment: Sequence[FoundPart]) -> bool:
    """'4 mg q6h x 2 days, q8h x 2 days': the same dose, another timing, after the first has ended."""
    following = Clause(list(segment))
    doses = following.of(Dose)
    return (
        clause.dose is not None
        and not doses
        and all(each.has_timing() and each.has_bounds() for each in (clause, following))
    )


def _repeats_dose(clause: Clause, segment: Sequence[FoundPart]) -> bool:
    """'1 tablet in the morning and 1 tablet at night': one dose, twice a day."""
    again = Clause(list(segment))
    doses = [dose.value for dose in again.of(Dose)]
    timed = all(any(atom.value.kind is Kind.MOMENT for atom in each.of(Atom)) for each in (clause, again))
    return clause.dose is not None and doses == [clause.dose.value] and timed and not clause.has_bounds()


def _names_strength(clause: Clause, doses: Sequence[FoundPart]) -> bool:
    """Whether the clause's mass turns out to be the strength of what is counted next: '500 mg, 1 capsule'."""
    first = doses[0].value
    return (
        clause.dose is not None
        and is_mass(clause.dose.value)
        and not clause.has_timing()
        and isinstance(first, Dose)
        and not is_mass(first)
    )


def _add(text: str, clause: Clause, part: FoundPart, is_last: bool) -> None:
    value = part.value
    if not isinstance(value, Dose):
        clause.parts.append(part)
        return
    dose = Found(part.start, part.end, part.text, value)
    held = clause.dose
    bracketed = held is not None and clause.parts[-1] == held and "(" in text[held.end : part.start]
    if held is None:
        clause.dose = dose
    elif value == held.value:
        pass
    elif bracketed and is_mass(value) and _is_whole(text, held.value, part):
        clause.also.append(dose)
    elif is_mass(value) and not is_mass(held.value):
        if any(_squeezed(other.text) != _squeezed(part.text) for other in clause.of(Concentration)):
            clause.doubtful.append(part)
        part = Found(part.start, part.end, part.text, Concentration())
    elif bracketed:
        clause.also.append(dose)
    elif (
        is_mass(held.value)
        and not is_mass(value)
        and not clause.has_timing()
        and (value.unit or clause.of(Form) or clause.of(Drug))
    ):
        clause.parts[clause.parts.index(held)] = Found(held.start, held.end, held.text, Concentration())
        clause.dose = dose
    elif clause.has_timing() and is_last and _is_supply(value) and value.low > held.value.high:
        part = Found(part.start, part.end, part.text, Supply(quantity(value.low, value.unit)))
    else:
        clause.doubtful.append(part)
    clause.parts.append(part)


def _is_whole(text: str, counted: Dose, part: FoundPart) -> bool:
    """Whether '(40 mg)' after '2 tablets' or '5 mL' is the same dose again; after one tablet it is its strength too."""
    one = counted.low == counted.high == 1 and counted.unit != "mL"
    return not is_mass(counted) and not one and not _EACH.match(text, part.end)


def _only_names(clause: Clause) -> bool:
    """'Amoxicillin 500mg capsules' says nothing on taking them."""
    named = any(isinstance(part.value, Drug | Form) for part in clause.parts)
    return named and all(isinstance(part.value, Dose | _NAMING) for part in clause.parts)


def _mass_is_strength(clause: Clause) -> None:
    """In '500 mg 1-0-1' the slots count tablets of 500 mg."""
    if clause.dose and is_mass(clause.dose.value):
        index = clause.parts.index(clause.dose)
        clause.parts[index] = Found(clause.dose.start, clause.dose.end, clause.dose.text, Concentration())
        clause.dose = None


def _squeezed(text: str) -> str:
    return re.sub(r"\s", "", text).lower()


def _doubt_bare_number(clause: Clause, is_first: bool) -> None:
    """A number without a unit that may be a slip or the number of the line, as in '10 7 mg' and '2 Enoxaparin 40 mg'.

    It counts something after a verb, beside a form that is counted, or with a timing of its own.
    """
    dose = clause.dose
    if dose is None or dose.value.unit or re.search(r"[x×]", dose.text):
        return
    forms = {form.value.name for form in clause.of(Form)}
    masses = [part for part in clause.of(Concentration) if re.fullmatch(r"[\d.,\s]+[^\s\d/%]+", part.text)]
    leads = clause.parts[0] == dose or not clause.of(Drug)
    alone = not is_first and not clause.has_timing() and not clause.has_bounds()
    if alone or (masses and leads and not forms) or (forms and forms <= _UNCOUNTED):
        clause.doubtful.append(Found(dose.start, dose.end, dose.text, dose.value))


def is_mass(dose: Dose) -> bool:
    """Whether an amount is one that a strength can be: in mg, IU or the like."""
    return ucum(dose.unit) is not None and dose.unit not in ("mL", "drop", "L")


def _is_supply(dose: Dose) -> bool:
    return dose.low == dose.high >= _FEWEST_SUPPLIED and dose.unit != "" and not is_mass(dose)


def _without_supplies(text: str, all_of_them: list[Clause]) -> list[Clause]:
    """'20 tablets. One tablet twice a day': a count in a statement of its own is what is dispensed."""
    if len(all_of_them) < 2:
        return all_of_them
    for clause in all_of_them:
        alone = all(isinstance(part.value, Dose | _NAMING) for part in clause.parts)
        if clause.dose and alone and _is_supply(clause.dose.value):
            supplied = Supply(quantity(clause.dose.value.low, clause.dose.value.unit))
            index = clause.parts.index(clause.dose)
            clause.parts[index] = Found(clause.dose.start, clause.dose.end, clause.dose.text, supplied)
            clause.dose = None
    kept = [clause for clause in all_of_them if clause.dose]
    bare = [part for clause in all_of_them if not clause.dose for part in clause.parts]
    if kept and bare:
        kept[0].parts[:0] = bare
    return kept or all_of_them
