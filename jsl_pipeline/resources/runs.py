"""How a Dagster instance starts runs and notices their death. `dagster.yaml` names these classes.

Dagster offers two ways to start a run. Queued, it waits for the daemon, for ever where none runs; launched at
once, a backfill over a thousand batches starts a thousand processes. `QueueOrRun` queues where a daemon lives
and runs one after the other where none does, so the same command works with `dagster dev` and without.
"""

import os
import time

from dagster import DagsterEventType, DagsterRun, DagsterRunStatus, DefaultRunLauncher, QueuedRunCoordinator
from dagster._core.launcher import CheckRunHealthResult, WorkerStatus
from dagster._core.run_coordinator import SubmitRunContext

_DAEMON = "QUEUED_RUN_COORDINATOR"
_BEAT_SECONDS = 40  # a daemon that lives sends a heartbeat every 30 s
_LOOK_SECONDS = 0.5


class QueueOrRun(QueuedRunCoordinator):  # pyright: ignore[reportMissingTypeArgument]
    """Hand a run to the daemon's queue; without a daemon, start it here and wait until it ends.

    The last heartbeat of a daemon that was just killed looks like that of a living one. So the first run waits
    for a sign of life: that the daemon takes it, or a newer heartbeat. Where none comes, it is started here.
    """

    _known_beat: float | None = None

    def submit_run(self, context: SubmitRunContext) -> DagsterRun:
        """Queue the run of `context`, or run it to its end."""
        run_id = context.dagster_run.run_id
        if self._last_beat() is not None:
            super().submit_run(context)
            if self._is_taken(run_id):
                return self._run(run_id)
        self._instance.launch_run(run_id, context.workspace)
        while not self._run(run_id).is_finished:
            time.sleep(_LOOK_SECONDS)
        return self._run(run_id)

    def _is_taken(self, run_id: str) -> bool:
        while (beat := self._last_beat()) is not None:
            if self._known_beat is None:
                self._known_beat = beat
            if beat > self._known_beat or self._run(run_id).status is not DagsterRunStatus.QUEUED:
                self._known_beat = 0.0  # proven: later runs are queued without a wait
                return True
            time.sleep(_LOOK_SECONDS)
        return False

    def _last_beat(self) -> float | None:
        beat = self._instance.get_daemon_heartbeats().get(_DAEMON)
        return beat.timestamp if beat and time.time() - beat.timestamp < _BEAT_SECONDS else None

    def _run(self, run_id: str) -> DagsterRun:
        run = self._instance.get_run_by_id(run_id)
        assert run is not None
        return run


class WatchedRunLauncher(DefaultRunLauncher):
    """Starts runs as processes of this machine, and knows when one is gone without a word.

    Dagster's own launcher takes a run whose process was killed for a running one, for ever; it then holds its
    place in the queue. With this one, run monitoring marks it as failed. All runs of the instance must be on this
    machine.
    """

    @property
    def supports_check_run_worker_health(self) -> bool:
        """Run monitoring may ask."""
        return True

    def check_run_worker_health(self, run: DagsterRun) -> CheckRunHealthResult:
        """Whether the process that last said it works on the run still exists."""
        events = self._instance.all_logs(run.run_id, of_type=DagsterEventType.ENGINE_EVENT)
        described = [e.dagster_event.engine_event_data.metadata for e in events if e.dagster_event]
        pids = [int(str(metadata["pid"].value)) for metadata in described if "pid" in metadata]
        if not pids or _exists(pids[-1]):  # a run names its process soon after it starts
            return CheckRunHealthResult(WorkerStatus.RUNNING)
        message = "its process was killed; materialise the batch again, finished work is kept"
        return CheckRunHealthResult(WorkerStatus.FAILED, message)


def _exists(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except PermissionError:  # another user's
        return True
    return True
