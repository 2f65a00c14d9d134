"""`jsl-pipeline probe` against an emulated workspace, as a user and as a script meets it."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsl_pipeline.emulator import EmulatorSettings, Latency, RunningEmulator, ScaleToZero, running
from jsl_pipeline.planning import read_profile
from tests.cli.conftest import Call
from tests.stages.conftest import draw

COMMAND = str(Path(sys.executable).with_name("jsl-pipeline"))


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    latency, awake = Latency(page_seconds=0.05), ScaleToZero(enabled=False)
    with running(EmulatorSettings(port=0, slots=3, queue=4, latency=latency, scale_to_zero=awake)) as emulator:
        yield emulator


@pytest.fixture
def scan(tmp_path: Path) -> str:
    """A page with a name on it, in a file with a name."""
    (tmp_path / "moss_ann.png").write_bytes(draw("Patient: Ann Moss", "Rx", "1. Ibuprofen 400 mg - twice daily"))
    return "moss_ann.png"


def endpoint(url: str) -> dict[str, str]:
    engine = {"KIND": "endpoint", "URL": url, "NAME": "jsl-vl", "TOKEN": "env:EMULATOR_TOKEN"}
    return {"EMULATOR_TOKEN": "emulator-token"} | {f"JSL_ENGINE__{name}": value for name, value in engine.items()}


def test_it_leaves_a_profile_and_a_plot_and_says_what_to_set(
    emulator: RunningEmulator, scan: str, tmp_path: Path, call_here: Call
) -> None:
    called = call_here("probe", scan, "--max-requests", "150", **endpoint(emulator.url))
    assert called.returncode == 0, called.stderr
    profile = read_profile(tmp_path / "profile.json")
    assert profile.requests <= 150
    assert profile.workload_type == "GPU_MEDIUM"
    assert (tmp_path / "profile.svg").read_text().startswith("<?xml")
    said = " ".join(called.stdout.split())
    assert f"Set `engine.concurrency` to {profile.knee}." in said
    assert "Only one page: yours may take another time" in said
    assert "knee" in said
    told = " ".join(called.stderr.split())
    assert told.startswith("At most 150 requests within 900 s, at $1.40 an hour no more than $0.35")
    assert "2 in flight, 1 page each" in told
    assert "moss" not in (called.stdout + called.stderr + profile.model_dump_json()).lower()


def test_a_script_gets_one_json_object(emulator: RunningEmulator, scan: str, tmp_path: Path, call_here: Call) -> None:
    files = ("--out", "p.json", "--plot", "p.png")
    called = call_here("probe", scan, "--json", "--max-requests", "80", *files, **endpoint(emulator.url))
    assert json.loads(called.stdout) == json.loads((tmp_path / "p.json").read_text())
    assert (tmp_path / "p.png").read_bytes().startswith(b"\x89PNG")


def test_an_interrupt_keeps_what_was_measured(emulator: RunningEmulator, scan: str, tmp_path: Path) -> None:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JSL_", "DATABRICKS_"))}
    with subprocess.Popen(
        [COMMAND, "probe", scan],
        cwd=tmp_path,
        env=kept | endpoint(emulator.url),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stderr is not None
        for line in process.stderr:
            if line.startswith("2 in flight"):
                process.send_signal(signal.SIGINT)
                break
        rest = process.stderr.read()
    assert process.returncode == 0, rest
    profile = read_profile(tmp_path / "profile.json")
    assert {step.concurrency for step in profile.steps} >= {1, 2}
    assert any(remark.startswith("It was interrupted.") for remark in profile.remarks)


@pytest.mark.parametrize(
    ("arguments", "environment", "code", "words"),
    [
        ([], {}, 2, "The engine is not an endpoint"),
        ([], endpoint("http://127.0.0.1:9"), 2, "The store holds no prepared page"),
        (["--plot", "p.bmp"], endpoint("http://127.0.0.1:9"), 2, "A plot is written as .svg, .png, .pdf"),
        (["--out", "nowhere/p.json"], endpoint("http://127.0.0.1:9"), 2, "cannot be written"),
    ],
)
def test_what_is_wrong_is_said_before_anything_is_asked(
    arguments: list[str], environment: dict[str, str], code: int, words: str, call_here: Call
) -> None:
    called = call_here("probe", *arguments, **environment)
    assert (called.returncode, called.stdout) == (code, "")
    assert words in " ".join(called.stderr.split())


def test_an_endpoint_that_failed_is_a_sentence(scan: str, call_here: Call) -> None:
    zero = ScaleToZero(start_asleep=True, wake_seconds=0.1, failing_wakes=9)
    with running(EmulatorSettings(port=0, scale_to_zero=zero)) as emulator:
        called = call_here("probe", scan, **endpoint(emulator.url))
    assert called.returncode == 2
    assert "The endpoint failed and does not come up by itself" in " ".join(called.stderr.split())
