"""Prescriptions on pads and forms that were printed first and filled in later."""

from random import Random

from jsl_pipeline.schemas import Label
from jsl_pipeline.synthetic.cases import Drawn, date_form, draw_day, draw_patient, draw_prescriber, saying, written_date
from jsl_pipeline.synthetic.medicines import SOLID, draw_medications
from jsl_pipeline.synthetic.paper import A4, A5, ACCENTS, BLACK, FACES, GREY, SANS, Face, Paper, Pen
from jsl_pipeline.synthetic.people import Region, draw_clinic

_PREFIXES = {"tablet": "Tab", "capsule": "Cap", "syrup": "Syp"}


def shorthand_pad(rng: Random, pen: Pen | None = None) -> Drawn:
    """An Indian doctor's pad with clinical shorthand (OD, BD, 1-0-1, SOS); with a hand's pen, filled in by hand."""
    region, day, form = Region.INDIA, draw_day(rng), date_form(rng, Region.INDIA)
    label = Label(
        document_kind="prescription",
        style="handwriting-like" if pen else "printed, clinical shorthand",
        patient=draw_patient(rng, region, day, form, ("name", "age", "sex")),
        date=written_date(day, form),
        prescriber=draw_prescriber(rng, region, ("name", "license_no", "address", "phone")),
        facility=draw_clinic(rng, region),
        medications=tuple(
            saying(each, "form", "frequency", "duration")
            for each in draw_medications(rng, region, rng.randrange(2, 6), _PREFIXES, shorthand=True)
        ),
    )
    paper, face, accent = Paper(rng, A5), rng.choice(FACES), rng.choice(ACCENTS)
    doctor, patient, left, right = label.prescriber, label.patient, 34.0, A5[0] - 34
    paper.text(left, 46, doctor.name or "", face.pen(13.5, bold=True, colour=accent))
    paper.text(left, 61, f"Regd. No. {doctor.license_no}", face.pen(8.5, colour=GREY))
    paper.text(right, 46, label.facility or "", face.pen(10.5, bold=True), "right")
    paper.text(right, 60, doctor.address or "", face.pen(6.8), "right")
    paper.text(right, 72, f"Ph: {doctor.phone}", face.pen(7.5), "right")
    paper.rule(left, 82, right, 1.4, accent)
    fill = pen or face.pen(10.5)
    blank_line(paper, left, 106, "Name", patient.name or "", 160, face, fill)
    blank_line(paper, left + 215, 106, "Age/Sex", f"{patient.age}/{patient.sex}", 85, face, fill)
    blank_line(paper, left + 215, 130, "Date", label.date.raw if label.date else "", 100, face, fill)
    paper.text(left, 172, "Rx", Pen("Times-BoldItalic", 28, accent))
    y = 200.0
    for number, item in enumerate(label.medications, 1):
        first = f"{number}) {_PREFIXES[item.form or '']}. {item.name} {item.strength}"
        rest = f"{item.frequency}" + (f" x {item.duration}" if item.duration else "")
        end = paper.text(left + 14, y, first, fill.sized(fill.size * 1.12))
        if end + len(rest) * fill.size * 0.55 > right:
            y += fill.size * 1.7
            end = left + 30
        paper.text(end + 14, y, rest, fill.sized(fill.size * 1.12))
        y += fill.size * 2.5
    paper.signature(right - 105, 540, pen.colour if pen else BLACK)
    paper.text(right, 562, "Signature", face.pen(8, colour=GREY), "right")
    return Drawn(paper.close(), label, paper.written)


def green_form(rng: Random) -> Drawn:
    """A British form on tinted paper: boxes for the patient, items in capitals and words, the surgery at the foot."""
    region, day, form = Region.UK, draw_day(rng), rng.choice(("%d/%m/%Y", "%d %b %Y"))
    label = Label(
        document_kind="prescription",
        style="printed, tinted form",
        patient=draw_patient(rng, region, day, form, ("name", "age", "dob", "address")),
        date=written_date(day, form),
        prescriber=draw_prescriber(rng, region, ("name", "license_no", "address", "phone")),
        facility=draw_clinic(rng, region),
        medications=tuple(
            saying(each, "form", "dose", "frequency", quantity=f"{each.quantity} {each.form}s")
            for each in draw_medications(rng, region, rng.randrange(2, 5), SOLID)
        ),
    )
    paper = Paper(rng, A4, tint=(0.89, 0.95, 0.88))
    green, doctor, patient, left, width = (0.1, 0.4, 0.2), label.prescriber, label.patient, 60.0, 475.0
    small, plain, bold = SANS.pen(7.5, colour=green), SANS.pen(11), SANS.pen(11.5, bold=True)
    paper.box(left, 50, 125, 100, line=green)
    paper.text(left + 6, 62, "Pharmacy stamp", small)
    for x, heading, value, wide in (
        (185, "Age", str(patient.age), 90),
        (275, "D.o.B", patient.dob and patient.dob.raw, 130),
    ):
        paper.box(x, 50, wide, 38, line=green)
        paper.text(x + 5, 61, heading, small)
        paper.text(x + 10, 79, value or "", plain)
    paper.box(185, 88, width - 125, 62, line=green)
    paper.text(190, 99, "Name and address", small)
    paper.text(195, 116, patient.name or "", bold)
    paper.text(195, 134, patient.address or "", plain.sized(10))
    paper.box(left, 150, 62, 480, line=green)
    paper.text(left + 5, 162, "Endorsements", small)
    paper.box(left + 62, 150, width - 62, 480, line=green)
    y = 190.0
    for item in label.medications:
        paper.text(left + 78, y, f"{item.name} {item.strength} {item.form}s", bold.sized(13))
        paper.text(left + 78, y + 18, f"{(item.dose or '').upper()} {item.frequency}", plain)
        paper.text(left + 78, y + 36, f"Supply: {item.quantity}", plain)
        y += 76
    paper.rule(left + 70, y - 26, left + width - 10, 0.8, green)
    paper.box(left, 630, width, 54, line=green)
    paper.text(left + 6, 642, "Signature of prescriber", small)
    paper.signature(left + 120, 664, (0.1, 0.15, 0.45))
    paper.text(left + 340, 642, "Date", small)
    paper.text(left + 345, 664, label.date.raw if label.date else "", plain)
    paper.box(left, 684, width, 92, line=green)
    foot = (doctor.name, f"GMC No. {doctor.license_no}", label.facility, doctor.address, f"Tel: {doctor.phone}")
    for number, line in enumerate(foot):
        paper.text(left + 12, 702 + 15 * number, line or "", plain.sized(10.5) if number else bold)
    return Drawn(paper.close(), label, paper.written)


def blank_line(paper: Paper, x: float, y: float, name: str, value: str, width: float, face: Face, fill: Pen) -> None:
    """A printed field name and a ruled line `width` points wide, filled in with another pen."""
    start = paper.text(x, y, f"{name}:", face.pen(9, colour=GREY)) + 5
    paper.rule(start, y + 3, start + width, 0.5)
    paper.text(start + 3, y, value, fill)
