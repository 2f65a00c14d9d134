"""Elements that several resources are made of, as the JSON of FHIR: never empty, nothing null."""

import re
from typing import Any
from uuid import UUID, uuid5

from jsl_pipeline.schemas import DateValue, Quantity

Element = dict[str, Any]
"""JSON of an element or a resource. The whole tree is checked at once, when its Bundle is complete."""

UCUM = "http://unitsofmeasure.org"
MAX_CHARACTERS = 1024 * 1024
"""A string has at most so many: https://hl7.org/fhir/R4/datatypes.html#string."""

_NAMESPACE = UUID("6d0c3a0e-6a3f-5d0b-9d4e-0f4f3c1f7a52")  # of all ids made here; never to change
# What neither FHIR's strings nor the XML of a narrative can hold; no scanned mark is any of them.
_NO_WRITING = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\ud800-\udfff\ufffe\uffff]")


def element(**values: object) -> Element:
    """The values that are there, under their names in FHIR."""
    return {name: value for name, value in values.items() if value is not None and value not in ("", [], {})}


def text(written: str | None) -> str | None:
    """Words as written, without control characters and outer white space; None where nothing is left."""
    return _NO_WRITING.sub(" ", written or "").strip() or None


def concept(written: str | None) -> Element:
    """A CodeableConcept of words alone."""
    return element(text=text(written))


def quantity(amount: Quantity) -> Element:
    """A Quantity; counted things have a unit for people and no code."""
    return element(
        value=number(amount.value), unit=text(amount.unit), system=UCUM if amount.code else None, code=amount.code
    )


def number(value: float) -> float | int:
    """A decimal without digits that nobody wrote: 2, not 2.0."""
    return int(value) if value.is_integer() else value


def identity(document_id: str, role: str) -> str:
    """The id of a resource: a UUID of the document and of the resource's role in it, the same on every run."""
    return str(uuid5(_NAMESPACE, f"{document_id}/{role}"))


def reference(id: str) -> Element:
    """To a resource in the same Bundle."""
    return {"reference": f"urn:uuid:{id}"}


def source_identifier(document_id: str) -> Element:
    """The document by its bytes; the name of its file stays behind."""
    return {"type": {"text": "sha256 of the source document"}, "value": document_id}


def raw(date: DateValue | None) -> str | None:
    """A date as written."""
    return date.raw if date else None
