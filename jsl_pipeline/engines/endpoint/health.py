"""Whether the endpoint is there: the circuit breaker, and who is to blame when a request comes to nothing.

A closed connection, a time-out or a 503 may be the endpoint's state or the page's doing. Before a page is charged,
another answer or a dummy request shows that the endpoint is there. If it is not, all sending stops until it is
back: one party waits for it and probes it, and everybody else waits for that one.
"""

import asyncio
from collections.abc import Awaitable, Callable
from random import Random

from jsl_pipeline.errors import EngineUnavailable

_PATIENCE_SECONDS = 0.5
_SILENT_FAULTS = 3  # in a row, with nothing answered: sending stops at once
_PROBE_PAUSES = (0.5, 15.0)


class Health:
    """Knows whether to send. Lives on one event loop."""

    def __init__(
        self,
        wait_until_ready: Callable[[], Awaitable[None]],
        probe: Callable[[], Awaitable[bool]],
        came_back: Callable[[bool], None],
        failed: Callable[[Exception], None],
        tell: Callable[[str], None],
        give_up_seconds: float,
    ) -> None:
        """`came_back` is told whether the endpoint was gone, or only silent for a moment or not yet ready."""
        self.up = False
        self.outages = 0
        self.probes = 0
        self._wait_until_ready = wait_until_ready
        self._probe = probe
        self._came_back = came_back
        self._failed = failed
        self._tell = tell
        self._give_up_seconds = give_up_seconds
        self._heard = asyncio.Event()
        self._silent_faults = 0
        self._asking: asyncio.Task[bool] | None = None
        self._reviving: asyncio.Task[None] | None = None
        self._last_heard = asyncio.get_running_loop().time()
        self._random = Random()

    def start(self) -> None:
        """Wait for the endpoint to be ready, waking it where it sleeps; then let requests go."""
        self._reviving = asyncio.create_task(self._revive(probe=False))

    def heard(self) -> None:
        """The endpoint answered something."""
        self._last_heard = asyncio.get_running_loop().time()
        self._silent_faults = 0
        self._heard.set()

    def check_silence(self, asked: bool) -> None:
        """Give up where nothing was answered for too long, though it was asked."""
        if asked and self.up and asyncio.get_running_loop().time() - self._last_heard > self._give_up_seconds:
            self._failed(EngineUnavailable(f"The endpoint answered nothing for {self._give_up_seconds:.0f} s."))

    async def is_there(self) -> bool:
        """After a request that came to nothing: whether the endpoint is there, so that the request is to blame."""
        self._silent_faults += 1
        if self._silent_faults >= _SILENT_FAULTS:
            self.up = False
        if not self._reviving and self._asking is None:
            self._heard.clear()
            self._asking = asyncio.create_task(self._ask())
        return self._asking is not None and await asyncio.shield(self._asking)

    async def close(self) -> None:
        """End what is still waiting."""
        for task in (self._asking, self._reviving):
            if task is not None:
                task.cancel()
                await asyncio.wait([task])

    async def _ask(self) -> bool:
        try:
            there = await self._hears_within(_PATIENCE_SECONDS) or await self._hears_or_probes()
            if there:
                self.up = True
                self._came_back(False)
            else:
                self.up = False
                self.outages += 1
                self._tell("The endpoint is gone: nothing is sent until it is back.")
                self._reviving = asyncio.create_task(self._revive(probe=True))
            return there
        finally:
            self._asking = None

    async def _revive(self, probe: bool) -> None:
        pause, most = _PROBE_PAUSES
        try:
            async with asyncio.timeout(self._give_up_seconds):
                await self._wait_until_ready()
                while probe and not await self._hears_or_probes():
                    await asyncio.sleep(pause * self._random.uniform(0.5, 1))
                    pause = min(most, pause * 2)
                    await self._wait_until_ready()
        except TimeoutError:
            self._failed(EngineUnavailable(f"The endpoint did not come back within {self._give_up_seconds:.0f} s."))
        except Exception as error:  # noqa: BLE001  (handed to whoever waits for answers)
            self._failed(error)
        else:
            if probe:
                self._tell("The endpoint is back.")
            self.heard()
            self.up = True
            self._came_back(probe)
        finally:
            self._reviving = None

    async def _hears_within(self, seconds: float) -> bool:
        try:
            await asyncio.wait_for(self._heard.wait(), seconds)
        except TimeoutError:
            return False
        return True

    async def _hears_or_probes(self) -> bool:
        """Whether anything is answered: a request that is still out, or a dummy sent now."""
        self.probes += 1
        self._heard.clear()
        probe = asyncio.ensure_future(self._probe())
        hears = asyncio.create_task(self._heard.wait())
        try:
            await asyncio.wait((probe, hears), return_when=asyncio.FIRST_COMPLETED)
            return hears.done() or probe.result()
        finally:
            probe.cancel()
            hears.cancel()
            await asyncio.gather(probe, hears, return_exceptions=True)
