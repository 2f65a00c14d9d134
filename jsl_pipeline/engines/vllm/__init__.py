"""A vision model in the memory of this machine's GPUs, by vLLM."""

from jsl_pipeline.engines.vllm.engine import VllmEngine
from jsl_pipeline.engines.vllm.settings import VllmSettings

__all__ = ["VllmEngine", "VllmSettings"]
