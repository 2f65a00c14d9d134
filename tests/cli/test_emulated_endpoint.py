"""Both commands as a newcomer uses them: the emulator in one terminal, the pipeline in another."""

import json
import os
import signal
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.cli.test_commands import COMMAND
from tests.stages.conftest import draw

DUMMY_BYTES = 5_000  # requests that only wake or probe are smaller


class Terminal:
    """An emulator that runs, and the environment in which the pipeline finds it."""

    def __init__(self, folder: Path, *options: str) -> None:
        self.folder = folder
        self.log = folder / "requests.jsonl"
        told = folder / "emulator.err"
        with told.open("wb") as errors:
            command = [COMMAND, "emulator", "--port", "0", "--log", str(self.log), *options]
            self.emulator = subprocess.Popen(command, stderr=errors, cwd=folder)
        until = time.monotonic() + 60
        while "Ctrl-C stops it" not in told.read_text():
            assert time.monotonic() < until
            assert self.emulator.poll() is None, told.read_text()
            time.sleep(0.1)
        exports = [line.split()[1] for line in told.read_text().splitlines() if line.strip().startswith("export ")]
        self.environment = {**os.environ, **dict(line.split("=", 1) for line in exports)}

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [COMMAND, *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str, expect: int = 0) -> tuple[str, str]:
        process = self.start(*arguments)
        out, err = process.communicate(timeout=120)
        assert process.returncode == expect, err
        return out, err

    def answered(self) -> Counter[str]:
        """How often each page was answered to somebody who was still there."""
        entries = [json.loads(line) for line in self.log.read_text().splitlines()]
        pages = [e for e in entries if e["outcome"] == "answered" and e["bytes_in"] > DUMMY_BYTES]
        return Counter(page for entry in pages for page in entry["pages"])


@pytest.fixture
def terminal(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Terminal]:
    opened = Terminal(tmp_path, *request.param)
    yield opened
    opened.emulator.send_signal(signal.SIGTERM)
    assert opened.emulator.wait(timeout=20) == 0


def fill(landing: Path, pages: int) -> None:
    landing.mkdir()
    for number in range(pages):
        sheet = draw("Dr. Ida Holm", f"Patient: Ann Moss {number}", "Rx", "1. Ibuprofen 400 mg - twice daily")
        (landing / f"sheet_{number}.png").write_bytes(sheet)


@pytest.mark.parametrize(
    "terminal", [("--asleep", "--wake-seconds", "3", "--waking", "503", "--reader", "canned")], indirect=True
)
def test_a_sleeping_endpoint_is_woken_reads_the_pages_and_is_told_of(terminal: Terminal) -> None:
    fill(terminal.folder / "landing", 2)
    assert json.loads(terminal.call("endpoint", "status", "--json")[0])["state"] == "asleep"
    out, err = terminal.call("run", "landing", "--store", "store", "--json")
    summary = json.loads(out)
    assert summary["extracted"] == 2
    assert summary["calls"]["requests"] == 2
    assert summary["calls"]["faults"] == {}
    assert "asked to wake" in err
    assert json.loads(terminal.call("endpoint", "status", "--json")[0])["state"] == "ready"
    table, _ = terminal.call("run", "landing", "--store", "other")
    assert "2 requests" in table


@pytest.mark.deployments
@pytest.mark.parametrize("terminal", [("--reader", "canned", "--page-seconds", "0.4", "--slots", "2")], indirect=True)
def test_killed_twice_it_asks_again_for_pages_in_flight_alone(terminal: Terminal) -> None:
    fill(terminal.folder / "landing", 12)
    for wanted in (2, 6):
        run = terminal.start("run", "landing", "--store", "store")
        until = time.monotonic() + 60
        while sum(terminal.answered().values() if terminal.log.exists() else []) < wanted:
            assert time.monotonic() < until
            time.sleep(0.02)
        time.sleep(0.2)  # half of a page's time: the answers that came are kept, the next ones are far
        run.send_signal(signal.SIGKILL)
        run.communicate()
    out, _ = terminal.call("run", "landing", "--store", "store", "--json")
    assert json.loads(out)["extracted"] == 12
    assert set(terminal.answered().values()) == {1}


def test_wrong_settings_of_the_emulator_are_told_by_name(tmp_path: Path) -> None:
    (tmp_path / "emulator.toml").write_text('[[faults]]\neffect = "melt"\n')
    command = [COMMAND, "emulator", "--config", "emulator.toml", "--port", "0"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 2
    assert "faults.0.effect" in done.stderr
    assert sys.executable not in done.stderr
