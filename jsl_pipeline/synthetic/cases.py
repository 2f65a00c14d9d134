"""Draws what a document says: a label that holds exactly the fields that the page will print, and no other.

A layout asks for the fields that it has room for and draws from the label alone, so the two cannot differ.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from random import Random

from jsl_pipeline.schemas import DateValue, Label, LabelledMedication, LabelledPatient, LabelledPrescriber
from jsl_pipeline.synthetic.paper import Written
from jsl_pipeline.synthetic.people import Region, draw_address, draw_licence, draw_name, draw_phone, draw_title

_TODAY = date(2026, 3, 2)  # fixed: documents must not change with the day they are drawn
_FORMATS = {
    Region.US: ("%m/%d/%Y", "%b %d, %Y", "%m/%d/%y"),
    Region.UK: ("%d/%m/%Y", "%d %B %Y", "%d %b %Y"),
    Region.INDIA: ("%d/%m/%Y", "%d-%m-%Y", "%d %b %Y"),
}


@dataclass(frozen=True)
class Drawn:
    """A drawn document: its PDF, what it says, and where each line of it stands."""

    pdf: bytes
    label: Label
    written: tuple[Written, ...] = ()


def written_date(day: date, form: str) -> DateValue:
    """A date in a strftime form; ISO only where the digits allow one reading."""
    ambiguous = "%b" not in form.lower() and day.day <= 12 and day.day != day.month
    return DateValue(raw=day.strftime(form), iso=None if ambiguous else day.isoformat())


def draw_day(rng: Random, within: int = 900) -> date:
    """A day in the last `within` days."""
    return _TODAY - timedelta(days=rng.randrange(within))


def date_form(rng: Random, region: Region) -> str:
    """One way that the region writes dates, for strftime."""
    return rng.choice(_FORMATS[region])


def draw_patient(rng: Random, region: Region, day: date, form: str, says: Sequence[str]) -> LabelledPatient:
    """A patient as the document dated `day` names them: of the label's fields, those in `says`."""
    sex = rng.choice("FM")
    born = day - timedelta(days=rng.randrange(365 * 19, 365 * 88))
    years = day.year - born.year - ((day.month, day.day) < (born.month, born.day))
    everything = {
        "name": draw_name(rng, region, sex),
        "age": years,
        "sex": sex if rng.random() < 0.5 else {"F": "Female", "M": "Male"}[sex],
        "dob": written_date(born, form),
        "address": draw_address(rng, region),
        "phone": draw_phone(rng, region),
        "weight": f"{rng.randrange(110, 240)} lb" if region is Region.US else f"{rng.randrange(47, 109)} kg",
    }
    return LabelledPatient.model_validate({name: everything[name] for name in says})


def draw_prescriber(rng: Random, region: Region, says: Sequence[str], titled: bool = False) -> LabelledPrescriber:
    """A prescriber, with those fields of the label that are in `says`; `titled` adds letters after the name."""
    name = draw_name(rng, region, rng.choice("FM"))
    if titled:
        name = f"{name}, {draw_title(rng, region)}"
    elif region is not Region.US or rng.random() < 0.5:
        name = f"{rng.choice(('Dr.', 'Dr'))} {name}"
    everything = {
        "name": name,
        "license_no": draw_licence(rng, region),
        "address": draw_address(rng, region),
        "phone": draw_phone(rng, region),
    }
    return LabelledPrescriber.model_validate({each: everything[each] for each in says})


def saying(medicine: LabelledMedication, *says: str, **instead: str | None) -> LabelledMedication:
    """The medicine as printed: name, strength and the fields in `says`, with the words of `instead`.

    How often a day and whether as needed are part of the frequency: they go with it.
    """
    kept = {"name", "strength", *says} | ({"frequency_per_day", "prn"} if "frequency" in says else set())
    return LabelledMedication.model_validate(medicine.model_dump(include=kept) | instead)
