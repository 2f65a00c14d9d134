"""HTTP to one endpoint: verified TLS, one host, no redirects, and an answer or the reason why there is none."""

import asyncio
import ssl
import time
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass, field
from math import isfinite
from types import TracebackType
from typing import Self
from urllib.parse import urlsplit

import aiohttp

from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.serving.auth import create_auth
from jsl_pipeline.serving.settings import EndpointSettings

_CONNECT_SECONDS = 10


@dataclass(frozen=True, slots=True)
class Reply:
    """What the endpoint said."""

    status: int
    body: bytes = field(repr=False)
    retry_after: float | None = None
    """Seconds, where the endpoint asks for a pause."""
    upload_seconds: float = 0.0
    """From the first look for a connection until the whole request was handed over."""


@dataclass(frozen=True, slots=True)
class NoReply:
    """The endpoint said nothing."""

    timed_out: bool
    """It had the time it was given; False: the connection failed or was closed."""
    delivered: bool
    """The whole request was handed over, so that it may have been worked on."""


class Http:
    """A pool of connections to an endpoint; an async context manager. Entering it may raise EngineError."""

    def __init__(self, settings: EndpointSettings) -> None:
        self._settings = settings
        urls = (settings.url, settings.invocations_url or settings.url)
        self._origins = {_origin(url) for url in urls}
        self._auth = create_auth(settings)
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        connector = aiohttp.TCPConnector(limit=0, ssl=_trust(self._settings.ca_file), keepalive_timeout=30)
        self._session = aiohttp.ClientSession(
            connector=connector, cookie_jar=aiohttp.DummyCookieJar(), auto_decompress=True, read_bufsize=2**18
        )
        return self

    async def __aexit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
            self._session = None

    async def get(self, url: str, seconds: float) -> Reply | NoReply:
        """GET within `seconds`."""
        return await self._request("GET", url, (), 0, seconds, {})

    async def post(
        self, url: str, chunks: Iterable[bytes], size: int, seconds: float, request_id: str = ""
    ) -> Reply | NoReply:
        """POST a JSON body of `size` bytes within `seconds`. It is never sent twice by itself."""
        headers = {"Content-Type": "application/json", "Content-Length": str(size)}
        if request_id:
            headers["X-Request-Id"] = request_id
        return await self._request("POST", url, chunks, size, seconds, headers)

    async def _request(
        self, method: str, url: str, chunks: Iterable[bytes], size: int, seconds: float, headers: dict[str, str]
    ) -> Reply | NoReply:
        if _origin(url) not in self._origins:
            raise EngineError("A request to a host that the settings do not name was refused.")
        if self._session is None:
            raise RuntimeError("Http is an async context manager")
        upload = _Upload(chunks)
        try:
            async with asyncio.timeout(seconds):
                headers |= await self._auth.headers()
            async with self._session.request(
                method,
                url,
                data=upload.stream() if size else None,
                headers=headers,
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=_CONNECT_SECONDS),
                allow_redirects=False,
            ) as response:
                if 300 <= response.status < 400:
                    raise EngineError("The endpoint redirects elsewhere, which is refused: check `url`.")
                body = await response.read()
                retry_after = _retry_after(response.headers.get("Retry-After"))
                return Reply(response.status, body, retry_after, upload.seconds)
        except aiohttp.ClientConnectorCertificateError:
            raise EngineError("The endpoint's certificate is not trusted: check `url` and `ca_file`.") from None
        except EngineUnavailable:  # the sign-in is out of reach for now
            return NoReply(timed_out=False, delivered=False)
        except TimeoutError:  # also raised while connecting
            return NoReply(timed_out=upload.finished or not size, delivered=upload.finished)
        except (aiohttp.ClientError, OSError):
            return NoReply(timed_out=False, delivered=upload.finished)


class _Upload:
    """Knows whether a body was handed over to its end, and how long that took."""

    def __init__(self, chunks: Iterable[bytes]) -> None:
        self._chunks = chunks
        self._began = time.monotonic()
        self.finished = False
        self.seconds = 0.0

    async def stream(self) -> AsyncIterator[bytes]:
        for chunk in self._chunks:
            yield chunk
        self.finished = True
        self.seconds = time.monotonic() - self._began


def _trust(ca_file: str | None) -> ssl.SSLContext:
    """The system's certificates, and those of the file."""
    context = ssl.create_default_context()
    if ca_file is not None:
        try:
            context.load_verify_locations(ca_file)
        except OSError as error:  # ssl.SSLError is one
            raise EngineError(f"`ca_file` cannot be read as PEM certificates ({type(error).__name__}).") from None
    return context


def _origin(url: str) -> tuple[str, str, int]:
    parts = urlsplit(url)
    return parts.scheme, parts.hostname or "", parts.port or (443 if parts.scheme == "https" else 80)


def _retry_after(header: str | None) -> float | None:
    """Seconds of a Retry-After header; its rarer form, a date, is left to our own back-off."""
    try:
        seconds = float(header) if header else -1.0
    except ValueError:
        return None
    return seconds if seconds >= 0 and isfinite(seconds) else None
