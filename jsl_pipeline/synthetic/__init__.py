"""Invented documents with known content: a landing folder to try the pipeline on, and volume to measure it with."""

from jsl_pipeline.errors import MissingExtra

try:
    from jsl_pipeline.synthetic.hard import HardDocument, TruePlace, hard_pages
    from jsl_pipeline.synthetic.landing import Fate, LandedFile, LandingTruth, write_hard, write_landing, write_volume
    from jsl_pipeline.synthetic.volume import SyntheticDocument, pages
except ModuleNotFoundError as error:
    if (error.name or "").split(".")[0] not in ("fontpkg", "matplotlib", "reportlab"):
        raise
    raise MissingExtra("samples", "Drawing documents") from error

__all__ = [
    "Fate",
    "HardDocument",
    "LandedFile",
    "LandingTruth",
    "SyntheticDocument",
    "TruePlace",
    "hard_pages",
    "pages",
    "write_hard",
    "write_landing",
    "write_volume",
]
