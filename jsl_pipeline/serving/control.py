"""Control of an endpoint: what it is doing, waking it, letting it go. Each call ends within about 1.5 s."""

import asyncio
from abc import ABC, abstractmethod
from collections.abc import Callable, Coroutine, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from typing import Any, Literal, Protocol, TypeVar

import pybase64
from pydantic import JsonValue

from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving.auth import create_auth
from jsl_pipeline.serving.http import Http, NoReply, Reply
from jsl_pipeline.serving.metrics import Sample, parse_metrics
from jsl_pipeline.serving.protocols import Ask, create_protocol
from jsl_pipeline.serving.settings import EndpointSettings
from jsl_pipeline.serving.status import EndpointState, EndpointStatus, parse_status

_STATUS_SECONDS = 1.0
_REQUEST_SECONDS = 0.8  # of a request to wake or stop, abandoned then
_CALL_SECONDS = 1.5  # of such a call, its sign-in and look included
_ANSWER_SECONDS = 20.0

_WHITE_PIXEL = pybase64.b64decode(
    "iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAAAAAA6fptVAAAACklEQVR42mP4DwABAQEAHLCMmQAAAABJRU5ErkJggg=="
)
_SCHEMA: dict[str, JsonValue] = {
    "type": "object",
    "properties": {"blank": {"type": "boolean"}},
    "required": ["blank"],
    "additionalProperties": False,
}

_Result = TypeVar("_Result")


class Control(Protocol):
    """What can be asked of an endpoint, whatever it is."""

    def status(self) -> EndpointStatus:
        """What it is doing; UNKNOWN where it does not say. Raises EngineError: not there, or no access."""
        ...

    def wake(self) -> None:
        """Ask it to wake, without waiting. Raises EngineUnavailable where it cannot be asked, EngineError as above."""
        ...

    def answers(self) -> bool:
        """Whether it answers a dummy request within 20 s. Raises EngineError as above."""
        ...

    def stop(self) -> None:
        """Stop it. Raises EngineError where that is refused, EngineUnavailable where it cannot be asked."""
        ...

    def metrics(self) -> Sample | None:
        """What its metrics page says now, which wakes nothing; None where it has no such page, or none that is known.

        Raises EngineUnavailable where it did not answer, EngineError where it denies access. `observe` raises neither.
        """
        ...


def open_control(settings: EndpointSettings) -> Control:
    """Control of the endpoint that the settings name. Opens no connection yet. Raises MissingExtra."""
    create_auth(settings)  # its SDK takes a second to import, which no call should pay
    return _Workspace(settings, settings.status_url) if settings.status_url else _Server(settings)


def dummy_request(settings: EndpointSettings) -> tuple[Iterable[bytes], int]:
    """A request body in the endpoint's protocol for one white pixel and one token, and its size in bytes."""
    ask = Ask(prompt="Is it blank?", json_schema=_SCHEMA, schema_name="dummy", model=settings.model, max_tokens=1)
    page = Page(document_id="", page_no=1, page_sha="", image=_WHITE_PIXEL, media_type="image/png", width=1, height=1)
    frame = create_protocol(settings).frame(ask)
    return frame.chunks([page]), frame.size([page])


class _Endpoint(ABC):
    """Speaks to an endpoint, each time on an event loop of its own."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings

    def status(self) -> EndpointStatus:
        try:
            return self._call(_STATUS_SECONDS, self._look)
        except EngineUnavailable as error:
            return _unknown(str(error))

    def answers(self) -> bool:
        try:
            reply = self._call(_ANSWER_SECONDS, lambda http: self._ask(http, _ANSWER_SECONDS))
        except EngineUnavailable:
            return False
        if not isinstance(reply, Reply):
            return False
        self._check_access(reply)
        # A model that will not have so small an image is there, too. A gateway's 400 may have other reasons.
        return reply.status < 300 or (self._settings.name is None and reply.status in (400, 422))

    def metrics(self) -> Sample | None:
        return self._call(_CALL_SECONDS, self._measure)

    @abstractmethod
    async def _look(self, http: Http) -> EndpointStatus: ...

    async def _measure(self, http: Http) -> Sample | None:
        reply = await http.get(self._settings.metrics_url, _CALL_SECONDS)
        if isinstance(reply, NoReply):
            raise EngineUnavailable(_silence(reply))
        match reply.status:
            case 200:
                return parse_metrics(reply.body, datetime.now(UTC))
            case 401 | 403:
                raise EngineError(f"The endpoint's metrics may not be read (HTTP {reply.status}): grant 'Can View'.")
            case 400 | 404 | 405 | 501:
                return None
            case _:
                raise EngineUnavailable(f"The endpoint's metrics page answers HTTP {reply.status}.")

    async def _ask(self, http: Http, seconds: float) -> Reply | NoReply:
        chunks, size = dummy_request(self._settings)
        return await http.post(self._settings.request_url, chunks, size, seconds)

    async def _ask_to_wake(self, http: Http) -> None:
        """Send a dummy request and leave it to itself."""
        reply = await self._ask(http, _REQUEST_SECONDS)
        if isinstance(reply, Reply):
            self._check_access(reply)
        elif not reply.delivered:
            raise EngineUnavailable(_silence(reply))

    def _check_access(self, reply: Reply) -> None:
        match reply.status:
            case 401 | 403:
                raise EngineError(f"The endpoint denies access (HTTP {reply.status}): check `token` and permissions.")
            case 404 if self._settings.name:
                raise EngineError(f"The workspace has no endpoint named '{self._settings.name}': check `url`, `name`.")
            case 404:
                raise EngineError("The server does not have that path (HTTP 404): check `url` and `protocol`.")
            case _:
                pass

    def _call(self, seconds: float, work: Callable[[Http], Coroutine[Any, Any, _Result]]) -> _Result:
        """Run `work`. Raises EngineUnavailable after `seconds`, whatever it hangs in."""

        async def bounded() -> _Result:
            asyncio.get_running_loop().set_default_executor(_Unattended())
            async with asyncio.timeout(seconds), Http(self._settings) as http:
                return await work(http)

        try:
            return asyncio.run(bounded())
        except TimeoutError:
            raise EngineUnavailable("The endpoint or its sign-in did not answer in time.") from None


class _Server(_Endpoint):
    """A server of its own: it has a health page, but nobody to start or stop it."""

    def wake(self) -> None:
        self._call(_CALL_SECONDS, self._ask_to_wake)

    def stop(self) -> None:
        raise EngineError("A server of its own is not stopped from here: unset `wake.sleep_when_done`.")

    async def _look(self, http: Http) -> EndpointStatus:
        url = self._settings.server_url
        reply = await http.get(f"{url}/health", _REQUEST_SECONDS)
        if isinstance(reply, Reply) and reply.status == 404:
            reply = await http.get(f"{url}/v1/models", _REQUEST_SECONDS)
            if isinstance(reply, Reply) and reply.status == 404:
                return _unknown("The server has neither /health nor /v1/models.")
        if isinstance(reply, NoReply):
            return _unknown(_silence(reply))
        self._check_access(reply)
        if reply.status < 300:
            return EndpointStatus(state=EndpointState.READY)
        if reply.status in (429, 502, 503, 504):
            message = f"The server says that it is not ready (HTTP {reply.status})."
            return EndpointStatus(state=EndpointState.WAKING, message=message)
        return _unknown(f"The server's health page answers HTTP {reply.status}.")


class _Workspace(_Endpoint):
    """A serving endpoint of a Databricks workspace."""

    def __init__(self, settings: EndpointSettings, url: str) -> None:
        super().__init__(settings)
        self._url = url
        self._stopped: bool | None = None  # as last seen

    def wake(self) -> None:
        self._call(_CALL_SECONDS, self._wake)

    def stop(self) -> None:
        self._call(_CALL_SECONDS, lambda http: self._switch(http, "stop"))

    async def _look(self, http: Http) -> EndpointStatus:
        reply = await http.get(self._url, _REQUEST_SECONDS)
        if isinstance(reply, NoReply):
            return _unknown(_silence(reply))
        self._check_access(reply)
        if reply.status != 200:
            return _unknown(f"The control API answers HTTP {reply.status}.")
        status = self._without_token(parse_status(reply.body))
        self._stopped = status.stopped
        return status

    async def _wake(self, http: Http) -> None:
        if self._stopped is None:
            await self._look(http)
        if self._stopped:
            await self._switch(http, "start")  # no request wakes what somebody stopped
        else:
            await self._ask_to_wake(http)

    async def _switch(self, http: Http, to: Literal["start", "stop"]) -> None:
        """Start or stop it. [unconfirmed] on a live workspace."""
        reply = await http.post(f"{self._url}/config:{to}", (b"{}",), 2, _REQUEST_SECONDS)
        if isinstance(reply, NoReply):
            if not reply.delivered:
                raise EngineUnavailable(_silence(reply))
        elif reply.status == 429 or reply.status >= 500:
            raise EngineUnavailable(f"The workspace could not {to} the endpoint (HTTP {reply.status}).")
        elif reply.status == 401:
            self._check_access(reply)
        elif reply.status >= 300:
            advice = {
                "stop": "grant 'Can Manage' on it or unset `wake.sleep_when_done`: idle, it scales to zero by itself",
                "start": "grant 'Can Manage' on it, or start it in the workspace",
            }
            raise EngineError(f"The workspace refuses to {to} the endpoint (HTTP {reply.status}): {advice[to]}.")

    def _without_token(self, status: EndpointStatus) -> EndpointStatus:
        token = self._settings.token.get_secret_value() if self._settings.token else ""
        if not token or token not in status.message:
            return status
        return status.model_copy(update={"message": status.message.replace(token, "***")})


class _Unattended(ThreadPoolExecutor):
    """Threads that nobody waits for: a name look-up that hangs must not hold a sensor."""

    def shutdown(self, wait: bool = True, *, cancel_futures: bool = False) -> None:
        super().shutdown(wait=False, cancel_futures=True)


def _unknown(message: str) -> EndpointStatus:
    return EndpointStatus(state=EndpointState.UNKNOWN, message=message)


def _silence(reply: NoReply) -> str:
    return "It did not answer in time." if reply.timed_out else "It cannot be reached."
