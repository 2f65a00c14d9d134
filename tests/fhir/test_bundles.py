"""Bundles: what a record becomes, that it is valid, and that it is the same on every run."""

import json
import sys
from collections.abc import Iterator
from typing import Any

import pytest
from fhir.resources.R4B.bundle import Bundle
from pydantic import BaseModel, ValidationError

from jsl_pipeline.errors import MissingExtra
from jsl_pipeline.fhir import FhirBundle, InvalidBundle, PageReader, TrustedRecord, bundle_of
from jsl_pipeline.schemas import Medication, Patient, Prescription, RecordStatus
from tests.fhir.trusted import DOCUMENT, FULL, OCR, resources, trusted

FEW: dict[str, Any] = {"patient": {"name": "Ann Moss"}, "medications": [{"name": "Ibuprofen"}]}
NOTE = {"patient": {"name": "Ann Moss", "dob": "1979"}, "date": "17/02/2026"}


def content(record: TrustedRecord) -> str:
    bundle = bundle_of(record)
    assert isinstance(bundle, FhirBundle), bundle
    return bundle.content


def test_a_full_record_is_four_kinds_of_resource() -> None:
    found = resources(trusted(FULL))
    ((patient,), (practitioner,), (request,), (provenance,)) = (
        found[kind] for kind in ("Patient", "Practitioner", "MedicationRequest", "Provenance")
    )
    assert (patient["gender"], patient["birthDate"]) == ("female", "1979-05-24")
    assert patient["name"] == [{"text": "Moss, Ann", "family": "Moss", "given": ["Ann"]}]
    assert patient["telecom"] == [{"system": "phone", "value": "0113 496 0000"}]
    assert patient["address"] == [{"text": "5 Elm Street, Leeds"}]
    assert practitioner["identifier"] == [{"type": {"text": "licence number"}, "value": "GMC 12345"}]
    assert practitioner["name"] == [{"text": "Dr. Ida Holm"}]
    assert (request["status"], request["intent"], request["authoredOn"]) == ("unknown", "order", "2026-02-17")
    assert request["medicationCodeableConcept"] == {"text": "Ibuprofen 400 mg tablet"}
    assert request["dispenseRequest"] == {"numberOfRepeatsAllowed": 2, "quantity": {"value": 15, "unit": "tablet"}}
    assert request["requester"] == {"reference": f"urn:uuid:{practitioner['id']}"}
    assert provenance["recorded"].startswith("2026-03-01T09:30:00")
    assert provenance["entity"][0]["what"]["identifier"]["value"] == DOCUMENT
    assert provenance["agent"][0]["who"] == {
        "type": "Device",
        "identifier": {"type": {"text": "fingerprint of engine, model, prompt and schema"}, "value": "f1"},
        "display": "jsl-pipeline, engine ocr, model PP-OCRv5",
    }


def test_what_has_no_element_is_in_the_narrative() -> None:
    ((patient,), *_) = resources(
        trusted(FULL | {"patient": {"name": "Ann <Moss>", "age": "46 y", "weight": "70 kg"}})
    ).values()
    assert patient["text"]["status"] == "additional"
    for line in ("Name: Ann &lt;Moss&gt;", "Age: 46 y", "Weight: 70 kg"):
        assert f"<li>{line}</li>" in patient["text"]["div"]
    assert "birthDate" not in patient
    assert "gender" not in patient


def test_a_partial_record_says_so_and_what_is_not_said_is_left_out() -> None:
    record = trusted(FEW)
    assert record.status is RecordStatus.PARTIAL
    found = resources(record)
    assert "Practitioner" not in found
    (request,) = found["MedicationRequest"]
    assert request["intent"] == "plan"
    assert request.keys() == {"resourceType", "id", "status", "intent", "medicationCodeableConcept", "subject", "note"}
    assert request["note"][0]["text"].startswith("Record: partial; issues: ")
    assert {each.code for each in record.issues} == set(request["note"][0]["text"].split(": ")[2].split(", "))


def test_an_issue_with_one_medication_is_noted_there_alone() -> None:
    record = trusted(FULL | {"medications": [*FULL["medications"], {"name": "Paracetamol"}]})
    mine = {each.code for each in record.issues if (each.field or "").startswith("medications[1]")}
    assert mine
    first, second = (each["note"][0]["text"] for each in resources(record)["MedicationRequest"])
    assert all(code in second and code not in first for code in mine)


def test_a_patient_document_has_no_request() -> None:
    found = resources(trusted(NOTE))
    assert found.keys() == {"Patient", "Provenance"}
    assert found["Patient"][0]["birthDate"] == "1979"
    assert "Date of the document: 17/02/2026" in found["Patient"][0]["text"]["div"]


def test_every_reader_is_an_agent_once() -> None:
    model = PageReader(engine="endpoint", model="qwen", fingerprint="f0")
    record = trusted(FULL).model_copy(update={"readers": (model, OCR)})
    agents = resources(record)["Provenance"][0]["agent"]
    assert [each["who"]["identifier"]["value"] for each in agents] == ["f0", "f1"]


@pytest.mark.parametrize("said", [FULL, FEW, NOTE])
def test_the_library_reads_back_what_was_written(said: dict[str, Any]) -> None:
    text = content(trusted(said))
    bundle = Bundle.model_validate_json(text)
    assert bundle.model_dump_json() == text
    assert list(outside_their_codes(bundle)) == []  # the library knows these codes and does not hold to them


def outside_their_codes(element: BaseModel) -> Iterator[tuple[str, object]]:
    for name, field in type(element).model_fields.items():
        value = getattr(element, name)
        codes = (field.json_schema_extra or {}).get("enum_values")
        for each in value if isinstance(value, list) else [value]:
            if isinstance(each, BaseModel):
                yield from outside_their_codes(each)
            elif each is not None and codes and each not in codes:
                yield name, each


@pytest.mark.parametrize("said", [FULL, FEW, NOTE])
def test_references_resolve_and_provenance_is_of_all_others(said: dict[str, Any]) -> None:
    bundle = json.loads(content(trusted(said)))
    urls = [each["fullUrl"] for each in bundle["entry"]]
    assert len(set(urls)) == len(urls)
    assert urls == [f"urn:uuid:{each['resource']['id']}" for each in bundle["entry"]]
    assert set(references(bundle)) <= set(urls)
    *others, last = bundle["entry"]
    assert [each["reference"] for each in last["resource"]["target"]] == [each["fullUrl"] for each in others]


def references(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        yield from ([tree["reference"]] if "reference" in tree else [])
        tree = list(tree.values())
    for each in tree if isinstance(tree, list) else []:
        yield from references(each)


def test_the_same_document_gives_the_same_bytes_and_another_one_no_id_of_it() -> None:
    assert content(trusted(FULL)) == content(trusted(FULL))
    first, second = (json.loads(content(trusted(FULL, document))) for document in ("a" * 64, "b" * 64))
    ids = [{each["fullUrl"] for each in bundle["entry"]} | {bundle["id"]} for bundle in (first, second)]
    assert ids[0].isdisjoint(ids[1])
    assert first["identifier"]["value"] == "a" * 64


def test_a_suspect_record_cannot_be_given() -> None:
    values = trusted(FULL).model_dump() | {"status": RecordStatus.SUSPECT}
    with pytest.raises(ValidationError):
        TrustedRecord.model_validate(values)


@pytest.mark.parametrize(
    ("record", "path", "reason"),
    [
        (Prescription(medications=(Medication(name="\x07"),)), "Bundle.entry[1].resource", "value_error"),
        (Prescription(patient=Patient(gender="f  m")), "Bundle.entry[0].resource.gender", "string_pattern_mismatch"),
        (
            Prescription(patient=Patient(address="x" * (2**20 + 1))),
            "Bundle.entry[0].resource.address[0].text",
            "string_too_long",
        ),
    ],
)
def test_what_is_no_valid_bundle_is_an_error_with_its_place(record: Prescription, path: str, reason: str) -> None:
    found = bundle_of(trusted(FULL).model_copy(update={"record": record}))
    assert found == InvalidBundle(document_id=DOCUMENT, path=path, reason=reason)


def test_without_the_library_the_extra_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "fhir.resources.R4B.bundle", None)
    with pytest.raises(MissingExtra, match=r"jsl-pipeline\[fhir\]"):
        bundle_of(trusted(FULL))
