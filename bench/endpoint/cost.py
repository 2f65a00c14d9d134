"""CPU time of a request: ours beside the OpenAI SDK and Ray Data, against the same endpoint in the same run."""

import asyncio
import base64
import importlib
import importlib.util
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import psutil
from openai import AsyncOpenAI

from bench.endpoint.driving import KB, draw, drive, in_child
from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale
from jsl_pipeline.emulator import EmulatorSettings, Latency
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.engines.endpoint.prompt import candidate_ask
from jsl_pipeline.schemas import Page, Reading

_SIZE = 1200 * KB


@dataclass(frozen=True)
class _Bill:
    cpu_seconds: float
    seconds: float
    answered: int


def cost(scale: Scale) -> Iterator[Figure]:
    """CPU time and throughput without latency and with one second of it."""
    for latency, at_once, requests in ((0.0, 32, scale.count(300, 60)), (1.0, 64, scale.count(640, 128))):
        name = f"{requests} requests of 1.2 MB, {at_once} at once, L={latency:g} s"
        settings = EmulatorSettings(
            slots=at_once,
            queue=None,
            latency=Latency(request_seconds=latency),
            scale_to_zero=AWAKE,
            hash_pages=False,
        )
        with scripted(settings) as endpoint:
            client = endpoint.client(concurrency=at_once, max_concurrency=at_once)
            ours: _Bill = in_child(_ours, client, requests)
            theirs: _Bill = in_child(_openai, client, requests, at_once)
            ray: _Bill | None = in_child(_ray, client, requests) if importlib.util.find_spec("ray") else None
        each = 1000 * ours.cpu_seconds / requests
        yield Figure("cost", f"ours, {name}", each, "ms CPU", "<= 2.5", each <= 2.5, _detail(ours, requests))
        ratio = theirs.cpu_seconds / ours.cpu_seconds
        each = 1000 * theirs.cpu_seconds / requests
        yield Figure("cost", f"OpenAI SDK, {name}", each, "ms CPU", detail=_detail(theirs, requests))
        yield Figure("cost", f"OpenAI SDK / ours, {name}", ratio, "x", ">= 3", ratio >= 3)
        if ray is None:
            yield Figure("cost", f"Ray Data, {name}", float("nan"), "", detail="not installed")
        else:
            each = 1000 * ray.cpu_seconds / requests
            yield Figure("cost", f"Ray Data, {name}", each, "ms CPU", detail=_detail(ray, requests))


def _detail(bill: _Bill, requests: int) -> str:
    return f"{bill.answered / bill.seconds:.1f} requests/s, {bill.answered} of {requests} answered"


def _ours(settings: EndpointSettings, requests: int) -> _Bill:
    run = drive(settings, draw(_SIZE, range(requests)))
    answered = sum(isinstance(answer.outcome, Reading) for answer in run.answers)
    return _Bill(run.cpu_seconds, run.seconds, answered)


def _body(settings: EndpointSettings, page: Page) -> dict[str, object]:
    """What ours sends, as a user of other clients would build it."""
    ask = candidate_ask(settings)
    image = f"data:{page.media_type};base64,{base64.b64encode(page.image).decode()}"
    content = [{"type": "text", "text": ask.prompt}, {"type": "image_url", "image_url": {"url": image}}]
    schema = {"name": "candidate", "strict": True, "schema": ask.json_schema}
    return {
        "model": settings.name,
        "messages": [{"role": "user", "content": content}],
        "max_tokens": ask.max_tokens,
        "temperature": ask.temperature,
        "response_format": {"type": "json_schema", "json_schema": schema},
    }


def _token(settings: EndpointSettings) -> str:
    return settings.token.get_secret_value() if settings.token else ""


def _openai(settings: EndpointSettings, requests: int, at_once: int) -> _Bill:
    """The usual way: the asynchronous client, and a semaphore."""

    async def read() -> int:
        room = asyncio.Semaphore(at_once)
        client = AsyncOpenAI(base_url=f"{settings.url}/v1", api_key=_token(settings), max_retries=0)

        async def ask(page: Page) -> str | None:
            try:
                answer = await client.chat.completions.create(**_body(settings, page))  # pyright: ignore
                return answer.choices[0].message.content
            finally:
                room.release()

        tasks: list[asyncio.Task[str | None]] = []
        async with client:
            for page in draw(_SIZE, range(requests)):
                await room.acquire()
                tasks.append(asyncio.create_task(ask(page)))
            return sum(bool(text) for text in await asyncio.gather(*tasks))

    return _billed(lambda: asyncio.run(read()), time.process_time)


def _ray(settings: EndpointSettings, requests: int) -> _Bill:
    """Ray Data's processor for HTTP endpoints, with the CPU time of all of Ray's processes.

    It asks for the rows of a batch one after another, and works on some batches at once: batches of one serve it best.
    Its workers take seconds to start, which a run of two rows, the second of its kind, shows and which is taken off.
    """
    ray, llm = importlib.import_module("ray"), importlib.import_module("ray.data.llm")
    here = {"env_vars": {"PYTHONPATH": str(Path(__file__).parents[2])}}
    ray.init(logging_level="error", log_to_driver=False, include_dashboard=False, runtime_env=here)
    ray.data.DataContext.get_current().enable_progress_bars = False
    config = llm.HttpRequestProcessorConfig(
        url=f"{settings.url}/v1/chat/completions",
        headers={"Authorization": f"Bearer {_token(settings)}"},
        batch_size=1,
        concurrency=1,
    )

    def payload(row: dict[str, int]) -> dict[str, object]:
        (page,) = draw(_SIZE, [row["id"]])
        return {"payload": _body(settings, page)}

    def read(rows: int) -> int:
        def keep(row: dict[str, object]) -> dict[str, object]:
            return {"answered": bool(row["http_response"])}

        processor = llm.build_processor(config, preprocess=payload, postprocess=keep)
        return sum(row["answered"] for row in processor(ray.data.range(rows)).take_all())

    _, start, whole = (_billed(partial(read, rows), _tree_seconds) for rows in (2, 2, requests))
    ray.shutdown()
    return _Bill(whole.cpu_seconds - start.cpu_seconds, whole.seconds - start.seconds, whole.answered)


def _tree_seconds() -> float:
    """CPU time so far of this process and all below it, ended ones included."""
    me = psutil.Process()
    times = [process.cpu_times() for process in (me, *me.children(recursive=True))]
    return sum(each.user + each.system + each.children_user + each.children_system for each in times)


def _billed(work: Callable[[], int], cpu: Callable[[], float]) -> _Bill:
    began, before = time.monotonic(), cpu()
    answered = work()
    return _Bill(cpu() - before, time.monotonic() - began, answered)
