"""What vLLM's own server lets nobody do: ask without the key, or have it fetch what the asker cannot reach."""

import json
import threading
import urllib.error
import urllib.request
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer

import pytest

from tests.vllm.served import KEY, Server

# What guards it does not depend on the model.
pytestmark = pytest.mark.parametrize("server", ["qwen"], indirect=True)

Visited = tuple[str, list[str]]


@pytest.fixture
def bystander() -> Iterator[Visited]:
    """A web server that only this machine reaches, and what it was asked for."""
    visits: list[str] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            visits.append(self.path)
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *arguments: object) -> None:
            """Says nothing."""

    with HTTPServer(("127.0.0.1", 0), Handler) as web:
        thread = threading.Thread(target=web.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{web.server_port}", visits
        web.shutdown()
        thread.join()


def ask(server: Server, path: str, image: str | None = None, **headers: str) -> tuple[int, str]:
    content = [{"type": "text", "text": "What is it?"}]
    if image is not None:
        content.append({"type": "image_url", "image_url": {"url": image}})  # pyright: ignore[reportArgumentType]
    body = {"max_tokens": 2, "messages": [{"role": "user", "content": content}]}
    request = urllib.request.Request(
        server.url + path, json.dumps(body).encode(), {"Content-Type": "application/json", **headers}
    )
    try:
        with urllib.request.urlopen(request, timeout=60) as reply:
            return reply.status, str(reply.headers)
    except urllib.error.HTTPError as refused:
        with refused:
            return refused.code, str(refused.headers)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/invocations", "/tokenize", "/scale_elastic_ep"])
def test_without_the_key_nobody_is_answered(server: Server, path: str) -> None:
    assert ask(server, path)[0] == 401
    assert ask(server, path, Authorization="Bearer other")[0] == 401


def test_both_ways_to_chat_take_the_key_and_no_page_of_a_browser_reads_the_answer(server: Server) -> None:
    for path in ("/v1/chat/completions", "/invocations"):
        status, headers = ask(server, path, Authorization=f"Bearer {KEY}", Origin="https://elsewhere.example")
        assert status == 200
        assert "access-control-allow-origin" not in headers.lower()


def test_images_are_fetched_from_nowhere(server: Server, bystander: Visited) -> None:
    url, visits = bystander
    for image in (f"{url}/page.png", f"{url.replace('127.0.0.1', 'localhost')}/page.png", f"file://{__file__}"):
        assert ask(server, "/v1/chat/completions", image, Authorization=f"Bearer {KEY}")[0] >= 400
    assert visits == []
