"""FHIR Provenance: which document the resources are from, and the software that read it."""

from collections.abc import Iterable, Sequence

from jsl_pipeline.fhir.elements import Element, element, reference, source_identifier, text
from jsl_pipeline.fhir.source import PageReader, TrustedRecord

# A device that makes something new of data that it extracts: https://hl7.org/fhir/R4/valueset-provenance-agent-type.html
_ASSEMBLER = {
    "coding": [{"system": "http://terminology.hl7.org/CodeSystem/provenance-participant-type", "code": "assembler"}]
}


def provenance_resource(id: str, record: TrustedRecord, recorded: str, targets: Iterable[str]) -> Element:
    """Provenance of the resources whose ids are `targets`.

    `recorded` is when the batch was closed, not when it was exported, so that a second export says the same. Agents
    are devices by name and fingerprint, the document is known by its sha256.
    """
    return element(
        resourceType="Provenance",
        id=id,
        target=[reference(each) for each in targets],
        recorded=recorded,
        agent=_agents(record.readers),
        entity=[
            element(
                role="source",
                what={"type": "DocumentReference", "identifier": source_identifier(record.document_id)},
            )
        ],
    )


def _agents(readers: Sequence[PageReader]) -> list[Element]:
    if not readers:
        return [element(type=_ASSEMBLER, who={"type": "Device", "display": "jsl-pipeline"})]
    return [element(type=_ASSEMBLER, who=_device(each)) for each in readers]


def _device(reader: PageReader) -> Element:
    return element(
        type="Device",
        identifier={"type": {"text": "fingerprint of engine, model, prompt and schema"}, "value": reader.fingerprint},
        display=text(f"jsl-pipeline, engine {reader.engine}, model {reader.model}"),
    )
