"""Landing folders of invented documents on disk, and the truth about them beside the folder."""

import json
from collections.abc import Callable
from enum import StrEnum
from pathlib import Path
from random import Random

from pydantic import Field

from jsl_pipeline.schemas import Value
from jsl_pipeline.synthetic.camera import Look
from jsl_pipeline.synthetic.hard import HardDocument, hard_pages
from jsl_pipeline.synthetic.pads import green_form, shorthand_pad
from jsl_pipeline.synthetic.prescriptions import banner_table, letterhead_list
from jsl_pipeline.synthetic.records import blank_sheet, encounter_summary, intake_form, visit_note
from jsl_pipeline.synthetic.volume import Layout, SyntheticDocument, as_document, hand, pages


class Fate(StrEnum):
    """What a run should make of a file."""

    RECORD = "record"
    DUPLICATE = "duplicate"
    BLANK = "blank"
    REJECTED = "rejected"


class LandedFile(Value):
    """One file of a drawn landing folder."""

    name: str
    fate: Fate
    pages: int = Field(default=0, ge=0, description="Pages that can be opened, blank ones included.")
    blank_pages: int = 0
    duplicate_of: str | None = Field(default=None, description="Name of the file with the same bytes.")


class LandingTruth(Value):
    """What was written, and where its labels are: one JSON file for each document with something to say."""

    landing: Path
    labels: Path
    files: tuple[LandedFile, ...]


_CONTENTS: tuple[tuple[str, Layout, Look | None], ...] = (
    ("prescription_1.png", letterhead_list, Look.CLEAN),
    ("table_1.jpg", banner_table, Look.SCAN),
    ("form_1.webp", green_form, Look.COLOUR_SCAN),
    ("handwritten_1.jpg", lambda rng: shorthand_pad(rng, hand(rng)), Look.COLOUR_SCAN),
    ("shorthand_1.png", shorthand_pad, Look.CLEAN),
    ("photograph_1.jpg", letterhead_list, Look.PHOTOGRAPH),
    ("intake_1.jpg", lambda rng: intake_form(rng, hand(rng)), Look.COLOUR_SCAN),
    ("encounter_1.pdf", encounter_summary, None),
    ("fax_1.tiff", encounter_summary, Look.SCAN),
    ("note_1.pdf", lambda rng: visit_note(rng, blank_page=True), Look.SCAN),
)
_PAGES = {"encounter_1.pdf": (3, 0), "fax_1.tiff": (3, 0), "note_1.pdf": (3, 1)}  # pages, blank pages


def write_landing(folder: Path, seed: int = 7) -> LandingTruth:
    """Write 14 files that show what a landing folder can hold.

    Labels go to `<folder>-labels`, beside the folder and not in it. The same seed writes the same bytes.
    """
    labels = _folders(folder)
    files: list[LandedFile] = []
    for name, layout, look in _CONTENTS:
        _write(folder, labels, as_document(name, layout, look, Random(f"{seed}/{name}")))
        count, blank = _PAGES.get(name, (1, 0))
        files.append(LandedFile(name=name, fate=Fate.RECORD, pages=count, blank_pages=blank))
    back = as_document("backside_1.png", blank_sheet, Look.SCAN, Random(f"{seed}/blank"))
    copied, original = "scan_0001.jpg", "handwritten_1.jpg"
    whole = (folder / "prescription_1.png").read_bytes()
    for file, data in (
        (LandedFile(name=back.name, fate=Fate.BLANK, pages=1, blank_pages=1), back.data),
        (
            LandedFile(name=copied, fate=Fate.DUPLICATE, pages=1, duplicate_of=original),
            (folder / original).read_bytes(),
        ),
        (LandedFile(name="interrupted_1.png", fate=Fate.REJECTED), whole[: len(whole) * 2 // 5]),
        (LandedFile(name="empty_1.pdf", fate=Fate.REJECTED), b""),
    ):
        (folder / file.name).write_bytes(data)
        files.append(file)
    return LandingTruth(landing=folder, labels=labels, files=tuple(files))


def write_volume(folder: Path, files: int, seed: int = 7) -> LandingTruth:
    """Write `files` different documents of one page each, as `pages` draws them; labels in `<folder>-labels`."""
    labels = _folders(folder)
    written: list[LandedFile] = []
    for document in pages(files, seed):
        _write(folder, labels, document)
        written.append(LandedFile(name=document.name, fate=Fate.RECORD, pages=1))
    return LandingTruth(landing=folder, labels=labels, files=tuple(written))


def write_hard(
    folder: Path, files: int, seed: int = 7, progress: Callable[[int], object] = lambda done: None
) -> LandingTruth:
    """Write `files` hard documents, as `hard_pages` draws them; `progress` is told how many are done.

    Labels go to `<folder>-labels`. What was done to each document and where its values stand in its pictures goes to
    `<folder>-places`, a JSON file a document.
    """
    labels, places = _folders(folder), folder.with_name(f"{folder.name}-places")
    places.mkdir(exist_ok=True)
    written: list[LandedFile] = []
    for document in hard_pages(files, seed):
        _write(folder, labels, document)
        _write_places(places, document)
        written.append(LandedFile(name=document.name, fate=Fate.RECORD, pages=len(document.sizes)))
        progress(len(written))
    return LandingTruth(landing=folder, labels=labels, files=tuple(written))


def _write_places(places: Path, document: HardDocument) -> None:
    said = document.model_dump_json(include={"name", "layout", "marks", "damages", "sizes", "places"})
    (places / f"{Path(document.name).stem}.json").write_text(said + "\n", encoding="utf-8")


def _folders(folder: Path) -> Path:
    labels = folder.with_name(f"{folder.name}-labels")
    folder.mkdir(parents=True, exist_ok=True)
    labels.mkdir(exist_ok=True)
    return labels


def _write(folder: Path, labels: Path, document: SyntheticDocument) -> None:
    (folder / document.name).write_bytes(document.data)
    label = document.label.model_copy(
        update={"file": f"{folder.name}/{document.name}", "licence": "invented", "labelled_by": "drawn from this label"}
    )
    text = json.dumps(label.model_dump(mode="json"), indent=1, ensure_ascii=False)
    (labels / f"{Path(document.name).stem}.json").write_text(text + "\n", encoding="utf-8")
