"""Extraction: from prepared pages to answers, paid for once."""

from jsl_pipeline.extraction.engine import reading_engine
from jsl_pipeline.extraction.reader import Asked, LocalReader, PreparedPage, Reader, ask

__all__ = ["Asked", "LocalReader", "PreparedPage", "Reader", "ask", "reading_engine"]
