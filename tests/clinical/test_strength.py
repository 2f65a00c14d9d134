import pytest

from jsl_pipeline.clinical import Strength, find_strengths, parse_strength


@pytest.mark.parametrize(
    ("text", "value", "unit"),
    [
        ("500mg", 500, "mg"),
        ("500 mg", 500, "mg"),
        ("0.5 mg", 0.5, "mg"),
        (".5mg", 0.5, "mg"),
        ("2,5 mg", 2.5, "mg"),
        ("1,000 mcg", 1000, "ug"),
        ("250 micrograms", 250, "ug"),
        ("25 µg", 25, "ug"),
        ("1 g", 1, "g"),
        ("2000 IU", 2000, "[iU]"),
        ("1000IU", 1000, "[iU]"),
        ("20 Units", 20, "U"),
        ("20 mEq", 20, "meq"),
        ("5%", 5, "%"),
        ("5 mg/5 ml", 1, "mg/mL"),
        ("250mg/5ml", 50, "mg/mL"),
        ("125 mg per 5 ml", 25, "mg/mL"),
        ("100 units/ml", 100, "U/mL"),
        ("100,000units/ml", 100000, "U/mL"),
        ("6million units/0.5ml", 12000000, "U/mL"),
        ("60K IU", 60000, "[iU]"),
        ("100micrograms/dose", 100, "ug/{dose}"),
        ("25micrograms/hour", 25, "ug/h"),
        ("500rng", 500, "mg"),
        ("5OO mg", 500, "mg"),
        ("500m9", 500, "mg"),
        ("2000 1U", 2000, "[iU]"),
        ("875/125 mg", None, "mg"),
        ("30mg/500mg", None, "mg"),
        ("5-10 mg", None, "mg"),
    ],
)
def test_strength(text: str, value: float | None, unit: str):
    assert parse_strength(text) == Strength(value, unit)


@pytest.mark.parametrize(
    "text",
    [
        "BP 130/85 mmHg",
        "Temp 98.6 F",
        "Glucose 95 mg/dL",
        "LDL 130 mg/dl",
        "Potassium 4.1 mmol/L",
        "Na 140 mEq/L",
        "Hb 13.2 g/dL",
        "HbA1c 7.2%",
        "SpO2 98%",
        "O2 saturation 97%",
        "weight 70 kg",
        "height 170 cm",
        "Type 2 diabetes",
        "Vitamin B12",
        "17/12/2020",
        "10 minutes",
        "10 mg/kg",
        "two tablets",
        "5 ml",
    ],
)
def test_not_a_strength(text: str):
    assert find_strengths(text) == []
    assert parse_strength(text) is None


def test_several_in_a_line_come_in_order_with_their_spans():
    line = "Vitamin B12 1000mcg; Amlodipine 5mg/5ml oral solution; Nizoral 2% cream"
    found = find_strengths(line)
    assert [span.text for span in found] == ["1000mcg", "5mg/5ml", "2%"]
    assert all(line[span.start : span.end] == span.text for span in found)
