"""`jsl-pipeline serve`, as a user and as a script meets it, over a stand-in for vLLM's server."""

import importlib.util
import json
import os
import signal
import socket
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from jsl_pipeline.engines import EndpointSettings
from tests.cli.conftest import Call

COMMAND = str(Path(sys.executable).with_name("jsl-pipeline"))
STAND_IN = Path(__file__).parent / "stand_in"
KEY = "key-of-the-test"

Serve = Callable[..., "Serving"]


class Serving:
    """The command at work, and the processes below it."""

    def __init__(self, folder: Path, *arguments: str, **environment: str) -> None:
        with socket.create_server(("127.0.0.1", 0)) as taken:
            self.port = taken.getsockname()[1]
        kept = {name: value for name, value in os.environ.items() if not name.startswith(("JSL_", "VLLM_"))}
        self._told = folder / "told"
        with self._told.open("wb") as told:
            self.process = subprocess.Popen(
                [COMMAND, "serve", *arguments, "--port", str(self.port)],
                cwd=folder,
                env=kept | {"PYTHONPATH": str(STAND_IN), "MODEL_KEY": KEY} | environment,
                stdout=subprocess.PIPE,
                stderr=told,
                text=True,
            )
        self.below: list[psutil.Process] = []

    @property
    def told(self) -> str:
        return " ".join(self._told.read_text().split())

    def wait_until_ready(self) -> None:
        until = time.monotonic() + 60
        while "Ready at" not in self.told:
            assert time.monotonic() < until
            assert self.process.poll() is None, self.told
            time.sleep(0.05)
        self.below = psutil.Process(self.process.pid).children(recursive=True)

    def end(self, by: signal.Signals) -> tuple[int, str]:
        """Exit code and stdout."""
        self.process.send_signal(by)
        out, _ = self.process.communicate(timeout=60)
        return self.process.returncode, out

    def nothing_is_left(self) -> bool:
        _, left = psutil.wait_procs(self.below, timeout=20)
        return len(self.below) == 2 and not left

    def arguments(self, token: str | None) -> list[str]:
        """What vLLM's server was told."""
        headers = {} if token is None else {"Authorization": f"Bearer {token}"}
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}/v1/models", headers=headers)
        with urllib.request.urlopen(request, timeout=10) as reply:
            return json.loads(reply.read())


@pytest.fixture
def serve(tmp_path: Path) -> Iterator[Serve]:
    started: list[Serving] = []

    def start(*arguments: str, **environment: str) -> Serving:
        started.append(Serving(tmp_path, *arguments, **environment))
        return started[-1]

    yield start
    for each in started:
        for process in [*each.below, each.process]:
            if process.is_running() if isinstance(process, psutil.Process) else process.poll() is None:
                process.kill()
        each.process.communicate(timeout=20)


def test_it_says_when_it_is_ready_and_how_to_call_it(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    serving = serve("stand-in/canned", "--key", "env:MODEL_KEY", "--name", "reader")
    serving.wait_until_ready()
    assert f"Ready at http://127.0.0.1:{serving.port}. Ctrl-C stops it." in serving.told
    assert "This is vLLM's log." in serving.told
    _, out = serving.end(signal.SIGTERM)
    monkeypatch.setenv("MODEL_KEY", KEY)
    engine = EndpointSettings.model_validate(tomllib.loads(out)["engine"])
    assert (engine.url, engine.model, engine.auth) == (f"http://127.0.0.1:{serving.port}", "reader", "token")
    assert engine.token is not None
    assert engine.token.get_secret_value() == KEY
    assert KEY not in out + serving.told


def test_the_key_is_asked_for_and_on_no_command_line(serve: Serve) -> None:
    serving = serve("stand-in/canned", "--key", "env:MODEL_KEY")
    serving.wait_until_ready()
    for process in [psutil.Process(serving.process.pid), *serving.below]:
        assert KEY not in " ".join(process.cmdline())
    assert "--middleware=jsl_pipeline.hosting.guard.KeyGuard" in serving.arguments(KEY)
    with pytest.raises(urllib.error.HTTPError, match="401") as refused:
        serving.arguments(None)
    refused.value.close()


def test_settings_come_first_from_the_call_then_from_the_engine_vllm(serve: Serve) -> None:
    engine = {"KIND": "vllm", "MODEL": "stand-in/canned", "MAX_MODEL_LEN": "4096", "MAX_SEQUENCES": "8"}
    serving = serve(
        *("--max-sequences", "16", "--option", "kv-cache-dtype=fp8", "--option", "max_num_batched_tokens=4096"),
        **{f"JSL_ENGINE__{name}": value for name, value in engine.items()},
    )
    serving.wait_until_ready()
    told = serving.arguments(None)
    assert told[:2] == ["serve", "stand-in/canned"]
    wanted = ("--max-model-len=4096", "--max-num-seqs=16", "--kv-cache-dtype=fp8", "--max-num-batched-tokens=4096")
    assert set(wanted) <= set(told)
    _, out = serving.end(signal.SIGTERM)
    assert EndpointSettings.model_validate(tomllib.loads(out)["engine"]).auth == "none"


@pytest.mark.parametrize("by", [signal.SIGTERM, signal.SIGINT])
def test_the_server_ends_with_the_command(serve: Serve, by: signal.Signals) -> None:
    serving = serve("stand-in/canned")
    serving.wait_until_ready()
    code, _ = serving.end(by)
    assert code == 0
    assert "Server stopped" in serving.told
    assert serving.nothing_is_left()


def test_the_server_ends_with_a_command_that_was_killed(serve: Serve) -> None:
    serving = serve("stand-in/canned")
    serving.wait_until_ready()
    serving.end(signal.SIGKILL)
    assert serving.nothing_is_left()


def test_a_server_that_ends_before_it_is_ready_is_an_error(serve: Serve) -> None:
    serving = serve("stand-in/broken")
    assert serving.process.wait(timeout=60) == 2
    assert "ended with exit code 7 before it was ready" in serving.told
    assert "Traceback" not in serving.told


def test_a_server_that_ends_later_may_be_started_again(serve: Serve) -> None:
    serving = serve("stand-in/dying")
    assert serving.process.wait(timeout=60) == 3
    assert "ended by itself with exit code 9" in serving.told


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (("--host", "0.0.0.0"), "a server that other machines reach needs a key"),
        (("--key", KEY), "`--key` is env:NAME"),
        (("--key", "env:NOT_SET_ANYWHERE"), "NOT_SET_ANYWHERE is not set"),
        (("--memory-share", "3"), "memory_share"),
        (("--quantization", "fp7"), "quantization"),
        (("--port", "99999"), "port"),
        (("--option", "eager"), "NAME=VALUE"),
        (("--option", "structured_outputs_config={}"), "structured_outputs_config"),
        (("--option", f"hf_token={KEY}"), "set HF_TOKEN in the environment"),
    ],
)
def test_a_wrong_call_is_one_sentence(
    call_here: Call, monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], says: str
) -> None:
    monkeypatch.syspath_prepend(STAND_IN)
    refused = call_here("serve", "stand-in/canned", *arguments)
    assert refused.returncode == 2
    assert says in " ".join(refused.stderr.split())
    assert "Traceback" not in refused.stderr
    assert KEY not in refused.stdout + refused.stderr


def test_without_a_model_it_asks_for_one(call_here: Call) -> None:
    refused = call_here("serve")
    assert refused.returncode == 2
    assert "Which model?" in refused.stderr


@pytest.mark.skipif(importlib.util.find_spec("vllm") is not None, reason="vLLM is installed here")
def test_without_vllm_its_extra_is_named(call_here: Call) -> None:
    refused = call_here("serve", "stand-in/canned")
    assert refused.returncode == 2
    assert "pip install 'jsl-pipeline[vllm]'" in " ".join(refused.stderr.split())
