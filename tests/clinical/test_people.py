import pytest

from jsl_pipeline.clinical import find_phones, parse_age, parse_gender, parse_weight_kg


@pytest.mark.parametrize(
    ("text", "age"),
    [
        ("58y", 58),
        ("58 yrs", 58),
        ("46-year-old woman", 46),
        ("Age: 32", 32),
        ("35 yo", 35),
        ("35 y/o", 35),
        ("63 years", 63),
        ("45F", 45),
        ("M/58", 58),
        ("63", 63),
        ("6 months", 0),
        ("a 3-week-old boy", 0),
        ("Age: 3 months", 0),
        ("140", None),
        ("3 days ago", None),
        ("130/85", None),
        ("98.6 F", None),
        ("10 mg", None),
        ("unknown", None),
    ],
)
def test_age(text: str, age: int | None):
    assert parse_age(text) == age


@pytest.mark.parametrize(
    ("text", "gender"),
    [
        ("M", "male"),
        ("f", "female"),
        ("Female", "female"),
        ("58y/M", "male"),
        ("42F", "female"),
        ("Sex: M", "male"),
        ("46-year-old woman", "female"),
        ("Other", "other"),
        ("Male / Female", None),
        ("98.6 F", None),
        ("John M. Smith", None),
        ("Mrs", "female"),
        ("", None),
    ],
)
def test_gender(text: str, gender: str | None):
    assert parse_gender(text) == gender


@pytest.mark.parametrize(
    ("text", "kilograms"),
    [
        ("70 kg", 70),
        ("72.5kg", 72.5),
        ("70,5 kg", 70.5),
        ("154 lb", 69.85),
        ("11 st 4 lb", 71.67),
        ("57", None),
        ("900 kg", None),
        ("BMI 24.5 kg/m2", None),
        ("10 mg/kg", None),
    ],
)
def test_weight(text: str, kilograms: float | None):
    assert parse_weight_kg(text) == kilograms


@pytest.mark.parametrize(
    ("text", "numbers"),
    [
        ("(279) 920-8204", ["2799208204"]),
        ("(000)-111-2222", ["0001112222"]),
        ("+91 98765 43210", ["+919876543210"]),
        ("Tel: 020 7946 0958", ["02079460958"]),
        ("Ph: 9876543210", ["9876543210"]),
        ("Phone +1-800-555-1234 or (212) 555-0100", ["+18005551234", "2125550100"]),
        ("policy 5638746258", []),
        ("SSN 567-45-5412", []),
        ("08-09-2020", []),
        ("2020-08-09", []),
        ("500 mg 250 mg", []),
        ("1-0-1", []),
    ],
)
def test_phones(text: str, numbers: list[str]):
    assert [span.value for span in find_phones(text)] == numbers
