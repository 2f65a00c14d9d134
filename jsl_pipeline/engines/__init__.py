"""Engines: one interface, several ways to read a page."""

from jsl_pipeline.engines.base import Engine
from jsl_pipeline.engines.ocr import OcrEngine, OcrSettings

EngineSettings = OcrSettings
"""Settings of the chosen engine; `kind` says which."""


def create_engine(settings: EngineSettings) -> Engine:
    """The engine that the settings ask for, not yet started."""
    return OcrEngine(settings)


__all__ = ["Engine", "EngineSettings", "OcrEngine", "OcrSettings", "create_engine"]
