"""Replicas that come and go with the load, and how long each was paid."""

import math
from collections import deque

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.lifecycle import Lifecycle, State
from jsl_pipeline.emulator.settings import EmulatorSettings
from jsl_pipeline.emulator.slots import Slots

_LOOK_SECONDS = 1.0
_LOOK_REAL_SECONDS = 0.02  # at least, or a fast clock would keep a core busy
_PAID = (State.WAKING, State.READY, State.UPDATING)


class Scaling:
    """Looks at the load now and then, as autoscalers do, and counts what is paid."""

    def __init__(self, settings: EmulatorSettings, clock: Clock, lifecycle: Lifecycle, slots: Slots) -> None:
        self._rule = settings.autoscale
        self._clock = clock
        self._lifecycle = lifecycle
        self._slots = slots
        self._paid = 0
        self._seconds = 0.0
        self._looked_at = clock.now()
        self._coming: deque[tuple[float, int]] = deque()  # when they answer, and how many
        self._wanted: deque[tuple[float, int]] = deque()  # of the last `shrink_seconds`

    def replica_seconds(self) -> float:
        """Time of all replicas so far, awake or starting; without `autoscale` the endpoint counts as one."""
        self.look()
        return self._seconds

    async def run(self) -> None:
        """Look again and again."""
        while True:
            self.look()
            pause = max(_LOOK_SECONDS, _LOOK_REAL_SECONDS * self._clock.speed)
            await self._clock.sleep_until(self._clock.now() + pause)

    def look(self) -> None:
        """Take in what happened since the last look."""
        now, state = self._clock.now(), self._lifecycle.state
        self._seconds += self._paid * (now - self._looked_at)
        self._looked_at = now
        if self._rule is None:
            self._paid = int(state in _PAID)
        elif state is State.READY:
            self._scale(now)
        else:
            self._paid = math.ceil(self._rule.min_slots / self._rule.step) if state in _PAID else 0
            self._coming.clear()
            self._wanted.clear()
            self._slots.resize(self._rule.min_slots)

    def _scale(self, now: float) -> None:
        rule = self._rule
        assert rule is not None
        least, most = math.ceil(rule.min_slots / rule.step), math.ceil(rule.max_slots / rule.step)
        wanted = min(max(math.ceil((self._slots.busy + self._slots.waiting) / rule.step), least), most)
        self._wanted.append((now, wanted))
        while self._wanted[0][0] < now - rule.shrink_seconds:
            self._wanted.popleft()
        self._paid = max(self._paid, least)
        if wanted > self._paid:
            self._coming.append((now + rule.grow_seconds, wanted - self._paid))
            self._paid = wanted
        while self._coming and self._coming[0][0] <= now:
            self._coming.popleft()
        if not self._coming:
            self._paid = min(self._paid, max(count for _, count in self._wanted))
        self._slots.resize((self._paid - sum(count for _, count in self._coming)) * rule.step)
