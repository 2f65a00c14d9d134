"""The command line, `jsl-pipeline`."""

from jsl_pipeline.cli.app import main

__all__ = ["main"]
