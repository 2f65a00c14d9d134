"""Loads from a file, and from the pipeline's own history."""

from jsl_pipeline.planning.loads.arrivals import find_zone
from jsl_pipeline.planning.loads.history import load_from_history
from jsl_pipeline.planning.loads.load_file import read_load

__all__ = ["find_zone", "load_from_history", "read_load"]
