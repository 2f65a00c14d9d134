import pytest

from jsl_pipeline.clinical import Dose, find_doses, find_durations, find_forms, find_routes, parse_duration_days


@pytest.mark.parametrize(
    ("text", "days"),
    [
        ("x 5 days", 5),
        ("for 5 days", 5),
        ("for five days", 5),
        ("5 days", 5),
        ("10-day course", 10),
        ("5d", 5),
        ("x5d", 5),
        ("for 2 weeks", 14),
        ("for a week", 7),
        ("2 wks", 14),
        ("three months", 90),
        ("for 1 month", 30),
        ("for a fortnight", 14),
        ("1 year", 365),
        ("7/7", 7),
        ("2/52", 14),
        ("x 1/12", 30),
        ("Amoxicillin 500mg TDS 5/7", 5),
        ("2 times a day for 10 days", 10),
    ],
)
def test_duration(text: str, days: float):
    assert parse_duration_days(text) == days


@pytest.mark.parametrize("text", ["5-7 days", "for two to three weeks", "Ongoing", "long-term"])
def test_duration_without_one_number(text: str):
    found = find_durations(text)
    assert [span.value for span in found] == [None]


@pytest.mark.parametrize(
    "text",
    [
        "17/12/2020",
        "7/7/2024",
        "BP 130/85",
        "24/7",
        "pain 7/10",
        "Page 1/7",
        "every 3 days",
        "q6d",
        "3 days ago",
        "for the past 3 weeks",
        "6 months old",
        "follow up in 2 weeks",
        "3 times a week",
        "28 weeks pregnant",
        "20mg",
    ],
)
def test_not_a_duration(text: str):
    assert find_durations(text) == []


@pytest.mark.parametrize(
    ("text", "low", "high", "unit"),
    [
        ("two tablets", 2, 2, "tablet"),
        ("1 tab", 1, 1, "tablet"),
        ("Take 1 tab. daily", 1, 1, "tablet"),
        ("SIX (6) tablets", 6, 6, "tablet"),
        ("1-2 tablets", 1, 2, "tablet"),
        ("one or two capsules", 1, 2, "capsule"),
        ("half a tablet", 0.5, 0.5, "tablet"),
        ("1/2 tab", 0.5, 0.5, "tablet"),
        ("1 1/2 tabs", 1.5, 1.5, "tablet"),
        ("1½ tablets", 1.5, 1.5, "tablet"),
        ("one and a half tablets", 1.5, 1.5, "tablet"),
        ("5 ml", 5, 5, "mL"),
        ("2.5ml", 2.5, 2.5, "mL"),
        ("three 5ml spoonsful", 15, 15, "mL"),
        ("2 puffs", 2, 2, "puff"),
        ("ONE drop", 1, 1, "drop"),
        ("20 units", 20, 20, "unit"),
    ],
)
def test_dose(text: str, low: float, high: float, unit: str):
    assert [span.value for span in find_doses(text)] == [Dose(low, high, unit)]


@pytest.mark.parametrize(
    "text",
    [
        "5 mg/5 ml",
        "Qty: 30 tablets",
        "dispense 28 tablets",
        "max 8 tablets",
        "100 ml bottle",
        "Type 2",
        "500mg",
        "#30 tabs",
    ],
)
def test_not_a_dose(text: str):
    assert find_doses(text) == []


@pytest.mark.parametrize(
    ("text", "forms"),
    [
        ("Tab. Metformin", ["tablet"]),
        ("Cap Omeprazole", ["capsule"]),
        ("Syp Paracetamol", ["syrup"]),
        ("amoxicillin oral suspension", ["suspension"]),
        ("Inj. Ceftriaxone", ["injection"]),
        ("hydrocortisone cream", ["cream"]),
        ("eye drops", ["drops"]),
        ("Albuterol Inhaler", ["inhaler"]),
        ("Nasal spray", ["spray"]),
        ("1 tabiet", ["tablet"]),
        ("table of contents", []),
        ("capacity", []),
        ("patched", []),
    ],
)
def test_forms(text: str, forms: list[str]):
    assert [span.value for span in find_forms(text)] == forms


@pytest.mark.parametrize(
    ("text", "routes"),
    [
        ("1 tab PO daily", ["oral"]),
        ("p.o.", ["oral"]),
        ("by mouth", ["oral"]),
        ("Oral route", ["oral"]),
        ("IV", ["intravenous"]),
        ("i.m.", ["intramuscular"]),
        ("SC", ["subcutaneous"]),
        ("Subcutaneous route", ["subcutaneous"]),
        ("apply topically", ["topical"]),
        ("to be inhaled", ["inhalation"]),
        ("into the LEFT eye", ["ophthalmic"]),
        ("under the tongue", ["sublingual"]),
        ("Stage IV", []),
        ("P.O. Box 123", []),
        ("PR: 80/min", []),
        ("I'm well", []),
        ("Portland", []),
    ],
)
def test_routes(text: str, routes: list[str]):
    assert [span.value for span in find_routes(text)] == routes
