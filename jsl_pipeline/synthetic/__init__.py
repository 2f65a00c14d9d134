"""Invented documents with known content: a landing folder to try the pipeline on, and volume to measure it with."""

from jsl_pipeline.synthetic.landing import Fate, LandedFile, LandingTruth, write_landing, write_volume
from jsl_pipeline.synthetic.volume import SyntheticDocument, pages

__all__ = ["Fate", "LandedFile", "LandingTruth", "SyntheticDocument", "pages", "write_landing", "write_volume"]
