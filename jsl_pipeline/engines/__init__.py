"""Engines: one interface, several ways to read a page."""

from collections.abc import Callable
from typing import Annotated

from pydantic import Field

from jsl_pipeline.engines.base import Engine
from jsl_pipeline.engines.endpoint import EndpointEngine
from jsl_pipeline.engines.ocr import OcrEngine, OcrSettings
from jsl_pipeline.serving import EndpointSettings

EngineSettings = Annotated[OcrSettings | EndpointSettings, Field(discriminator="kind")]
"""Settings of the chosen engine; `kind` says which."""


def create_engine(settings: OcrSettings | EndpointSettings, tell: Callable[[str], None] = lambda _: None) -> Engine:
    """The engine that the settings ask for, not yet started.

    `tell` is given sentences for people, without document text, about what the engine waits for.
    """
    match settings:
        case OcrSettings():
            return OcrEngine(settings)
        case EndpointSettings():
            return EndpointEngine(settings, tell)


__all__ = [
    "EndpointEngine",
    "EndpointSettings",
    "Engine",
    "EngineSettings",
    "OcrEngine",
    "OcrSettings",
    "create_engine",
]
