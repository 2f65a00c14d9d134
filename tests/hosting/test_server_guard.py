"""Who may ask a model server, and what it may be made to fetch."""

import asyncio
from typing import Any

import pytest

from jsl_pipeline.hosting import ServerSettings, VllmOptions
from jsl_pipeline.hosting.guard import KEY, KeyGuard


def ask(path: str, authorization: str | None = None, kind: str = "http") -> list[dict[str, Any]]:
    """What is sent back for a request; `{"type": "answered"}` where the server behind the guard got it."""
    sent: list[dict[str, Any]] = []

    async def server(scope: Any, receive: Any, send: Any) -> None:
        await send({"type": "answered"})

    async def send(message: dict[str, Any]) -> None:
        sent.append(message)

    async def receive() -> dict[str, Any]:
        return {}

    headers = [] if authorization is None else [(b"authorization", authorization.encode())]
    asyncio.run(KeyGuard(server)({"type": kind, "path": path, "headers": headers}, receive, send))
    return sent


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(KEY, "the-key")


@pytest.mark.parametrize(
    "path", ["/v1/chat/completions", "/invocations", "/tokenize", "/pause", "/healthy", "//health"]
)
@pytest.mark.parametrize("given", [None, "Bearer", "Bearer other", "Basic the-key", "the-key", "Bearer the-key2"])
def test_without_the_key_nothing_is_passed_on(path: str, given: str | None) -> None:
    start, body = ask(path, given)
    assert start["status"] == 401
    assert b"the-key" not in body["body"]


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/invocations"])
@pytest.mark.parametrize("given", ["Bearer the-key", "bearer the-key"])
def test_the_key_lets_in(path: str, given: str) -> None:
    assert ask(path, given) == [{"type": "answered"}]


@pytest.mark.parametrize("path", ["/health", "/metrics"])
def test_it_may_be_watched_by_all(path: str) -> None:
    assert ask(path) == [{"type": "answered"}]


def test_sockets_need_the_key_too() -> None:
    assert ask("/v1/realtime", kind="websocket") == [{"type": "websocket.close", "code": 1008}]
    assert ask("/v1/realtime", "Bearer the-key", kind="websocket") == [{"type": "answered"}]


def test_a_server_that_others_reach_has_a_key() -> None:
    with pytest.raises(ValueError, match="needs a key"):
        ServerSettings(host="0.0.0.0")


def test_no_host_is_one_that_images_are_fetched_from() -> None:
    words = VllmOptions(model="m").server_arguments()
    assert words[words.index("--allowed-media-domains") + 1].endswith(".invalid")
    opened = VllmOptions(model="m", options={"allowed_media_domains": ["a.example", "b.example"]}).server_arguments()
    at = opened.index("--allowed-media-domains")
    assert opened[at + 1 : at + 3] == ["a.example", "b.example"]
