"""How well hard pages are read, whether values point to their places, and what is doubted: by what was done to them.

    python -m bench.hard_pages [PAGES] [--seed N] [--folder FOLDER]

Draws PAGES hard documents (`jsl-pipeline sample --hard`), reads them with OCR through the pipeline's own stages, and
scores. In FOLDER the documents and what OCR read of them are kept: a second run reads nothing again, and applies the
reader, the rules and evidence as they are now to the same words.
"""

import argparse
import hashlib
import re
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from pydantic import TypeAdapter
from rich.console import Console
from rich.table import Table

from bench.evidence import Case
from bench.rules import TODAY, answer
from jsl_pipeline import stages
from jsl_pipeline.batches import Batching, close_waiting
from jsl_pipeline.engines import OcrSettings
from jsl_pipeline.engines.reader import read_candidate
from jsl_pipeline.evaluation import ExtractedDocument, Place, ScoredDocument, score_documents
from jsl_pipeline.evaluation.scores import score_group
from jsl_pipeline.extraction import LocalReader, reading_engine
from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.preprocess import PreparedPage, PreprocessSettings, prepare
from jsl_pipeline.schemas import Affine, Box, Evidence, Reading, ReadingSource, RecordStatus, TextLine
from jsl_pipeline.settings import Settings
from jsl_pipeline.synthetic import HardDocument, TruePlace, hard_pages
from jsl_pipeline.validation import PageReading, RecordResult, build_record

_LINES: TypeAdapter[tuple[TextLine, ...]] = TypeAdapter(tuple[TextLine, ...])
_TARGET = 0.98
_HEADED = ("medications.name", "medications.strength", "medications.frequency_per_day", "patient.name", "patient.dob")

_True = Mapping[str, list[tuple[int, list[Box]]]]
"""By field, each place where it was drawn: its page and a box a line, in pixels of the prepared page."""


@dataclass(frozen=True)
class _Read:
    """A drawn document, what OCR read of it, and where its values stand in what OCR saw."""

    drawn: HardDocument
    pages: dict[int, tuple[TextLine, ...]]
    sizes: dict[int, tuple[int, int]]
    places: _True

    @property
    def done(self) -> tuple[str, ...]:
        """Everything by which pages differ."""
        return (*self.drawn.layout[1:], *self.drawn.marks, *self.drawn.damages)


@dataclass
class _Hits:
    """Of values that were drawn: found, and how their boxes lie."""

    stated: int = 0
    found: int = 0
    centred: int = 0
    covered: int = 0

    def add(self, found: Evidence | None, true: Sequence[tuple[int, list[Box]]]) -> None:
        self.stated += 1
        if found is not None:
            self.found += 1
            self.centred += any(_centred(found, page, boxes) for page, boxes in true)
            self.covered += any(_covered(found, page, boxes) for page, boxes in true)

    def cells(self) -> tuple[str, ...]:
        shares = (
            self.found / max(1, self.stated),
            *(each / max(1, self.found) for each in (self.centred, self.covered)),
        )
        return (str(self.stated), *(f"{each:.1%}" for each in shares))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("pages", nargs="?", type=int, default=200)
    parser.add_argument("--seed", type=int, default=7)
    parser.add_argument("--folder", type=Path)
    parser.add_argument("--misses", type=int, default=0, help="show so many boxes that lie elsewhere")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.folder or Path(temporary)
        read = list(_read(list(hard_pages(arguments.pages, arguments.seed)), folder))
    console = Console(width=140)
    console.print(f"{len(read)} documents of seed {arguments.seed}, {sum(len(each.pages) for each in read)} pages read")
    own = {each.drawn.name: _own_record(each) for each in read}
    trues = [(each, Case("hard", answer(each.drawn.label), each.pages)) for each in read if each.pages]
    of_trues = [(each, case.result(case.candidate), None) for each, case in trues]
    scored = score_documents(
        [each.drawn.label for each in read], [_extracted(name, result) for name, result in own.items()]
    ).documents
    of_own = [(each, own[each.drawn.name], score) for each, score in zip(read, scored, strict=True)]
    console.print(_boxes("true answers over OCR lines", of_trues))
    console.print(_boxes("the OCR engine's own right values", of_own))
    console.print(_boxes_by("true answers: boxes by what was done", of_trues))
    console.print(_fields(read, scored))
    for line in _misses(of_trues)[: arguments.misses]:
        print(line)


def _read(drawn: Sequence[HardDocument], folder: Path) -> Iterator[_Read]:
    """What OCR reads of the documents, through ingest and preprocess; kept in the folder."""
    landing = folder / "landing"
    landing.mkdir(parents=True, exist_ok=True)
    for each in drawn:
        file = landing / each.name
        if not file.exists() or file.read_bytes() != each.data:
            file.write_bytes(each.data)
    settings = Settings(landing=str(landing), store=str(folder / "store"), engine=OcrSettings(text_layer=False))
    store = settings.open_store()
    close_waiting(store, settings.open_landing(), Batching(max_files=100_000, settle_seconds=0), datetime.now(UTC))
    for key in store.manifests.batch_keys():
        if not store.tables.count("extractions", key):
            stages.ingest(store, key, settings)
            stages.preprocess(store, key, settings)
            stages.extract(store, key, LocalReader(reading_engine(settings.engine, print)))
    lines: dict[str, dict[int, tuple[TextLine, ...]]] = {}
    for row in store.tables.read("extractions").to_pylist():
        lines.setdefault(row["document_id"], {})[row["page_no"]] = _LINES.validate_json(row["lines"])
    for each in drawn:
        sizes, places = _seen(each, settings.preprocess)
        yield _Read(each, dict(sorted(lines.get(hashlib.sha256(each.data).hexdigest(), {}).items())), sizes, places)


def _seen(drawn: HardDocument, settings: PreprocessSettings) -> tuple[dict[int, tuple[int, int]], _True]:
    """Sizes of the prepared pages, and the true places in them: pages are prepared again for their geometry."""
    document = open_document(drawn.data, Limits())
    assert isinstance(document, OpenDocument)
    sizes: dict[int, tuple[int, int]] = {}
    places: dict[str, list[tuple[int, list[Box]]]] = {}
    with document:
        for number, (width, height) in enumerate(drawn.sizes, 1):
            raster = document.render(number, settings.target_pixels)
            page = prepare(raster, settings)
            if not isinstance(page, PreparedPage):
                continue
            to_page = Affine(a=raster.width / width, e=raster.height / height).then(page.moved).move
            sizes[number] = page.width, page.height
            for place in (each for each in drawn.places if each.page_no == number):
                places.setdefault(place.field, []).append((number, _boxes_of(place, to_page)))
    return sizes, places


def _boxes_of(place: TruePlace, move: Callable[[float, float], tuple[float, float]]) -> list[Box]:
    boxes: list[Box] = []
    for corners in place.lines:
        xs, ys = zip(*(move(x, y) for x, y in corners), strict=True)
        boxes.append((min(xs), min(ys), max(xs), max(ys)))
    return boxes


def _own_record(read: _Read) -> RecordResult:
    """What the pipeline makes of the words, with the reader as it is now."""
    readings = [
        PageReading(
            page_no=number,
            outcome=Reading(
                text=read_candidate(lines, *read.sizes[number]).model_dump_json(exclude_none=True),
                source=ReadingSource.OCR,
                seconds=0,
                lines=lines,
            ),
        )
        for number, lines in read.pages.items()
    ]
    return build_record("d" * 64, len(read.drawn.sizes), readings, today=TODAY)


def _extracted(name: str, result: RecordResult) -> ExtractedDocument:
    where = Place.REVIEW if result.status is RecordStatus.SUSPECT else Place.RECORDS
    return ExtractedDocument(file=name, record=result.record, status=result.status, where=where, issues=result.issues)


_Judged = tuple[_Read, RecordResult, ScoredDocument | None]


def _values(judged: _Judged) -> Iterator[tuple[str, Evidence | None, list[tuple[int, list[Box]]]]]:
    """Drawn values: of a true answer all, of the engine's own record those that are right. Field, evidence, places."""
    read, result, scored = judged
    if scored is None:
        pairs = [(field, field) for field in read.places if not field.startswith(("struck", "facility"))]
    else:
        right = [each for each in scored.values if each.outcome == "correct"]
        pairs = [(each.in_record, each.in_label) for each in right if each.in_record and each.in_label]
    for in_record, in_label in pairs:
        if in_label in read.places:
            yield in_label, result.evidence.get(in_record), read.places[in_label]


def _boxes(title: str, judged: Sequence[_Judged]) -> Table:
    kinds: dict[str, _Hits] = {}
    for each in judged:
        for field, found, true in _values(each):
            for kind in (re.sub(r"\[\d+\]", "", field), "all"):
                kinds.setdefault(kind, _Hits()).add(found, true)
    shown = Table(title, "stated", "found", "centres inside", "overlap over half")
    for kind in sorted(kinds, key=lambda kind: (kind == "all", kind)):
        shown.add_row(kind, *kinds[kind].cells())
    return shown


def _boxes_by(title: str, judged: Sequence[_Judged]) -> Table:
    groups: dict[str, _Hits] = {}
    for each in judged:
        for _, found, true in _values(each):
            for name in each[0].done:
                groups.setdefault(name, _Hits()).add(found, true)
    shown = Table(title, "stated", "found", "centres inside", "overlap over half")
    for name, hits in sorted(groups.items(), key=lambda each: each[1].centred / max(1, each[1].found)):
        style = "" if hits.centred >= _TARGET * hits.found else "yellow"
        shown.add_row(name, *hits.cells(), style=style)
    return shown


def _fields(read: Sequence[_Read], scored: Sequence[ScoredDocument]) -> Table:
    shown = Table("what was done", "documents", *(each.removeprefix("medications.") for each in _HEADED))
    for heading in ("invented", "missed", "review", "unmarked wrong"):
        shown.add_column(heading)
    of = Counter(name for each in read for name in each.done)
    for name in (*(name for name, _ in of.most_common()), None):
        own = [s for r, s in zip(read, scored, strict=True) if name is None or name in r.done]
        group = score_group(own)
        f1 = [group.fields[each].f1.value if each in group.fields else None for each in _HEADED]
        shown.add_row(
            name or "all",
            str(group.documents),
            *("-" if each is None else f"{each:.3f}" for each in f1),
            str(group.medications.invented),
            str(group.medications.missed),
            f"{group.in_review / group.documents:.0%}",
            f"{group.critical.unmarked_wrong} of {group.critical.values}",
        )
    return shown


def _misses(judged: Sequence[_Judged]) -> list[str]:
    return [
        f"{each[0].drawn.name} {field} {found.match} at {found.boxes}, drawn at {true}"
        for each in judged
        for field, found, true in _values(each)
        if found and not any(_centred(found, page, boxes) for page, boxes in true)
    ]


def _centred(found: Evidence, page: int, boxes: Sequence[Box]) -> bool:
    """Each box has its centre in a box of the place."""
    return page == found.page_no and all(any(_holds(box, each) for box in boxes) for each in found.boxes)


def _holds(box: Box, other: Box) -> bool:
    across, down = (other[0] + other[2]) / 2, (other[1] + other[3]) / 2
    return box[0] <= across <= box[2] and box[1] <= down <= box[3]


def _covered(found: Evidence, page: int, boxes: Sequence[Box]) -> bool:
    """Intersection over union of at least a half; lines of a place do not overlap."""
    if page != found.page_no:
        return False
    shared = sum(
        max(0.0, min(a[2], b[2]) - max(a[0], b[0])) * max(0.0, min(a[3], b[3]) - max(a[1], b[1]))
        for a in found.boxes
        for b in boxes
    )
    return shared >= 0.5 * (sum((box[2] - box[0]) * (box[3] - box[1]) for box in (*found.boxes, *boxes)) - shared)


if __name__ == "__main__":
    main()
