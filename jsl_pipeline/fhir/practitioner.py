"""FHIR Practitioner: who prescribed."""

from jsl_pipeline.fhir.elements import Element, element, text
from jsl_pipeline.fhir.people import address, human_name, phone
from jsl_pipeline.schemas import Prescriber


def practitioner_resource(id: str, prescriber: Prescriber) -> Element | None:
    """The prescriber as the document names them; None where it says nothing of one.

    A licence number has no system: the document does not say who gave it.
    """
    licence = text(prescriber.license_no)
    said = element(
        identifier=[{"type": {"text": "licence number"}, "value": licence}] if licence else [],
        name=human_name(prescriber.name),
        telecom=phone(prescriber.phone),
        address=address(prescriber.address),
    )
    return element(resourceType="Practitioner", id=id, **said) if said else None
