"""Serving: where an endpoint is, what it is doing, how it is woken, and how it is spoken to."""

from jsl_pipeline.serving.settings import EndpointSettings, GatherSettings, PriceSettings, WakeSettings
from jsl_pipeline.serving.status import EndpointState, EndpointStatus

__all__ = [
    "EndpointSettings",
    "EndpointState",
    "EndpointStatus",
    "GatherSettings",
    "PriceSettings",
    "WakeSettings",
]
