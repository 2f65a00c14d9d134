"""Documents composed of blocks, marked by hand and damaged, each with its exact truth: a stream for volume."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import replace
from random import Random

import numpy as np

from jsl_pipeline.schemas import Label, LabelledMedication
from jsl_pipeline.synthetic.camera import rendered
from jsl_pipeline.synthetic.cases import date_form, draw_day, draw_patient, draw_prescriber, written_date
from jsl_pipeline.synthetic.files import encoded
from jsl_pipeline.synthetic.hard.damage import DAMAGES, When
from jsl_pipeline.synthetic.hard.letterheads import LETTERHEADS
from jsl_pipeline.synthetic.hard.listings import LISTINGS
from jsl_pipeline.synthetic.hard.marks import MARKS
from jsl_pipeline.synthetic.hard.patients import PATIENTS
from jsl_pipeline.synthetic.hard.places import TruePlace, true_places
from jsl_pipeline.synthetic.hard.sheet import Sheet, Span, Style
from jsl_pipeline.synthetic.hard.shot import Shot
from jsl_pipeline.synthetic.medicines import SOLID, draw_medications
from jsl_pipeline.synthetic.paper import (
    A4,
    A5,
    ACCENTS,
    BOOK,
    CONSOLE,
    HANDS,
    JOURNAL,
    LETTER,
    SANS,
    SERIF,
    TYPEWRITER,
    WIDE,
    Pen,
)
from jsl_pipeline.synthetic.people import Region, draw_clinic
from jsl_pipeline.synthetic.volume import SyntheticDocument

_FACES = {SANS: 10.5, SERIF: 11.5, BOOK: 9.5, JOURNAL: 11.5, WIDE: 9.5, TYPEWRITER: 9.5, CONSOLE: 9.0}
_INKS = ((0.1, 0.15, 0.5), (0.08, 0.08, 0.1), (0.05, 0.2, 0.35))
_PATIENT = ("name", "age", "sex", "dob", "address", "phone", "weight")
_PRESCRIBER = ("name", "license_no", "address", "phone")
_DIGITS = {"one": "1", "two": "2", "four": "4", "six": "6"}
_ALLERGIES = ("NKDA", "None known", "Penicillin", "Sulfa", "Latex")
_REMARKS = (
    "Diagnosis: essential hypertension", "Dx: acute bronchitis", "BP 134/82, pulse 76", "Temp 37.2 C, SpO2 98%",
    "Next visit in 4 weeks", "Not valid without signature", "This prescription is valid for 6 months.",
    "Generic substitution permitted", "Drink plenty of fluids and rest.",
)  # fmt: skip
_ONE_PAGE, _MORE_PAGES = (".jpg", ".jpg", ".png", ".pdf", ".webp"), (".pdf", ".tiff")


class HardDocument(SyntheticDocument):
    """A drawn file, what it says and where, and what was done to it."""

    sizes: tuple[tuple[int, int], ...]
    """Width and height of each page's picture, in pixels: what `places` are in."""
    places: tuple[TruePlace, ...]
    layout: tuple[str, ...]
    """Names of the blocks that it was composed of."""
    marks: tuple[str, ...]
    """Names of what was put on by hand."""
    damages: tuple[str, ...]
    """Names of what happened to the paper and the picture."""


def hard_pages(count: int, seed: int = 7) -> Iterator[HardDocument]:
    """`count` different documents, drawn as they are asked for; a few of them go over more than one page.

    Document n of a seed is the same whatever the count.
    """
    return (hard_document(f"hard_{number:05d}", Random(f"hard/{seed}/{number}")) for number in range(count))


def hard_document(stem: str, rng: Random) -> HardDocument:
    """Compose, mark, take pictures, damage them, and write the file."""
    sheet, layout = _composed(rng)
    marks = _marked(sheet)
    label, spans = _settled(sheet.facts, sheet.spans)
    numbers = np.random.default_rng(rng.getrandbits(64))
    clean = rendered(sheet.paper.close())
    damages = _chosen_damages(rng)
    shots = [_damaged(Shot(page), damages, numbers) for page in clean]
    extension = rng.choice(_ONE_PAGE if len(shots) == 1 else _MORE_PAGES)
    done = "; ".join(", ".join(each) for each in (layout, marks, damages) if each)
    return HardDocument(
        name=f"{stem}{extension}",
        data=encoded([each.picture for each in shots], extension),
        label=label.model_copy(update={"file": f"{stem}{extension}", "style": f"hard: {done}"}),
        sizes=tuple(each.size for each in shots),
        places=true_places(spans, shots),
        layout=layout,
        marks=marks,
        damages=damages,
    )


def _composed(rng: Random) -> tuple[Sheet, tuple[str, ...]]:
    region = rng.choice(tuple(Region))
    listing = rng.choice(tuple(LISTINGS))
    head, patient = rng.choice(tuple(LETTERHEADS)), rng.choice(tuple(PATIENTS))
    size = {Region.US: LETTER, Region.UK: A4, Region.INDIA: A4}[region]
    if listing == "shorthand" and rng.random() < 0.6:
        size = A5
    style = _style(rng, small=size == A5)
    sheet = Sheet(rng, size, style, region, _facts(rng, region, listing))
    LETTERHEADS[head](sheet)
    PATIENTS[patient](sheet)
    if rng.random() < 0.5:
        sheet.say(sheet.left, sheet.y, [rng.choice(("Allergies: ", "ALLERGY: ")), rng.choice(_ALLERGIES)], sheet.pen())
        sheet.down(1.6)
    LISTINGS[listing](sheet)
    if rng.random() < 0.6:
        sheet.room(2 * sheet.leading)
        sheet.say(sheet.left, sheet.y, [rng.choice(_REMARKS)], sheet.pen(0.9))
        sheet.down(1.4)
    _sign(sheet)
    hand = ("filled in by hand",) if style.fill.hand else ()
    return sheet, (region.upper(), head, patient, listing, *hand)


def _style(rng: Random, small: bool) -> Style:
    face = rng.choice(tuple(_FACES))
    size = _FACES[face] * rng.uniform(0.92, 1.12) * (0.82 if small else 1.0)
    hand = rng.choice(HANDS)
    by_hand = Pen(
        hand, rng.uniform(15, 17) if hand == "Caveat" else rng.uniform(12.5, 14), rng.choice(_INKS), hand=True
    )
    fill = by_hand if rng.random() < 0.14 else face.pen(size)
    return Style(
        face,
        size,
        leading=rng.uniform(1.3, 1.6) if small else rng.uniform(1.3, 1.85),
        accent=rng.choice(ACCENTS),
        fill=fill,
        margin=rng.uniform(30, 44) if small else rng.uniform(46, 64),
    )


def _facts(rng: Random, region: Region, listing: str) -> Label:
    """Everything that blocks may say; the label keeps what they do say."""
    day, form = draw_day(rng), date_form(rng, region)
    forms = ("tablet", "capsule", "syrup") if listing == "shorthand" else (*SOLID, "inhaler", "eye drops", "cream")
    short = listing == "shorthand" or (listing in ("table", "bullets") and rng.random() < 0.4)
    count = rng.choice((1, 2, 2, 3, 3, 4, 4, 5, 6, 8)) if listing != "pharmacy labels" else rng.randrange(1, 5)
    drawn = draw_medications(rng, region, count, forms, shorthand=short)
    patient = draw_patient(rng, region, day, form, _PATIENT)
    prescriber = draw_prescriber(rng, region, _PRESCRIBER, titled=rng.random() < 0.3)
    while patient.name and patient.name in (prescriber.name or ""):  # one name for two would have two true places
        prescriber = draw_prescriber(rng, region, _PRESCRIBER)
    return Label(
        document_kind="medication list" if listing in ("discharge list", "repeat slip") else "prescription",
        patient=patient,
        date=written_date(day, form),
        prescriber=prescriber,
        facility=draw_clinic(rng, region),
        medications=tuple(_in_digits(each) for each in drawn) if rng.random() < 0.5 else drawn,
    )


def _in_digits(medication: LabelledMedication) -> LabelledMedication:
    first, _, rest = (medication.dose or "").partition(" ")
    return medication.model_copy(update={"dose": f"{_DIGITS[first]} {rest}"}) if first in _DIGITS else medication


def _sign(sheet: Sheet) -> None:
    sheet.room(5 * sheet.leading)
    x = sheet.rng.choice((sheet.left, sheet.right - 170))
    sheet.paper.signature(x + 20, sheet.down(2), sheet.rng.choice(_INKS))
    sheet.paper.rule(x, sheet.y + 6, x + 165)
    if sheet.rng.random() < 0.6:
        sheet.say(x, sheet.down(1.4), [sheet.value("prescriber.name")], sheet.pen(0.95))
    else:
        sheet.say(x, sheet.down(1.4), ["Signature"], sheet.small())
    sheet.down()


def _marked(sheet: Sheet) -> tuple[str, ...]:
    """About every second page has marks, one or two of them; the names of those that found a place."""
    count = sheet.rng.choice((0, 0, 1, 1, 1, 2))
    chosen = sheet.rng.sample(tuple(MARKS), count)
    return tuple(name for name, mark in MARKS.items() if name in chosen and mark(sheet))


def _chosen_damages(rng: Random) -> tuple[str, ...]:
    """None to two of the paper, one of how it was taken, and now and then one of the file."""
    counts = {When.PAPER: rng.choice((0, 1, 1, 2)), When.TAKEN: 1, When.SENT: rng.choice((0, 0, 1))}
    chosen = {
        name
        for when, count in counts.items()
        for name in rng.sample([name for name, each in DAMAGES.items() if each.when is when], count)
    }
    return tuple(name for name in DAMAGES if name in chosen)


def _damaged(shot: Shot, damages: Sequence[str], numbers: np.random.Generator) -> Shot:
    for name in damages:
        shot = DAMAGES[name].do(shot, numbers)
    return shot


def _settled(facts: Label, spans: Sequence[Span]) -> tuple[Label, list[Span]]:
    """The label of what was written and not struck, its medications numbered anew."""
    said = {span.field for span in spans}
    kept = [at for at in range(len(facts.medications)) if f"medications[{at}].name" in said]
    numbers = {f"medications[{old}]": f"medications[{new}]" for new, old in enumerate(kept)}
    label = Label(
        document_kind=facts.document_kind,
        patient=facts.patient.model_copy(update=_unsaid(facts.patient.model_fields_set, "patient", said)),
        date=facts.date if "date" in said else None,
        prescriber=facts.prescriber.model_copy(update=_unsaid(facts.prescriber.model_fields_set, "prescriber", said)),
        facility=facts.facility if "facility" in said else None,
        medications=tuple(_written(facts.medications[at], f"medications[{at}]", said) for at in kept),
    )
    renamed = [replace(span, field=_renumbered(span.field, numbers)) for span in spans]
    return label, renamed


def _unsaid(names: set[str], part: str, said: set[str]) -> dict[str, None]:
    return {name: None for name in names if f"{part}.{name}" not in said}


def _written(medication: LabelledMedication, path: str, said: set[str]) -> LabelledMedication:
    """How often a day and whether as needed are part of the frequency: they go with it."""
    kept = {name for name in LabelledMedication.model_fields if f"{path}.{name}" in said}
    kept |= {"frequency_per_day", "prn"} if "frequency" in kept else set()
    return LabelledMedication.model_validate(medication.model_dump(include=kept))


def _renumbered(field: str, numbers: dict[str, str]) -> str:
    part = re.match(r"medications\[\d+\]", field)
    return field if part is None else numbers[part.group()] + field[part.end() :]
