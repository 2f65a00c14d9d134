"""How well values are found on their pages, and how many faults that shows.

    python -m bench.evidence [STORE]

Faults are those of `bench.rules`, put into true answers. The pages are text layers of drawn documents, and, where
STORE is given, what OCR read of the labelled samples: a store of the pipeline that holds them. A fault counts as
flagged where it raises a doubt that the true answer did not.
"""

import re
import sys
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pypdfium2 as pdfium
from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from bench.rules import FAULTS, LABELS, TODAY, answer, drawn_documents
from jsl_pipeline.evaluation import load_labels
from jsl_pipeline.evidence import look_up
from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.schemas import (
    Box,
    Candidate,
    DateValue,
    Evidence,
    PatientRecord,
    Prescription,
    Reading,
    ReadingSource,
    Severity,
    TextLine,
)
from jsl_pipeline.store import Store
from jsl_pipeline.synthetic.cases import Drawn
from jsl_pipeline.synthetic.paper import Written
from jsl_pipeline.validation import PageReading, RecordResult, build_record

_FAULTS = 2000
_DRAWN = 210
_PIXELS = 1_000_000
_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])

Pages = Mapping[int, tuple[TextLine, ...]]
_Doubts = frozenset[tuple[str, str | None]]


@dataclass(frozen=True)
class Case:
    group: str
    candidate: Candidate
    pages: Pages
    drawn: Drawn | None = None
    scale: float = 1.0
    """Pixels a point."""

    def result(self, candidate: Candidate) -> RecordResult:
        """The record of an answer that names every medication on the page where it stands, or on the first."""
        return build_record("d" * 64, len(self.pages), self.readings(candidate), today=TODAY)

    def readings(self, candidate: Candidate) -> list[PageReading]:
        """What a model would have answered."""
        by_page: dict[int, list[int]] = {number: [] for number in self.pages}
        for at, row in enumerate(candidate.medications):
            by_page[next((n for n, lines in self.pages.items() if _names(lines, row.name)), min(by_page))].append(at)
        first = min(by_page)
        return [
            PageReading(page_no=number, outcome=_reading(candidate, rows, number == first), lines=self.pages[number])
            for number, rows in by_page.items()
        ]


def main() -> None:
    console = Console()
    cases = [*drawn_cases(_DRAWN), *(read_cases("samples", Path(sys.argv[1]), LABELS) if len(sys.argv) > 1 else ())]
    trues = [(case, case.result(case.candidate)) for case in cases]
    console.print(_places(trues))
    console.print(_untouched(trues))
    console.print(_faults([(case, _doubts(result)) for case, result in trues], Random(7)))
    console.print(_cost(trues))


def drawn_cases(count: int, first: int = 0) -> Iterator[Case]:
    """Drawn documents with their text layers."""
    for drawn in drawn_documents(count, first):
        document = open_document(drawn.pdf, Limits())
        assert isinstance(document, OpenDocument)
        with document:
            rasters = {number: document.render(number, _PIXELS) for number in range(1, document.page_count + 1)}
        pages = {number: raster.text_layer for number, raster in rasters.items()}
        scale = rasters[1].pixels.shape[0] / pdfium.PdfDocument(drawn.pdf)[0].get_height()
        yield Case("drawn", answer(drawn.label), pages, drawn, scale)


def read_cases(group: str, url: Path, labels: Path) -> Iterator[Case]:
    """Labelled documents with what OCR has read of them, from a store of the pipeline."""
    store = Store(str(url))
    names = {row["document_id"]: row["path"] for row in store.tables.read("documents").to_pylist()}
    pages: dict[str, dict[int, tuple[TextLine, ...]]] = {}
    for row in store.tables.read("extractions").to_pylist():
        pages.setdefault(Path(names[row["document_id"]]).name, {})[row["page_no"]] = _LINES.validate_json(row["lines"])
    for label in load_labels(labels):
        read = pages.get(Path(label.file).name)
        if read:
            yield Case(group, answer(label), dict(sorted(read.items())))


def _names(lines: Sequence[TextLine], name: str) -> bool:
    return any(name.casefold() in line.text.casefold() for line in lines)


def _reading(candidate: Candidate, rows: Sequence[int], first: bool) -> Reading:
    said = candidate if first else Candidate()
    said = said.model_copy(update={"medications": tuple(candidate.medications[at] for at in rows)})
    return Reading(text=said.model_dump_json(exclude_none=True), source=ReadingSource.MODEL, seconds=0)


def _doubts(result: RecordResult) -> _Doubts:
    return frozenset((issue.code, issue.field) for issue in result.issues if issue.severity is Severity.DOUBT)


def _untouched(trues: Sequence[tuple[Case, RecordResult]]) -> Table:
    shown = Table("untouched", "records", "with a doubt", "codes")
    for group in dict.fromkeys(case.group for case, _ in trues):
        members = [_doubts(result) for case, result in trues if case.group == group]
        codes = Counter(code for each in members for code in {code for code, _ in each})
        told = ", ".join(f"{code} {count}" for code, count in codes.most_common())
        shown.add_row(group, str(len(members)), f"{sum(map(bool, members)) / len(members):.1%}", told)
    return shown


def _faults(trues: Sequence[tuple[Case, _Doubts]], rng: Random) -> Table:
    shown = Table("fault", "put in", "flagged", "codes")
    groups = list(dict.fromkeys(case.group for case, _ in trues))
    all_flagged = 0
    for number, (name, fault) in enumerate(FAULTS.items()):
        count = _FAULTS // len(FAULTS) + (number < _FAULTS % len(FAULTS))
        put, flagged, codes = Counter[str](), Counter[str](), Counter[str]()
        while put.total() < count:
            group = groups[put.total() % len(groups)]
            case, before = rng.choice([each for each in trues if each[0].group == group])
            changed = fault(case.candidate, rng)
            if changed is None or changed == case.candidate:
                continue
            new = _doubts(case.result(changed)) - before
            put[group] += 1
            flagged[group] += bool(new)
            codes.update({code for code, _ in new})
        told = ", ".join(f"{code} {n}" for code, n in codes.most_common(4))
        by_group = ", ".join(f"{group} {flagged[group] / put[group]:.1%}" for group in groups)
        shown.add_row(name, str(count), f"{flagged.total() / count:.1%} ({by_group})", told)
        all_flagged += flagged.total()
    shown.add_row("all", str(_FAULTS), f"{all_flagged / _FAULTS:.1%}", "")
    return shown


def _places(trues: Sequence[tuple[Case, RecordResult]]) -> Table:
    """Of the values that were drawn: how many were found, and whether their boxes lie where they were drawn."""
    stated, found, centred, covered = Counter[str](), Counter[str](), Counter[str](), Counter[str]()
    for case, result in trues:
        if case.drawn is None:
            continue
        for field, true in _true_boxes(case.drawn, case.scale, result.record):
            kind = re.sub(r"\[\d+\]", "", field)
            stated[kind] += 1
            evidence = result.evidence.get(field)
            if evidence is None:
                continue
            found[kind] += 1
            centred[kind] += _centred(evidence, true)
            covered[kind] += _covered(evidence, true) >= 0.5
    shown = Table("drawn values", "stated", "found", "centres inside", "overlap over half")
    for kind in (*stated, None):
        n, f, c, o = ((each.total() if kind is None else each[kind]) for each in (stated, found, centred, covered))
        shown.add_row(kind or "all", str(n), f"{f / n:.1%}", f"{c / max(1, f):.1%}", f"{o / max(1, f):.1%}")
    return shown


_True = list[tuple[int, Box]]  # page and box of each line that a value was drawn on


def _true_boxes(drawn: Drawn, scale: float, record: Prescription | PatientRecord) -> Iterator[tuple[str, list[_True]]]:
    """Every value that is drawn as it is stated, and each place where it was: a medication's after its name."""
    parts: list[tuple[str, object]] = [("patient", record.patient)]
    rows = record.medications if isinstance(record, Prescription) else ()
    if isinstance(record, Prescription):
        parts.append(("prescriber", record.prescriber))
    text = _Text(drawn.written, scale)
    for prefix, part in parts:
        for name in ("name", "dob", "address", "phone", "weight", "license_no"):
            value = getattr(part, name, None)
            value = value.raw if isinstance(value, DateValue) else value
            if value and (places := text.find(value, 0, len(text.joined))):
                yield f"{prefix}.{name}", places
    starts = sorted((start, at) for at, row in enumerate(rows) for start in text.starts(row.name))
    for at, row in enumerate(rows):
        own = [n for n, (_, whose) in enumerate(starts) if whose == at]
        spans = [(starts[n][0], starts[n + 1][0] if n + 1 < len(starts) else len(text.joined)) for n in own]
        for name in ("name", "strength", "dose", "frequency", "duration", "quantity", "instructions"):
            value = getattr(row, name)
            places = [place for span in spans for place in text.find(value, *span)] if value else []
            if places:
                yield f"medications[{at}].{name}", places


class _Text:
    """All that was drawn, as one text in the order of drawing."""

    def __init__(self, written: Sequence[Written], scale: float) -> None:
        self._written, self._scale = written, scale
        self._starts: list[int] = []
        self.joined = ""
        for line in written:
            self._starts.append(len(self.joined))
            self.joined += line.text.casefold() + " "

    def starts(self, value: str) -> list[int]:
        return [match.start() for match in self._matches(value, 0, len(self.joined))]

    def find(self, value: str, start: int, end: int) -> list[_True]:
        return [self._boxes(match.start(), match.end()) for match in self._matches(value, start, end)]

    def _matches(self, value: str, start: int, end: int) -> Iterator[re.Match[str]]:
        return re.compile(rf"(?<!\w){re.escape(value.casefold())}(?!\w|\.\d)").finditer(self.joined, start, end)

    def _boxes(self, start: int, end: int) -> _True:
        boxes: _True = []
        for line, at in zip(self._written, self._starts, strict=True):
            first, last = max(start - at, 0), min(end - at, len(line.text))
            if first < last:
                left, top, right, bottom = (each * self._scale for each in line.box(first, last))
                boxes.append((line.page_no, (left, top, right, bottom)))
        return boxes


def _centred(evidence: Evidence, true: Sequence[_True]) -> bool:
    """Each box has its centre in a box of one true place."""
    return any(
        all(any(page == evidence.page_no and _holds(box, each) for page, box in place) for each in evidence.boxes)
        for place in true
    )


def _holds(box: Box, other: Box) -> bool:
    across, down = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _covered(evidence: Evidence, true: Sequence[_True]) -> float:
    """Intersection over union with the true place that agrees best; lines of a place do not overlap."""
    return max(_overlap(evidence.boxes, [box for page, box in place if page == evidence.page_no]) for place in true)


def _overlap(found: Sequence[Box], true: Sequence[Box]) -> float:
    shared = sum(
        max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        for a in found
        for b in true
    )
    return shared / (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (*found, *true)) - shared)


def _cost(trues: Sequence[tuple[Case, RecordResult]]) -> Table:
    """Of looking up all values of a true record, after the vocabulary is loaded; pages differ, so a document's mean."""
    shown = Table("ms a page", "documents", "mean", "95 % within", "most")
    for group in dict.fromkeys(case.group for case, _ in trues):
        times: list[float] = []
        for case, result in trues:
            if case.group == group:
                started = time.process_time()
                look_up(result.record, case.pages)
                times.append((time.process_time() - started) * 1e3 / len(case.pages))
        times.sort()
        mean, most = sum(times) / len(times), times[-1]
        shown.add_row(group, str(len(times)), f"{mean:.1f}", f"{times[len(times) * 95 // 100]:.1f}", f"{most:.1f}")
    return shown


if __name__ == "__main__":
    main()
