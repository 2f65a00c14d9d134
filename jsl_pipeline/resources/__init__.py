"""What assets and sensors are given, and how the instance starts runs."""

from jsl_pipeline.resources.clock import Clock
from jsl_pipeline.resources.compute import ComputeResource
from jsl_pipeline.resources.endpoint import EndpointResource
from jsl_pipeline.resources.settings import SettingsResource

__all__ = ["Clock", "ComputeResource", "EndpointResource", "SettingsResource"]
