"""Patient documents: an intake form filled in by hand, an encounter summary, a visit note without medicines."""

from random import Random

from jsl_pipeline.schemas import Label, LabelledMedication
from jsl_pipeline.synthetic.cases import Drawn, date_form, draw_day, draw_patient, draw_prescriber, saying, written_date
from jsl_pipeline.synthetic.medicines import SOLID, draw_medications
from jsl_pipeline.synthetic.paper import A4, ACCENTS, FACES, LETTER, SANS, Colour, Face, Paper, Pen
from jsl_pipeline.synthetic.people import Region, draw_clinic, draw_name

_WHITE: Colour = (1.0, 1.0, 1.0)
_PROBLEMS = ("seasonal allergic rhinitis", "essential hypertension", "type 2 diabetes mellitus",
             "chronic low back pain", "gastro-oesophageal reflux", "hypothyroidism", "migraine")  # fmt: skip
_COMPLAINTS = (
    "yearly check-up",
    "sore knee after running",
    "blocked nose, sneezing",
    "tired, poor sleep",
    "new patient",
)
_FINDINGS = (
    "The patient was seen for a planned follow-up of {problem}. Symptoms have been stable since the last visit.",
    "Appetite and sleep are reported as good. There was no fever, no weight loss and no shortness of breath at rest.",
    "On examination the patient was comfortable. Heart sounds were normal and the chest was clear on both sides.",
    "Blood tests from the previous visit were discussed and the patient had time to ask questions about them.",
    "We agreed on regular walking, less salt with meals and a diary of symptoms, to be brought to the next visit.",
    "No referral is needed for the time being. The next appointment is in three months, sooner if symptoms change.",
)


def intake_form(rng: Random, hand: Pen) -> Drawn:
    """A patient intake form, printed, filled in by hand; the patient may name one medicine or none."""
    region, day = Region.US, draw_day(rng)
    form = rng.choice(("%m/%d/%Y", "%m/%d/%y"))
    taken = draw_medications(rng, region, 1, SOLID)[0] if rng.random() < 0.6 else None
    label = Label(
        document_kind="patient intake form",
        style="handwriting-like on a printed form",
        patient=draw_patient(rng, region, day, form, ("name", "dob", "sex", "address", "phone", "weight")),
        date=written_date(day, form),
        facility=draw_clinic(rng, region),
        medications=(saying(taken, "frequency"),) if taken else (),
    )
    paper, face, accent, patient = Paper(rng, LETTER), rng.choice(FACES), rng.choice(ACCENTS), label.patient
    left, right = 54.0, LETTER[0] - 54
    paper.text(LETTER[0] / 2, 62, label.facility or "", face.pen(17, bold=True, colour=accent), "centre")
    paper.text(LETTER[0] / 2, 84, "New Patient Intake Form", face.pen(13), "centre")
    _field(paper, right - 150, 116, "Date", label.date and label.date.raw, right, face, hand)
    y = _section(paper, 138, "Patient information", face, accent)
    _field(paper, left, y, "Full name", patient.name, 360, face, hand)
    _field(paper, 375, y, "Date of birth", patient.dob and patient.dob.raw, right, face, hand)
    _field(paper, left, y + 32, "Address", patient.address, right, face, hand)
    _field(paper, left, y + 64, "Phone", patient.phone, 240, face, hand)
    _field(paper, 255, y + 64, "Weight", patient.weight, 375, face, hand)
    paper.text(390, y + 64, "Sex:", face.pen(10))
    for x, letters in ((420, "FFemale"), (490, "MMale")):
        paper.box(x, y + 55, 10, 10, line=(0.2, 0.2, 0.2))
        paper.text(x + 14, y + 64, letters[1:], face.pen(10))
        if (patient.sex or "").startswith(letters[0]):
            paper.text(x + 1, y + 64, "X", hand.sized(13))
    y = _section(paper, y + 96, "In case of emergency", face, accent)
    _field(paper, left, y, "Contact", draw_name(rng, region, rng.choice("FM")), 330, face, hand)
    _field(paper, 340, y, "Relation", rng.choice(("Spouse", "Sister", "Parent", "Friend")), right, face, hand)
    y = _section(paper, y + 36, "Health history", face, accent)
    _field(paper, left, y, "Reason for visit", rng.choice(_COMPLAINTS), right, face, hand)
    _field(paper, left, y + 32, "Allergies", rng.choice(("None", "N/A", "none known")), right, face, hand)
    medicine = f"{taken.name} {taken.strength} {taken.frequency}" if taken else rng.choice(("None", "N/A"))
    _field(paper, left, y + 64, "Current medications", medicine, right, face, hand)
    paper.text(left, y + 116, "Patient signature", face.pen(10))
    paper.signature(left + 110, y + 116, hand.colour)
    paper.rule(left + 92, y + 122, left + 280)
    return Drawn(paper.close(), label, paper.written)


def encounter_summary(rng: Random) -> Drawn:
    """Three pages with a text layer: demographics, a table of medicines on page 2, the plan."""
    region, day, form = Region.UK, draw_day(rng), "%d/%m/%Y"
    label = Label(
        document_kind="encounter summary (3 pages), medication table on p2",
        style="printed, TEXT-LAYER PDF",
        patient=draw_patient(rng, region, day, form, ("name", "age", "sex", "dob")),
        prescriber=draw_prescriber(rng, region, ("name", "license_no")),
        facility=draw_clinic(rng, region),
        medications=tuple(_as_dosage(each) for each in draw_medications(rng, region, rng.randrange(3, 7), SOLID)),
    )
    paper, face, accent, problem = Paper(rng, A4), rng.choice(FACES), rng.choice(ACCENTS), rng.choice(_PROBLEMS)
    patient, doctor, width = label.patient, label.prescriber, A4[0] - 120
    y = _title(paper, "Clinical Encounter Summary", label, face, accent)
    rows = [
        ["Patient", "Details"],
        ["Name", patient.name or ""],
        ["Date of Birth", patient.dob.raw if patient.dob else ""],
        ["Age", str(patient.age)],
        ["Gender", patient.sex or ""],
        ["Doctor", doctor.name or ""],
        ["Doctor ID", doctor.license_no or ""],
    ]
    y = paper.table(60, y, (width * 0.32, width * 0.68), rows, face.pen(11, True), face.pen(11), (0.9, 0.92, 0.95))
    y = _heading(paper, y + 34, "Reason for the encounter", face, accent)
    _paragraphs(paper, y, [line.format(problem=problem) for line in _FINDINGS[:3]], face)
    paper.next_page()
    y = _heading(paper, 84, "Current medication", face, accent)
    table = [["Medication", "Dosage", "Frequency"]]
    table += [[m.name, m.dose or "", m.frequency or ""] for m in label.medications]
    shares = (width * 0.4, width * 0.22, width * 0.38)
    y = paper.table(60, y, shares, table, face.pen(11, True), face.pen(11), (0.9, 0.92, 0.95))
    _paragraphs(paper, y + 36, ["The list was checked with the patient, who takes everything as agreed."], face)
    paper.next_page()
    y = _heading(paper, 84, "Plan", face, accent)
    _paragraphs(paper, y, _FINDINGS[3:], face)
    paper.signature(60, 420, (0.1, 0.15, 0.45))
    paper.text(60, 446, doctor.name or "", face.pen(11))
    return Drawn(paper.close(), label, paper.written)


def visit_note(rng: Random, blank_page: bool = False) -> Drawn:
    """Two pages of prose about a patient, no medicine named; `blank_page` leaves an empty page between them."""
    region, day = Region.UK, draw_day(rng)
    form = date_form(rng, region)
    label = Label(
        document_kind="patient visit note (2 pages), no medication",
        style="printed, image-only PDF",
        patient=draw_patient(rng, region, day, form, ("name", "age", "sex", "dob")),
        date=written_date(day, form),
        prescriber=draw_prescriber(rng, region, ("name",)),
        facility=draw_clinic(rng, region),
    )
    paper, face, accent, patient = Paper(rng, A4), rng.choice(FACES), rng.choice(ACCENTS), label.patient
    y = _title(paper, "Visit Note", label, face, accent)
    fields = {
        "Patient Name": patient.name,
        "Date of Birth": patient.dob and patient.dob.raw,
        "Age": str(patient.age),
        "Sex": patient.sex,
        "Date": label.date and label.date.raw,
        "Physician": label.prescriber.name,
    }
    for name, value in fields.items():
        paper.text(60, y, f"{name}:", face.pen(11, True))
        paper.text(180, y, value or "", face.pen(11))
        y += 20
    y = _heading(paper, y + 24, "History", face, accent)
    problem = rng.choice(_PROBLEMS)
    _paragraphs(paper, y, [line.format(problem=problem) for line in _FINDINGS[:3]], face)
    if blank_page:
        paper.next_page()
    paper.next_page()
    y = _heading(paper, 84, "Assessment", face, accent)
    _paragraphs(paper, y, _FINDINGS[3:], face)
    paper.signature(60, 400, (0.1, 0.15, 0.45))
    paper.text(60, 426, label.prescriber.name or "", face.pen(11))
    return Drawn(paper.close(), label, paper.written)


def blank_sheet(rng: Random) -> Drawn:
    """A page with nothing on it."""
    return Drawn(Paper(rng, A4).close(), Label(document_kind="blank page", style="blank"))


def _as_dosage(medicine: LabelledMedication) -> LabelledMedication:
    """As a table with one column for strength and dose says it: the same words are both."""
    return saying(medicine, "frequency", dose=medicine.strength)


def _title(paper: Paper, title: str, label: Label, face: Face, accent: Colour) -> float:
    paper.box(0, 0, paper.width, 64, fill=accent, line=None)
    paper.text(60, 40, label.facility or "", face.pen(17, bold=True, colour=_WHITE))
    paper.text(60, 112, title, face.pen(20, bold=True))
    return 144


def _heading(paper: Paper, y: float, text: str, face: Face, accent: Colour) -> float:
    paper.text(60, y, text, face.pen(13, bold=True, colour=accent))
    paper.rule(60, y + 6, paper.width - 60, 0.8, accent)
    return y + 28


def _paragraphs(paper: Paper, y: float, sentences: list[str] | tuple[str, ...], face: Face) -> None:
    for sentence in sentences:
        y = paper.wrap(60, y, sentence, paper.width - 120, face.pen(11), 1.45) + 8


def _section(paper: Paper, y: float, text: str, face: Face, accent: Colour) -> float:
    paper.box(54, y, LETTER[0] - 108, 18, fill=accent, line=None)
    paper.text(62, y + 13, text, SANS.pen(10, bold=True, colour=_WHITE))
    return y + 44


def _field(paper: Paper, x: float, y: float, name: str, value: str | None, to_x: float, face: Face, hand: Pen) -> None:
    start = paper.text(x, y, f"{name}:", face.pen(10)) + 4
    paper.rule(start, y + 3, to_x)
    paper.text(start + 5, y - 1, value or "", hand)
