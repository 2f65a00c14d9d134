"""FHIR Patient: who the document is about."""

from html import escape

from jsl_pipeline.fhir.dates import partial_date
from jsl_pipeline.fhir.elements import Element, element, raw, text
from jsl_pipeline.fhir.people import address, human_name, phone
from jsl_pipeline.schemas import Patient


def patient_resource(id: str, patient: Patient, of_document: dict[str, str | None]) -> Element:
    """The patient; `of_document` are labels and words about the document that the narrative says too.

    A birth date is never worked out from an age, and no gender from a name. Age and weight have no element in
    Patient: they are in the narrative, which therefore is `additional`
    (https://hl7.org/fhir/R4/valueset-narrative-status.html).
    """
    return element(
        resourceType="Patient",
        id=id,
        text=_narrative(
            {
                "Name": patient.name,
                "Date of birth": raw(patient.dob),
                "Age": patient.age_text or (None if patient.age is None else str(patient.age)),
                "Sex": patient.sex or patient.gender,
                "Address": patient.address,
                "Telephone": patient.phone,
                "Weight": patient.weight or (None if patient.weight_kg is None else f"{patient.weight_kg:g} kg"),
                **of_document,
            }
        ),
        name=human_name(patient.name),
        telecom=phone(patient.phone),
        gender=patient.gender,
        birthDate=partial_date(patient.dob),
        address=address(patient.address),
    )


def _narrative(lines: dict[str, str | None]) -> Element:
    written = [
        f"<li>{label}: {escape(words, quote=False)}</li>" for label, line in lines.items() if (words := text(line))
    ]
    div = f'<div xmlns="http://www.w3.org/1999/xhtml"><p>As written:</p><ul>{"".join(written)}</ul></div>'
    return element(status="additional", div=div) if written else {}
