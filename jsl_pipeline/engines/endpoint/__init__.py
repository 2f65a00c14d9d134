"""A vision model behind HTTP."""

from jsl_pipeline.engines.endpoint.engine import EndpointEngine

__all__ = ["EndpointEngine"]
