"""What an endpoint's metrics page says at a moment: Databricks' export of a serving endpoint, or vLLM's own."""

import json
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from math import isfinite
from statistics import fmean
from typing import NamedTuple

from prometheus_client.parser import text_string_to_metric_families
from pydantic import AwareDatetime, Field

from jsl_pipeline.schemas import Value
from jsl_pipeline.serving.status import EndpointState, EndpointStatus

DATABRICKS_WINDOW_SECONDS = 60.0  # what its counts are of; it exports once a minute
_MS = 0.001


class Card(Value):
    """A GPU."""

    name: str
    use: float | None = Field(default=None, description="Share of time in which it worked, 0 to 1.")
    memory: float | None = Field(default=None, description="Share of its memory that is taken, 0 to 1.")


class Timing(Value):
    """Times of requests that ended since the endpoint came up."""

    seconds: float = Field(description="Together.")
    count: float = Field(description="Of how many requests.")


class Sample(Value):
    """An endpoint at a moment. What it does not say is None. Sums are over what it serves and its replicas."""

    at: AwareDatetime
    status: EndpointStatus | None = Field(default=None, description="What it was doing, where that was asked, too.")
    message: str = Field(default="", description="Why there are no figures; empty where there are.")

    cards: tuple[Card, ...] = ()
    cpu: float | None = Field(default=None, description="Share of its CPU in use, mean over replicas.")
    memory: float | None = Field(default=None, description="Share of its memory in use, mean over replicas.")
    slots: float | None = Field(default=None, description="Provisioned: requests that it works on at once now.")
    requests: float | None = Field(default=None, description="That ended: of the window, or since it came up.")
    refused: float | None = Field(default=None, description="Of them, answered with a 4xx such as 429.")
    failed: float | None = Field(default=None, description="Of them, answered with a 5xx, or ended by an error.")
    window_seconds: float | None = Field(
        default=None, description="The counts are of so many seconds before; None: since it came up."
    )
    latency: Timing | None = Field(default=None, description="From a request's arrival to its answer.")
    queue: Timing | None = Field(default=None, description="Of that, waiting to be worked on.")
    prefill: Timing | None = Field(default=None, description="vLLM: image and prompt are taken in.")
    decode: Timing | None = Field(default=None, description="vLLM: the answer is written.")
    running: float | None = Field(default=None, description="vLLM: requests worked on now.")
    waiting: float | None = Field(default=None, description="vLLM: requests waiting now.")
    cache: float | None = Field(default=None, description="vLLM: share of the KV cache in use; the fullest replica's.")
    preemptions: float | None = Field(default=None, description="vLLM: requests put back for want of cache, so far.")
    prompt_tokens: float | None = Field(default=None, description="vLLM: so far.")
    generation_tokens: float | None = Field(default=None, description="vLLM: so far.")

    @property
    def state(self) -> EndpointState | None:
        """What it was doing; None where that was not asked."""
        return self.status.state if self.status else None

    @property
    def gpu_idle_share(self) -> float | None:
        """0 to 1, mean over the cards; None where it does not tell their use."""
        uses = [card.use for card in self.cards if card.use is not None]
        return 1 - fmean(uses) if uses else None


def parse_metrics(body: bytes, at: datetime) -> Sample | None:
    """The sample in a metrics page of Databricks or vLLM; None where nothing in it is known.

    Prometheus' text format and OpenMetrics are read, with or without the latter's end mark, also as `contents` of
    JSON. Names that are not known are passed over. A count that is declared as a counter is since the endpoint came
    up; Databricks declares its counts as gauges, of the last minute.
    """
    try:
        page = _read(_text(body))
    except (ValueError, RecursionError):  # not in either format
        return None
    counts = {name: page.sum(names) for name, names in _COUNTS.items()}
    windowed = counts["requests"] is not None and not page.counts_up(_COUNTS["requests"])
    figures = {
        **counts,
        "cards": _cards(page),
        "window_seconds": DATABRICKS_WINDOW_SECONDS if windowed else None,
        **{name: page.share(names) for name, names in _PERCENTAGES.items()},
        **{name: page.timing(names) for name, names in _TIMINGS.items()},
        "cache": page.fold(_CACHE, max),
        "failed": _add(page.sum(("request_5xx_count_total",)), page.sum(_ENDED, {"finished_reason": "error"})),
    }
    if not any(figure is not None and figure != () for figure in figures.values()):
        return None
    return Sample.model_validate({"at": at, **figures})


_ENDED = ("vllm:request_success_total",)
_CACHE = ("vllm:kv_cache_usage_perc", "vllm:gpu_cache_usage_perc")  # the second until vLLM 0.10; both are shares
_COUNTS = {
    "slots": ("provisioned_concurrent_requests_total",),
    "requests": ("request_count_total", *_ENDED),
    "refused": ("request_4xx_count_total", "vllm:admission_rejections_total"),
    "running": ("vllm:num_requests_running",),
    "waiting": ("vllm:num_requests_waiting",),
    "preemptions": ("vllm:num_preemptions_total",),
    "prompt_tokens": ("vllm:prompt_tokens_total",),
    "generation_tokens": ("vllm:generation_tokens_total",),
}
_PERCENTAGES = {"cpu": ("cpu_usage_percentage",), "memory": ("mem_usage_percentage", "memory_usage_percentage")}
_TIMINGS = {
    "latency": {"request_latency_ms": _MS, "vllm:e2e_request_latency_seconds": 1.0},
    "queue": {"model_queue_time_ms": _MS, "vllm:request_queue_time_seconds": 1.0},
    "prefill": {"vllm:request_prefill_time_seconds": 1.0},
    "decode": {"vllm:request_decode_time_seconds": 1.0},
}
_CARD_USE = ("gpu_usage_percentage",)
_CARD_MEMORY = ("gpu_mem_usage_percentage", "gpu_memory_usage_percentage")  # the documentation has both
_OF_ENDPOINT = ("endpoint", "entity", "model", "workspace")  # in names of labels that tell no card


class _Series(NamedTuple):
    labels: Mapping[str, str]
    value: float


class _Page(NamedTuple):
    series: Mapping[str, list[_Series]]
    counters: frozenset[str]

    def of(self, names: Iterable[str], labels: Mapping[str, str] | None = None) -> list[_Series]:
        """Series of these names that have these labels."""
        wanted = (labels or {}).items()
        return [each for name in names for each in self.series.get(name, ()) if wanted <= each.labels.items()]

    def fold(self, names: Iterable[str], how: Callable[[list[float]], float]) -> float | None:
        values = [each.value for each in self.of(names)]
        return how(values) if values else None

    def sum(self, names: Iterable[str], labels: Mapping[str, str] | None = None) -> float | None:
        values = [each.value for each in self.of(names, labels)]
        return sum(values) if values else None

    def share(self, names: Iterable[str]) -> float | None:
        percent = self.fold(names, fmean)
        return None if percent is None else percent / 100

    def timing(self, units: Mapping[str, float]) -> Timing | None:
        """A histogram's sum and count; `units` gives each name's unit in seconds."""
        for name, unit in units.items():
            total, count = self.sum((f"{name}_sum",)), self.sum((f"{name}_count",))
            if total is not None and count is not None:
                return Timing(seconds=total * unit, count=count)
        return None

    def counts_up(self, names: Iterable[str]) -> bool:
        return any(name in self.series and name.removesuffix("_total") in self.counters for name in names)


def _text(body: bytes) -> str:
    text = body.decode("utf-8")
    if not text.lstrip().startswith("{"):
        return text
    wrapped = json.loads(text)
    return wrapped["contents"] if isinstance(wrapped.get("contents"), str) else ""


def _read(text: str) -> _Page:
    # The parser for Prometheus' format reads OpenMetrics as well, and is not as strict on names, units and the end.
    series: dict[str, list[_Series]] = {}
    counters: set[str] = set()
    for family in text_string_to_metric_families(text):
        if family.type == "counter":
            counters.add(family.name)
        for sample in family.samples:
            if isfinite(sample.value):
                series.setdefault(sample.name, []).append(_Series(sample.labels, float(sample.value)))
    return _Page(series, frozenset(counters))


def _cards(page: _Page) -> tuple[Card, ...]:
    """Use and memory by card. Names of labels are not confirmed: series that differ in any label are cards."""
    uses = {frozenset(each.labels.items()): each.value / 100 for each in page.of(_CARD_USE)}
    memories = {frozenset(each.labels.items()): each.value / 100 for each in page.of(_CARD_MEMORY)}
    keys = uses.keys() | memories.keys()
    if not keys:
        return ()
    shared = frozenset[tuple[str, str]].intersection(*keys)  # these say of which endpoint all of them are
    plain = frozenset((name, value) for name, value in shared if any(word in name for word in _OF_ENDPOINT))
    named = sorted(("/".join(value for _, value in sorted(key - plain)) or "gpu", key) for key in keys)
    return tuple(Card(name=name, use=uses.get(key), memory=memories.get(key)) for name, key in named)


def _add(*figures: float | None) -> float | None:
    known = [figure for figure in figures if figure is not None]
    return sum(known) if known else None
