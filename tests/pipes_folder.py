"""Dagster's side of Pipes without Dagster: a folder with a context, and the messages that a job leaves there."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

from dagster_pipes import encode_param

from jsl_pipeline.job import Assignment, Failed, Finished, Progressed, read_message

Message = Failed | Finished | Progressed


class PipesFolder:
    """One job's folder."""

    def __init__(self, folder: Path) -> None:
        self.path = folder
        folder.mkdir(parents=True)

    def run(self, assignment: Assignment, *command: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a command as Databricks runs the wheel's entry point, and wait for its end."""
        context = {
            "asset_keys": None,
            "code_version_by_asset_key": None,
            "provenance_by_asset_key": None,
            "partition_key": assignment.batch,
            "partition_key_range": None,
            "partition_time_window": None,
            "run_id": "0",
            "job_name": None,
            "retry_number": 0,
            "extras": assignment.model_dump(mode="json"),
        }
        (self.path / "context.json").write_text(json.dumps(context))
        arguments = {
            "--dagster-pipes-context": {"path": str(self.path / "context.json")},
            "--dagster-pipes-messages": {"path": str(self.path)},
        }
        parameters = [part for name, value in arguments.items() for part in (name, encode_param(value))]
        return subprocess.run(
            [*(command or _ENTRY), *parameters],
            env=os.environ | environment,
            cwd=self.path,
            capture_output=True,
            text=True,
            timeout=120,
            check=False,
        )

    @property
    def text(self) -> str:
        """All that was sent, as it was written."""
        chunks = sorted(self.path.glob("[0-9]*.json"), key=lambda path: int(path.stem))
        return "\n".join(chunk.read_text() for chunk in chunks)

    @property
    def methods(self) -> list[str]:
        """Kinds of Pipes messages, in order."""
        return [message["method"] for message in self._sent()]

    @property
    def messages(self) -> list[Message]:
        """What the job reported of its own."""
        return [read_message(m["params"]["payload"]) for m in self._sent() if m["method"] == "report_custom_message"]

    def _sent(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in self.text.splitlines()]


_ENTRY = (sys.executable, "-c", "from jsl_pipeline.job import main; main()")
