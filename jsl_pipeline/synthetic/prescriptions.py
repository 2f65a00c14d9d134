"""Prescriptions of one page as clinics print them from a computer or type them."""

from random import Random

from jsl_pipeline.schemas import Label
from jsl_pipeline.synthetic.cases import Drawn, date_form, draw_day, draw_patient, draw_prescriber, saying, written_date
from jsl_pipeline.synthetic.medicines import SOLID, draw_medications
from jsl_pipeline.synthetic.paper import A4, ACCENTS, FACES, GREY, LETTER, TYPEWRITER, Colour, Face, Paper, Pen
from jsl_pipeline.synthetic.people import Region, draw_clinic

_MARGIN = 54.0


def letterhead_list(rng: Random) -> Drawn:
    """A US prescription: centred letterhead, numbered items, directions on a second line, dispense and refills."""
    region, day, form = Region.US, draw_day(rng), date_form(rng, Region.US)
    label = Label(
        document_kind="prescription",
        style="printed",
        patient=draw_patient(rng, region, day, form, ("name", "dob", "sex", "address")),
        date=written_date(day, form),
        prescriber=draw_prescriber(rng, region, ("name", "license_no", "address", "phone"), titled=rng.random() < 0.6),
        facility=draw_clinic(rng, region),
        medications=tuple(
            saying(each, "form", "dose", "frequency", "duration", "quantity", "refills", route="by mouth")
            for each in draw_medications(rng, region, rng.randrange(1, 5), SOLID)
        ),
    )
    paper, face, accent = Paper(rng, LETTER), rng.choice(FACES), rng.choice(ACCENTS)
    y = _centred_letterhead(paper, label, face, accent)
    y = _patient_lines(paper, y + 26, label, face.pen(11), face.pen(11, bold=True))
    paper.text(_MARGIN, y + 34, "Rx", Pen("Times-BoldItalic", 34, accent))
    y += 64
    for number, item in enumerate(label.medications, 1):
        title = f"{number}. {item.name} {item.strength} {item.form}"
        paper.text(_MARGIN + 14, y, title, face.pen(12.5, bold=True))
        ending = f" for {item.duration}." if item.duration else "."
        sig = f"Take {item.dose} {item.route} {item.frequency}{ending}"
        y = paper.wrap(_MARGIN + 32, y + 18, sig, 430, face.pen(11.5))
        paper.text(_MARGIN + 32, y, f"Disp: #{item.quantity}", face.pen(11))
        paper.text(_MARGIN + 170, y, f"Refills: {item.refills}", face.pen(11))
        y += 32
    _signature(paper, label, face)
    return Drawn(paper.close(), label, paper.written)


def banner_table(rng: Random) -> Drawn:
    """A clinic's computer print: coloured banner, patient box, a table of medicines, advice below."""
    region = rng.choice((Region.US, Region.INDIA, Region.INDIA))
    day, form = draw_day(rng), date_form(rng, region)
    with_form, advice = rng.random() < 0.6, rng.random() < 0.5
    says = ("dose", "frequency", "duration", *(("form",) if with_form else ()), *(("instructions",) if advice else ()))
    label = Label(
        document_kind="prescription",
        style="printed, table",
        patient=draw_patient(rng, region, day, form, ("name", "age", "sex", "phone", "weight")),
        date=written_date(day, form),
        prescriber=draw_prescriber(rng, region, ("name", "license_no", "address", "phone")),
        facility=draw_clinic(rng, region),
        medications=tuple(saying(each, *says) for each in draw_medications(rng, region, rng.randrange(2, 7))),
    )
    paper, face, accent = Paper(rng, A4 if region is Region.INDIA else LETTER), rng.choice(FACES), rng.choice(ACCENTS)
    white, patient, doctor = (1.0, 1.0, 1.0), label.patient, label.prescriber
    paper.box(0, 0, paper.width, 92, fill=accent, line=None)
    paper.text(_MARGIN, 42, label.facility or "", face.pen(21, bold=True, colour=white))
    paper.text(_MARGIN, 62, doctor.address or "", face.pen(9.5, colour=white))
    paper.text(_MARGIN, 77, f"Phone: {doctor.phone}", face.pen(9.5, colour=white))
    right, width = paper.width - _MARGIN, paper.width - 2 * _MARGIN
    paper.text(_MARGIN, 120, doctor.name or "", face.pen(13, bold=True))
    paper.text(_MARGIN, 136, f"Reg. No: {doctor.license_no}", face.pen(10))
    paper.text(right, 120, f"Date: {label.date.raw if label.date else ''}", face.pen(11), "right")
    paper.box(_MARGIN, 152, width, 56, line=accent)
    paper.text(_MARGIN + 12, 174, f"Patient Name: {patient.name}", face.pen(11, bold=True))
    paper.text(_MARGIN + 12, 194, f"Age / Sex: {patient.age} / {patient.sex}", face.pen(10.5))
    paper.text(_MARGIN + width * 0.36, 194, f"Weight: {patient.weight}", face.pen(10.5))
    paper.text(_MARGIN + width * 0.6, 194, f"Mobile: {patient.phone}", face.pen(10.5))
    columns = ["Medicine", "Strength", *(("Form",) if with_form else ()), "Dose", "Frequency", "Duration"]
    share = [0.24, 0.13, *((0.12,) if with_form else ()), 0.15, 0.22, 0.14]
    rows = [columns] + [
        [
            each or "-"
            for each in (m.name, m.strength, *((m.form,) if with_form else ()), m.dose, m.frequency, m.duration)
        ]
        for m in label.medications
    ]
    total = sum(share)
    pale: Colour = (0.86 + accent[0] * 0.1, 0.88 + accent[1] * 0.1, 0.88 + accent[2] * 0.1)
    widths = [each / total * width for each in share]
    y = paper.table(_MARGIN, 236, widths, rows, face.pen(10, bold=True), face.pen(10), pale, rng.random() < 0.6)
    notes = [f"{m.name}: {m.instructions}" for m in label.medications if m.instructions]
    if notes:
        paper.text(_MARGIN, y + 30, "Advice", face.pen(11, bold=True, colour=accent))
        for number, note in enumerate(notes):
            paper.text(_MARGIN + 12, y + 50 + 17 * number, note, face.pen(10.5))
    _signature(paper, label, face)
    return Drawn(paper.close(), label, paper.written)


def typed_note(rng: Random) -> Drawn:
    """A typed note: labels in capitals, each medicine as a sentence."""
    region = rng.choice((Region.US, Region.UK))
    day, form = draw_day(rng), date_form(rng, region)
    label = Label(
        document_kind="prescription",
        style="printed, typewriter",
        patient=draw_patient(rng, region, day, form, ("name", "age", "sex")),
        date=written_date(day, form),
        prescriber=draw_prescriber(rng, region, ("name", "address", "phone")),
        medications=tuple(
            saying(each, "form", "dose", "frequency", "instructions", duration=each.duration or "30 days")
            for each in draw_medications(rng, region, rng.randrange(1, 4), SOLID)
        ),
    )
    paper, plain, bold = (
        Paper(rng, LETTER if region is Region.US else A4),
        TYPEWRITER.pen(11),
        TYPEWRITER.pen(11, bold=True),
    )
    doctor, patient = label.prescriber, label.patient
    for number, line in enumerate((doctor.name, doctor.address, f"Tel {doctor.phone}")):
        paper.text(72, 84 + 16 * number, line or "", plain if number else bold)
    fields = {
        "DATE": label.date.raw if label.date else "",
        "PATIENT": patient.name,
        "AGE": patient.age,
        "SEX": patient.sex,
    }
    for number, (name, value) in enumerate(fields.items()):
        paper.text(72, 164 + 18 * number, f"{name}:".ljust(10) + str(value), plain)
    paper.text(72, 262, "PRESCRIPTION", bold)
    y = 290.0
    for item in label.medications:
        take = f"Take {item.dose} {item.frequency} for {item.duration}."
        sentence = f"{item.name} {item.strength}. {take} {item.instructions or ''}"
        y = paper.wrap(72, y, sentence, paper.width - 144, plain, 1.5) + 12
    paper.signature(72, y + 60, (0.1, 0.15, 0.45))
    paper.text(72, y + 88, doctor.name or "", plain)
    return Drawn(paper.close(), label, paper.written)


def _centred_letterhead(paper: Paper, label: Label, face: Face, accent: Colour) -> float:
    middle, doctor = paper.width / 2, label.prescriber
    paper.text(middle, 62, label.facility or "", face.pen(22, bold=True, colour=accent), "centre")
    paper.text(middle, 84, doctor.name or "", face.pen(13, bold=True), "centre")
    paper.text(middle, 100, f"{doctor.address}   Tel: {doctor.phone}", face.pen(9.5), "centre")
    paper.text(middle, 114, f"License No. {doctor.license_no}", face.pen(9.5), "centre")
    paper.rule(_MARGIN, 124, paper.width - _MARGIN, 1.6, accent)
    return 124


def _patient_lines(paper: Paper, y: float, label: Label, plain: Pen, bold: Pen) -> float:
    patient, column = label.patient, paper.width * 0.62
    left = {"Patient": patient.name, "Address": patient.address}
    right = {
        "Date": label.date and label.date.raw,
        "DOB": patient.dob and patient.dob.raw,
        "Sex": patient.sex,
    }
    for x, fields in ((_MARGIN, left), (column, right)):
        for number, (name, value) in enumerate(fields.items()):
            end = paper.text(x, y + 18 * number, f"{name}: ", bold)
            paper.wrap(end, y + 18 * number, value or "", column - end - 10 if x == _MARGIN else 200, plain)
    return y + 18 * 3


def _signature(paper: Paper, label: Label, face: Face) -> None:
    right, y = paper.width - _MARGIN, paper.height - 96
    paper.signature(right - 130, y - 8, (0.1, 0.15, 0.45))
    paper.rule(right - 170, y + 4, right)
    paper.text(right - 170, y + 18, "Prescriber signature", face.pen(9, colour=GREY))
    paper.text(right - 170, y + 32, label.prescriber.name or "", face.pen(10))
