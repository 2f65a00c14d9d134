"""The figures of a vLLM server in Prometheus' text format, under the names that vLLM 0.26 to 0.32 gives them."""

from collections import Counter
from collections.abc import Iterator, Sequence

from jsl_pipeline.emulator.answers import PageText
from jsl_pipeline.emulator.slots import Slots

CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"

_CACHE_AT_FULL_LOAD = 0.6  # share of the KV cache: a request is given a slot only where its tokens fit


class VllmMetrics:
    """Requests, tokens and times since the start, in simulated seconds. Nothing is ever preempted."""

    def __init__(self, model: str) -> None:
        self._labels = f'engine="0",model_name="{model}"'
        self._ended: Counter[str] = Counter(stop=0, length=0, error=0)
        self._refused = 0
        self._prompt_tokens = 0
        self._generation_tokens = 0
        self._seconds = {"e2e_request_latency": 0.0, "request_queue_time": 0.0}
        self._seconds |= {"request_prefill_time": 0.0, "request_decode_time": 0.0}

    def count(
        self,
        status: int | None,
        texts: Sequence[PageText],
        latency_seconds: float,
        queue_seconds: float,
        prefill_seconds: float,
        decode_seconds: float,
    ) -> None:
        """Take in an invocation that ended; `status` is None where no answer was sent."""
        self._refused += status == 429
        if status == 200:
            self._ended["length" if any(text.finish_reason == "length" for text in texts) else "stop"] += 1
        elif status is not None and status >= 500:
            self._ended["error"] += 1
        else:
            return
        self._prompt_tokens += sum(text.prompt_tokens for text in texts)
        self._generation_tokens += sum(text.completion_tokens for text in texts)
        spent = (latency_seconds, queue_seconds, prefill_seconds, decode_seconds)
        for name, seconds in zip(self._seconds, spent, strict=True):
            self._seconds[name] += seconds

    def render(self, slots: Slots) -> str:
        """The exposition."""
        return "\n".join(self._lines(slots)) + "\n"

    def _lines(self, slots: Slots) -> Iterator[str]:
        yield from self._series("num_requests_running", "gauge", slots.busy)
        yield from self._series("num_requests_waiting", "gauge", slots.waiting)
        yield from self._series("kv_cache_usage_perc", "gauge", _CACHE_AT_FULL_LOAD * slots.busy / slots.capacity)
        yield from self._series("num_preemptions_total", "counter", 0)
        yield from self._series("prompt_tokens_total", "counter", self._prompt_tokens)
        yield from self._series("generation_tokens_total", "counter", self._generation_tokens)
        yield "# TYPE vllm:request_success_total counter"
        for reason, number in self._ended.items():
            yield f'vllm:request_success_total{{{self._labels},finished_reason="{reason}"}} {number}'
        yield "# TYPE vllm:admission_rejections_total counter"
        yield f'vllm:admission_rejections_total{{{self._labels},reason="max_num_queued_reqs"}} {self._refused}'
        ended = self._ended.total()
        for name, seconds in self._seconds.items():
            yield f"# TYPE vllm:{name}_seconds histogram"
            yield f'vllm:{name}_seconds_bucket{{{self._labels},le="+Inf"}} {ended}'
            yield f"vllm:{name}_seconds_count{{{self._labels}}} {ended}"
            yield f"vllm:{name}_seconds_sum{{{self._labels}}} {seconds:.6f}"

    def _series(self, name: str, kind: str, value: float) -> Iterator[str]:
        yield f"# TYPE vllm:{name} {kind}"
        yield f"vllm:{name}{{{self._labels}}} {value:g}"
