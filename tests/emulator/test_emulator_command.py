"""The emulator as a command: it says how to be used, serves, and leaves when told."""

import signal
import subprocess
import sys

import pytest
from emulator_client import chat, post

_PROGRAM = """
from rich.console import Console
from jsl_pipeline.cli.emulator import run_emulator
from jsl_pipeline.emulator import EmulatorSettings, ScaleToZero
zero = ScaleToZero(start_asleep=True, wake_seconds=0)
run_emulator(EmulatorSettings(port=0, scale_to_zero=zero), Console(width=120))
"""


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no SIGTERM to catch")
@pytest.mark.parametrize("how", [signal.SIGTERM, signal.SIGINT])
def test_it_serves_until_it_is_told_to_stop(how):
    with subprocess.Popen([sys.executable, "-u", "-c", _PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        told = {}
        for line in process.stdout:
            name, _, value = line.strip().removeprefix("export ").partition("=")
            told[name] = value
            if line.rstrip().endswith("no requests"):
                break
        assert told["JSL_ENGINE__KIND"] == "endpoint"
        assert (told["DATABRICKS_HOST"], told["DATABRICKS_TOKEN"]) == (
            told["JSL_ENGINE__URL"],
            told["JSL_ENGINE__TOKEN"],
        )
        url = f"{told['JSL_ENGINE__URL']}/serving-endpoints/{told['JSL_ENGINE__NAME']}/invocations"
        assert post(url, chat(), Authorization=f"Bearer {told['JSL_ENGINE__TOKEN']}").status == 200
        assert next(process.stdout).split()[1:3] == ["ready", "·"]
        process.send_signal(how)
        assert process.wait(10) == 0
        assert process.stdout.read().strip() == "Emulator stopped."
