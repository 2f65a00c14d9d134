"""Directions, amounts and refills that stand around the line of a medication."""

from typed_page import read, regimens


def test_each_item_under_its_own_rx() -> None:
    page = read("""
Rx  Furosemide 20 mg
Sig: 1 tab PO BID
Disp: #60
Refill: 3

Rx  Potassium chloride ER 10 mEq
Sig: 2 caps PO qAM with food
Disp: #30
Refill: 0
""")
    assert [(each.name, each.strength, each.frequency, each.quantity, each.refills) for each in page.medications] == [
        ("Furosemide", "20 mg", "BID", "#60", "3"),
        ("Potassium chloride ER", "10 mEq", "qAM with food", "#30", "0"),
    ]


def test_directions_that_begin_with_a_count() -> None:
    page = read("""
Rx
Esomeprazole 20 mg Tablet  Qty 30  Repeats 5
1 daily before food
Cefalexin 500 mg Capsule  Qty 20  Repeats 0
1 four times a day until finished
""")
    assert regimens(page) == [
        ("Esomeprazole", "20 mg", "daily before food"),
        ("Cefalexin", "500 mg", "four times a day"),
    ]


def test_units_of_insulin_in_lines_of_their_own() -> None:
    page = read("""
Rx
Insulin glargine (Lantus) 100 units/mL
Inject 22 units subcutaneously every night
Insulin aspart 100 units/mL
4 units SC TID before meals
""")
    assert [(each.name, each.strength, each.dose, each.frequency) for each in page.medications] == [
        ("Insulin glargine", "100 units/mL", "22 units", "every night"),
        ("Insulin aspart", "100 units/mL", "4 units", "TID before meals"),
    ]


def test_directions_that_wrap() -> None:
    page = read("""
Rx
1. Prednisolone acetate 1% ophthalmic suspension - instill 1 drop into
   the left eye four times daily for 7 days
2. Azithromycin 250 mg tablets - take 1 tablet
   daily for 4 days
""")
    assert [(each.name, each.dose, each.frequency, each.duration) for each in page.medications] == [
        ("Prednisolone acetate", "1 drop", "four times daily", "7 days"),
        ("Azithromycin", "1 tablet", "daily", "4 days"),
    ]


def test_amount_in_a_column_between_name_and_directions() -> None:
    page = read("""
Repeat Prescription
Sertraline 100mg tablets                   28 tablet   ONE DAILY
Omeprazole 20mg capsules                   28 capsule   ONE TO BE TAKEN EACH DAY
""")
    assert [(each.name, each.quantity, each.frequency) for each in page.medications] == [
        ("Sertraline", "28 tablet", "DAILY"),
        ("Omeprazole", "28 capsule", "EACH DAY"),
    ]
