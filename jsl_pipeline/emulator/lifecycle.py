"""The states of a serving endpoint, and what the control API says in each of them."""

import asyncio
from enum import StrEnum
from typing import Any

from jsl_pipeline.emulator.clock import Clock
from jsl_pipeline.emulator.settings import EmulatorSettings


class State(StrEnum):
    """Where an endpoint stands."""

    ASLEEP = "asleep"
    WAKING = "waking"
    READY = "ready"
    UPDATING = "updating"
    FAILED = "failed"
    STOPPED = "stopped"


# ready, config_update, deployment, message. What live workspaces say between asleep and ready is [unconfirmed].
_REPORTS = {
    State.ASLEEP: ("READY", "NOT_UPDATING", "DEPLOYMENT_READY", "Scaled to zero"),
    State.WAKING: ("NOT_READY", "NOT_UPDATING", "DEPLOYMENT_RECOVERING", "Scaling from zero"),
    State.READY: ("READY", "NOT_UPDATING", "DEPLOYMENT_READY", ""),
    State.UPDATING: ("READY", "IN_PROGRESS", "DEPLOYMENT_CREATING", "Creating the new version"),
    State.FAILED: ("NOT_READY", "UPDATE_FAILED", "DEPLOYMENT_FAILED", "The container did not start"),
    State.STOPPED: ("NOT_READY", "NOT_UPDATING", "DEPLOYMENT_ABORTED", "Stopped"),
}


class Lifecycle:
    """Moves between the states as time passes and requests arrive.

    Time is looked at when someone asks, so nothing runs in the background.
    """

    def __init__(self, settings: EmulatorSettings, clock: Clock) -> None:
        self._settings = settings
        self._zero = settings.scale_to_zero
        self._clock = clock
        self._state = State.ASLEEP if self._zero.start_asleep else State.READY
        self._until = 0.0  # end of waking or updating
        self._used = clock.now()
        self._in_flight = 0
        self._failing_wakes = self._zero.failing_wakes
        self._changed = asyncio.Event()

    @property
    def state(self) -> State:
        """The state now."""
        now = self._clock.now()
        if self._state in (State.WAKING, State.UPDATING) and now >= self._until:
            failed = self._state is State.WAKING and self._failing_wakes > 0
            self._failing_wakes -= failed
            self._state = State.FAILED if failed else State.READY
            self._used = self._until
        idle = self._zero.enabled and not self._in_flight and now - self._used >= self._zero.idle_seconds
        if self._state is State.READY and idle:
            self._state = State.ASLEEP
        return self._state

    @property
    def serves(self) -> bool:
        """Whether a request is answered now."""
        updating = self.state is State.UPDATING and self._settings.serves_while_updating
        return self.state is State.READY or updating

    def enter(self) -> None:
        """A request arrives: it keeps the endpoint awake, or begins to wake it."""
        if self.state is State.ASLEEP:
            self.wake()
        self._in_flight += 1

    def leave(self) -> None:
        """A request ends."""
        self._in_flight -= 1
        self._used = max(self._used, self._clock.now())

    async def until_settled(self) -> None:
        """Return once the endpoint neither wakes nor updates."""
        while self.state in (State.WAKING, State.UPDATING) and not self.serves:
            changed = self._changed
            remaining = max(self._until - self._clock.now(), 0)
            try:
                async with self._clock.timeout(remaining):
                    await changed.wait()
            except TimeoutError:
                continue

    def sleep(self) -> None:
        """Fall asleep at once."""
        self._move(State.ASLEEP)

    def wake(self) -> None:
        """Begin to wake."""
        self._move(State.WAKING, self._zero.wake_seconds)

    def fail(self) -> None:
        """The deployment fails; only `start` or `sleep` ends that."""
        self._move(State.FAILED)

    def update(self, seconds: float) -> None:
        """Begin a configuration update."""
        self._move(State.UPDATING, seconds)

    def stop(self) -> None:
        """Stop the endpoint: no request wakes it."""
        self._move(State.STOPPED)

    def start(self) -> None:
        """Start a stopped or failed endpoint."""
        self._move(State.WAKING, self._zero.wake_seconds)

    def describe(self, slots: int) -> dict[str, Any]:
        """The endpoint as `GET /api/2.0/serving-endpoints/{name}` shows it."""
        ready, config_update, deployment, message = _REPORTS[self.state]
        if self._state is State.ASLEEP:
            ready = self._zero.asleep_ready
        elif self._state is State.WAKING:
            ready = self._zero.waking_ready
        elif self._state is State.UPDATING and not self._settings.serves_while_updating:
            ready = "NOT_READY"
        settings, scale = self._settings, self._settings.autoscale
        entity = {
            "name": settings.model.rsplit(".", 1)[-1],
            "entity_name": settings.model,
            "entity_version": "1",
            "workload_type": settings.workload_type,
            "workload_size": settings.workload_size,
            "scale_to_zero_enabled": self._zero.enabled,
            "min_provisioned_concurrency": 0 if self._zero.enabled else scale.min_slots if scale else slots,
            "max_provisioned_concurrency": scale.max_slots if scale else slots,
            "state": {"deployment": deployment, "deployment_state_message": message},
        }
        return {
            "name": settings.endpoint,
            "id": "emulated",
            "state": {"ready": ready, "config_update": config_update},
            "config": {"config_version": 1, "served_entities": [entity]},
        }

    def _move(self, state: State, seconds: float = 0) -> None:
        self._state = state
        self._until = self._clock.now() + seconds
        self._used = self._clock.now()
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()
