"""Scripted failures of clusters: which strike, and how often they did."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Literal

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.workspace_settings import ClusterFault


class StartFailed(Exception):
    """A cluster is to fail; see ClusterFault."""

    def __init__(self, fault: ClusterFault) -> None:
        super().__init__(fault.message)
        self.code = fault.code


class ClusterFaults:
    """Counts strikes over all clusters of a workspace."""

    def __init__(self, faults: tuple[ClusterFault, ...], clock: Clock) -> None:
        self._left = {position: fault.times for position, fault in enumerate(faults)}
        self._faults = faults
        self._clock = clock

    async def at_start(self, run_name: str) -> None:
        """Hang or raise StartFailed where a fault says so."""
        if self._strikes(run_name, "never_starts"):
            await asyncio.Event().wait()
        for fault in self._strikes(run_name, "start_fails"):
            raise StartFailed(fault)

    async def while_running(
        self, run_name: str, lose_worker: Callable[[], Awaitable[bool]], kill_driver: Callable[[], None]
    ) -> None:
        """Strike a running cluster at the times that faults say."""
        began = self._clock.now()
        running = (*self._strikes(run_name, "lose_worker"), *self._strikes(run_name, "driver_dies"))
        for fault in sorted(running, key=lambda fault: fault.after_seconds):
            await self._clock.sleep_until(began + fault.after_seconds)
            if fault.effect == "lose_worker":
                await lose_worker()
            else:
                kill_driver()

    def _strikes(
        self, run_name: str, effect: Literal["start_fails", "never_starts", "lose_worker", "driver_dies"]
    ) -> list[ClusterFault]:
        """The faults of one effect that strike a run's cluster; each is counted."""
        struck: list[ClusterFault] = []
        for position, fault in enumerate(self._faults):
            left = self._left[position]
            if fault.effect == effect and fault.run_name in run_name and left != 0:
                self._left[position] = None if left is None else left - 1
                struck.append(fault)
        return struck
