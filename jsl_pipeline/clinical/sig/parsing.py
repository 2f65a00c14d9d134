"""A line of directions to a `Sig`."""

import re
from collections.abc import Sequence
from functools import lru_cache
from itertools import pairwise
from typing import TypeVar

from jsl_pipeline.clinical.dose import Dose
from jsl_pipeline.clinical.duration import Length
from jsl_pipeline.clinical.found import Found, unique
from jsl_pipeline.clinical.sig.assembly import FORM_UNITS, steps
from jsl_pipeline.clinical.sig.clauses import clauses, is_mass, phases
from jsl_pipeline.clinical.sig.line import Line
from jsl_pipeline.clinical.sig.parts import (
    Concentration,
    Drug,
    Form,
    FoundPart,
    Refills,
    Stage,
    Supply,
    SupplyTime,
    Taper,
    Unknown,
)
from jsl_pipeline.clinical.sig.reading import read_parts
from jsl_pipeline.clinical.sig.spelling import Plain, plain
from jsl_pipeline.clinical.sig.tapers import tapered
from jsl_pipeline.clinical.sig.vocabulary import GRAMMAR
from jsl_pipeline.schemas.dosage import Dosage, Quantity, Sig, Span

P = TypeVar("P", Supply, SupplyTime, Refills)
_FEWEST_UNITS = 1000  # fewer units of a drug are an amount to inject
_ONLY_GRAMMAR = re.compile(rf"(?:\s|{GRAMMAR.pattern})*", re.IGNORECASE)


@lru_cache(maxsize=1024)  # documents repeat each other's directions
def parse_sig(text: str) -> Sig:
    """What a line of directions says, in any words; never raises.

    'Then' and tapers give dosages in sequence, '80 mg at 8am and 40 mg at 2pm' two of one sequence. What is not
    understood, or contradicts itself, is in `unparsed` and the fields that it touches stay null.
    """
    line = plain(text)
    reading = Line(line.text)
    parts = _stages_in_order(read_parts(reading))
    dosages, doubtful, kept = _dosages(parts, line)
    strange = [(part.start, part.end) for part in parts if isinstance(part.value, Unknown)]
    strange += [(part.start, part.end) for part in doubtful] + reading.unclaimed()
    supply, lasting, refills = (
        _only(kept, Supply, strange),
        _only(kept, SupplyTime, strange),
        _only(kept, Refills, strange),
    )
    if not strange:
        dosages = _carried(dosages)
    if strange and not dosages:
        dosages = [Dosage(text=text.strip())]
    return Sig(
        text=text,
        dosages=tuple(dosages),
        drug=_words(kept, Drug, line),
        strength=_words(kept, Concentration, line) or _strength_beside_drug(kept, line),
        form=_form(kept),
        quantity=supply.quantity if supply else None,
        supply_duration=_duration(lasting.length) if lasting else None,
        refills=refills.count if refills else None,
        unparsed=_spans(strange, line),
        respelt=line.respelt,
    )


def _duration(length: Length) -> Quantity:
    return Quantity(value=length.low, unit=length.unit, code=length.unit)


def _carried(dosages: Sequence[Dosage]) -> list[Dosage]:
    """Steps that say only another timing take the dose of the one before: '5 mg twice daily for a week, then daily'."""
    carried: list[Dosage] = []
    for each in dosages:
        before = [other for other in carried if other.sequence == each.sequence - 1]
        if each.timing and not each.dose_and_rate and len(before) == 1:
            each = each.model_copy(update={"dose_and_rate": before[0].dose_and_rate})
        carried.append(each)
    return carried


def _only(parts: Sequence[FoundPart], kind: type[P], strange: list[tuple[int, int]]) -> P | None:
    """The one value of a kind; null, and all of them strange, where they differ."""
    said = [(part, part.value) for part in parts if isinstance(part.value, kind)]
    values = unique(value for _, value in said)
    if len(values) > 1:
        strange += [(part.start, part.end) for part, _ in said]
    return values[0] if len(values) == 1 else None


def _stages_in_order(parts: Sequence[FoundPart]) -> list[FoundPart]:
    """Parts, those stages unknown that do not follow on the one before: 'days 1, 8 and 15' are no 'days 1 to 15'."""
    checked: list[FoundPart] = []
    follows = (1.0, None)
    for part in parts:
        if isinstance(part.value, Stage):
            if part.value.first != follows[0] or follows[1] not in (None, part.value.unit):
                part = Found(part.start, part.end, part.text, Unknown())
            else:
                follows = ((part.value.last or part.value.first) + 1, part.value.unit)
        checked.append(part)
    return checked


def _dosages(parts: Sequence[FoundPart], line: Plain) -> tuple[list[Dosage], list[FoundPart], list[FoundPart]]:
    """Dosages in sequence, the parts that contradict others, and all parts as their clauses have them."""
    dosages: list[Dosage] = []
    doubtful: list[FoundPart] = []
    kept: list[FoundPart] = []
    for phase in phases(parts):
        tapers = [part for part in phase if isinstance(part.value, Taper)]
        said = [part for part in phase if not isinstance(part.value, Taper | Unknown)]
        of_phase = clauses(line.text, said) if said else []
        kept += [part for clause in of_phase for part in clause.parts]
        directing = [clause for clause in of_phase if clause.directs()]
        for step in steps(directing, dosages[-1] if dosages else None, line):
            doubtful += step.doubtful
            sequence = dosages[-1].sequence + 1 if dosages else 1
            dosages += [each.model_copy(update={"sequence": sequence}) for each in step.dosages]
        for taper in tapers:
            if not _taper(dosages, taper, line):
                doubtful.append(taper)
    if len(dosages) == 1:
        dosages = [dosages[0].model_copy(update={"text": line.raw.strip()})]
    return dosages, doubtful, kept


def _taper(dosages: list[Dosage], found: FoundPart, line: Plain) -> bool:
    """Put a taper's steps in the place of the last dosage; false where they cannot be worked out."""
    taper = found.value
    if not dosages or not isinstance(taper, Taper):
        return False
    first = dosages[-1]
    alone = all(each.sequence != first.sequence for each in dosages[:-1])
    changed = tapered(first, taper, line.raw_span(found.start, found.end).text) if alone else None
    if changed is None:
        return False
    dosages[-1:] = [each.model_copy(update={"sequence": first.sequence + index}) for index, each in enumerate(changed)]
    return True


def _words(parts: Sequence[FoundPart], kind: type[Drug] | type[Concentration], line: Plain) -> str | None:
    """The raw words of the first part of a kind."""
    first = next((part for part in parts if isinstance(part.value, kind)), None)
    return line.raw_span(first.start, first.end).text if first else None


def _strength_beside_drug(parts: Sequence[FoundPart], line: Plain) -> str | None:
    """A mass right after the drug's name is its strength, even where it is the dose too."""
    for drug, mass in pairwise(parts):
        if isinstance(drug.value, Drug) and isinstance(mass.value, Dose) and _can_be_strength(mass.value):
            return line.raw_span(mass.start, mass.end).text
    return None


def _can_be_strength(dose: Dose) -> bool:
    """Whether a dose beside a name can be the strength: '20 units' of insulin are none."""
    return is_mass(dose) and not (dose.unit == "U" and dose.high < _FEWEST_UNITS)


def _form(parts: Sequence[FoundPart]) -> str | None:
    """The form that is named, or that the dose is counted in."""
    named = next((part.value.name for part in parts if isinstance(part.value, Form)), None)
    counted = next(
        (part.value.unit for part in parts if isinstance(part.value, Dose) and part.value.unit in FORM_UNITS), None
    )
    return named or counted


def _spans(spans: Sequence[tuple[int, int]], line: Plain) -> tuple[Span, ...]:
    """Spans of the raw text in order, those with only words of grammar between them as one."""
    merged: list[tuple[int, int]] = []
    for start, end in sorted(set(spans)):
        if merged and (start < merged[-1][1] or _ONLY_GRAMMAR.fullmatch(line.text, merged[-1][1], start)):
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(line.raw_span(start, end) for start, end in merged)
