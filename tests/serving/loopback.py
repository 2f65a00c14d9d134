"""A server on loopback that answers as a test says, and remembers what it was asked."""

import asyncio
import ssl
import threading
from collections.abc import Awaitable, Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager
from dataclasses import dataclass, field

from aiohttp import web

Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True)
class Asked:
    """A request as it came in."""

    method: str
    path: str
    headers: Mapping[str, str] = field(repr=False)
    body: bytes = field(repr=False)


@dataclass
class Server:
    """Where it listens, and what it was asked so far."""

    url: str
    asked: list[Asked]

    @property
    def paths(self) -> list[str]:
        return [f"{each.method} {each.path}" for each in self.asked]


def saying(status: int, body: str | bytes = "", **headers: str) -> Answer:
    """The same to everybody."""

    async def answer(request: web.Request) -> web.Response:
        return web.Response(status=status, body=body, headers=headers)

    return answer


def by_path(answers: Mapping[str, Answer]) -> Answer:
    """The answer of the first key that the path contains, else 404."""

    async def answer(request: web.Request) -> web.StreamResponse:
        for name, each in answers.items():
            if name in request.path:
                return await each(request)
        return web.Response(status=404)

    return answer


async def silent(request: web.Request) -> web.Response:
    """Reads the request and does not answer in a test's time."""
    await asyncio.sleep(3600)
    return web.Response()


async def closing(request: web.Request) -> web.Response:
    """Closes the connection."""
    assert request.transport is not None
    request.transport.close()
    return web.Response()


@contextmanager
def listening(answer: Answer, tls: ssl.SSLContext | None = None) -> Iterator[Server]:
    """Listen on a free port for the length of a `with` block."""
    started: Future[tuple[Server, asyncio.AbstractEventLoop]] = Future()
    leave = asyncio.Event()

    async def serve() -> None:
        asked: list[Asked] = []

        async def remember(request: web.Request) -> web.StreamResponse:
            asked.append(Asked(request.method, request.path, request.headers.copy(), await request.read()))
            return await answer(request)

        runner = web.ServerRunner(web.Server(remember, access_log=None), shutdown_timeout=0.1)
        await runner.setup()
        site = web.TCPSite(runner, "127.0.0.1", 0, ssl_context=tls, shutdown_timeout=0.1)
        await site.start()
        host, port = runner.addresses[0][:2]
        started.set_result((Server(f"{'https' if tls else 'http'}://{host}:{port}", asked), asyncio.get_running_loop()))
        await leave.wait()
        await runner.cleanup()

    thread = threading.Thread(target=lambda: asyncio.run(serve()), daemon=True)
    thread.start()
    server, loop = started.result(10)
    try:
        yield server
    finally:
        loop.call_soon_threadsafe(leave.set)
        thread.join()
