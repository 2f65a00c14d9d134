"""Extraction: from prepared pages to answers, paid for once."""

from jsl_pipeline.extraction.runner import Runner

__all__ = ["Runner"]
