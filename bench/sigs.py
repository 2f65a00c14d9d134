"""How much of published directions is read right, field by field, and whether what is wrong says so.

    python bench/sigs.py ../shared/samples/sigs

`parsigs.jsonl` has lines with their parse. `nhs_eps_examples.jsonl` has lines beside the structured directions of
the same prescription; where those say what the text does not (a route, five times a day beside "Once daily"), no
reader of the text can know, and the field is counted apart. Exit status 1 below 95 % or with anything wrong unmarked.
"""

import argparse
import json
import re
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.table import Table

from jsl_pipeline.clinical.sig import parse_sig
from jsl_pipeline.schemas import Dosage, Repeat, Sig

UNITS = {"Hour": "h", "Day": "d", "Week": "wk", "Month": "mo", "Year": "a", None: None}
ROUTES = {"Oral": "oral", "Inhalation": "inhalation", "Subcutaneous": "subcutaneous", "Cutaneous": "topical"}
NUMBERS = ["zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten"]
RIGHT, MARKED, UNMARKED, NOT_SAID = "right", "wrong, marked", "wrong, unmarked", "not in the text"

Field = tuple[str, Any, Any, bool]
"""Name, expected, read, and whether the text says it."""


def repeat_of(dosage: Dosage) -> Repeat:
    return dosage.timing.repeat if dosage.timing else Repeat()


def dose_of(dosage: Dosage) -> tuple[float | None, str | None]:
    quantity = dosage.dose_and_rate[0].dose_quantity if dosage.dose_and_rate else None
    return (quantity.value, quantity.code or quantity.unit) if quantity else (None, None)


def parsigs_fields(sig: Sig, expected: list[dict[str, Any]]) -> Iterator[Field]:
    yield "phases", len(expected), len(sig.dosages), True
    for step, dosage in zip(expected, sig.dosages, strict=False):
        repeat, (value, unit) = repeat_of(dosage), dose_of(dosage)
        bounds = repeat.bounds_duration
        timed = repeat.period is not None
        yield "drug", step["drug"], sig.drug.lower() if sig.drug else None, True
        yield "strength", step["strength"], sig.strength, True
        yield "form", step["form"], unit if unit == "puff" else sig.form, True
        yield "dose", step["singleDosageAmount"], value, True
        yield "period unit", UNITS[step["frequencyType"]], repeat.period_unit, True
        yield "period", step["interval"], repeat.period if timed else 1, True
        yield "frequency", step["times"] or 1, repeat.frequency if timed else 1, True
        yield "duration", step["periodAmount"], bounds.value if bounds else None, True
        yield "duration unit", UNITS[step["periodType"]], bounds.code if bounds else None, True
        yield "as needed", step["takeAsNeeded"], dosage.as_needed, True


def nhs_fields(sig: Sig, row: dict[str, Any]) -> Iterator[Field]:
    text = row["dosage_text"]
    if not any(row[name] is not None for name in ("timing", "doseAndRate", "route", "asNeeded")):
        return
    dosage = sig.dosages[0] if sig.dosages else Dosage(text=text)
    repeat, (value, unit) = repeat_of(dosage), dose_of(dosage)
    wanted = (row["timing"] or {}).get("repeat", {})
    if "frequency" in wanted:
        said = says_frequency(text, wanted)
        yield "frequency", wanted["frequency"], repeat.frequency, said
        yield "period", wanted["period"], repeat.period, said
        yield "period unit", wanted["periodUnit"], repeat.period_unit, said
    if "timeOfDay" in wanted:
        yield "time of day", wanted["timeOfDay"], list(repeat.time_of_day), True
    if "boundsDuration" in wanted:
        bounds = repeat.bounds_duration
        length = wanted["boundsDuration"]
        said = re.search(rf"for (?:{number(length['value'])}) {length['unit']}", text, re.IGNORECASE) is not None
        yield "duration", length["value"], bounds.value if bounds else None, said
        yield "duration unit", length["code"], bounds.code if bounds else None, said
    for dose in (row["doseAndRate"] or [])[:1]:
        wanted_dose = dose["doseQuantity"]
        name = wanted_dose["unit"]
        said = re.search(rf"\b(?:{number(wanted_dose['value'])}) {name}", text, re.IGNORECASE) is not None
        yield "dose", wanted_dose["value"], value, said
        yield "dose unit", name if name in ("tablet", "patch", "capsule") else wanted_dose["code"], unit, said
    if row["route"]:
        name = row["route"].removesuffix(" route")
        routes = {each.route for each in sig.dosages if each.route}  # the row has one dosage for all phases
        read = routes.pop() if len(routes) == 1 else None
        yield "route", ROUTES[name], read, re.search(rf"\b{name}\b", text, re.IGNORECASE) is not None


def says_frequency(text: str, wanted: dict[str, Any]) -> bool:
    """Whether a text says so many times, in words of its own: told without the parser that is measured."""
    times, period = wanted["frequency"], wanted["period"]
    if wanted["periodUnit"] == "h":
        return re.search(rf"every (?:{number(period)}) hours", text, re.IGNORECASE) is not None
    words = {1: r"once daily|\bdaily\b|\bat \d\d:\d\d", 2: "twice"}.get(times, "(?!)")
    counted = re.search(rf"(?:{number(times)}) times (?:a day|daily)|{words}", text, re.IGNORECASE) is not None
    return counted and " and " not in text


def number(value: float) -> str:
    word = NUMBERS[int(value)] if value == int(value) and value <= 10 else "(?!)"
    return f"{value:g}|{word}"


def score(folder: Path) -> tuple[dict[str, Counter[str]], list[str], int, float]:
    """Counts a field, what is wrong in words, lines and seconds."""
    counts: dict[str, Counter[str]] = {}
    wrong: list[str] = []
    started = time.perf_counter()
    lines = 0
    for name, fields in (("parsigs", parsigs_fields), ("nhs_eps_examples", nhs_fields)):
        for line in (folder / f"{name}.jsonl").read_text().splitlines():
            row = json.loads(line)
            text = row.get("sig") or row["dosage_text"]
            sig = parse_sig(text)
            lines += 1
            for field, expected, read, said in fields(sig, row.get("expected") or row):
                right = expected == read
                outcome = RIGHT if right else NOT_SAID if not said else UNMARKED if sig.understood else MARKED
                counts.setdefault(f"{name.split('_')[0]}: {field}", Counter())[outcome] += 1
                if outcome != RIGHT:
                    wrong.append(f"{outcome}: {field} of {text[:70]!r}: expected {expected}, read {read}")
    return counts, wrong, lines, time.perf_counter() - started


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--wrong", action="store_true", help="name every field that is not right")
    chosen = parser.parse_args()
    counts, wrong, lines, seconds = score(chosen.folder)
    table = Table("field", RIGHT, MARKED, UNMARKED, NOT_SAID)
    for field, outcomes in counts.items():
        table.add_row(field, *(str(outcomes[each] or "") for each in (RIGHT, MARKED, UNMARKED, NOT_SAID)))
    console = Console()
    console.print(table)
    total: Counter[str] = sum(counts.values(), Counter())
    said = total[RIGHT] + total[MARKED] + total[UNMARKED]
    console.print(
        f"{total[RIGHT]} of {said} expected fields right ({total[RIGHT] / said:.1%}), {total[MARKED]} wrong and marked,"
        f" {total[UNMARKED]} wrong and unmarked; {total[NOT_SAID]} more that the text does not say."
        f" {1000 * seconds / lines:.2f} ms a line."
    )
    if chosen.wrong:
        for each in wrong:
            console.print(each, highlight=False, markup=False)
    return 0 if total[RIGHT] >= 0.95 * said and not total[UNMARKED] else 1


if __name__ == "__main__":
    sys.exit(main())
