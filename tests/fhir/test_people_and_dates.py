"""Names in parts only where they are told apart for sure, dates as far as they are certain."""

from typing import Any

import pytest

from jsl_pipeline.schemas import DateValue, Patient, Prescriber, Prescription
from tests.fhir.trusted import FULL, resources, trusted


def patient(**fields: Any) -> dict[str, Any]:
    record = trusted(FULL).model_copy(update={"record": Prescription(patient=Patient(**fields))})
    return resources(record)["Patient"][0]


@pytest.mark.parametrize(
    ("written", "family", "given"),
    [
        ("Moss, Ann", "Moss", ["Ann"]),
        ("O'NEIL-SMITH, MARY J.", "O'NEIL-SMITH", ["MARY", "J."]),
        ("Ann Moss", None, None),
        ("Nagy Anna", None, None),
        ("Moss, MD", None, None),
        ("Moss, Jr.", None, None),
        ("de la Cruz, Ana", None, None),
        ("Moss, Ann, 46", None, None),
    ],
)
def test_a_name_is_in_parts_where_a_comma_says_so(written: str, family: str | None, given: list[str] | None) -> None:
    (name,) = patient(name=written)["name"]
    assert (name["text"], name.get("family"), name.get("given")) == (written, family, given)


@pytest.mark.parametrize(
    ("raw", "iso", "expected"),
    [
        ("24/05/1979", "1979-05-24", "1979-05-24"),
        ("1979", None, "1979"),
        ("5/1979", None, "1979-05"),
        ("1979-05", None, "1979-05"),
        ("03/04/1979", None, "1979"),  # which is the month?
        ("03/04/79", None, None),  # and which century?
        ("31/02/1979", None, None),
        ("about 1979", None, None),
        ("13/1979", None, None),
    ],
)
def test_a_date_is_as_precise_as_it_is_certain(raw: str, iso: str | None, expected: str | None) -> None:
    found = patient(dob=DateValue(raw=raw, iso=iso))
    assert found.get("birthDate") == expected
    assert f"Date of birth: {raw}" in found["text"]["div"]


def test_a_date_of_the_prescription_that_is_not_certain_is_noted_as_written() -> None:
    record = trusted(FULL)
    changed = record.record.model_copy(update={"date": DateValue(raw="03/04/2026")})
    (request,) = resources(record.model_copy(update={"record": changed}))["MedicationRequest"]
    assert request["authoredOn"] == "2026"
    assert {"text": "Date as written: 03/04/2026"} in request["note"]


def test_who_is_not_named_authorises_nothing() -> None:
    record = trusted(FULL)
    changed = record.record.model_copy(update={"prescriber": Prescriber(phone="0113 496 0001")})
    found = resources(record.model_copy(update={"record": changed}))
    assert found["Practitioner"][0]["telecom"] == [{"system": "phone", "value": "0113 496 0001"}]
    assert found["MedicationRequest"][0]["intent"] == "plan"
