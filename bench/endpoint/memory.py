"""Peak memory of the client does not grow with the number of pages."""

import sys
from collections.abc import Iterator
from pathlib import Path
from resource import RUSAGE_SELF, getrusage

from bench.endpoint.driving import KB, draw, in_child
from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale
from jsl_pipeline.emulator import EmulatorSettings, Latency
from jsl_pipeline.engines import EndpointSettings, create_engine

_SIZE = 1200 * KB
_SLOTS = 32


def memory(scale: Scale) -> Iterator[Figure]:
    """Peak resident memory at some pages and at ten times as many."""
    few = scale.count(500, 100)
    peaks: list[float] = []
    for pages in (few, 10 * few):
        settings = EmulatorSettings(
            slots=_SLOTS, queue=0, latency=Latency(request_seconds=0.2), scale_to_zero=AWAKE, hash_pages=False
        )
        with scripted(settings) as endpoint:
            answered, peak = in_child(_read, endpoint.client(), pages)
        peaks.append(peak)
        detail = f"S={_SLOTS}, L=0.2 s, 1.2 MB pages, {answered} answered"
        yield Figure("memory", f"peak of the client at {pages} pages", peak, "MB", detail=detail)
    ratio = peaks[1] / peaks[0]
    yield Figure("memory", f"{10 * few} pages / {few} pages", ratio, "x", "<= 1.1", ratio <= 1.1)


def _read(settings: EndpointSettings, pages: int) -> tuple[int, float]:
    with create_engine(settings) as engine:
        answered = sum(1 for _ in engine.read(draw(_SIZE, range(pages))))
    return answered, _peak_mb()


def _peak_mb() -> float:
    status = Path("/proc/self/status")
    if status.exists():  # the other figure holds, on Linux, what the parent had before this process was its own
        lines = status.read_text().splitlines()
        return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM")) * 1024 / 1e6
    return getrusage(RUSAGE_SELF).ru_maxrss / (1e6 if sys.platform == "darwin" else 1e3)
