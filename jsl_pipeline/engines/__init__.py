"""Engines: one interface, several ways to read a page."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from jsl_pipeline.engines.base import Engine
from jsl_pipeline.engines.endpoint import EndpointEngine
from jsl_pipeline.engines.ocr import OcrEngine, OcrSettings
from jsl_pipeline.serving import EndpointSettings


def _kind(settings: Any) -> str:  # noqa: ANN401  (what pydantic passes: a mapping, or settings)
    return settings.get("kind", "ocr") if isinstance(settings, Mapping) else getattr(settings, "kind", "")


EngineSettings = Annotated[
    Annotated[OcrSettings, Tag("ocr")] | Annotated[EndpointSettings, Tag("endpoint")],
    Discriminator(_kind, custom_error_type="engine_kind", custom_error_message="`kind` is ocr or endpoint"),
]
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
