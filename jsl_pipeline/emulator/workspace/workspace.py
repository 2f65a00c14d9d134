"""The workspace beside its serving endpoint: one object that answers for volumes, files, secrets, clusters and jobs."""

import asyncio
import tempfile
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from aiohttp import web

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.request_log import RequestLog
from jsl_pipeline.emulator.workspace.cluster_faults import ClusterFaults
from jsl_pipeline.emulator.workspace.clusters import Place
from jsl_pipeline.emulator.workspace.dbfs import Dbfs
from jsl_pipeline.emulator.workspace.files import Files
from jsl_pipeline.emulator.workspace.folders import Folders
from jsl_pipeline.emulator.workspace.jobs import Jobs
from jsl_pipeline.emulator.workspace.secrets import Secrets
from jsl_pipeline.emulator.workspace.volumes import Volumes
from jsl_pipeline.emulator.workspace_settings import WorkspaceSettings


class Workspace:
    """Makes its folders at once; `close` ends what runs."""

    def __init__(self, settings: WorkspaceSettings, clock: Clock, log: RequestLog) -> None:
        self._opened = ExitStack()
        folders = Folders(settings.root or self._temporary(), settings.volumes)
        self.root = folders.root
        secrets = Secrets(
            {
                scope: {key: secret.get_secret_value() for key, secret in keys.items()}
                for scope, keys in settings.secrets.items()
            }
        )
        self._jobs = Jobs(Place(settings, folders, clock, ClusterFaults(settings.faults, clock), secrets), log)
        self._parts = (Files(folders), Volumes(folders), Dbfs(folders), secrets, self._jobs)

    def routes(self) -> Sequence[web.AbstractRouteDef]:
        """What it answers."""
        return [route for part in self._parts for route in part.routes()]

    async def lose_worker(self) -> bool:
        """Kill a worker of the newest cluster that runs; False where there is none."""
        return await self._jobs.lose_worker()

    async def close(self) -> None:
        """End all runs and their processes, and remove what is temporary."""
        await self._jobs.close()
        await asyncio.to_thread(self._opened.close)

    def _temporary(self) -> Path:
        # What a killed task's processes still write may come in between.
        return Path(self._opened.enter_context(tempfile.TemporaryDirectory("-workspace", ignore_cleanup_errors=True)))
