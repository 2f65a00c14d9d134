"""FHIR Bundle: all that a document says, checked before it leaves.

Its type is `collection`: resources in one package that obliges nobody to anything
(https://hl7.org/fhir/R4/valueset-bundle-type.html). A `document` needs a Composition that somebody attests to, and
nobody attests to what a machine read; a `transaction` would tell a server what to do with it.
"""

from collections.abc import Iterator
from datetime import UTC
from typing import TYPE_CHECKING

from pydantic import Field, ValidationError

from jsl_pipeline.errors import MissingExtra
from jsl_pipeline.fhir.elements import MAX_CHARACTERS, Element, identity, raw, source_identifier
from jsl_pipeline.fhir.medication_request import medication_request
from jsl_pipeline.fhir.patient import patient_resource
from jsl_pipeline.fhir.practitioner import practitioner_resource
from jsl_pipeline.fhir.provenance import provenance_resource
from jsl_pipeline.fhir.source import TrustedRecord
from jsl_pipeline.schemas import Prescription, Value

if TYPE_CHECKING:
    from fhir.resources.R4B.bundle import Bundle


class FhirBundle(Value):
    """A Bundle that FHIR's models accept."""

    document_id: str
    content: str = Field(description="JSON on one line; the same record always gives the same.")


class InvalidBundle(Value):
    """A record that is no valid Bundle, and where. Holds no words of the document."""

    document_id: str
    path: str = Field(description="First element at fault, e.g. 'Bundle.entry[2].resource.note[0].text'.")
    reason: str = Field(description="Kind of fault, e.g. 'string_too_long'.")


def bundle_of(record: TrustedRecord) -> FhirBundle | InvalidBundle:
    """The Bundle of a record, valid by `fhir.resources`. Raises MissingExtra."""
    tree = _bundle(record)
    too_long = next(_too_long(tree, "Bundle"), None)
    if too_long is not None:
        return InvalidBundle(document_id=record.document_id, path=too_long, reason="string_too_long")
    try:
        checked = _model().model_validate(tree)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False, include_context=False)[0]
        return InvalidBundle(document_id=record.document_id, path=_path(first["loc"]), reason=first["type"])
    return FhirBundle(document_id=record.document_id, content=checked.model_dump_json())


def _bundle(record: TrustedRecord) -> Element:
    recorded = record.closed_at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
    resources = list(_resources(record))
    targets = [each["id"] for each in resources]
    resources.append(provenance_resource(identity(record.document_id, "provenance"), record, recorded, targets))
    return {
        "resourceType": "Bundle",
        "id": identity(record.document_id, "bundle"),
        "identifier": source_identifier(record.document_id),
        "type": "collection",
        "timestamp": recorded,
        "entry": [{"fullUrl": f"urn:uuid:{each['id']}", "resource": each} for each in resources],
    }


def _resources(record: TrustedRecord) -> Iterator[Element]:
    said, document = record.record, record.document_id
    patient = identity(document, "patient")
    of_document = {"Date of the document": raw(said.date), "Record": _trust(record)}
    yield patient_resource(patient, said.patient, of_document)
    if not isinstance(said, Prescription):
        return
    practitioner = practitioner_resource(identity(document, "practitioner"), said.prescriber)
    if practitioner is not None:
        yield practitioner
    for at, medication in enumerate(said.medications):
        id = identity(document, f"medication-request/{at + 1}")
        yield medication_request(id, medication, patient, practitioner, said.date, _trust(record, at))


def _trust(record: TrustedRecord, medication: int | None = None) -> str:
    """The record's status, and the codes of the issues with it that are not of other medications."""
    fields = [(issue.field or "").partition(".")[0] for issue in record.issues]
    mine = [not field.startswith("medications[") or field == f"medications[{medication}]" for field in fields]
    codes = dict.fromkeys(issue.code for issue, is_mine in zip(record.issues, mine, strict=True) if is_mine)
    return f"{record.status.value}; issues: {', '.join(codes)}" if codes else record.status.value


def _model() -> "type[Bundle]":
    try:
        from fhir.resources.R4B.bundle import Bundle
    except ModuleNotFoundError as error:
        if (error.name or "").split(".")[0] not in ("fhir", "fhir_core"):
            raise
        raise MissingExtra("fhir", "Export as FHIR") from None
    return Bundle


def _too_long(tree: object, path: str) -> Iterator[str]:
    """Strings above FHIR's limit, which the library does not know; a narrative is no string and has none."""
    match tree:
        case dict():
            for name, value in tree.items():
                yield from _too_long(value, f"{path}.{name}")
        case list():
            for at, value in enumerate(tree):
                yield from _too_long(value, f"{path}[{at}]")
        case str() if len(tree) > MAX_CHARACTERS and not path.endswith(".div"):
            yield path
        case _:
            return


def _path(place: tuple[int | str, ...]) -> str:
    return "Bundle" + "".join(f"[{each}]" if isinstance(each, int) else f".{each}" for each in place)
