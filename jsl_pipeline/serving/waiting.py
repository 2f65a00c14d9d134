"""Waiting for an endpoint to be ready: bounded, visible, with its price."""

import time
from collections.abc import Callable

from pydantic import Field

from jsl_pipeline.errors import EngineError, EngineUnavailable
from jsl_pipeline.schemas import Value
from jsl_pipeline.serving.control import Control
from jsl_pipeline.serving.price import dollars_per_hour
from jsl_pipeline.serving.settings import PriceSettings, WakeSettings
from jsl_pipeline.serving.status import EndpointState, EndpointStatus

_FIRST_PAUSE, _LONGEST_PAUSE, _GROWTH = 2.0, 15.0, 1.5
_UNKNOWN_POLLS = 3  # a control API may be away for a moment
_WAKE_AGAIN_SECONDS = 60.0  # it may show an endpoint asleep for a while after it was woken; a request may be lost


class WakeProgress(Value):
    """How the waiting goes."""

    state: EndpointState
    seconds: float = Field(description="Waited so far.")
    timeout_seconds: float = Field(description="Waited at most.")
    dollars: float | None = Field(default=None, description="Cost of that time, where the price is known.")

    @property
    def sentence(self) -> str:
        """For people and logs."""
        cost = "" if self.dollars is None else f", ${self.dollars:.2f} so far"
        return f"Endpoint is {self.state.value}: {self.seconds:.0f} s of at most {self.timeout_seconds:.0f} s{cost}"


def wait_until_ready(
    control: Control,
    settings: WakeSettings,
    price: PriceSettings,
    report: Callable[[WakeProgress], None],
    clock: Callable[[], float] = time.monotonic,
    sleep: Callable[[float], bool | None] = time.sleep,
) -> EndpointStatus:
    """Return the status once the endpoint is ready, waking it where it sleeps; reports every poll that finds it not so.

    Where its state is not known or it is being updated, it counts as ready once it answers a dummy request. A `sleep`
    that returns True, as `Event.wait` does, ends the waiting. Raises EngineUnavailable then, and after
    `timeout_seconds`; EngineError where the endpoint failed, is not there or denies access.
    """
    began, pause, unknown, woken = clock(), _FIRST_PAUSE, 0, None
    while True:
        status = control.status()
        unknown = unknown + 1 if status.state is EndpointState.UNKNOWN else 0
        match status.state:
            case EndpointState.READY:
                return status
            case EndpointState.FAILED:
                raise EngineError(f"The endpoint failed and does not come up by itself: see its events.{_said(status)}")
            case EndpointState.ASLEEP if woken is None or clock() - woken >= _WAKE_AGAIN_SECONDS:
                woken = clock()
                _wake(control)
            case EndpointState.UPDATING if control.answers():
                return status
            case EndpointState.UNKNOWN if unknown >= _UNKNOWN_POLLS and control.answers():
                return status
            case _:
                pass
        waited = clock() - began
        if waited >= settings.timeout_seconds:
            raise EngineUnavailable(
                f"The endpoint was not ready within {waited:.0f} s: it is {status.state.value}.{_said(status)}"
            )
        report(_progress(status, waited, settings, price))
        if sleep(min(pause, settings.timeout_seconds - waited)):
            raise EngineUnavailable("Waiting for the endpoint was ended before it was ready.")
        pause = min(pause * _GROWTH, _LONGEST_PAUSE)


def _wake(control: Control) -> None:
    try:
        control.wake()
    except EngineUnavailable:
        return  # its state, seen at the next poll, tells whether it woke; else it is woken again


def _progress(status: EndpointStatus, waited: float, settings: WakeSettings, price: PriceSettings) -> WakeProgress:
    rate = dollars_per_hour(price, status)
    return WakeProgress(
        state=status.state,
        seconds=waited,
        timeout_seconds=settings.timeout_seconds,
        dollars=None if rate is None else rate * waited / 3600,
    )


def _said(status: EndpointStatus) -> str:
    return f" It says: {status.message}" if status.message else ""
