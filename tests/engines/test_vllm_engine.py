"""The engine that starts vLLM's server, over a stand-in for it: there is no GPU here, and no model is run."""

import os
import pickle
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import psutil
import pytest

from jsl_pipeline.engines import VllmSettings, create_engine
from jsl_pipeline.errors import EngineError, MissingExtra
from jsl_pipeline.schemas import Page, PageAnswer, Reading

STAND_IN = Path(__file__).parent / "stand_in"
SERVER = "vllm.entrypoints.openai.api_server"


@pytest.fixture
def library(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.syspath_prepend(STAND_IN)
    monkeypatch.setenv("PYTHONPATH", str(STAND_IN))


def pages(count: int) -> Iterator[Page]:
    for number in range(1, count + 1):
        yield Page(
            document_id="d",
            page_no=number,
            page_sha=f"{number:064x}",
            image=bytes([number]) * 100,
            media_type="image/png",
            width=800,
            height=1000,
        )


def read(model: str, count: int, **settings: object) -> tuple[list[PageAnswer], list[str]]:
    told: list[str] = []
    with create_engine(VllmSettings.model_validate({"model": model, **settings}), told.append) as engine:
        answers = list(engine.read(pages(count)))
    return answers, told


def servers(of: int) -> list[psutil.Process]:
    """Those that run; a process that ended may wait for its parent to look."""
    children = psutil.Process(of).children(recursive=True)
    return [each for each in children if each.status() != psutil.STATUS_ZOMBIE and SERVER in each.cmdline()]


@pytest.mark.usefixtures("library")
def test_one_server_for_all_readings_and_none_afterwards() -> None:
    told: list[str] = []
    settings = VllmSettings(model="canned", arguments=("--max-model-len=4096",))
    with create_engine(settings, told.append) as engine:
        assert servers(os.getpid()) == []
        for count in (3, 5):
            answers = list(engine.read(pages(count)))
            assert len(answers) == count
            assert all(isinstance(answer.outcome, Reading) for answer in answers)
        (server,) = servers(os.getpid())
        assert not [word for word in server.cmdline() if "key" in word]  # anybody may read a command line
        assert engine.calls is not None
        assert engine.calls.requests == 5
    assert servers(os.getpid()) == []
    assert len([sentence for sentence in told if "loaded in" in sentence]) == 1
    assert told[-1] == "Model canned released."


@pytest.mark.usefixtures("library")
def test_without_pages_no_server_is_started() -> None:
    assert read("canned", 0) == ([], [])


@pytest.mark.usefixtures("library")
def test_a_server_that_does_not_start_is_told_with_its_exit_code() -> None:
    with pytest.raises(EngineError, match="exit code 3"):
        read("broken", 1)


@pytest.mark.usefixtures("library")
def test_a_server_that_never_gets_ready_is_given_up_and_ended() -> None:
    with pytest.raises(EngineError, match="start_seconds"):
        read("slow", 1, start_seconds=0.5)
    assert servers(os.getpid()) == []


@pytest.mark.skipif(sys.platform != "linux", reason="the kernel ends the server, on Linux")
def test_a_reader_that_is_killed_leaves_no_server_behind() -> None:
    script = (
        "from jsl_pipeline.engines import VllmSettings, create_engine\n"
        "from tests.engines.test_vllm_engine import pages\n"
        "with create_engine(VllmSettings(model='canned')) as engine:\n"
        "    print(len(list(engine.read(pages(1)))), flush=True)\n"
        "    input()\n"
    )
    path = os.pathsep.join([str(STAND_IN), str(Path(__file__).parents[2])])
    with subprocess.Popen(
        [sys.executable, "-c", script],
        env=os.environ | {"PYTHONPATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as reader:
        assert reader.stdout is not None
        assert reader.stdout.readline() == b"1\n"
        (server,) = servers(reader.pid)
        reader.send_signal(signal.SIGKILL)
    deadline = time.monotonic() + 20
    while server.is_running() and server.status() != psutil.STATUS_ZOMBIE:
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_without_vllm_the_error_names_the_extra_also_after_a_journey() -> None:
    with pytest.raises(MissingExtra, match=r"jsl-pipeline\[vllm\]") as caught:
        read("canned", 1)
    assert str(pickle.loads(pickle.dumps(caught.value))) == str(caught.value)


def test_the_model_and_not_how_it_is_served_makes_the_answers() -> None:
    usual = create_engine(VllmSettings(model="a")).fingerprint
    assert usual.engine == "vllm"
    assert create_engine(VllmSettings(model="a", arguments=("--max-model-len=4096",))).fingerprint == usual
    assert create_engine(VllmSettings(model="b")).fingerprint != usual
