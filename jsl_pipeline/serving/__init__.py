"""Serving: where an endpoint is, what it is doing, how it is woken, and how it is spoken to."""

from jsl_pipeline.serving.control import Control, dummy_request, open_control
from jsl_pipeline.serving.gather import Verdict, Waiting, keep_warm_due, worth_waking
from jsl_pipeline.serving.metrics import Card, Sample, Timing, parse_metrics
from jsl_pipeline.serving.price import dollars_per_hour
from jsl_pipeline.serving.recording import observe, recording
from jsl_pipeline.serving.settings import EndpointSettings, GatherSettings, PriceSettings, WakeSettings
from jsl_pipeline.serving.status import EndpointState, EndpointStatus, parse_status
from jsl_pipeline.serving.waiting import WakeProgress, wait_until_ready

__all__ = [
    "Card",
    "Control",
    "EndpointSettings",
    "EndpointState",
    "EndpointStatus",
    "GatherSettings",
    "PriceSettings",
    "Sample",
    "Timing",
    "Verdict",
    "Waiting",
    "WakeProgress",
    "WakeSettings",
    "dollars_per_hour",
    "dummy_request",
    "keep_warm_due",
    "observe",
    "open_control",
    "parse_metrics",
    "parse_status",
    "recording",
    "wait_until_ready",
    "worth_waking",
]
