"""Rules of what the directions of one medication say together."""

import pytest
from rule_cases import found


@pytest.mark.parametrize(
    ("strength", "form", "dose"),
    [
        ("500 mg", "tablet", "1 g"),
        ("500 mg", "tablet", "250 mg"),
        ("500mg", None, "500mg"),
        ("500 mg", "tablet", "2 tablets of 500 mg"),
        ("500 mg", "tablet", "2 tablets (1 g)"),
        ("500 mg", "tablet", "half a tablet"),
        ("500 mg", "tablet", "1-2 tablets"),
        ("250 mg/5 ml", "suspension", "15 ml"),
        ("500 mg/5 ml", "syrup", "50 mg"),
        ("1 g", "injection", "330 mg"),
    ],
)
def test_a_dose_that_can_be_taken_of_the_strength_is_in_order(strength: str, form: str | None, dose: str):
    assert "dose_contradicts_strength" not in found(name="Metformin", strength=strength, form=form, dose=dose)


@pytest.mark.parametrize(
    ("strength", "form", "dose"),
    [
        ("500 mg", "tablet", "50 mg"),
        ("500mg", None, "50mg"),
        ("50mg", None, "500mg"),
        ("500 mg", "tablet", "650 mg"),
        ("500 mg", "tablet", "10 tablets"),
        ("500 mg", "tablet", "0 tablets"),
    ],
)
def test_a_dose_that_no_number_of_tablets_makes_is_doubted(strength: str, form: str | None, dose: str):
    doubts = found(name="Metformin", strength=strength, form=form, dose=dose)
    assert doubts["dose_contradicts_strength"] == "medications[0].dose"


@pytest.mark.parametrize(
    ("form", "route"),
    [
        ("eye drops", "both eyes"),
        ("eye drops", "left ear"),
        ("drops", "PO"),
        ("tablet", "by mouth"),
        ("tablet", "PV"),
        ("inhaler", "inhale two puffs by mouth"),
        ("solution", "IV"),
        ("tablet", "at home"),
    ],
)
def test_a_route_that_suits_the_form_is_in_order(form: str, route: str):
    assert "route_contradicts_form" not in found(name="Ciprofloxacin", form=form, route=route)


@pytest.mark.parametrize(
    ("form", "route"), [("eye drops", "by mouth"), ("tablet", "both eyes"), ("syrup", "IV"), ("cream", "PO")]
)
def test_a_route_that_does_not_suit_the_form_is_doubted(form: str, route: str):
    assert found(name="Ciprofloxacin", form=form, route=route)["route_contradicts_form"] == "medications[0].route"


@pytest.mark.parametrize(
    ("dose", "frequency", "duration", "quantity", "refills"),
    [
        ("1 tablet", "twice daily", "30 days", "60", None),
        ("1 tablet", "twice daily", "30 days", "#60 (sixty)", None),
        ("1 tablet", "twice daily", "90 days", "Disp: 60 tablets", "2"),
        ("1 tablet", "daily", "3 months", "28", None),
        ("2 tablets", "every 6 hours as needed", "30 days", "20", None),
        ("1 tablet", "daily", "5 days", "30 tablets", None),
        ("1 tablet", "daily", "30 days", "1 box", None),
        ("1 tablet", "daily", "30 days", "3", None),
        ("1000 mg", "twice daily", "30 days", "120", None),
    ],
)
def test_a_quantity_that_the_course_may_need_is_in_order(
    dose: str, frequency: str, duration: str, quantity: str, refills: str | None
):
    said = {"dose": dose, "frequency": frequency, "duration": duration, "quantity": quantity, "refills": refills}
    assert found(name="Metformin", strength="500 mg", form="tablet", **said) == {}


@pytest.mark.parametrize(
    ("dose", "frequency", "duration", "quantity"),
    [
        ("1 tablet", "twice daily", "30 days", "600"),
        ("1 tablet", "twice daily", "30 days", "6 tablets"),
        ("2 tablets", "three times daily", "28 days", "28"),
        ("1 tablet", "daily", "7 days", "70"),
    ],
)
def test_a_quantity_far_from_what_the_course_needs_is_doubted(dose: str, frequency: str, duration: str, quantity: str):
    doubts = found(
        name="Metformin", strength="500 mg", dose=dose, frequency=frequency, duration=duration, quantity=quantity
    )
    assert doubts == {"quantity_contradicts_course": "medications[0].quantity"}


def test_millilitres_are_compared_with_millilitres():
    course = {"dose": "5 ml", "frequency": "three times daily", "duration": "7 days", "form": "suspension"}
    assert found(name="Amoxicillin", strength="250 mg/5 ml", quantity="100 ml", **course) == {}
    doubts = found(name="Amoxicillin", strength="250 mg/5 ml", quantity="1000 ml", **course)
    assert "quantity_contradicts_course" in doubts
