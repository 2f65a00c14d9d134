"""The emulator: routes, listening, outages and the script of changes."""

import asyncio
import contextlib
import socket
from collections.abc import Awaitable, Callable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

from aiohttp import web

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.connections import drop
from jsl_pipeline.emulator.invocations import Invocations
from jsl_pipeline.emulator.lifecycle import Lifecycle, State
from jsl_pipeline.emulator.metrics import CONTENT_TYPE, Metrics
from jsl_pipeline.emulator.readers import create_reader
from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.request_log import LogEntry, RequestLog, RunEntry
from jsl_pipeline.emulator.scaling import Scaling
from jsl_pipeline.emulator.settings import EmulatorSettings, Step
from jsl_pipeline.emulator.slots import Slots
from jsl_pipeline.emulator.tokens import Tokens
from jsl_pipeline.emulator.vllm_metrics import CONTENT_TYPE as VLLM_CONTENT_TYPE
from jsl_pipeline.emulator.vllm_metrics import VllmMetrics
from jsl_pipeline.emulator.workspace import Workspace
from jsl_pipeline.errors import SettingsError

_Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]

_BACKLOG = 1024
_CONTROL_BYTES = 4 * 2**20  # of a request's JSON: a block of DBFS has 1 MB before base64; pages and files are streamed
_ENDPOINTS = "/api/2.0/serving-endpoints"
_OPEN = frozenset({"/health", "/metrics"})  # as with a vLLM server
_NOT_STARTED = "The emulator was not started: `async with Emulator(settings) as emulator`."
_READ_BUFFER_BYTES = 1 << 20  # of aiohttp, a connection: fewer pauses within a page of a megabyte


class Emulator:
    """Parts of a Databricks workspace, on loopback. Use as `async with`, or `start` and `stop`."""

    def __init__(self, settings: EmulatorSettings) -> None:
        self.settings = settings
        self._clock = Clock(settings.speed)
        self._lifecycle = Lifecycle(settings, self._clock)
        self._slots = Slots(settings.slots, settings.queue, self._clock)
        self._scaling = Scaling(settings, self._clock, self._lifecycle, self._slots)
        self._reader = create_reader(settings.reader)
        self._log = RequestLog(settings.log)
        used = settings.gpus if settings.used_gpus is None else settings.used_gpus
        self._metrics = Metrics(settings.endpoint, settings.model, settings.gpus, used, self._clock)
        self._vllm_metrics = VllmMetrics(settings.endpoint)
        self._tokens = Tokens(settings)
        self._invocations = Invocations(
            settings,
            self._clock,
            self._lifecycle,
            self._slots,
            self._reader,
            self._log,
            self._metrics,
            self._vllm_metrics,
        )
        self._workspace: Workspace | None = None
        self._runner: web.AppRunner | None = None
        self._site: web.SockSite | None = None
        self._socket: socket.socket | None = None
        self._port = settings.port
        self._closing = False  # connections are accepted and dropped
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        await self.start()
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        await self.stop()

    @property
    def url(self) -> str:
        """Base URL of the workspace."""
        return f"http://{self.settings.host}:{self._port}"

    def endpoint_url(self, name: str | None = None) -> str:
        """URL of invocations of an endpoint; the emulator's own where no name is given."""
        return f"{self.url}/serving-endpoints/{name or self.settings.endpoint}/invocations"

    @property
    def state(self) -> State:
        """State of the endpoint now."""
        return self._lifecycle.state

    @property
    def slots(self) -> Slots:
        """The gate, to look at: capacity, busy, waiting."""
        return self._slots

    @property
    def replica_seconds(self) -> float:
        """Simulated seconds that replicas were awake or starting so far, all together."""
        return self._scaling.replica_seconds()

    @property
    def log(self) -> Sequence[LogEntry]:
        """The last 200,000 invocations, oldest first."""
        return tuple(self._log.entries)

    @property
    def outcomes(self) -> Mapping[str, int]:
        """How many invocations ended in which way."""
        return self._log.outcomes

    @property
    def runs(self) -> Sequence[RunEntry]:
        """The last 200,000 tasks of submitted runs that ended, oldest first."""
        return tuple(self._log.runs)

    @property
    def root(self) -> Path:
        """Folder on this machine that holds `Volumes`, `dbfs`, `Workspace` and the clusters' homes."""
        return self._opened().root

    async def start(self) -> None:
        """Start the reader, listen, and begin the script. Raises SettingsError where the address cannot be had."""
        await self._reader.start()
        self._workspace = Workspace(self.settings.workspace, self._clock, self._log)
        self._runner = web.AppRunner(
            self._application(self._workspace),
            access_log=None,
            shutdown_timeout=0.1,
            handler_cancellation=self.settings.abort_on_disconnect,
            read_bufsize=_READ_BUFFER_BYTES,
        )
        await self._runner.setup()
        try:
            await self._listen()
        except OSError as error:
            await self.stop()
            raise SettingsError(f"Cannot listen on {self.url}: {error.strerror}. Choose another port.") from error
        self._port = self._runner.addresses[0][1]
        self._spawn(self._scaling.run())
        for step in self.settings.script:
            self._spawn(self._at(step))

    async def stop(self) -> None:
        """Stop listening, drop what is in flight, stop the reader."""
        for task in tuple(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        if self._workspace is not None:
            await self._workspace.close()
            self._workspace = None
        await self._reader.close()
        self._log.close()

    def set_slots(self, count: int) -> None:
        """Change the provisioned concurrency."""
        self._slots.resize(count)

    def sleep_now(self) -> None:
        """Scale to zero at once."""
        self._lifecycle.sleep()

    def wake_now(self) -> None:
        """Begin to wake."""
        self._lifecycle.wake()

    async def lose_worker(self) -> bool:
        """Kill a worker of the newest cluster that runs a task; False where there is none."""
        return await self._opened().lose_worker()

    async def outage(self, seconds: float, refuse: bool = True) -> None:
        """End all connections and, for some simulated seconds, refuse new ones, or accept and drop them."""
        runner = self._running()
        end = self._clock.now() + seconds
        if refuse:
            await self._deafen()
        self._closing = True
        for connection in runner.server.connections if runner.server is not None else ():
            connection.force_close()
        await self._clock.sleep_until(end)
        self._closing = False
        if self._site is None:
            await self._listen()

    async def _listen(self) -> None:
        runner = self._running()
        self._socket = socket.create_server((self.settings.host, self._port), backlog=_BACKLOG)
        self._site = web.SockSite(runner, self._socket, backlog=_BACKLOG)
        await self._site.start()

    async def _deafen(self) -> None:
        site, self._site = self._site, None
        if site is None or self._socket is None:
            return
        # asyncio up to 3.11 forgets, open, a connection that is accepted in the very turn in which its server closes.
        with contextlib.suppress(NotImplementedError):  # by loops that watch no descriptors, as on Windows
            asyncio.get_running_loop().remove_reader(self._socket)
        await asyncio.sleep(0)
        await site.stop()

    def _running(self) -> web.AppRunner:
        if self._runner is None:
            raise RuntimeError(_NOT_STARTED)
        return self._runner

    def _opened(self) -> Workspace:
        if self._workspace is None:
            raise RuntimeError(_NOT_STARTED)
        return self._workspace

    def _spawn(self, work: Awaitable[None]) -> None:
        task = asyncio.ensure_future(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _at(self, step: Step) -> None:
        await self._clock.sleep_until(step.at_seconds)
        match step.do:
            case "slots":
                self.set_slots(max(int(step.value), 1))
            case "outage" | "close":
                await self.outage(step.value, refuse=step.do == "outage")
            case "update":
                self._lifecycle.update(step.value)
            case "sleep" | "wake" | "fail" | "stop" | "start":
                getattr(self._lifecycle, step.do)()

    def _application(self, workspace: Workspace) -> web.Application:
        application = web.Application(middlewares=[self._guard], client_max_size=_CONTROL_BYTES)
        named = f"{_ENDPOINTS}/{{name}}"
        application.add_routes(
            [
                web.get("/health", self._health),
                web.get("/metrics", self._show_vllm_metrics),
                web.get("/oidc/.well-known/oauth-authorization-server", self._tokens.discover),
                web.post("/oidc/v1/token", self._tokens.issue),
                web.get(_ENDPOINTS, self._list),
                web.get(named, self._get),
                web.get(f"{named}/metrics", self._show_metrics),
                web.post(f"{named}/config:stop", self._switch),  # stop and start: paths [unconfirmed]
                web.post(f"{named}/config:start", self._switch),
                web.get("/v1/models", self._models),
                web.post("/serving-endpoints/{name}/invocations", self._invoke),
                web.post("/serving-endpoints/chat/completions", self._invoke),
                web.post("/v1/chat/completions", self._invoke),
                *workspace.routes(),
            ]
        )
        return application

    @web.middleware
    async def _guard(self, request: web.Request, handler: _Handler) -> web.StreamResponse:
        """Drop everything during an outage; refuse strangers and unknown endpoints."""
        if self._closing:
            drop(request, reset=False)
            return web.Response()  # goes nowhere: aiohttp finds the connection gone
        try:
            if request.path not in _OPEN and not request.path.startswith("/oidc/"):
                self._tokens.check(request)
            name = request.match_info.get("name", self.settings.endpoint)
            if name != self.settings.endpoint:
                raise Refused(404, f"Endpoint with name '{name}' does not exist.")
            return await handler(request)
        except Refused as refused:
            return refused.response()
        except web.HTTPNotFound:
            return Refused(404, "No API found for this path.").response()

    async def _invoke(self, request: web.Request) -> web.StreamResponse:
        return await self._invocations.serve(request)

    async def _health(self, request: web.Request) -> web.Response:
        return web.Response(status=200 if self._lifecycle.serves else 503)

    async def _list(self, request: web.Request) -> web.Response:
        return web.json_response({"endpoints": [self._lifecycle.describe(self._slots.capacity)]})

    async def _get(self, request: web.Request) -> web.Response:
        return web.json_response(self._lifecycle.describe(self._slots.capacity))

    async def _models(self, request: web.Request) -> web.Response:
        model = {"id": self.settings.endpoint, "object": "model", "owned_by": "emulator"}
        return web.json_response({"object": "list", "data": [model]})

    async def _show_metrics(self, request: web.Request) -> web.Response:
        text = self._metrics.render(self._slots, self._lifecycle.serves)
        return web.Response(body=text.encode(), headers={"Content-Type": CONTENT_TYPE})

    async def _show_vllm_metrics(self, request: web.Request) -> web.Response:
        text = self._vllm_metrics.render(self._slots)
        return web.Response(body=text.encode(), headers={"Content-Type": VLLM_CONTENT_TYPE})

    async def _switch(self, request: web.Request) -> web.Response:
        if request.path.endswith(":stop"):
            self._lifecycle.stop()
        else:
            self._lifecycle.start()
        return await self._get(request)
