"""Engines: one interface, several ways to read a page."""

from collections.abc import Callable, Mapping
from typing import Annotated, Any

from pydantic import Discriminator, Tag

from jsl_pipeline.engines.base import Engine
from jsl_pipeline.engines.endpoint import EndpointEngine, Share
from jsl_pipeline.engines.jsl import JslEngine, JslSettings
from jsl_pipeline.engines.ocr import OcrEngine, OcrSettings
from jsl_pipeline.engines.question import Question
from jsl_pipeline.engines.review import Reviewer
from jsl_pipeline.engines.vllm import VllmEngine, VllmSettings
from jsl_pipeline.errors import SettingsError
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
    question: Question | None = None,
    reviewer: Reviewer | None = None,
) -> Engine:
    """The engine that the settings ask for, not yet started.

    `tell` is given sentences for people, without document text, about what the engine waits for. `share` says which
    part of an endpoint's concurrency is this engine's, where several share it; it is asked again and again. With a
    `question`, that is asked instead of a candidate, and the answers are plain text. Where the settings want a second
    look, the model is asked once more about what `reviewer` finds wrong with an answer; the engines `ocr` and `jsl`
    have none. Raises SettingsError where the engine cannot answer the question.
    """
    match settings:
        case OcrSettings() if question is not None:
            raise SettingsError(
                "The engine `ocr` answers no questions: set JSL_ENGINE__KIND to endpoint, vllm or jsl, with what that "
                "needs, or the same in jsl_pipeline.toml."
            )
        case OcrSettings():
            return OcrEngine(settings)
        case EndpointSettings():
            return EndpointEngine(settings, tell, share, question, reviewer)
        case VllmSettings():
            return VllmEngine(settings, tell, question, reviewer)
        case JslSettings():
            return JslEngine(settings, tell, question)


__all__ = [
    "EndpointEngine",
    "EndpointSettings",
    "Engine",
    "EngineSettings",
    "JslEngine",
    "JslSettings",
    "OcrEngine",
    "OcrSettings",
    "Question",
    "Reviewer",
    "Share",
    "VllmEngine",
    "VllmSettings",
    "create_engine",
]
