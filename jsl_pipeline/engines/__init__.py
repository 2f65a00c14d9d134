"""Engines: one interface, several ways to read a page."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from jsl_pipeline.engines.base import Engine
from jsl_pipeline.engines.endpoint import EndpointEngine, Share
from jsl_pipeline.engines.jsl import JslEngine, JslSettings
from jsl_pipeline.engines.ocr import OcrEngine, OcrSettings
from jsl_pipeline.engines.vllm import VllmEngine, VllmSettings
from jsl_pipeline.serving import EndpointSettings


def _kind(settings: Any) -> str:  # noqa: ANN401  (what pydantic passes: a mapping, or settings)
    return settings.get("kind", "ocr") if isinstance(settings, Mapping) else getattr(settings, "kind", "")


EngineSettings = Annotated[
    Annotated[OcrSettings, Tag("ocr")]
    | Annotated[EndpointSettings, Tag("endpoint")]
    | Annotated[VllmSettings, Tag("vllm")]
    | Annotated[JslSettings, Tag("jsl")],
    Discriminator(_kind, custom_error_type="engine_kind", custom_error_message="`kind` is ocr, endpoint, vllm or jsl"),
]
"""Settings of the chosen engine; `kind` says which."""


def create_engine(
    settings: OcrSettings | EndpointSettings | VllmSettings | JslSettings,
    tell: Callable[[str], None] = lambda _: None,
    share: Share = lambda: 1.0,
) -> Engine:
    """The engine that the settings ask for, not yet started.

    `tell` is given sentences for people, without document text, about what the engine waits for. `share` says which
    part of an endpoint's concurrency is this engine's, where several share it; it is asked again and again.
    """
    match settings:
        case OcrSettings():
            return OcrEngine(settings)
        case EndpointSettings():
            return EndpointEngine(settings, tell, share)
        case VllmSettings():
            return VllmEngine(settings, tell)
        case JslSettings():
            return JslEngine(settings, tell)


__all__ = [
    "EndpointEngine",
    "EndpointSettings",
    "Engine",
    "EngineSettings",
    "JslEngine",
    "JslSettings",
    "OcrEngine",
    "OcrSettings",
    "Share",
    "VllmEngine",
    "VllmSettings",
    "create_engine",
]
