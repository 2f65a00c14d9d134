"""The line between the driver and its tasks: a TCP connection on which each side shows first that it has the key.

The key is random, one for each run, and travels in the task itself, as Spark sends it. Only after that is anything
unpickled. What goes over the line are names of parts, digests and counts: no text and no pixels.
"""

import hmac
import secrets
import socket
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from typing import Any

_CONNECT_SECONDS = 30.0
_PROOF_BYTES = 64
# A machine that is taken away says no goodbye: silence is noticed after 30 s + 3 x 10 s.
_KEEPALIVE = {"TCP_KEEPIDLE": 30, "TCP_KEEPINTVL": 10, "TCP_KEEPCNT": 3}

Line = Connection


@dataclass(frozen=True)
class Door:
    """Where a driver listens, and the key to it."""

    host: str
    port: int
    key: bytes = field(repr=False)


def dial(door: Door) -> "Line[Any, Any]":
    """Connect to the driver. Raises OSError where it is out of reach or does not have the key."""
    line = wrap(socket.create_connection((door.host, door.port), _CONNECT_SECONDS))
    try:
        _prove(line, door.key, b"task")
        _check(line, door.key, b"driver")
    except (EOFError, OSError):
        line.close()
        raise
    return line


def admit(line: "Line[Any, Any]", key: bytes) -> None:
    """The driver's side of `dial`. Raises EOFError or OSError where the other side does not have the key."""
    _check(line, key, b"task")
    _prove(line, key, b"driver")


def wrap(connected: socket.socket) -> "Line[Any, Any]":
    """A socket as a line. The socket is used up."""
    connected.settimeout(None)
    connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    connected.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
    for name, value in _KEEPALIVE.items():
        if hasattr(socket, name):
            connected.setsockopt(socket.IPPROTO_TCP, getattr(socket, name), value)
    return Connection(connected.detach())


def _check(line: "Line[Any, Any]", key: bytes, side: bytes) -> None:
    challenge = secrets.token_bytes(_PROOF_BYTES)
    line.send_bytes(challenge)
    if not hmac.compare_digest(line.recv_bytes(_PROOF_BYTES), hmac.digest(key, side + challenge, "sha256")):
        raise PermissionError("The other side does not have the key.")


def _prove(line: "Line[Any, Any]", key: bytes, side: bytes) -> None:
    line.send_bytes(hmac.digest(key, side + line.recv_bytes(_PROOF_BYTES), "sha256"))
