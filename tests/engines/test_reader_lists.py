"""Lists, cards and sentences that name medications, and what recognition does to them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from typed_page import read, regimens

from jsl_pipeline.engines.reader import good_text_layer, read_candidate
from jsl_pipeline.schemas import TextLine


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Heparin 5000 units SC BD", ("Heparin", "5000 units", "BD")),
        ("Theophylline 200 mg OD", ("Theophylline", "200 mg", "OD")),
        ("Isosorbide mononitrate 30 mg OD", ("Isosorbide mononitrate", "30 mg", "OD")),
        ("Labetalol 100 mg BD", ("Labetalol", "100 mg", "BD")),
        ("Testosterone gel 1% daily", ("Testosterone", "1%", "daily")),
        ("Droperidol 1 mg IV stat", ("Droperidol", "1 mg", "stat")),
        ("Restoril 15 mg HS", ("Restoril", "15 mg", "HS")),
        ("Formoterol 12 mcg 2 puffs BD", ("Formoterol", "12 mcg", "BD")),
        ("Insulin glargine 10 units SC at bedtime", ("Insulin glargine", "10 units", "at bedtime")),
        ("Budesonide/Formoterol 160/4.5 mcg 2 puffs BD", ("Budesonide/Formoterol", "160/4.5 mcg", "BD")),
        ("Timolol eye drops 0.5% 1 drop BD both eyes", ("Timolol", "0.5%", "BD")),
        ("Vitamin D3 60000 IU once weekly x 8 weeks", ("Vitamin D3", "60000 IU", "once weekly")),
        ("Amox-Clav 875/125 mg BD x 7 days", ("Amox-Clav", "875/125 mg", "BD")),
        ("St. John's Wort 300 mg TID", ("St. John's Wort", "300 mg", "TID")),
        ("Advair Diskus 250/50 - 1 puff twice daily", ("Advair Diskus 250/50", None, "twice daily")),
        ("Nitrostat 0.4 mg SL PRN chest pain", ("Nitrostat", "0.4 mg", "PRN chest pain")),
        ("Fluconazole 150mg: single dose", ("Fluconazole", "150mg", "single dose")),
        ("Loratadine 10mg (once daily) for 7 days", ("Loratadine", "10mg", "once daily")),
        ("Multivitamin daily", ("Multivitamin", None, "daily")),
        ("Take two tablets of Senna 8.6 mg at bedtime", ("Senna", "8.6 mg", "at bedtime")),
        ("Take 500 mg of amoxicillin three times daily", ("amoxicillin", "500 mg", "three times daily")),
    ],
)
def test_items_of_a_list(line: str, expected: tuple[str, str | None, str | None]) -> None:
    assert regimens(read(f"Medications:\n1. {line}")) == [expected]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("Vitamin D31000IU Takeonce daily", ("Vitamin D3", "1000IU", "once daily")),
        ("Amlodipine5mg Once daily", ("Amlodipine", "5mg", "Once daily")),
        ("Levothyroxine 50mcgTake one tablet every morning", ("Levothyroxine", "50mcg", "every morning")),
        ("Warfarin 2.5mg1 tablet daily", ("Warfarin", "2.5mg", "daily")),
        ("Ramipril 1.25 mgOD", ("Ramipril", "1.25 mg", "OD")),
        ("Vyvanse (2smg) daily", ("Vyvanse", "2smg", "daily")),  # a digit is not guessed: validation doubts it
        ("2.Cap.Omeprazole20mgOD", ("Omeprazole", "20mg", "OD")),
        ("1.Tab.Metoprolol50mgBDx30days", ("Metoprolol", "50mg", "BD")),
        ("Tab.Rosuvas10mg 0D", ("Rosuvas", "10mg", "OD")),
        ("T.Nexito 1Omg 0-0-1", ("Nexito", "1Omg", "0-0-1")),
        ("Predniso1one 2O mg 1 tab 0D x 5days", ("Predniso1one", "2O mg", "OD")),
    ],
)
def test_words_run_together_are_parted_and_digits_not_guessed(line: str, expected: tuple[str, str, str]) -> None:
    assert regimens(read(f"Rx\n{line}")) == [expected]


def test_upper_case_list() -> None:
    page = read("""
MEDICATIONS:
CEFUROXIME 500 MG TWICE DAILY FOR 7 DAYS
DICLOFENAC 50 MG THREE TIMES DAILY AFTER MEALS
""")
    assert regimens(page) == [
        ("CEFUROXIME", "500 MG", "TWICE DAILY"),
        ("DICLOFENAC", "50 MG", "THREE TIMES DAILY AFTER MEALS"),
    ]


def test_cards_with_one_statement_a_line() -> None:
    page = read("""
Medications

Gabapentin
300 mg
Three times daily

Baclofen
10 mg
Twice daily
""")
    assert regimens(page) == [("Gabapentin", "300 mg", "Three times daily"), ("Baclofen", "10 mg", "Twice daily")]


def test_several_in_one_line_after_a_label() -> None:
    page = read("Medications: Lisinopril 10mg daily, Metformin 1000 mg BID, Aspirin 81 mg")
    assert regimens(page) == [
        ("Lisinopril", "10mg", "daily"),
        ("Metformin", "1000 mg", "BID"),
        ("Aspirin", "81 mg", None),
    ]


def test_sentences() -> None:
    page = read("""
The patient was started on metformin 500 mg twice daily and lisinopril 10 mg daily.
She also takes sertraline 50 mg once daily for depression and sees a counsellor.
Blood pressure today 132/84 mmHg.
""")
    assert regimens(page) == [
        ("metformin", "500 mg", "twice daily"),
        ("lisinopril", "10 mg", "daily"),
        ("sertraline", "50 mg", "once daily for depression"),
    ]


def test_a_mention_does_not_repeat_what_is_listed() -> None:
    page = read("""
The patient was started on metformin 500 mg twice daily after the last visit to the clinic.

Medication          Dose        Frequency
Metformin           500 mg      Twice daily
""")
    assert regimens(page) == [("Metformin", "500 mg", "Twice daily")]


def test_a_duration_said_once_is_of_all() -> None:
    page = read("""
Medications:
- Cefixime 200mg (twice daily)
- Nasal spray (twice daily)

Duration: 10 days
""")
    assert [each.duration for each in page.medications] == ["10 days", "10 days"]


_WORDS = st.sampled_from([
    "Rx", "Tab.", "Name:", "Dr.", "Patient", "Medication", "Dosage", "Frequency", "500", "mg", "1-0-1", "daily", "x",
    "5", "days", ":", "-", "/", "(", ")", "%", "#", "Date", "1/2/2024", "Age", "M", "Take", "Refills", "None", "N/A",
    "Ruth", "Beck", "Sig:", "allergies", "?", "_____", "µg", "0.5", "é",
])  # fmt: skip
_BOXES = st.tuples(st.integers(0, 900), st.integers(0, 1200), st.integers(0, 300), st.integers(0, 40))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(st.lists(st.tuples(st.lists(_WORDS, min_size=1, max_size=9), _BOXES), max_size=25))
def test_any_page_gives_a_candidate(page: list[tuple[list[str], tuple[int, int, int, int]]]) -> None:
    lines = [TextLine(text=" ".join(words), box=(x, y, x + w, y + h)) for words, (x, y, w, h) in page]
    candidate = read_candidate(lines, 1000, 1300)
    assert all(each.name.strip() for each in candidate.medications)


def test_text_layers_are_judged_by_their_words() -> None:
    def layer(*texts: str) -> list[TextLine]:
        return [TextLine(text=text, box=(0, 0, 1, 1)) for text in texts]

    assert good_text_layer(layer("Patient Name: Ruth Beck", "Metformin 500mg twice daily with food"))
    assert not good_text_layer(layer("scan 0001"))
    assert not good_text_layer(
        layer("\ue012\ue044\ue031 \ue0aa\ue0ab \ue0bb\ue0bc\ue001 \ue022\ue033 \ue044\ue045 abcdefghijk")
    )
    assert not good_text_layer(
        layer("P t e~t N^m* ]: R|t. B{ck 5;0 m#g tw<>ce d/ily w#th f%od lk=j qw+e zx@c vb&n mn$b")
    )


def test_discharge_lists_say_what_to_start_and_what_to_stop() -> None:
    page = read("""
START taking these medications:
  clopidogrel 75 mg tablet - Take 1 tablet by mouth daily
CONTINUE taking these medications:
  metoprolol succinate 50 mg 24 hr tablet - Take 1 tablet daily
STOP taking these medications:
  ibuprofen 600 mg tablet - 1 tablet every 8 hours
""")
    assert regimens(page) == [("clopidogrel", "75 mg", "daily"), ("metoprolol succinate", "50 mg", "daily")]


def test_answer_under_a_question_is_read_once() -> None:
    page = read("""
List all current medications and dosages:
Salbutamol inhaler as needed, Famotidine 40mg every morning, vitamin B12
Allergies to medications: Sulfa (hives)
""")
    assert regimens(page) == [
        ("Salbutamol", None, "as needed"),
        ("Famotidine", "40mg", "every morning"),
        ("vitamin B12", None, None),
    ]


def test_letter_to_a_colleague() -> None:
    page = read("""
His current medications are bisoprolol 5 mg once daily, apixaban 5 mg twice daily and
furosemide 40 mg in the morning. I have increased his ramipril to 10 mg daily.
He is intolerant of simvastatin 40 mg. I would suggest considering spironolactone 25 mg daily.
""")
    assert regimens(page) == [
        ("bisoprolol", "5 mg", "once daily"),
        ("apixaban", "5 mg", "twice daily"),
        ("furosemide", "40 mg", "in the morning"),
        ("ramipril", "10 mg", "daily"),
    ]


def test_a_comment_is_not_the_drug_that_it_names() -> None:
    page = read("""
Lithium level             0.8          mmol/L      0.6-1.2
Comment: Patient on Lithium 300 mg twice daily.
""")
    assert regimens(page) == [("Lithium", "300 mg", "twice daily")]


def test_statements_side_by_side_each_after_its_label() -> None:
    page = read("""
Medicine: Paracetamol    Dose: 1 g    Route: PO    Freq: QDS    Start: 02/03/24
Medicine: Cyclizine      Dose: 50 mg  Route: IV    Freq: TDS PRN
""")
    assert regimens(page) == [("Paracetamol", "1 g", "QDS"), ("Cyclizine", "50 mg", "TDS PRN")]
    assert [each.route for each in page.medications] == ["PO", "IV"]


@pytest.mark.parametrize(
    ("line", "name", "quantity", "refills"),
    [
        ("1. Esomeprazole 20 mg tablet Qty 30 Repeats 5", "Esomeprazole", "30", "5"),
        ("1. Lisinopril 10 mg tablet #90, refills: 3", "Lisinopril", "#90", "3"),
        ("Amoxicillin 500 mg Sig: 1 cap TID Disp: 30 Refills: 2", "Amoxicillin", "30", "2"),
        ("1. Tylenol #3 - 1-2 tabs every 6 hours", "Tylenol #3", None, None),
    ],
)
def test_amount_and_refills_in_the_line_itself(line: str, name: str, quantity: str | None, refills: str | None) -> None:
    (medication,) = read(f"Rx\n{line}").medications
    assert (medication.name, medication.quantity, medication.refills) == (name, quantity, refills)


def test_whole_prescriptions_of_one_line_each() -> None:
    page = read("""
Rx
Amoxicillin 500 mg Sig: 1 cap TID Disp: 30 Refills: 2
Naproxen 250 mg Sig: 1 tab Q12H PRN Disp: 20 Refills: 0
""")
    assert [(each.name, each.frequency, each.quantity, each.refills) for each in page.medications] == [
        ("Amoxicillin", "TID", "30", "2"),
        ("Naproxen", "Q12H PRN", "20", "0"),
    ]


def test_each_label_begins_a_statement_of_its_own() -> None:
    page = read("""
Caller: Wife of patient
Message: Patient out of lisinopril 20 mg daily, requests refill to the pharmacy.
Course in hospital: Treated with Inj. Ceftriaxone 1 g IV BD and IV fluids. Improved.
""")
    assert regimens(page) == [("lisinopril", "20 mg", "daily")]
