"""Directions as FHIR Dosage: structure where every word is understood, the words in any case."""

from typing import Any

import pytest

from tests.fhir.trusted import request


def dosages(**medication: str) -> list[dict[str, Any]]:
    return request(**medication)["dosageInstruction"]


def test_dose_route_frequency_and_duration() -> None:
    (found,) = dosages(
        dose="1 tablet", route="po", frequency="three times daily", duration="5 days", instructions="after food"
    )
    assert found["text"] == "1 tablet po three times daily 5 days after food"
    assert found["patientInstruction"] == "after food"
    assert found["timing"]["repeat"] == {
        "boundsDuration": {"value": 5, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"},
        "frequency": 3,
        "period": 1,
        "periodUnit": "d",
        "when": ["PC"],
    }
    assert found["doseAndRate"] == [{"doseQuantity": {"value": 1, "unit": "tablet"}}]
    assert found["route"] == {"text": "oral"}


def test_ranges_and_a_reason_to_take_it() -> None:
    (found,) = dosages(dose="1-2 tablets", frequency="every 4-6 hours as needed for pain", instructions="max 8 per day")
    repeat = found["timing"]["repeat"]
    assert (repeat["frequency"], repeat["period"], repeat["periodMax"], repeat["periodUnit"]) == (1, 4, 6, "h")
    assert found["doseAndRate"][0]["doseRange"] == {
        "low": {"value": 1, "unit": "tablet"},
        "high": {"value": 2, "unit": "tablet"},
    }
    assert found["asNeededCodeableConcept"] == {"text": "pain"}
    assert "asNeededBoolean" not in found
    assert found["maxDosePerPeriod"]["numerator"]["value"] == 8


def test_as_needed_without_a_reason() -> None:
    (found,) = dosages(dose="1 tablet", frequency="as needed")
    assert found["asNeededBoolean"] is True


def test_a_taper_is_steps_in_sequence() -> None:
    found = dosages(name="Prednisolone", frequency="30 mg daily x 3 days, 20 mg x 3 days, 10 mg x 3 days")
    assert [each["sequence"] for each in found] == [1, 2, 3]
    assert [each["doseAndRate"][0]["doseQuantity"]["value"] for each in found] == [30, 20, 10]
    assert all(each["timing"]["repeat"]["boundsDuration"]["value"] == 3 for each in found)


@pytest.mark.parametrize("instructions", ["except in the zorble week", "x" * 3000])
def test_what_is_not_understood_keeps_its_words_and_no_structure(instructions: str) -> None:
    (found,) = dosages(dose="1 tablet", frequency="once daily", instructions=instructions)
    assert found == {"text": f"1 tablet once daily {instructions}", "patientInstruction": instructions}


def test_words_that_are_said_twice_stand_once_and_a_number_alone_is_never_one_of_them() -> None:
    (found,) = dosages(frequency="twice daily", instructions="Take 1 tablet twice daily")
    assert found["text"] == "Take 1 tablet twice daily"
    (found,) = dosages(dose="1", frequency="1-0-1")
    assert found["text"] == "1 1-0-1"


def test_a_quantity_that_is_no_amount_and_refills_that_are_no_number_are_notes() -> None:
    found = request(quantity="one month's worth or so", refills="see letter", frequency="daily")
    assert "dispenseRequest" not in found
    notes = [each["text"] for each in found["note"]]
    assert "Quantity as written: one month's worth or so" in notes
    assert "Refills as written: see letter" in notes
    assert request(quantity="30", refills="none")["dispenseRequest"] == {
        "numberOfRepeatsAllowed": 0,
        "quantity": {"value": 30},
    }


def test_the_drug_is_as_written() -> None:
    assert request(name="CALPOL", strength="120 mg/5 ml")["medicationCodeableConcept"] == {"text": "CALPOL 120 mg/5 ml"}
    assert request(name="Ibuprofen 400mg tab", strength="400mg")["medicationCodeableConcept"] == {
        "text": "Ibuprofen 400mg tab"
    }


def test_a_supply_in_days_is_told_as_such() -> None:
    supplied = request(quantity="30 day supply", frequency="daily")["dispenseRequest"]["expectedSupplyDuration"]
    assert supplied == {"value": 30, "unit": "d", "system": "http://unitsofmeasure.org", "code": "d"}
