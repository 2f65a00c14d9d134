"""Invented documents with what they say, typed: `documents/<set>/*.txt`.

A document is a line of facts (`patient=... | dob=... | date=...`), a line for each medication
(`name | strength | times a day`, where `-` is no number and `prn` follows what is as needed), `----` and its page.
"""

from collections.abc import Iterator
from datetime import date
from pathlib import Path

from typed_page import lines, read

from jsl_pipeline.evaluation import ExtractedDocument, Place
from jsl_pipeline.schemas import DateValue, Label, Reading, ReadingSource
from jsl_pipeline.schemas.label import LabelledMedication, LabelledPatient, LabelledPrescriber
from jsl_pipeline.validation import PageReading, build_record

FOLDER = Path(__file__).parent / "documents"


def documents(folder: str) -> Iterator[tuple[Label, str]]:
    """The labels and typed pages of one set."""
    for path in sorted((FOLDER / folder).glob("*.txt")):
        head, page = path.read_text("utf-8").split("\n----\n", 1)
        facts, *medications = head.split("\n")
        said = dict(each.strip().split("=", 1) for each in facts.split("|"))
        label = Label(
            file=path.stem,
            patient=LabelledPatient(
                name=said.get("patient"),
                age=int(said["age"]) if "age" in said else None,
                dob=_written(said.get("dob")),
            ),
            prescriber=LabelledPrescriber(name=said.get("prescriber")),
            date=_written(said.get("date")),
            medications=tuple(map(_medication, medications)),
        )
        yield label, page


def extracted(label: Label, page: str) -> ExtractedDocument:
    """What the reader and validation make of a typed page."""
    outcome = Reading(
        text=read(page).model_dump_json(exclude_none=True),
        source=ReadingSource.TEXT_LAYER,
        seconds=0,
        lines=tuple(lines(page)),
    )
    result = build_record("typed", 1, [PageReading(page_no=1, outcome=outcome)], today=date(2026, 11, 22))
    return ExtractedDocument(file=label.file, record=result.record, status=result.status, where=Place.RECORDS)


def _written(text: str | None) -> DateValue | None:
    return DateValue(raw=text) if text else None


def _medication(line: str) -> LabelledMedication:
    name, strength, often = (each.strip() for each in line.split("|"))
    number = often.removesuffix("prn").strip(" -")
    return LabelledMedication(
        name=name,
        strength=strength or None,
        frequency_per_day=float(number) if number else None,
        prn=often.endswith("prn"),
    )
