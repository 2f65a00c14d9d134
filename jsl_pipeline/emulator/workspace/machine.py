"""Processes of an emulated cluster: real ones, each in a group of its own, which see the workspace's folders."""

import asyncio
import contextlib
import os
import signal
import sys
from asyncio.subprocess import DEVNULL, PIPE, Process
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import IO

from jsl_pipeline.emulator.workspace.folders import Folders

_ENTER = Path(__file__).with_name("enter.py")


class Machine:
    """Starts and ends the processes of one cluster."""

    def __init__(self, folders: Folders, home: Path, environment: Mapping[str, str]) -> None:
        self.home = home
        self.environment = environment
        self._folders = folders
        self._view = home / "view"
        self._running: set[Process] = set()
        self._view.mkdir(parents=True)

    async def start(self, command: Sequence[str], output: IO[bytes], errors: IO[bytes], **environment: str) -> Process:
        """Start a process in the cluster's home, with the cluster's environment and what is added to it."""
        process = await asyncio.create_subprocess_exec(
            sys.executable,
            "-IS",
            str(_ENTER),
            str(self._folders.root),
            str(self._view),
            *command,
            cwd=self.home,
            env={**self.environment, **environment},
            stdin=DEVNULL,
            stdout=output,
            stderr=errors,
            start_new_session=True,
        )
        self._running.add(process)
        return process

    async def end(self, process: Process, grace_seconds: float = 0) -> None:
        """End a process and its whole group: SIGTERM first where there is grace (real seconds), then SIGKILL."""
        if process.returncode is None and grace_seconds > 0:
            _signal(process, signal.SIGTERM)
            with contextlib.suppress(TimeoutError):
                await asyncio.wait_for(process.wait(), grace_seconds)
        _signal(process, signal.SIGKILL)
        await process.wait()
        self._running.discard(process)

    async def stop(self) -> None:
        """End all that still runs."""
        for process in tuple(self._running):
            await self.end(process)


async def why_no_clusters(root: Path) -> str | None:
    """Why this machine cannot run tasks that see `/Volumes`; None where it can."""
    if sys.platform != "linux":
        return "Clusters are emulated with mount namespaces, which only Linux has."
    view = root / "clusters" / "try"
    view.mkdir(parents=True, exist_ok=True)
    command = (sys.executable, "-IS", str(_ENTER), str(root), str(view), "true")
    status, _, told = await answered(command)
    if status == 0:
        return None
    reason = told.strip().rpartition("\n")[2]
    return f"This machine does not allow a mount namespace ({reason}): run as root, or allow user namespaces."


async def answered(command: Sequence[str], environment: Mapping[str, str] | None = None) -> tuple[int | None, str, str]:
    """Exit code, standard output and standard error of a short command, which does not outlive its caller."""
    process = await asyncio.create_subprocess_exec(*command, env=environment, stdin=DEVNULL, stdout=PIPE, stderr=PIPE)
    try:
        output, errors = await process.communicate()
    except asyncio.CancelledError:
        process.kill()
        await process.communicate()
        raise
    return process.returncode, output.decode(errors="replace"), errors.decode(errors="replace")


def _signal(process: Process, number: signal.Signals) -> None:
    with contextlib.suppress(ProcessLookupError):  # the whole group is gone
        os.killpg(process.pid, number)
