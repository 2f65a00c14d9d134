"""Drugs and their directions in different sentences or lines."""

from typed_page import read, regimens


def test_directions_in_the_sentence_after_the_one_that_names_the_drug() -> None:
    page = read("""
I have prescribed Rosuvastatin 10 mg tablet. Take 1 tablet orally once daily at bedtime for 3 months. We started
Timolol 0.5% eye drops. Instil 1 drop twice daily for 28 days. Please supply Amlodipine 5mg tablet. Take one
tablet once daily. Continue Ramipril 5 mg capsule. Take 1 capsule once daily for 30 days.
""")
    assert regimens(page) == [
        ("Rosuvastatin", "10 mg", "once daily at bedtime"),
        ("Timolol", "0.5%", "twice daily"),
        ("Amlodipine", "5mg", "once daily"),
        ("Ramipril", "5 mg", "once daily"),
    ]


def test_items_side_by_side_over_their_directions() -> None:
    page = read("""
Rx

Amlodipine 10mg                 Telmisartan 80 mg
one tablet once daily           one tablet in the morning
for 4 weeks                     for 30 days
""")
    assert [(each.name, each.frequency, each.duration) for each in page.medications] == [
        ("Amlodipine", "once daily", "4 weeks"),
        ("Telmisartan", "in the morning", "30 days"),
    ]
