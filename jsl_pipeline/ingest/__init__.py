"""From a landing folder to open documents and rendered pages. Pure: the stage decides what runs where."""

from jsl_pipeline.ingest.document import OpenDocument, RenderError
from jsl_pipeline.ingest.landing import Landing
from jsl_pipeline.ingest.limits import Limits
from jsl_pipeline.ingest.opening import open_document

__all__ = ["Landing", "Limits", "OpenDocument", "RenderError", "open_document"]
