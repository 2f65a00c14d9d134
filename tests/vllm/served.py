"""A tiny model behind vLLM's own server, and the endpoint engine that asks it."""

import os
import signal
import socket
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from jsl_pipeline.engines import EndpointEngine, EndpointSettings
from jsl_pipeline.hosting import ModelServer, ServerSettings, VllmOptions
from jsl_pipeline.schemas import Page, PageAnswer
from tests.vllm.memory import USUAL

KEY = "tiny-key"


class Server:
    """A server on a port that stays the same, however often it is started."""

    def __init__(self, model: Path) -> None:
        self.model = model
        self._settings = ServerSettings(port=_free_port(), key=SecretStr(KEY))
        self.url = self._settings.url
        self.start()

    def start(self) -> None:
        options = VllmOptions.model_validate(USUAL | {"model": str(self.model)})
        self._server = ModelServer(options, self._settings)

    def wait(self) -> None:
        self._server.wait_until_ready(500, lambda sentence: None)

    def kill(self) -> None:
        """As the kernel does where memory runs out; its other processes end by themselves."""
        os.kill(self._server.pid, signal.SIGKILL)
        self._server.wait()

    def stop(self) -> None:
        self._server.stop()


def _free_port() -> int:
    """One that the system gives to nobody else while the server starts, or is down: below those it gives away."""
    for port in range(20_000 + os.getpid() * 50 % 10_000, 32_000):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError:
            continue
        return port
    raise RuntimeError("no port is free")


def engine_for(server: Server, **settings: Any) -> EndpointEngine:
    usual: dict[str, Any] = {"url": server.url, "token": SecretStr(KEY), "max_tokens": 1500}
    return EndpointEngine(EndpointSettings.model_validate({**usual, **settings}), lambda _: None)


def read(server: Server, pages: list[Page], **settings: Any) -> dict[int, PageAnswer]:
    """Read the pages; each is answered once."""
    with engine_for(server, **settings) as engine:
        answers = list(engine.read(pages))
    assert sorted(answer.page_no for answer in answers) == [page.page_no for page in pages]
    return {answer.page_no: answer for answer in answers}
