"""The `dagster` command as a user has it: in the repository, with an instance, a landing folder and a store."""

import os
import shutil
import subprocess
import sys
from pathlib import Path

from jsl_pipeline.store import Store

ROOT = Path(__file__).parents[2]


class DagsterCommand:
    """Starts `dagster ...` with everything below one folder."""

    def __init__(self, folder: Path, **environment: str) -> None:
        self.landing, self.home = folder / "landing", folder / "home"
        self.store = Store(str(folder / "store"))
        self.home.mkdir()
        shutil.copy(ROOT / "dagster.yaml", self.home)
        self._environment = {
            **os.environ,
            "DAGSTER_HOME": str(self.home),
            "JSL_LANDING": str(self.landing),
            "JSL_STORE": self.store.url,
            **environment,
        }

    def start(self, *arguments: str, log: Path) -> subprocess.Popen[bytes]:
        """Start a command in a session of its own."""
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-m", "dagster", *arguments],
                cwd=ROOT,
                env=self._environment,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def run(self, *arguments: str) -> str:
        """Run a command to its end; returns what it printed."""
        log = self.home / "command.log"
        returncode = self.start(*arguments, log=log).wait(timeout=180)
        assert returncode == 0, log.read_text()
        return log.read_text()

    def close_batch(self) -> str:
        """Close what waits; returns the batch."""
        self.run("job", "execute", "-m", "jsl_pipeline.definitions", "-j", "close_batch")
        return self.store.manifests.batch_keys()[-1]

    def turn_on_sensors(self) -> None:
        """Have every sensor tick once a daemon lives."""
        self.run("sensor", "start", "--start-all", "-w", "workspace.yaml")

    def backfill(self) -> None:
        """Take every batch through the whole chain, as the README shows it."""
        self.run("job", "backfill", "-w", "workspace.yaml", "-j", "run_batch", "--all", "all", "--noprompt")
