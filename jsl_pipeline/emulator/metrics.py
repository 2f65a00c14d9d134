"""The endpoint's figures in the OpenMetrics text format (https://prometheus.io/docs/specs/om/open_metrics_spec/)."""

from bisect import bisect_left
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.slots import Slots

_LATENCY_MS = (10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000)
_RESERVED_GPU_MEMORY = 90.0  # per cent: what vLLM takes at its start, whatever the load
_FREE_GPU_MEMORY = 2.0  # per cent of a card that no model uses: its driver's
_CPU_AT_FULL_LOAD = 40.0  # per cent: a GPU endpoint's CPU decodes images and waits
_MEMORY_AWAKE = 35.0  # per cent

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Metrics:
    """Invocations and the shares of the hardware in use.

    Counts are gauges over the last minute, as Databricks' own examples for Datadog declare them, and cards are
    named gpu0, gpu1, ... as its documentation does. The names of the labels are [unconfirmed].
    """

    def __init__(self, endpoint: str, entity: str, gpus: int, used_gpus: int, clock: Clock) -> None:
        self._labels = f'endpoint_name="{endpoint}",served_entity_name="{entity}"'
        self._gpus = gpus
        self._used_gpus = used_gpus
        self._clock = clock
        self._recent: deque[_Second] = deque()
        self._latency = _Histogram("request_latency_ms", "Latency of requests in ms.")
        self._queue = _Histogram("model_queue_time_ms", "Time that requests waited for a slot in ms.")

    def count(self, status: int | None, latency_seconds: float, queue_seconds: float) -> None:
        """Take in an invocation that ended; `status` is None where no answer was sent."""
        second = int(self._clock.now())
        if not self._recent or self._recent[-1].at != second:
            self._recent.append(_Second(second))
            self._forget(second)
        self._recent[-1].requests += 1
        self._recent[-1].refused += status is not None and status // 100 == 4
        self._recent[-1].failed += status is not None and status // 100 == 5
        self._latency.observe(1000 * latency_seconds)
        self._queue.observe(1000 * queue_seconds)

    def render(self, slots: Slots, awake: bool) -> str:
        """The exposition. GPU use is the share of slot time worked over the last simulated minute."""
        return "\n".join([*self._lines(slots, awake), "# EOF"]) + "\n"

    def _lines(self, slots: Slots, awake: bool) -> Iterator[str]:
        busy = 100 * slots.busy_share() if awake else 0.0
        self._forget(int(self._clock.now()))
        yield from self._gauge("cpu_usage_percentage", "CPU in use.", busy * _CPU_AT_FULL_LOAD / 100)
        yield from self._gauge("mem_usage_percentage", "Memory in use.", _MEMORY_AWAKE if awake else 0.0)
        yield from self._gauge(
            "provisioned_concurrent_requests_total", "Provisioned concurrency.", slots.capacity if awake else 0
        )
        for name, text, used, free in (
            ("gpu_usage_percentage", "GPU in use, a card.", busy, 0.0),
            ("gpu_mem_usage_percentage", "GPU memory in use, a card.", _RESERVED_GPU_MEMORY, _FREE_GPU_MEMORY),
        ):
            yield from _head(name, "gauge", text)
            for card in range(self._gpus):
                value = (used if card < self._used_gpus else free) if awake else 0.0
                yield f'{name}{{{self._labels},gpu="gpu{card}"}} {value:.2f}'
        recent = self._recent
        yield from self._gauge("request_count_total", "Requests.", sum(each.requests for each in recent))
        yield from self._gauge("request_4xx_count_total", "Answered with 4xx.", sum(each.refused for each in recent))
        yield from self._gauge("request_5xx_count_total", "Answered with 5xx.", sum(each.failed for each in recent))
        yield from self._latency.lines(self._labels)
        yield from self._queue.lines(self._labels)

    def _gauge(self, name: str, text: str, value: float) -> Iterator[str]:
        yield from _head(name, "gauge", text)
        yield f"{name}{{{self._labels}}} {value:.2f}"

    def _forget(self, second: int) -> None:
        while self._recent and self._recent[0].at <= second - 60:
            self._recent.popleft()


@dataclass
class _Second:
    at: int
    requests: int = 0
    refused: int = 0
    failed: int = 0


class _Histogram:
    def __init__(self, name: str, text: str) -> None:
        self._name = name
        self._text = text
        self._counts = [0] * (len(_LATENCY_MS) + 1)
        self._sum = 0.0

    def observe(self, value: float) -> None:
        self._counts[bisect_left(_LATENCY_MS, value)] += 1
        self._sum += value

    def lines(self, labels: str) -> Iterator[str]:
        yield from _head(self._name, "histogram", self._text)
        total = 0
        for bound, count in zip((*map(float, _LATENCY_MS), "+Inf"), self._counts, strict=True):
            total += count
            yield f'{self._name}_bucket{{{labels},le="{bound}"}} {total}'
        yield f"{self._name}_count{{{labels}}} {total}"
        yield f"{self._name}_sum{{{labels}}} {self._sum:.3f}"


def _head(name: str, kind: str, text: str) -> Iterator[str]:
    yield f"# HELP {name} {text}"
    yield f"# TYPE {name} {kind}"
