"""Simulated time: `speed` simulated seconds pass in each real second."""

import asyncio
import time


class Clock:
    """Counts simulated seconds from its own creation."""

    def __init__(self, speed: float) -> None:
        self.speed = speed
        self._began = time.monotonic()

    def now(self) -> float:
        """Simulated seconds since the clock was made."""
        return (time.monotonic() - self._began) * self.speed

    async def sleep_until(self, moment: float) -> None:
        """Return at a moment of simulated time, at once where it is past."""
        remaining = moment - self.now()
        if remaining > 0:
            await asyncio.sleep(remaining / self.speed)

    def timeout(self, seconds: float) -> asyncio.Timeout:
        """`asyncio.timeout` over simulated seconds."""
        return asyncio.timeout(seconds / self.speed)
