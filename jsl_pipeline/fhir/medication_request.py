"""FHIR MedicationRequest: one medication of a prescription.

`status` is `unknown`: the page says nothing of what became of the request since, and R4 has that code for an authoring
system that does not know (https://hl7.org/fhir/R4/valueset-medicationrequest-status.html). `intent` is `order`, "a
request/demand and authorization for action", where the document names a prescriber or says their licence number; a list
without either is a `plan`, which authorises nobody to act.

The medication is text: the vocabulary of drugs has names and no codes of an open code system.
"""

from jsl_pipeline.clinical import parse_sig
from jsl_pipeline.fhir.dates import partial_date
from jsl_pipeline.fhir.dosage import dosage_instruction
from jsl_pipeline.fhir.elements import Element, concept, element, quantity, reference, text
from jsl_pipeline.schemas import DateValue, Medication

_LONGEST = 100  # characters of an amount


def medication_request(
    id: str, medication: Medication, patient: str, practitioner: Element | None, date: DateValue | None, trust: str
) -> Element:
    """The request. `patient` is an id in the same Bundle, `practitioner` a resource of it, `trust` how far the record
    can be trusted. What is not understood, or has no element, is a note with the words of the page."""
    dispensed = _dispensed(medication)
    notes = {
        "Record": trust,
        "Date as written": date.raw if date and not date.iso else None,
        "Quantity as written": None if dispensed else medication.quantity,
        "Refills as written": medication.refills_text if medication.refills is None else None,
    }
    return element(
        resourceType="MedicationRequest",
        id=id,
        status="unknown",
        intent="order" if practitioner and practitioner.keys() & {"name", "identifier"} else "plan",
        medicationCodeableConcept=concept(_named(medication)),
        subject=reference(patient),
        authoredOn=partial_date(date),
        requester=reference(practitioner["id"]) if practitioner else None,
        note=[{"text": f"{label}: {words}"} for label, written in notes.items() if (words := text(written))],
        dosageInstruction=dosage_instruction(medication),
        dispenseRequest=element(numberOfRepeatsAllowed=medication.refills, **dispensed),
    )


def _named(medication: Medication) -> str | None:
    """Name, strength and form as written; what the name holds already is said once."""
    name = text(medication.name)
    if name is None:
        return None
    more = [words for each in (medication.strength, medication.form) if (words := text(each))]
    return " ".join([name, *(each for each in more if each.casefold() not in name.casefold())])


def _dispensed(medication: Medication) -> Element:
    """How much to dispense, or for how long, where the words say that and nothing else."""
    written = medication.quantity
    if not written or len(written) > _LONGEST:
        return {}
    for words in (written, f"Disp: {written}"):  # a bare number is an amount under its caption alone
        sig = parse_sig(words)
        amount, lasting = sig.quantity, sig.supply_duration
        if (amount or lasting) and not (sig.unparsed or sig.dosages or sig.refills is not None):
            return element(
                quantity=quantity(amount) if amount else None,
                expectedSupplyDuration=quantity(lasting) if lasting else None,
            )
    return {}
