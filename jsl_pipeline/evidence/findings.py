"""What the words of the pages say for a record: where its values stand, and what it leaves out."""

from collections.abc import Iterator, Mapping, Sequence

from jsl_pipeline.evidence.bands import Anchor, band, owner
from jsl_pipeline.evidence.matching import find_places
from jsl_pipeline.evidence.page import Flow, PageText, Piece
from jsl_pipeline.evidence.places import Kind, Place
from jsl_pipeline.evidence.seen import rows_seen
from jsl_pipeline.schemas import (
    DateValue,
    Evidence,
    Medication,
    PatientRecord,
    Prescription,
    SeenRow,
    TextLine,
    Value,
)

_MEDICATION: dict[str, Kind] = {
    "strength": Kind.STRENGTH,
    "form": Kind.FORM,
    "dose": Kind.DOSE,
    "frequency": Kind.FREQUENCY,
    "duration": Kind.DURATION,
    "route": Kind.ROUTE,
    "quantity": Kind.QUANTITY,
    "refills_text": Kind.REFILLS,
    "instructions": Kind.TEXT,
}
_PATIENT = {
    "name": Kind.PERSON, "age_text": Kind.AGE, "sex": Kind.TEXT, "dob": Kind.DATE, "address": Kind.TEXT,
    "phone": Kind.TEXT, "weight": Kind.TEXT,
}  # fmt: skip
_PRESCRIBER = {"name": Kind.PERSON, "license_no": Kind.TEXT, "address": Kind.TEXT, "phone": Kind.TEXT}


class Findings(Value):
    """Where the values of a record stand, by their path in it, such as `medications[2].strength`."""

    pages: frozenset[int]
    """Pages that had words to look among."""
    evidence: Mapping[str, Evidence]
    unsupported: tuple[str, ...]
    """Values that no page shows; a medication by its `name`."""
    rows_missed: tuple[SeenRow, ...]
    """Medications seen on a page that the record does not have."""


def look_up(record: Prescription | PatientRecord, lines: Mapping[int, Sequence[TextLine]]) -> Findings:
    """Find every stated value of a record among the lines of its pages, by page number.

    What is said of a medication is looked for beside and under its name, up to the next medication's.
    """
    medications = record.medications if isinstance(record, Prescription) else ()
    pages = [_Page(number, PageText(read), medications) for number, read in sorted(lines.items()) if read]
    found = dict(_people(record, pages))
    for at, medication in enumerate(medications):
        found |= _medication(f"medications[{at}]", medication, pages)
    return Findings(
        pages=frozenset(page.number for page in pages),
        evidence={field: each for field, each in found.items() if each is not None},
        unsupported=tuple(field for field, each in found.items() if each is None),
        rows_missed=tuple(_missed(medications, pages)),
    )


class _Page:
    """A page and the names of medications on it: those of the record, and those that it may have left out."""

    def __init__(self, number: int, text: PageText, medications: Sequence[Medication]) -> None:
        self.number = number
        self.text = text
        self.named = {name: find_places(name, Kind.DRUG, text.flows) for name in {each.name for each in medications}}
        known = [Anchor(found.pieces[0], owner(name)) for name, all_ in self.named.items() for found in all_]
        taken = [piece for all_ in self.named.values() for found in all_ for piece in found.pieces]
        self.left_out = [row for row in rows_seen(text) if not any(_overlap(row.piece, piece) for piece in taken)]
        self.anchors = (*known, *self.left_out)

    def said_of(self, medication: Medication) -> list[Sequence[Flow]]:
        """What the page says of a medication, once for each place that names it."""
        own = [anchor for anchor in self.anchors if anchor.owner == owner(medication.name)]
        return [self.text.read(band(self.text, anchor, self.anchors)) for anchor in own]


def _people(record: Prescription | PatientRecord, pages: Sequence[_Page]) -> Iterator[tuple[str, Evidence | None]]:
    parts: list[tuple[str, object, dict[str, Kind]]] = [("patient", record.patient, _PATIENT)]
    if isinstance(record, Prescription):
        parts.append(("prescriber", record.prescriber, _PRESCRIBER))
    parts.append(("", record, {"date": Kind.DATE}))
    for prefix, part, fields in parts:
        for name, kind in fields.items():
            value = getattr(part, name)
            written = value.raw if isinstance(value, DateValue) else value
            if written:
                field = f"{prefix}.{name}".strip(".").replace("age_text", "age")
                yield field, _best({page.number: find_places(written, kind, page.text.flows) for page in pages})


def _medication(path: str, medication: Medication, pages: Sequence[_Page]) -> Iterator[tuple[str, Evidence | None]]:
    yield f"{path}.name", _best({page.number: page.named[medication.name] for page in pages})
    said = {page.number: page.said_of(medication) for page in pages}
    for name, kind in _MEDICATION.items():
        value = getattr(medication, name)
        if value:
            found = {
                number: [p for each in bands for p in find_places(value, kind, each)] for number, bands in said.items()
            }
            yield f"{path}.{name.removesuffix('_text')}", _best(found)


def _missed(medications: Sequence[Medication], pages: Sequence[_Page]) -> Iterator[SeenRow]:
    """Drugs that no medication of the record is, once each."""
    told = {active for each in medications for active in owner(each.name).split(" + ")}
    for page in pages:
        for row in page.left_out:
            if not told.issuperset(row.owner.split(" + ")):
                told.update(row.owner.split(" + "))
                yield SeenRow(page_no=page.number, box=row.piece.box)


def _best(found: Mapping[int, Sequence[Place]]) -> Evidence | None:
    """The best place of all pages, of equals the first."""
    best = max(
        ((place.score, -number, place) for number, all_ in found.items() for place in all_),
        key=lambda each: each[:2],
        default=None,
    )
    if best is None:
        return None
    score, number, place = best
    return Evidence(page_no=-number, boxes=place.boxes, score=round(score, 4), match=place.match, struck=place.struck)


def _overlap(one: Piece, other: Piece) -> bool:
    return one.cell is other.cell and one.start < other.end and other.start < one.end
