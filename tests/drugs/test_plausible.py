import pytest

from jsl_pipeline.clinical import parse_strength
from jsl_pipeline.drugs import Drug, Fit, find_drug, plausible


def drug(name: str) -> Drug:
    found = find_drug(name).drug
    assert found is not None
    return found


def strength(name: str, written: str) -> Fit:
    parsed = parse_strength(written)
    assert parsed is not None
    return plausible(drug(name), amount=parsed.value, unit=parsed.unit).strength


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("metformin", "500 mg"),
        ("paracetamol", "1 g"),
        ("paracetamol", "650mg"),
        ("levothyroxine", "125 mcg"),
        ("levothyroxine", "0.1 mg"),
        ("aspirin", "75mg"),
        ("albuterol", "2.5 mg"),
        ("ipratropium", "500 mcg"),
        ("amoxicillin", "250 mg/5 ml"),
        ("amoxicillin", "50 mg/ml"),
        ("augmentin", "625 mg"),
        ("hydrocortisone", "1%"),
        ("timolol", "0.5 %"),
        ("insulin glargine", "100 units/ml"),
        ("vitamin d3", "60000 IU"),
        ("fentanyl", "25 mcg/hr"),
        ("methotrexate", "10mg/0.2ml"),
        ("fluticasone", "250 mcg"),
    ],
)
def test_a_strength_that_is_sold(name: str, written: str):
    assert strength(name, written) is Fit.SOLD


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("metformin", "5000 mg"),
        ("metformin", "50 mg"),
        ("lisinopril", "100 mg"),
        ("lisinopril", "500 mg"),
        ("levothyroxine", "125 mg"),
        ("atorvastatin", "2 mg"),
        ("warfarin", "50 mg"),
        ("digoxin", "25 mg"),
        ("amoxicillin", "5 mg"),
        ("atorvastatin", "2000 IU"),
    ],
)
def test_a_strength_that_no_drug_of_the_name_has(name: str, written: str):
    assert strength(name, written) is Fit.UNUSUAL


def test_two_tablets_may_stand_as_the_strength():
    assert strength("prednisone", "40 mg") is Fit.COUNTED


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("insulin glargine", "20 units"),  # a dose, of what is sold by the millilitre
        ("gliquidone", "30 mg"),  # only the name is known
        ("amoxicillin", "875/125 mg"),  # no single number
    ],
)
def test_what_cannot_be_compared_is_unknown(name: str, written: str):
    known = find_drug(name).drug or Drug(name)
    parsed = parse_strength(written)
    assert parsed is not None
    assert plausible(known, amount=parsed.value, unit=parsed.unit).strength is Fit.UNKNOWN


@pytest.mark.parametrize(
    ("name", "form", "fit"),
    [
        ("omeprazole", "tablet", Fit.SOLD),  # capsules are called tablets
        ("lactulose", "syrup", Fit.SOLD),
        ("salbutamol", "inhaler", Fit.SOLD),
        ("timolol", "drops", Fit.SOLD),
        ("atorvastatin", "cream", Fit.UNUSUAL),
        ("permethrin", "tablet", Fit.UNUSUAL),
        ("atorvastatin", None, Fit.UNKNOWN),
        ("atorvastatin", "bottle", Fit.UNKNOWN),
    ],
)
def test_forms(name: str, form: str | None, fit: Fit):
    assert plausible(drug(name), form=form).form is fit


@pytest.mark.parametrize(
    ("name", "route", "fit"),
    [
        ("metformin", "oral", Fit.SOLD),
        ("metformin", "ophthalmic", Fit.UNUSUAL),
        ("metformin", None, Fit.UNKNOWN),
    ],
)
def test_routes(name: str, route: str | None, fit: Fit):
    assert plausible(drug(name), route=route).route is fit
