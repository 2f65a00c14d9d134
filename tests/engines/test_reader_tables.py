"""Medication tables: headers, columns, wrapped cells, pages that continue one."""

import pytest
from typed_page import medications, read, regimens


def test_numbered_table_with_forms_before_names() -> None:
    page = read("""
S.No    Medicine                     Dose      Frequency    Duration    Instructions
1       Tab. Glycomet GP 1           1 tab     BD           30 days     Before food
2       Tab. Ecosprin AV 75/10       1 cap     HS           30 days     After food
3       Cap. Rabeprazole 20 mg       1 cap     OD           15 days     Empty stomach
""")
    assert medications(page) == [
        {"name": "Glycomet GP 1", "form": "tablet", "dose": "1 tab", "frequency": "BD", "duration": "30 days",
         "instructions": "Before food"},
        {"name": "Ecosprin AV 75/10", "form": "tablet", "dose": "1 cap", "frequency": "HS", "duration": "30 days",
         "instructions": "After food"},
        {"name": "Rabeprazole", "strength": "20 mg", "form": "capsule", "dose": "1 cap", "frequency": "OD",
         "duration": "15 days", "instructions": "Empty stomach"},
    ]  # fmt: skip


def test_days_and_quantities_in_bare_numbers() -> None:
    page = read("""
Sr. No.   Name of the Medicine          Dosage        Timing          Days     Qty
1.        Tab. Pantocid 40 mg           1 tab         1-0-0           10       10
2.        Syp. Grilinctus               10 ml         TDS             5        1 bottle
""")
    assert [(each.name, each.frequency, each.duration, each.quantity) for each in page.medications] == [
        ("Pantocid", "1-0-0", "10 days", "10"),
        ("Grilinctus", "TDS", "5 days", "1 bottle"),
    ]


def test_upper_case_table_with_all_columns() -> None:
    page = read("""
DRUG            STRENGTH    FORM       ROUTE    FREQUENCY           DURATION    REFILLS
Lamotrigine     25 mg       tablet     PO       once daily          14 days     1
Topiramate      50 mg       tablet     PO       twice daily         30 days     0
""")
    assert medications(page)[1] == {
        "name": "Topiramate",
        "strength": "50 mg",
        "form": "tablet",
        "route": "PO",
        "frequency": "twice daily",
        "duration": "30 days",
        "refills": "0",
    }


def test_centred_columns() -> None:
    page = read("""
        Medication                 Dose                 How Often
    Levetiracetam                  500 mg              Twice daily
  Hydrochlorothiazide             12.5 mg               Once daily
       Digoxin                   0.125 mg            Every other day
""")
    assert regimens(page) == [
        ("Levetiracetam", "500 mg", "Twice daily"),
        ("Hydrochlorothiazide", "12.5 mg", "Once daily"),
        ("Digoxin", "0.125 mg", "Every other day"),
    ]


def test_header_on_two_lines() -> None:
    page = read("""
Medication          Dose /          How often        Reason
~Name                Strength        taken            for taking
Eplerenone          25 mg           once a day       heart failure
Torsemide           20 mg           twice a day      swelling
""")
    assert regimens(page) == [("Eplerenone", "25 mg", "once a day"), ("Torsemide", "20 mg", "twice a day")]
    assert page.medications[1].instructions == "swelling"


def test_wrapped_cells_of_a_spaced_table() -> None:
    page = read("""
Current Medications

Medication Summary            Dosage            Frequency

Acetylsalicylic               81mg              Once daily
~acid

Hydroxychloro-                200mg             Twice daily with
~quine                                           food

Salmeterol/                   50/250mcg         Twice daily
~Fluticasone

Vitamin                       1000IU            Once daily
~D3

Medical Tests
""")
    assert regimens(page) == [
        ("Acetylsalicylic acid", "81mg", "Once daily"),
        ("Hydroxychloroquine", "200mg", "Twice daily with food"),
        ("Salmeterol/Fluticasone", "50/250mcg", "Twice daily"),
        ("Vitamin D3", "1000IU", "Once daily"),
    ]


def test_cells_left_empty() -> None:
    page = read("""
Medication Summary            Dosage            Frequency
Prazosin                      2mg               -
Melatonin                                       At bedtime
Insulin Lispro                Variable          Before meals
""")
    assert regimens(page) == [
        ("Prazosin", "2mg", None),
        ("Melatonin", None, "At bedtime"),
        ("Insulin Lispro", None, "Before meals"),
    ]


def test_directions_for_everything_in_one_column() -> None:
    page = read("""
Medication                                    Directions
Fluoxetine 20 mg capsule                      Take one capsule by mouth every morning
Hydroxyzine 25 mg tablet                      Take 1 tablet every 6 hours as needed for anxiety
Albuterol HFA 90 mcg inhaler                  2 puffs every 4-6 hours as needed for wheezing
""")
    assert regimens(page) == [
        ("Fluoxetine", "20 mg", "every morning"),
        ("Hydroxyzine", "25 mg", "every 6 hours as needed for anxiety"),
        ("Albuterol HFA", "90 mcg", "every 4-6 hours as needed for wheezing"),
    ]
    assert [each.dose for each in page.medications] == ["one capsule", "1 tablet", "2 puffs"]


def test_table_continued_from_the_page_before() -> None:
    page = read("""
Patient Name : Hana Sato Date Of Birth : 28/12/1965
Ferrous fumarate              210mg             Once daily
Loratadine                    10mg              As needed
Calcium                       500mg             Twice daily
~citrate
""")
    assert regimens(page) == [
        ("Ferrous fumarate", "210mg", "Once daily"),
        ("Loratadine", "10mg", "As needed"),
        ("Calcium citrate", "500mg", "Twice daily"),
    ]


def test_administration_chart() -> None:
    page = read("""
MEDICATION ADMINISTRATION RECORD
Patient: Olive Tanaka     Room: 12B      Allergies: Penicillin

Medication                   Dose        Route     Frequency      Time
Furosemide                   40 mg       PO        BID            08:00 16:00
Enoxaparin                   40 mg       SC        Daily          20:00
Ondansetron                  4 mg        IV        Q8H PRN nausea
""")
    assert regimens(page) == [
        ("Furosemide", "40 mg", "BID"),
        ("Enoxaparin", "40 mg", "Daily"),
        ("Ondansetron", "4 mg", "Q8H PRN nausea"),
    ]
    assert [each.route for each in page.medications] == ["PO", "SC", "IV"]


@pytest.mark.parametrize("stopped", ["Stopped", "Discontinue", "HOLD", "Do not take"])
def test_stopped_rows_are_not_taken(stopped: str) -> None:
    page = read(f"""
Medication          Dose        Frequency       Action
Warfarin            5 mg        Once daily      {stopped}
Bumetanide          1 mg        Once daily      Continue
""")
    assert regimens(page) == [("Bumetanide", "1 mg", "Once daily")]


@pytest.mark.parametrize(
    "row",
    [
        "None                          N/A               N/A",
        "No current medications",
        "N/A                           -                 -",
    ],
)
def test_tables_that_say_that_there_is_nothing(row: str) -> None:
    page = read(f"""
Medication Summary            Dosage            Frequency
{row}

Medical Tests
""")
    assert page.medications == ()


def test_two_lists_side_by_side() -> None:
    page = read("""
1. Losartan 50 mg once daily               2. Amlodipine 10 mg once daily
3. Pantoprazole 40 mg before breakfast     4. Rosuvastatin 5 mg at bedtime
""")
    assert [name for name, _, _ in regimens(page)] == ["Losartan", "Amlodipine", "Pantoprazole", "Rosuvastatin"]


def test_list_beside_a_column_of_findings() -> None:
    page = read("""
C/O Fever, cough             Rx
Pulse 88/min                 1. Tab. Crocin 650 mg 1-1-1 x 3 days
BP 120/80                    2. Cap. Amoxil 500 mg TDS x 5 days
Diagnosis: URTI              3. Syr. Benadryl 10 ml HS
""")
    assert [(each.name, each.frequency) for each in page.medications] == [
        ("Crocin", "1-1-1"),
        ("Amoxil", "TDS"),
        ("Benadryl", "HS"),
    ]


def test_dose_and_frequency_in_one_column() -> None:
    page = read("""
S.No   Medicine Name & Strength      Dosage         Duration     Instructions
1      Cetirizine 10 mg              1 tab HS       10 days      May cause drowsiness
2      Montelukast 10 mg             1 tab OD       1 month      At bedtime
""")
    assert [medications(page)[index] for index in (0, 1)] == [
        {"name": "Cetirizine", "strength": "10 mg", "dose": "1 tab", "frequency": "HS", "duration": "10 days",
         "instructions": "May cause drowsiness"},
        {"name": "Montelukast", "strength": "10 mg", "dose": "1 tab", "frequency": "OD", "duration": "1 month",
         "instructions": "At bedtime"},
    ]  # fmt: skip


def test_rows_under_a_remark_inside_a_table() -> None:
    page = read("""
Medicine              How much           How often
Flovent HFA 44 mcg    2 puffs            2 times a day
Yellow Zone: Getting worse
Albuterol             2-4 puffs          every 4 hours as needed
""")
    assert regimens(page) == [
        ("Flovent HFA", "44 mcg", "2 times a day"),
        ("Albuterol", None, "every 4 hours as needed"),
    ]


def test_table_under_a_question() -> None:
    page = read("""
Please list any prescription or over-the-counter medications you are taking:
Name                    Dose                   Reason
Lexapro                 10mg                   anxiety
Fish oil                1000 mg                heart
""")
    assert regimens(page) == [("Lexapro", "10mg", None), ("Fish oil", "1000 mg", None)]


def test_table_of_names_about_something_else() -> None:
    page = read("""
Vaccines received
Name                    Dose                   Date
Hepatitis B             20 mcg                 01/02/2010
""")
    assert regimens(page) == []


def test_columns_by_the_clock() -> None:
    page = read("""
Medication and strength        8am    12pm    6pm    10pm    Notes
Lansoprazole 30mg caps         1                             before breakfast
Senna 7.5mg tabs                                     2
""")
    assert regimens(page) == [("Lansoprazole", "30mg", "1-0-0-0"), ("Senna", "7.5mg", "0-0-0-2")]


def test_amount_in_plain_words() -> None:
    page = read("""
Medication               What it's for          How much        When
Atenolol                 blood pressure         25 mg           morning
Gabapentin               nerve pain             300 mg          morning, noon, bedtime
""")
    assert regimens(page) == [("Atenolol", "25 mg", "morning"), ("Gabapentin", "300 mg", "morning, noon, bedtime")]
