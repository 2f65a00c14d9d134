"""A tiny model in memory, and the processes that hold it."""

from pathlib import Path

import psutil

from jsl_pipeline.engines import VllmSettings


def settings(model: Path, **changes: object) -> VllmSettings:
    usual = {"model": str(model), "max_model_len": 4096, "max_sequences": 4, "eager": True}
    return VllmSettings.model_validate(usual | changes)


def started(of: int) -> list[psutil.Process]:
    """Processes of vLLM below one of ours."""
    return [each for each in psutil.Process(of).children(recursive=True) if _holds(each)]


def _holds(process: psutil.Process) -> bool:
    """Whether it has to do with the model; it changes its name once it is up."""
    line = " ".join(process.cmdline())
    return "VLLM" in line or "spawn_main" in line
