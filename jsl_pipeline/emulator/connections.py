"""How connections end before their answer does."""

import socket
import struct
from typing import NoReturn

from aiohttp import web

_RESET = struct.pack("ii", 1, 0)  # linger on, for no time: closing sends a reset


class Dropped(Exception):
    """The connection ends without an answer; `reset` says how."""

    def __init__(self, reset: bool) -> None:
        super().__init__()
        self.reset = reset


def gone(request: web.Request) -> bool:
    """Whether the client has left."""
    return request.transport is None or request.transport.is_closing()


def drop(request: web.Request, reset: bool) -> None:
    """End the connection of a request."""
    if request.transport is None:
        return
    if reset:
        request.transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _RESET)
        request.transport.abort()
    else:
        request.transport.close()


async def tear(request: web.Request, body: bytes) -> NoReturn:
    """Send half of an answer, and no more."""
    response = web.StreamResponse(headers={"Content-Type": "application/json", "Content-Length": str(len(body))})
    await response.prepare(request)
    await response.write(body[: len(body) // 2])
    raise Dropped(reset=True)
