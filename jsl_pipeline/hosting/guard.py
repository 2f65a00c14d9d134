"""A guard before vLLM's server: with a key, each path but those that watch it asks for it.

vLLM's own check covers paths that begin with `/v1` and a few others. `/invocations`, which answers chats as well,
`/tokenize` and `/scale_elastic_ep` are open to all (seen with 0.32).
"""

import hmac
import os
from collections.abc import Awaitable, Callable
from typing import Any

Scope = dict[str, Any]
Receive = Callable[[], Awaitable[dict[str, Any]]]
Send = Callable[[dict[str, Any]], Awaitable[None]]

KEY = "VLLM_API_KEY"
"""Environment variable with the key: vLLM's own, so its check holds, too."""

_OPEN = frozenset({"/health", "/metrics"})  # counts and the model's name, for who watches it


class KeyGuard:
    """ASGI middleware that lets nobody in without `Authorization: Bearer KEY`."""

    def __init__(self, app: Callable[[Scope, Receive, Send], Awaitable[None]]) -> None:
        self._app = app
        self._key = os.environ[KEY].encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass a request on, or answer 401."""
        if scope["type"] == "lifespan" or scope["path"] in _OPEN or self._may_enter(scope):
            await self._app(scope, receive, send)
        elif scope["type"] == "websocket":
            await send({"type": "websocket.close", "code": 1008})
        else:
            headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
            await send({"type": "http.response.start", "status": 401, "headers": headers})
            await send({"type": "http.response.body", "body": b'{"error": "Unauthorized"}'})

    def _may_enter(self, scope: Scope) -> bool:
        given = dict(scope["headers"]).get(b"authorization", b"")
        scheme, _, key = given.partition(b" ")
        return scheme.lower() == b"bearer" and hmac.compare_digest(key, self._key)
