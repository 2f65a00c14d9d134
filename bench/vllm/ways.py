"""Four ways to have the same pages read with vLLM, two of them its own, and what each takes.

Every way asks the same prompt and schema, greedily. A model with random weights does not come to an end before the
limit of tokens, and that is all a page may cost: so every page takes the same tokens on every way, and is asked once.
What is answered is cut off, and for the pipeline a failed page, at the same cost.
"""

import io
import json
import os
import socket
import subprocess
import sys
import time
import urllib.request
from base64 import b64encode
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, TypeVar

from PIL import Image

from jsl_pipeline.engines import EndpointEngine, EndpointSettings, VllmEngine, VllmSettings
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.hosting import ModelServer, ServerSettings
from jsl_pipeline.schemas import FailureCause, Page, PageAnswer, PageFailure

ENVIRONMENT = {
    "HF_HUB_OFFLINE": "1",
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "VLLM_LOGGING_LEVEL": "WARNING",
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",
}
"""To be set before vLLM is imported; what is set already stays."""

_Item = TypeVar("_Item")

_PHASES = {
    "queue": "vllm:request_queue_time_seconds_sum",
    "prefill": "vllm:request_prefill_time_seconds_sum",
    "decode": "vllm:request_decode_time_seconds_sum",
}


@dataclass(frozen=True)
class Spent:
    """What some pages took."""

    pages: int
    seconds: float
    prompt_tokens: int
    completion_tokens: int
    cpu_seconds: float | None = None
    """Of this process; None where another did the work."""
    phases: dict[str, float] | None = None
    """Seconds that all requests together waited, were prefilled and decoded, where vLLM counted them."""

    @property
    def tokens(self) -> tuple[float, float]:
        """Of a page: prompt with image, and answer."""
        return self.prompt_tokens / self.pages, self.completion_tokens / self.pages


class Way(Protocol):
    """A way to have pages read."""

    name: str

    def read(self, pages: Sequence[Page], at_once: int) -> Spent:
        """Read pages, `at_once` of them at a time."""
        ...


class BareChat:
    """`vllm.LLM.chat` over lists of pages that are decoded already."""

    name = "LLM.chat"

    def __init__(self, settings: VllmSettings) -> None:
        from vllm import LLM, SamplingParams
        from vllm.sampling_params import StructuredOutputsParams

        self._ask = candidate_ask(settings)
        self._model = LLM(**settings.engine_arguments())
        schema = StructuredOutputsParams(json=self._ask.json_schema)
        self._sampling = SamplingParams(temperature=0, max_tokens=self._ask.max_tokens, structured_outputs=schema)

    def read(self, pages: Sequence[Page], at_once: int) -> Spent:
        chats = [self._chat(page) for page in pages]
        began, cpu = time.perf_counter(), time.process_time()
        answers: list[Any] = []
        for some in _groups(chats, at_once):
            answers += self._model.chat(some, self._sampling, use_tqdm=False)
        return Spent(
            pages=len(pages),
            seconds=time.perf_counter() - began,
            cpu_seconds=time.process_time() - cpu,
            prompt_tokens=sum(len(answer.prompt_token_ids) for answer in answers),
            completion_tokens=sum(len(answer.outputs[0].token_ids) for answer in answers),
        )

    def _chat(self, page: Page) -> list[dict[str, Any]]:
        image = Image.open(io.BytesIO(page.image)).convert("RGB")
        content = [{"type": "text", "text": self._ask.prompt}, {"type": "image_pil", "image_pil": image}]
        return [{"role": "user", "content": content}]

    def close(self) -> None:
        """End the process that holds the model."""
        self._model.llm_engine.engine_core.shutdown()


class InProcess:
    """This pipeline's engine `vllm`, over lists of pages as they lie in memory, JPEG files."""

    name = "engine vllm"

    def __init__(self, engine: VllmEngine) -> None:
        self._engine = engine

    def read(self, pages: Sequence[Page], at_once: int) -> Spent:
        from prometheus_client import REGISTRY, generate_latest

        before = _counted(generate_latest(REGISTRY).decode())
        began, cpu = time.perf_counter(), time.process_time()
        for some in _groups(pages, at_once):
            _check(self._engine.read(some), len(some))
        seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        return _spent(len(pages), seconds, cpu, _counted(generate_latest(REGISTRY).decode()) - before)


class OverHttp:
    """This pipeline's engine `endpoint` against vLLM's server."""

    name = "engine endpoint"

    def __init__(self, url: str, settings: VllmSettings) -> None:
        self._url = url
        self._limits = {"max_tokens": settings.max_tokens, "page_tokens": settings.page_tokens}

    def read(self, pages: Sequence[Page], at_once: int) -> Spent:
        width = {"concurrency": at_once, "max_concurrency": at_once}
        settings = EndpointSettings.model_validate({"url": self._url, "auth": "none", **self._limits, **width})
        before = _counted(_fetched(self._url))
        with EndpointEngine(settings, _quiet) as engine:
            began, cpu = time.perf_counter(), time.process_time()
            _check(engine.read(pages), len(pages))
            seconds, cpu = time.perf_counter() - began, time.process_time() - cpu
        return _spent(len(pages), seconds, cpu, _counted(_fetched(self._url)) - before)


class BenchClient:
    """`vllm bench serve`, vLLM's own client, against the same server. It streams; its start is not counted."""

    name = "vllm bench serve"

    def __init__(self, url: str, settings: VllmSettings, folder: Path) -> None:
        self._url, self._model, self._folder = url, settings.model, folder
        self._ask = candidate_ask(settings)

    def read(self, pages: Sequence[Page], at_once: int) -> Spent:
        dataset = self._folder / "pages.jsonl"
        with dataset.open("w") as file:
            for page in pages:
                url = f"data:image/jpeg;base64,{b64encode(page.image).decode()}"
                file.write(json.dumps({"prompt": self._ask.prompt, "image_files": [url]}) + "\n")
        before = _counted(_fetched(self._url))
        subprocess.run(
            [sys.executable, "-m", "vllm.entrypoints.cli.main", "bench", "serve", *self._arguments(dataset, at_once)],
            stdout=subprocess.DEVNULL,
            check=True,
        )
        result = json.loads((self._folder / "result.json").read_text())
        if result["completed"] != len(pages):
            raise RuntimeError(f"vLLM's client completed {result['completed']} of {len(pages)} pages.")
        return _spent(len(pages), result["duration"], None, _counted(_fetched(self._url)) - before)

    def _arguments(self, dataset: Path, at_once: int) -> list[str]:
        schema = {"name": self._ask.schema_name.replace("@", "_"), "strict": True, "schema": self._ask.json_schema}
        extra = {"response_format": {"type": "json_schema", "json_schema": schema}}
        return [
            *("--backend", "openai-chat", "--endpoint", "/v1/chat/completions", "--base-url", self._url),
            *("--model", self._model, "--dataset-name", "custom_image", "--dataset-path", str(dataset)),
            *("--num-prompts", str(sum(1 for _ in dataset.open())), "--no-oversample", "--disable-shuffle"),
            *("--custom-output-len", str(self._ask.max_tokens), "--temperature", "0"),
            *("--max-concurrency", str(at_once), "--extra-body", json.dumps(extra), "--disable-tqdm"),
            *("--save-result", "--result-dir", str(self._folder), "--result-filename", "result.json"),
        ]


@contextmanager
def served(settings: VllmSettings) -> Iterator[str]:
    """vLLM's server with the same model and settings; its URL."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
    listens = ServerSettings(port=port)
    with ModelServer(settings, listens) as server:
        server.wait_until_ready(settings.start_seconds, lambda said: print(said, file=sys.stderr))
        yield listens.url


def set_environment(**more: str) -> None:
    """Set what vLLM reads from the environment, where nothing else is set."""
    for name, value in (ENVIRONMENT | more).items():
        os.environ.setdefault(name, value)


def same_tokens(spent: Iterable[Spent]) -> bool:
    """Whether the ways did the same work."""
    return len({each.tokens for each in spent}) == 1


def _groups(pages: Sequence[_Item], size: int) -> Iterator[list[_Item]]:
    for at in range(0, len(pages), size):
        yield list(pages[at : at + size])


def _check(answers: Iterable[PageAnswer], expected: int) -> None:
    """Every page was answered up to the limit of tokens, or to an end."""
    count = 0
    for answer in answers:
        outcome = answer.outcome
        if isinstance(outcome, PageFailure) and outcome.cause not in (FailureCause.TRUNCATED, FailureCause.UNUSABLE):
            raise RuntimeError(f"A page was not read: {outcome.cause}: {outcome.message}")
        count += 1
    if count != expected:
        raise RuntimeError(f"{count} of {expected} pages were answered.")


def _spent(pages: int, seconds: float, cpu: float | None, counted: Counter[str]) -> Spent:
    requests = counted["vllm:request_success_total"]
    if requests != pages:
        raise RuntimeError(f"{pages} pages took {requests:.0f} requests: the work is not that of the other ways.")
    return Spent(
        pages=pages,
        seconds=seconds,
        cpu_seconds=cpu,
        prompt_tokens=int(counted["vllm:prompt_tokens_total"]),
        completion_tokens=int(counted["vllm:generation_tokens_total"]),
        phases={phase: counted[name] for phase, name in _PHASES.items()},
    )


def _counted(metrics: str) -> Counter[str]:
    """Totals of vLLM's own counters, over all labels."""
    from prometheus_client.parser import text_string_to_metric_families

    totals: Counter[str] = Counter()
    for family in text_string_to_metric_families(metrics):
        for sample in family.samples:
            if sample.name.startswith("vllm:") and sample.name.endswith(("_total", "_sum")):
                totals[sample.name] += sample.value
    return totals


def _fetched(url: str) -> str:
    with urllib.request.urlopen(f"{url}/metrics", timeout=30) as reply:
        return reply.read().decode()


def _quiet(sentence: str) -> None:
    """Progress is not measured."""
