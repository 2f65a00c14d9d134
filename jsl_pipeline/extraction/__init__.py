"""Extraction: from prepared pages to answers, paid for once."""

from jsl_pipeline.extraction.reader import Asked, LocalReader, Reader, ask

__all__ = ["Asked", "LocalReader", "Reader", "ask"]
