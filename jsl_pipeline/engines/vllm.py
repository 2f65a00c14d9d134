"""The engine `vllm`: a vision model in the memory of this machine's GPU, behind vLLM's own server on loopback.

The server batches without pause, holds answers to the schema and runs in a process of its own; how it is asked, and
what an answer is worth, is the endpoint engine's. It starts with the first page and ends with the engine.
"""

import ctypes
import importlib.util
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterable, Iterator
from http.client import HTTPException
from itertools import chain
from types import TracebackType
from typing import Literal, Self

from pydantic import Field, SecretStr

from jsl_pipeline.engines.endpoint import EndpointEngine
from jsl_pipeline.errors import EngineError, MissingExtra
from jsl_pipeline.schemas import EngineCalls, Fingerprint, Page, PageAnswer, Value
from jsl_pipeline.serving import EndpointSettings, WakeSettings

_HOST = "127.0.0.1"
_LOOK_SECONDS = 0.5
_TELL_SECONDS = 30.0
_STOP_SECONDS = 30.0
_SILENT_SECONDS = 300.0  # of the server, before the run is given up
_PR_SET_PDEATHSIG = 1  # linux/prctl.h
_STDERR = 2


class VllmSettings(Value):
    """A model that vLLM loads here. It needs the extra `vllm` and a GPU."""

    kind: Literal["vllm"] = "vllm"
    model: str = Field(min_length=1, description="Name or folder of the weights, as vLLM takes it.")
    arguments: tuple[str, ...] = Field(
        default=(), description="Further arguments of vLLM's server, e.g. --max-model-len=8192."
    )
    start_seconds: float = Field(default=2400, gt=0, description="Time that the model may take to load.")
    max_concurrency: int = Field(default=256, ge=1, description="Never more pages with the server than these.")
    prompt: str | None = Field(default=None, description="Instructions to the model; a new prompt asks pages anew.")
    max_tokens: int = Field(default=1500, ge=16, description="Tokens of an answer.")
    page_tokens: int = Field(default=6000, ge=16, description="Tokens of all answers of a page, repeats included.")


class VllmEngine:
    """Reads pages through a server that it starts. See `Engine` for the interface."""

    def __init__(self, settings: VllmSettings, tell: Callable[[str], None]) -> None:
        self._settings = settings
        self._tell = tell
        self._started = False
        self._server: _Server | None = None
        self._engine = self._asking("http://127.0.0.1:1", "nobody")

    @property
    def fingerprint(self) -> Fingerprint:
        """Model, prompt, sampling and schema."""
        return self._engine.fingerprint.model_copy(update={"engine": "vllm"})

    @property
    def calls(self) -> EngineCalls:
        """What the last reading asked of the server."""
        return self._engine.calls

    def __enter__(self) -> Self:
        self._started = True
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._started = False
        if self._server is not None:
            self._engine.__exit__(exc_type, exc, traceback)
            self._server.stop()
            self._server = None
            self._tell(f"Model {self._settings.model} released.")

    def read(self, pages: Iterable[Page]) -> Iterator[PageAnswer]:
        """Answer every page once, in completion order. Raises EngineError, MissingExtra."""
        if not self._started:
            raise RuntimeError("VllmEngine is a context manager: `with engine: engine.read(...)`")
        source = iter(pages)
        first = next(source, None)
        if first is None:
            return
        if self._server is None:
            self._server = self._serve()
        yield from self._engine.read(chain([first], source))

    def _serve(self) -> "_Server":
        if importlib.util.find_spec("vllm") is None:
            raise MissingExtra("vllm", "The engine `vllm`")
        name, began = self._settings.model, time.monotonic()
        self._tell(f"Model {name} is being loaded.")
        server = _Server(self._settings)
        try:
            server.wait(
                self._settings.start_seconds, lambda seconds: self._tell(f"Still loading after {seconds:.0f} s.")
            )
            self._engine = self._asking(server.url, server.key)
            self._engine.__enter__()
        except BaseException:
            server.stop()
            raise
        self._tell(f"Model {name} loaded in {time.monotonic() - began:.0f} s.")
        return server

    def _asking(self, url: str, key: str) -> EndpointEngine:
        settings = self._settings
        endpoint = EndpointSettings(
            url=url,
            model=settings.model,
            token=SecretStr(key),
            prompt=settings.prompt,
            max_tokens=settings.max_tokens,
            page_tokens=settings.page_tokens,
            max_concurrency=settings.max_concurrency,
            wake=WakeSettings(timeout_seconds=_SILENT_SECONDS),
        )
        return EndpointEngine(endpoint, self._tell)


class _Server:
    """vLLM's server as a child of this process, for callers who have the key."""

    def __init__(self, settings: VllmSettings) -> None:
        port = _free_port()
        self.url = f"http://{_HOST}:{port}"
        self.key = secrets.token_urlsafe(32)
        address = ("--model", settings.model, "--host", _HOST, "--port", str(port))
        # Where a task of Spark runs, stdout is Spark's own; the log goes to stderr, and holds no page.
        self._process = subprocess.Popen(
            [sys.executable, "-m", "vllm.entrypoints.openai.api_server", *address, *settings.arguments],
            env=os.environ | {"VLLM_API_KEY": self.key},
            stdin=subprocess.DEVNULL,
            stdout=_STDERR,
            preexec_fn=_end_with_parent,
        )

    def wait(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Return once it answers; now and then, `tell` hears how long that takes. Raises EngineError."""
        began = told = time.monotonic()
        while not self._answers():
            now = time.monotonic()
            if self._process.poll() is not None:
                code = self._process.returncode
                raise EngineError(f"vLLM's server ended with exit code {code} before it was ready; its log says why.")
            if now - began > seconds:
                raise EngineError(f"vLLM's server was not ready within {seconds:.0f} s; raise `start_seconds`.")
            if now - told >= _TELL_SECONDS:
                told = now
                tell(f"Loading for {now - began:.0f} s of at most {seconds:.0f} s.")
            time.sleep(_LOOK_SECONDS)

    def stop(self) -> None:
        """End it, and with it the model's hold on the GPU."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/health", timeout=5) as reply:
                return reply.status == 200
        except (OSError, HTTPException):
            return False


def _free_port() -> int:
    with socket.create_server((_HOST, 0)) as taken:
        return taken.getsockname()[1]


def _end_with_parent() -> None:
    """Runs in the child: a parent that is killed cannot stop it, and the GPU would stay taken.

    The signal ends it whether or not the parent ignored or blocked that: both would be inherited.
    """
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGTERM})
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
