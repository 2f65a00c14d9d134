"""What is doubted of the patient."""

import pytest
from rule_cases import record_of, told

from jsl_pipeline.schemas import PatientCandidate

ASPIRIN = {"name": "Aspirin", "strength": "75 mg", "frequency": "once daily"}


@pytest.mark.parametrize(
    ("name", "doubted"),
    [("Tate", True), ("Patient Ruben Castellanos", True), ("Ruben Castellanos", False), ("Dlamini, Thabo", False)],
)
def test_a_name_of_one_word_or_with_a_caption_is_doubted(name: str, doubted: bool) -> None:
    codes = told(record_of(ASPIRIN, patient=PatientCandidate(name=name, dob="24/05/1979")))
    assert ("patient_name_doubtful" in codes) == doubted
