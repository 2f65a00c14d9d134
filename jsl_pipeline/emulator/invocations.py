"""One invocation from its first byte to its line in the log."""

import asyncio
import hashlib
import random
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Literal

from aiohttp import ClientPayloadError, web

from jsl_pipeline.emulator.answers import PageText
from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.connections import Dropped, drop, gone, tear
from jsl_pipeline.emulator.faults import Faults
from jsl_pipeline.emulator.lifecycle import Lifecycle, State
from jsl_pipeline.emulator.metrics import Metrics
from jsl_pipeline.emulator.protocols import BadInvocation, Invocation, parse
from jsl_pipeline.emulator.readers import Reader, ReadFailed, decode_image
from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.request_log import LogEntry, RequestLog
from jsl_pipeline.emulator.settings import Effect, EmulatorSettings, Fault, Waking
from jsl_pipeline.emulator.slots import Slots, SlotsFull
from jsl_pipeline.emulator.vllm_metrics import VllmMetrics
from jsl_pipeline.emulator.wording import render

_TOO_MANY = "Too many concurrent requests. Consider increasing the provisioned concurrency of the served entity."


@dataclass
class _Job:
    """What the log will say about a request."""

    request: web.Request
    began: float
    size: int = 0
    protocol: str | None = None
    pages: tuple[str, ...] = ()
    page_count: int = 0
    fault: Effect | None = None
    spoiled: dict[int, str] = field(default_factory=dict)
    queue_seconds: float = 0
    service_seconds: float = 0
    decode_seconds: float = 0
    texts: list[PageText] = field(default_factory=list[PageText])


class Invocations:
    """Serves invocations of the endpoint."""

    def __init__(
        self,
        settings: EmulatorSettings,
        clock: Clock,
        lifecycle: Lifecycle,
        slots: Slots,
        reader: Reader,
        log: RequestLog,
        metrics: Metrics,
        vllm_metrics: VllmMetrics,
    ) -> None:
        self._settings = settings
        self._clock = clock
        self._lifecycle = lifecycle
        self._slots = slots
        self._reader = reader
        self._log = log
        self._metrics = metrics
        self._vllm_metrics = vllm_metrics
        self._faults = Faults(settings.faults, settings.seed, clock)
        self._random = random.Random(settings.seed)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        """Answer a POST on the endpoint."""
        job = _Job(request, self._clock.now())
        self._lifecycle.enter()
        try:
            response = await self._response(job)
            return await self._send(job, response)
        except Dropped as dropped:
            drop(request, dropped.reset)
            self._record(job, "closed", None, 0)
            return web.Response()  # goes nowhere: aiohttp finds the connection gone
        except (ConnectionError, ClientPayloadError):
            self._record(job, "client_gone", None, 0)
            return web.Response()
        except asyncio.CancelledError:
            self._record(job, "client_gone", None, 0)
            raise
        finally:
            self._lifecycle.leave()

    async def _response(self, job: _Job) -> web.Response:
        try:
            async with self._clock.timeout(self._settings.request_timeout_seconds):
                answer = await self._answer(job)
            if len(answer) > self._settings.payload_limit_bytes:
                raise Refused(500, f"Response size cannot exceed {self._settings.payload_limit_bytes} bytes")
            return web.Response(body=answer, content_type="application/json")
        except Refused as refused:
            return refused.response()
        except ReadFailed as failed:
            return Refused(failed.status, str(failed)).response()
        except TimeoutError:
            return Refused(504, "The request timed out.").response()

    async def _answer(self, job: _Job) -> bytes:
        body = await self._body(job)
        await self._admit()
        asked = self._understand(job, body)
        del body  # hundreds of requests may wait for a slot, each of megabytes
        fault = self._faults.strike_request(job.pages, asked.pages)
        if fault is not None:
            job.fault = fault.effect
            await self._strike_before(fault)
        texts = await self._work(job, asked)
        if fault is not None and fault.effect is Effect.FAIL:
            raise _refusal(fault)
        if fault is not None and fault.effect is Effect.LOSE:
            raise Dropped(reset=True)
        objects = self._settings.predictions == "objects"
        return render(asked, texts, asked.model or self._settings.endpoint, objects)

    def _understand(self, job: _Job, body: bytes) -> Invocation:
        try:
            asked = parse(body)
        except BadInvocation as error:
            raise Refused(400, str(error)) from error
        if asked.model not in (None, "", self._settings.endpoint) and not job.request.match_info.get("name"):
            raise Refused(404, f"The model '{asked.model}' does not exist.")
        if not self._settings.logprobs and any(page.logprobs for page in asked.pages):
            raise Refused(400, "Parameter 'logprobs' is not supported by this endpoint.")
        job.protocol, job.page_count = asked.protocol, len(asked.pages)
        if self._settings.needs_hashes:
            images = [decode_image(page.image) for page in asked.pages if page.image is not None]
            job.pages = tuple(hashlib.sha256(image).hexdigest() for image in images)
        return asked if self._reader.looks else asked.without_pixels()

    async def _body(self, job: _Job) -> bytes:
        """The whole request. One over the limit is read on to its end, so that the client sees the answer."""
        limit = self._settings.payload_limit_bytes
        chunks: list[bytes] = []
        async for chunk in job.request.content.iter_any():
            job.size += len(chunk)
            if job.size <= limit:
                chunks.append(chunk)
            elif self._settings.close_over_limit:
                raise Dropped(reset=False)
            else:
                chunks.clear()
        if job.size > limit:
            raise Refused(400, f"Request size cannot exceed {limit} bytes")
        return b"".join(chunks)

    async def _admit(self) -> None:
        """Return where the endpoint serves, after its waking where it holds requests."""
        zero = self._settings.scale_to_zero
        if zero.waking is Waking.HELD:
            await self._lifecycle.until_settled()
        if self._lifecycle.serves:
            return
        state = self._lifecycle.state
        retry_after = self._settings.retry_after_seconds
        if state is State.FAILED:
            raise Refused(503, "The deployment of the endpoint failed.", zero.error_body)
        if state is State.STOPPED:
            raise Refused(400, "The endpoint is stopped.", zero.error_body)  # [unconfirmed]: 400 or 503
        match zero.waking:
            case Waking.THROTTLED:
                raise Refused(429, _TOO_MANY, zero.error_body, retry_after)
            case Waking.GATEWAY_TIMEOUT:
                raise Refused(504, "upstream request timeout", zero.error_body)
            case Waking.CLOSED:
                raise Dropped(reset=False)
            case _:
                raise Refused(503, "The endpoint is scaling from zero.", zero.error_body, retry_after)

    async def _strike_before(self, fault: Fault) -> None:
        if fault.effect not in (Effect.STATUS, Effect.RESET):
            return
        await self._clock.sleep_until(self._clock.now() + fault.delay_seconds)
        if fault.effect is Effect.RESET:
            raise Dropped(reset=True)
        raise _refusal(fault)

    async def _work(self, job: _Job, asked: Invocation) -> list[PageText]:
        """Read the pages in a slot, for as long as the latency model says or the reader takes."""
        if gone(job.request):
            raise ConnectionResetError("The client left.")
        arrived = self._clock.now()
        try:
            began = await self._slots.acquire(lambda: gone(job.request))
        except SlotsFull as error:
            raise Refused(429, _TOO_MANY, retry_after=self._settings.retry_after_seconds) from error
        job.queue_seconds = began - arrived
        slowed = self._slowed()
        try:
            shas = job.pages or (None,) * len(asked.pages)
            reads = [self._reader.read(page, sha) for page, sha in zip(asked.pages, shas, strict=True)]
            texts = await asyncio.gather(*reads) if len(reads) != 1 else [await reads[0]]
            due = began + slowed * self._seconds(texts)
            overran = self._reader.looks and self._clock.now() > due
            await self._clock.sleep_until(due)
        except BaseException:
            self._slots.release(self._clock.now())
            raise
        self._slots.release(self._clock.now() if overran else due)
        job.service_seconds = self._clock.now() - began
        job.decode_seconds = min(slowed * self._decode_seconds(texts), job.service_seconds)
        job.texts = texts
        for place, (page, sha) in enumerate(zip(asked.pages, shas, strict=True)):
            effect, texts[place] = self._faults.spoil_text(sha, page, texts[place])
            if effect is not None:
                job.spoiled[place] = effect
        return texts

    def _seconds(self, texts: Sequence[PageText]) -> float:
        """Of the work, alone and without jitter."""
        latency = self._settings.latency
        return latency.request_seconds + len(texts) * latency.page_seconds + self._decode_seconds(texts)

    def _decode_seconds(self, texts: Sequence[PageText]) -> float:
        """What of that the answers take."""
        return sum(text.completion_tokens for text in texts) * self._settings.latency.token_seconds

    def _slowed(self) -> float:
        """What that is multiplied by: the slots that are busy now, and jitter."""
        latency = self._settings.latency
        jitter = self._random.uniform(1 - latency.jitter, 1 + latency.jitter) if latency.jitter else 1
        return (1 + latency.growth * (self._slots.busy - 1)) * jitter

    async def _send(self, job: _Job, response: web.Response) -> web.StreamResponse:
        await asyncio.sleep(0)  # one look at the sockets: a client that left meanwhile is seen before we write
        if gone(job.request):
            raise ConnectionResetError("The client left.")
        body = response.body
        size = len(body) if isinstance(body, bytes) else 0
        if job.fault is Effect.TEAR and response.status == 200 and isinstance(body, bytes):
            await tear(job.request, body)
        await response.prepare(job.request)
        await response.write_eof()
        self._record(job, "answered" if response.status == 200 else "status", response.status, size)
        return response

    def _record(
        self, job: _Job, outcome: Literal["answered", "status", "closed", "client_gone"], status: int | None, size: int
    ) -> None:
        now = self._clock.now()
        self._metrics.count(status, now - job.began, job.queue_seconds)
        prefill = job.service_seconds - job.decode_seconds
        self._vllm_metrics.count(status, job.texts, now - job.began, job.queue_seconds, prefill, job.decode_seconds)
        self._log.add(
            LogEntry(
                time=datetime.now(UTC),
                at_seconds=round(now, 3),
                request_id=job.request.headers.get("X-Request-Id"),
                outcome=outcome,
                status=status,
                protocol=job.protocol,
                pages=job.pages,
                page_count=job.page_count,
                spoiled=job.spoiled,
                fault=job.fault,
                bytes_in=job.size,
                bytes_out=size,
                queue_seconds=round(job.queue_seconds, 3),
                service_seconds=round(job.service_seconds, 3),
            )
        )


def _refusal(fault: Fault) -> Refused:
    return Refused(fault.status, fault.message, fault.body, fault.retry_after_seconds)
