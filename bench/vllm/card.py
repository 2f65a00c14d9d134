"""A GPU as NVIDIA's management library sees it: its name, how busy it is, what its memory holds."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.util import find_spec
from typing import Any

_LOOK_SECONDS = 0.2


@dataclass
class Usage:
    """What was seen of the first GPU meanwhile."""

    busy: list[float] = field(default_factory=list)
    """Shares of time in which a kernel ran, one a look."""
    memory_gb: float = 0.0
    """At most, by all processes."""

    @property
    def mean_busy(self) -> float | None:
        """None where nothing was seen."""
        return sum(self.busy) / len(self.busy) if self.busy else None


def find_card() -> str | None:
    """Name, memory and driver of the first GPU; None where there is none."""
    if (nvml := _library()) is None:
        return None
    card = nvml.nvmlDeviceGetHandleByIndex(0)
    memory = nvml.nvmlDeviceGetMemoryInfo(card).total / 1e9
    return f"{nvml.nvmlDeviceGetName(card)}, {memory:.0f} GB, driver {nvml.nvmlSystemGetDriverVersion()}"


@contextmanager
def watched() -> Iterator[Usage]:
    """Look at the GPU while the block runs; without one, nothing is seen."""
    usage, ended, nvml = Usage(), threading.Event(), _library()
    if nvml is None:
        yield usage
        return
    card = nvml.nvmlDeviceGetHandleByIndex(0)

    def look() -> None:
        while not ended.wait(_LOOK_SECONDS):
            usage.busy.append(nvml.nvmlDeviceGetUtilizationRates(card).gpu / 100)
            usage.memory_gb = max(usage.memory_gb, nvml.nvmlDeviceGetMemoryInfo(card).used / 1e9)

    thread = threading.Thread(target=look, daemon=True)
    thread.start()
    try:
        yield usage
    finally:
        ended.set()
        thread.join()


def _library() -> Any:  # noqa: ANN401
    """The copy that comes with vLLM, ready to use; None where it finds no driver or no card."""
    if find_spec("vllm") is None:
        return None
    from vllm.third_party import pynvml

    try:
        pynvml.nvmlInit()
        return pynvml if pynvml.nvmlDeviceGetCount() else None
    except pynvml.NVMLError:
        return None
