"""A tiny model in memory, and the processes that hold it."""

import time
from pathlib import Path

import psutil

from jsl_pipeline.engines import VllmSettings

USUAL = {"max_model_len": 4096, "max_sequences": 4, "eager": True, "options": {"dtype": "float32"}}
"""At 32 bits, rounding that differs with what else is read at the moment does not tip a choice between tokens."""


def settings(folder: Path, **changes: object) -> VllmSettings:
    return VllmSettings.model_validate(USUAL | {"model": str(folder)} | changes)


def started(of: int) -> set[psutil.Process]:
    """Processes of vLLM that run below one of ours."""
    return {each for each in psutil.Process(of).children(recursive=True) if _holds(each)}


def until_gone(processes: set[psutil.Process]) -> None:
    """Wait for processes to end; those that ended may wait for their parent to look."""
    deadline = time.monotonic() + 60
    while any(map(_runs, processes)):
        assert time.monotonic() < deadline, "a process of vLLM stays behind"
        time.sleep(0.2)


def _runs(process: psutil.Process) -> bool:
    try:
        return process.is_running() and process.status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def _holds(process: psutil.Process) -> bool:
    """Whether it has to do with the model; it changes its name once it is up."""
    try:
        line = " ".join(process.cmdline())
    except psutil.NoSuchProcess:  # of which a zombie is one
        return False
    return "VLLM" in line or "spawn_main" in line
