"""Wire protocols: how pages are sent to an endpoint, and how its answers come back."""

from jsl_pipeline.serving.protocols.base import Ask, Frame, WireAnswer, WireProtocol, WireToken, WrongAnswer
from jsl_pipeline.serving.protocols.chat import ChatProtocol
from jsl_pipeline.serving.protocols.completion import CompletionProtocol
from jsl_pipeline.serving.protocols.form import FormProtocol
from jsl_pipeline.serving.protocols.table import TableProtocol
from jsl_pipeline.serving.settings import EndpointSettings


def create_protocol(settings: EndpointSettings) -> WireProtocol:
    """The protocol that the settings name."""
    match settings.protocol:
        case "chat":
            return ChatProtocol()
        case "completion":
            return CompletionProtocol(settings.image_field)
        case "form":
            return FormProtocol()
        case layout:
            return TableProtocol(layout, settings.image_field, settings.prompt_field, settings.data_url)


__all__ = ["Ask", "Frame", "WireAnswer", "WireProtocol", "WireToken", "WrongAnswer", "create_protocol"]
