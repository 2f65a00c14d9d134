"""Trusted records as FHIR R4: a Bundle a document, with its Patient, Practitioner, MedicationRequests and Provenance.

Each Bundle is checked by `fhir.resources` before it is handed out. The version of FHIR that the library checks against
is 4.3.0 (its module `R4B`; it has no 4.0.1 any more). Every element used here is the same in R4 4.0.1.
"""

from jsl_pipeline.fhir.bundle import FhirBundle, InvalidBundle, bundle_of
from jsl_pipeline.fhir.source import PageReader, TrustedRecord, trusted_records

__all__ = ["FhirBundle", "InvalidBundle", "PageReader", "TrustedRecord", "bundle_of", "trusted_records"]
