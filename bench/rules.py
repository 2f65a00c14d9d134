"""How much the rules alone notice: doubts on true records, and faults put into true answers on purpose.

    python -m bench.rules

No page is read: the labels of the samples and the truth of drawn documents are given to validation as answers. A
fault counts as flagged where it raises a doubt that the true answer did not. Dropped rows, real drugs that are not
on the page, and swaps between values that are as plausible cannot be told without the page: that is what evidence
is for, and they are listed to show it.
"""

import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from random import Random

from rich.console import Console
from rich.table import Table

from bench.drugs import common_names, invented, slip
from jsl_pipeline.evaluation import load_labels
from jsl_pipeline.schemas import (
    Candidate,
    Label,
    MedicationCandidate,
    PatientCandidate,
    PrescriberCandidate,
    Reading,
    ReadingSource,
    Severity,
)
from jsl_pipeline.synthetic.cases import Drawn
from jsl_pipeline.synthetic.pads import green_form, shorthand_pad
from jsl_pipeline.synthetic.prescriptions import banner_table, letterhead_list, typed_note
from jsl_pipeline.synthetic.records import encounter_summary, intake_form
from jsl_pipeline.synthetic.volume import Layout, hand
from jsl_pipeline.validation import RULES, PageReading, RecordResult, Rule, build_record

LABELS = Path(__file__).parents[2] / "shared" / "samples" / "labels"
TODAY = date(2026, 11, 21)
_FAULTS = 2000
_DRAWN = 350


@dataclass(frozen=True)
class _True:
    group: str
    candidate: Candidate
    doubts: frozenset[tuple[str, str | None]]


Fault = Callable[[Candidate, Random], Candidate | None]


def main() -> None:
    console = Console()
    truths = [_judged(group, label) for group, labels in _documents() for label in labels]
    rng = Random(7)
    console.print(_untouched(truths))
    console.print(_faults(truths, rng))
    console.print(_cost([each.candidate for each in truths]))


def _documents() -> Iterator[tuple[str, list[Label]]]:
    yield "samples", load_labels(LABELS) if LABELS.is_dir() else []
    yield "drawn", [each.label for each in drawn_documents(_DRAWN)]


def drawn_documents(count: int, first: int = 0) -> Iterator[Drawn]:
    """`count` documents with their truth, of every layout in turn; number `first` and those after it."""
    layouts: tuple[Layout, ...] = (
        letterhead_list,
        banner_table,
        shorthand_pad,
        green_form,
        typed_note,
        encounter_summary,
        lambda rng: intake_form(rng, hand(rng)),
    )
    return (layouts[number % len(layouts)](Random(f"rules/{number}")) for number in range(first, first + count))


def _untouched(truths: Sequence[_True]) -> Table:
    shown = Table("untouched", "records", "with a doubt", "codes")
    for group in dict.fromkeys(each.group for each in truths):
        members = [each for each in truths if each.group == group]
        codes = Counter(code for each in members for code in {code for code, _ in each.doubts})
        doubted = sum(bool(each.doubts) for each in members)
        told = ", ".join(f"{code} {count}" for code, count in codes.most_common())
        shown.add_row(group, str(len(members)), f"{doubted} ({doubted / max(1, len(members)):.1%})", told)
    return shown


def _faults(truths: Sequence[_True], rng: Random) -> Table:
    shown = Table("fault", "put in", "flagged", "codes")
    for number, (name, fault) in enumerate(FAULTS.items()):
        count = _FAULTS // len(FAULTS) + (number < _FAULTS % len(FAULTS))
        flagged, codes = 0, Counter[str]()
        done = 0
        while done < count:
            true = rng.choice(truths)
            changed = fault(true.candidate, rng)
            if changed is None or changed == true.candidate:
                continue
            new = _doubts(_record(changed)) - true.doubts
            done += 1
            flagged += bool(new)
            codes.update({code for code, _ in new})
        told = ", ".join(f"{code} {count}" for code, count in codes.most_common(4))
        shown.add_row(name, str(count), f"{flagged / count:.1%}", told)
    return shown


def _cost(candidates: Sequence[Candidate]) -> Table:
    """Of a whole record and of the rules in it, after the vocabulary is loaded."""
    each: dict[str, list[float]] = {"record with all rules": [], "record without rules": []}
    for candidate in candidates:
        for name, rules in zip(each, (RULES, ()), strict=True):
            started = time.process_time()
            _record(candidate, rules)
            each[name].append((time.process_time() - started) * 1e3)
    shown = Table("ms a document", "mean", "95 % within", "most")
    for name, times in each.items():
        ordered = sorted(times)
        shown.add_row(
            name, f"{sum(times) / len(times):.2f}", f"{ordered[len(times) * 95 // 100]:.2f}", f"{ordered[-1]:.2f}"
        )
    return shown


def _judged(group: str, label: Label) -> _True:
    candidate = answer(label)
    return _True(group, candidate, _doubts(_record(candidate)))


def answer(label: Label) -> Candidate:
    """What a perfect reader says of the document."""
    patient, prescriber = label.patient, label.prescriber
    return Candidate(
        patient=PatientCandidate(
            **patient.model_dump(exclude={"age", "dob"}),
            age=None if patient.age is None else str(patient.age),
            dob=patient.dob and patient.dob.raw,
        ),
        prescriber=PrescriberCandidate(**prescriber.model_dump()),
        date=label.date and label.date.raw,
        medications=tuple(
            MedicationCandidate(
                **each.model_dump(exclude={"refills", "frequency_per_day", "prn"}),
                refills=None if each.refills is None else str(each.refills),
            )
            for each in label.medications
        ),
    )


def _record(candidate: Candidate, rules: Sequence[Rule] = RULES) -> RecordResult:
    reading = Reading(text=candidate.model_dump_json(exclude_none=True), source=ReadingSource.MODEL, seconds=0)
    page = PageReading(page_no=1, outcome=reading)
    return build_record("d" * 64, 1, [page], today=TODAY, rules=rules)


def _doubts(result: RecordResult) -> frozenset[tuple[str, str | None]]:
    return frozenset((issue.code, issue.field) for issue in result.issues if issue.severity is Severity.DOUBT)


def _swapped(*fields: str) -> Fault:
    """Two rows have each other's values of these fields; the first is stated in both, and something differs."""

    def fault(candidate: Candidate, rng: Random) -> Candidate | None:
        rows = candidate.medications
        possible = [
            (a, b)
            for a in range(len(rows))
            for b in range(a)
            if any(getattr(rows[a], f) != getattr(rows[b], f) for f in fields)
            and getattr(rows[a], fields[0])
            and getattr(rows[b], fields[0])
        ]
        if not possible:
            return None
        a, b = rng.choice(possible)
        values = {at: {f: getattr(rows[other], f) for f in fields} for at, other in ((a, b), (b, a))}
        return _with(candidate, [row.model_copy(update=values.get(at, {})) for at, row in enumerate(rows)])

    return fault


def _dropped(candidate: Candidate, rng: Random) -> Candidate | None:
    rows = list(candidate.medications)
    if len(rows) < 2:
        return None
    rows.pop(rng.randrange(len(rows)))
    return _with(candidate, rows)


def _added(names: Sequence[str]) -> Fault:
    def fault(candidate: Candidate, rng: Random) -> Candidate | None:
        rows = list(candidate.medications)
        if not rows:
            return None
        like = rng.choice(rows)
        rows.insert(rng.randrange(len(rows) + 1), like.model_copy(update={"name": rng.choice(names)}))
        return _with(candidate, rows)

    return fault


def _renamed(candidate: Candidate, rng: Random) -> Candidate | None:
    rows = list(candidate.medications)
    if not rows:
        return None
    at = rng.randrange(len(rows))
    rows[at] = rows[at].model_copy(update={"name": slip(rows[at].name, rng)})
    return _with(candidate, rows)


def _shifted(both: bool) -> Fault:
    """A strength ten times or a tenth of what is written; `both`: the dose with it, where it says the same."""

    def fault(candidate: Candidate, rng: Random) -> Candidate | None:
        rows = list(candidate.medications)
        possible = [at for at, row in enumerate(rows) if (row.strength or "").strip()[:1].isdigit()]
        if not possible:
            return None
        at = rng.choice(possible)
        row, times = rows[at], rng.choice((10, 0.1))
        strength = _times(row.strength or "", times)
        dose = strength if both and row.dose == row.strength else row.dose
        rows[at] = row.model_copy(update={"strength": strength, "dose": dose, "raw": None})
        return _with(candidate, rows)

    return fault


def _times(strength: str, factor: float) -> str:
    digits = strength[: len(strength) - len(strength.lstrip("0123456789."))]
    return strength.replace(digits, f"{float(digits) * factor:g}", 1)


def _dates_swapped(candidate: Candidate, rng: Random) -> Candidate | None:
    dob, dated = candidate.patient.dob, candidate.date
    if not dob or not dated:
        return None
    return candidate.model_copy(update={"patient": candidate.patient.model_copy(update={"dob": dated}), "date": dob})


def _birth_of_another(candidate: Candidate, rng: Random) -> Candidate | None:
    if not candidate.patient.dob:
        return None
    other = f"{rng.randrange(1, 29):02}/{rng.randrange(1, 13):02}/{rng.randrange(1930, 2015)}"
    return candidate.model_copy(update={"patient": candidate.patient.model_copy(update={"dob": other})})


def _with(candidate: Candidate, rows: Sequence[MedicationCandidate]) -> Candidate:
    return candidate.model_copy(update={"medications": tuple(rows)})


FAULTS: dict[str, Fault] = {
    "strength and dose swapped between rows": _swapped("strength", "dose"),
    "frequency swapped between rows": _swapped("frequency"),
    "row dropped": _dropped,
    "drug invented, a made-up name": _added(invented(Random(11))),
    "drug invented, a real name": _added(common_names()),
    "name misread by one slip": _renamed,
    "decimal shifted in strength and dose": _shifted(both=True),
    "decimal shifted in the strength alone": _shifted(both=False),
    "dates of birth and document swapped": _dates_swapped,
    "date of birth of another": _birth_of_another,
}


if __name__ == "__main__":
    main()
