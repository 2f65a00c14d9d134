"""Files, clusters and jobs of the emulated workspace."""

from jsl_pipeline.emulator.workspace.workspace import Workspace

__all__ = ["Workspace"]
