"""The endpoint's figures in the OpenMetrics text format (https://prometheus.io/docs/specs/om/open_metrics_spec/)."""

from bisect import bisect_left
from collections.abc import Iterator

from jsl_pipeline.emulator.slots import Slots

_LATENCY_MS = (10, 50, 100, 250, 500, 1000, 2500, 5000, 10_000, 30_000, 60_000, 120_000, 300_000)
_RESERVED_GPU_MEMORY = 90.0  # per cent: what vLLM takes at its start, whatever the load
_CPU_A_BUSY_SLOT = 40.0  # per cent of the CPU when all slots work: the gateway and the image decoding

CONTENT_TYPE = "application/openmetrics-text; version=1.0.0; charset=utf-8"


class Metrics:
    """Counts of invocations and the shares of the hardware in use. Label names are [unconfirmed]."""

    def __init__(self, endpoint: str, entity: str, gpus: int) -> None:
        self._labels = f'endpoint_name="{endpoint}",served_entity_name="{entity}"'
        self._gpus = gpus
        self._requests = 0
        self._statuses = {4: 0, 5: 0}
        self._latency = _Histogram("request_latency_ms", "Latency of requests in ms.")
        self._queue = _Histogram("model_queue_time_ms", "Time that requests waited for a slot in ms.")

    def count(self, status: int | None, latency_seconds: float, queue_seconds: float) -> None:
        """Take in an invocation that ended; `status` is None where no answer was sent."""
        self._requests += 1
        if status is not None and status // 100 in self._statuses:
            self._statuses[status // 100] += 1
        self._latency.observe(1000 * latency_seconds)
        self._queue.observe(1000 * queue_seconds)

    def render(self, slots: Slots, awake: bool) -> str:
        """The exposition. GPU use is the share of slot time worked over the last simulated minute."""
        return "\n".join([*self._lines(slots, awake), "# EOF"]) + "\n"

    def _lines(self, slots: Slots, awake: bool) -> Iterator[str]:
        busy = 100 * slots.busy_share() if awake else 0.0
        yield from self._gauge("cpu_usage_percentage", "CPU in use.", busy * _CPU_A_BUSY_SLOT / 100)
        yield from self._gauge("mem_usage_percentage", "Memory in use.", 35.0 if awake else 0.0)
        yield from self._gauge(
            "provisioned_concurrent_requests_total", "Provisioned concurrency.", slots.capacity if awake else 0
        )
        for name, text, value in (
            ("gpu_usage_percentage", "GPU in use, a card.", busy),
            ("gpu_mem_usage_percentage", "GPU memory in use, a card.", _RESERVED_GPU_MEMORY if awake else 0.0),
        ):
            yield from _head(name, "gauge", text)
            yield from (f'{name}{{{self._labels},gpu="{card}"}} {value:.2f}' for card in range(self._gpus))
        yield from self._counter("request_count", "Requests.", self._requests)
        yield from self._counter("request_4xx_count", "Requests answered with 4xx.", self._statuses[4])
        yield from self._counter("request_5xx_count", "Requests answered with 5xx.", self._statuses[5])
        yield from self._latency.lines(self._labels)
        yield from self._queue.lines(self._labels)

    def _gauge(self, name: str, text: str, value: float) -> Iterator[str]:
        yield from _head(name, "gauge", text)
        yield f"{name}{{{self._labels}}} {value:.2f}"

    def _counter(self, family: str, text: str, value: int) -> Iterator[str]:
        yield from _head(family, "counter", text)
        yield f"{family}_total{{{self._labels}}} {value}"


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
