"""A vision model behind HTTP."""

from jsl_pipeline.engines.endpoint.engine import EndpointEngine
from jsl_pipeline.engines.endpoint.gate import Share

__all__ = ["EndpointEngine", "Share"]
