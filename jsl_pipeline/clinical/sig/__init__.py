"""Directions ('sig') understood: a line of free text to FHIR R4 dosages, with the words that were not."""

from jsl_pipeline.clinical.sig.parsing import parse_sig

__all__ = ["parse_sig"]
