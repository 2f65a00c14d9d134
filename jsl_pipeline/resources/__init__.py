"""What assets and sensors are given, and how the instance starts runs."""

from jsl_pipeline.resources.settings import SettingsResource

__all__ = ["SettingsResource"]
