"""vLLM's own OpenAI server as a child of this process: started, waited for, stopped."""

import importlib.util
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from http.client import HTTPException
from types import TracebackType
from typing import Self

from pydantic import Field, model_validator

from jsl_pipeline.errors import EngineError, MissingExtra
from jsl_pipeline.hosting import guard
from jsl_pipeline.hosting.fit import check_model
from jsl_pipeline.hosting.options import VllmOptions
from jsl_pipeline.schemas import Secret, Value

_LOOK_SECONDS = 0.5
_TELL_SECONDS = 30.0
_STOP_SECONDS = 30.0
_CORES_AN_API_SERVER = 4
_MOST_API_SERVERS = 8
_LOOPBACK = frozenset({"127.0.0.1", "localhost", "::1"})


class ServerSettings(Value):
    """Where and how vLLM's server listens."""

    host: str = Field(default="127.0.0.1", description="Address to listen on.")
    port: int = Field(default=8000, ge=1, le=65535)
    key: Secret | None = Field(default=None, description="Token that requests must bring, as env:NAME.")
    name: str | None = Field(default=None, description="Name that requests may ask for; the model's where unset.")
    api_servers: int | None = Field(
        default=None,
        ge=1,
        description="Processes that take requests. Each prepares images on one thread, some 14 pages a second; where "
        "unset, one for four cores, eight at most.",
    )

    @model_validator(mode="after")
    def _is_not_open_to_all(self) -> Self:
        if self.key is None and self.host not in _LOOPBACK:
            raise ValueError("a server that other machines reach needs a key")
        return self

    @property
    def url(self) -> str:
        """Base of the server, as seen from this machine."""
        host = "127.0.0.1" if self.host in ("0.0.0.0", "::") else self.host
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"


class ModelServer:
    """A running server. Leaving the `with` block ends it, and with it the model's hold on the GPU."""

    def __init__(self, options: VllmOptions, settings: ServerSettings) -> None:
        """Start it; it takes minutes to be ready. Raises EngineError, MissingExtra."""
        if importlib.util.find_spec("vllm") is None:
            raise MissingExtra("vllm", "A model server")
        check_model(options, None, vision=False)  # a server may be for questions alone
        self._settings = settings
        # An argument would show the key to all users of the machine.
        key = {} if settings.key is None else {guard.KEY: settings.key.get_secret_value()}
        no_detours = {"VLLM_MEDIA_URL_ALLOW_REDIRECTS": "0"}  # where `options` allow hosts, no others through them
        self._process = subprocess.Popen(
            [
                sys.executable,
                "-m",
                "vllm.entrypoints.cli.main",
                "serve",
                *options.server_arguments(),
                *self._arguments(),
            ],
            env=os.environ | options.environment() | no_detours | key,
            stdin=subprocess.DEVNULL,
            stdout=2,  # its log; ours is what goes to stdout
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    @property
    def pid(self) -> int:
        """Process id of the server."""
        return self._process.pid

    def wait_until_ready(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Return once it is healthy; now and then, `tell` hears how long that takes. Raises EngineError."""
        began = told = time.monotonic()
        while not self._is_healthy():
            now = time.monotonic()
            if self._process.poll() is not None:
                code = self._process.returncode
                raise EngineError(f"vLLM's server ended with exit code {code} before it was ready; its log says why.")
            if now - began > seconds:
                raise EngineError(f"vLLM's server was not ready within {seconds:.0f} s.")
            if now - told >= _TELL_SECONDS:
                told = now
                tell(f"Loading for {now - began:.0f} s of at most {seconds:.0f} s.")
            time.sleep(_LOOK_SECONDS)

    def wait(self) -> int:
        """Return its exit code once it has ended by itself."""
        return self._process.wait()

    def stop(self) -> None:
        """End it."""
        self._process.terminate()
        try:
            self._process.wait(_STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()

    def _arguments(self) -> list[str]:
        settings = self._settings
        cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
        servers = settings.api_servers or max(1, min(_MOST_API_SERVERS, cores // _CORES_AN_API_SERVER))
        name = [] if settings.name is None else [f"--served-model-name={settings.name}"]
        listens = [f"--host={settings.host}", f"--port={settings.port}", f"--api-server-count={servers}"]
        guarded = [] if settings.key is None else [f"--middleware={guard.__name__}.KeyGuard"]
        # No page of a browser on this machine may ask, whatever site it is of.
        return [*listens, *name, *guarded, "--allowed-origins=[]", "--uvicorn-log-level=warning"]

    def _is_healthy(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self._settings.url}/health", timeout=5) as reply:
                return reply.status == 200
        except (OSError, HTTPException):
            return False
