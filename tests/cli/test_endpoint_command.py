"""`jsl-pipeline endpoint` against an emulated workspace, as a user and as a script meets it."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jsl_pipeline.emulator import EmulatorSettings, RunningEmulator, ScaleToZero, running
from tests.cli.conftest import Call

COMMAND = str(Path(sys.executable).with_name("jsl-pipeline"))
NOBODY = "http://127.0.0.1:9"


@pytest.fixture
def emulator() -> Iterator[RunningEmulator]:
    zero = ScaleToZero(start_asleep=True, wake_seconds=100)
    with running(EmulatorSettings(port=0, speed=50, slots=8, scale_to_zero=zero)) as emulator:
        yield emulator


def call(*arguments: str, folder: Path, **engine: str) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("JSL_", "DATABRICKS_"))}
    return subprocess.run(
        [COMMAND, "endpoint", *arguments],
        cwd=folder,
        env=kept | settings(engine),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def settings(engine: dict[str, str]) -> dict[str, str]:
    """Environment variables by which the pipeline finds an endpoint and its token."""
    return {"EMULATOR_TOKEN": "emulator-token"} | {f"JSL_ENGINE__{name}": value for name, value in engine.items()}


def at(url: str) -> dict[str, str]:
    return {"KIND": "endpoint", "URL": url, "NAME": "jsl-vl", "TOKEN": "env:EMULATOR_TOKEN"}


def test_from_asleep_to_ready_to_stopped(emulator: RunningEmulator, tmp_path: Path, call_here: Call) -> None:
    engine = at(emulator.url)
    asleep = call("status", "--json", folder=tmp_path, **engine)
    assert asleep.returncode == 0, asleep.stderr
    assert json.loads(asleep.stdout) == {
        "state": "asleep",
        "message": "Scaled to zero",
        "stopped": False,
        "concurrency": 8,
        "scales_to_zero": True,
        "workload_type": "GPU_MEDIUM",
        "dollars_per_hour": pytest.approx(2.8),
    }

    woken = call("wake", "--wait", "--json", folder=tmp_path, **engine)
    assert woken.returncode == 0, woken.stderr
    assert json.loads(woken.stdout)["state"] == "ready"
    assert "Endpoint is asleep: " in woken.stderr
    assert " s of at most 1800 s, $0.00 so far" in woken.stderr

    stopped = call_here("endpoint", "stop", **settings(engine))
    assert (stopped.returncode, stopped.stdout) == (0, "")
    shown = call_here("endpoint", "status", **settings(engine))
    assert shown.stdout.splitlines() == [
        "state             asleep",
        "message           Stopped",
        "workload          GPU_MEDIUM",
        "requests at once  8",
        "sleeps when idle  yes",
        "price             $2.80 an hour awake",
    ]
    assert all("emulator-token" not in each.stdout + each.stderr for each in (asleep, woken, stopped, shown))


def test_waking_does_not_wait_unless_asked_to(emulator: RunningEmulator, call_here: Call) -> None:
    emulator.sleep_now()
    woken = call_here("endpoint", "wake", **settings(at(emulator.url)))
    assert woken.returncode == 0, woken.stderr
    assert "asked to wake" in woken.stderr
    assert woken.stdout.startswith(("state             waking", "state             ready"))


@pytest.mark.parametrize(
    ("arguments", "engine", "code", "says"),
    [
        (["status"], {"KIND": "ocr"}, 2, "JSL_ENGINE__KIND=endpoint"),
        (["status"], {"KIND": "endpoint", "URL": NOBODY, "TOKEN": "env:UNSET_TOKEN"}, 2, "UNSET_TOKEN"),
        (["status"], at(NOBODY), 3, ""),
        (["wake"], at(NOBODY), 3, "cannot be reached"),
        (["wake", "--wait"], at(NOBODY) | {"WAKE__TIMEOUT_SECONDS": "1"}, 3, "not ready within"),
        (["stop"], {"KIND": "endpoint", "URL": NOBODY, "AUTH": "none"}, 2, "not stopped from here"),
    ],
)
def test_exit_codes_tell_what_a_person_must_clear_from_what_may_pass(
    call_here: Call, arguments: list[str], engine: dict[str, str], code: int, says: str
) -> None:
    done = call_here("endpoint", *arguments, **settings(engine))
    assert done.returncode == code, done.stderr
    assert says in " ".join(done.stderr.split())
    assert "Traceback" not in done.stderr


def test_a_state_that_is_not_known_says_why(call_here: Call) -> None:
    shown = call_here("endpoint", "status", **settings(at(NOBODY)))
    assert shown.stdout.splitlines() == ["state             unknown", "message           It cannot be reached."]


def test_a_wrong_token_is_told_without_telling_it(emulator: RunningEmulator, call_here: Call) -> None:
    done = call_here("endpoint", "status", **settings(at(emulator.url) | {"TOKEN": "wr0ng-token"}))
    assert done.returncode == 2
    assert "check `token`" in " ".join(done.stderr.split())
    assert "wr0ng-token" not in done.stdout + done.stderr
