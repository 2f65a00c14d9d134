"""A clock that tests turn, and an endpoint that does what tests say."""

from datetime import UTC, datetime, timedelta

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.serving import EndpointState, EndpointStatus, Sample
from jsl_pipeline.settings import Settings


class FakeClock:
    """Stands still until it is turned."""

    def __init__(self) -> None:
        self._now = datetime.now(UTC)

    def now(self) -> datetime:
        return self._now

    def turn(self, seconds: float) -> None:
        self._now += timedelta(seconds=seconds)


class FakeEndpoint:
    """The resource and the control of an endpoint in one. It sleeps; woken, it stays so until told otherwise."""

    def __init__(self, state: EndpointState = EndpointState.ASLEEP) -> None:
        self.state = state
        self.message = ""
        self.wakes, self.stops = 0, 0
        self.fails: PipelineError | None = None
        self.hides: PipelineError | None = None
        self.page: Sample | Exception | None = None

    def control(self, settings: Settings) -> "FakeEndpoint | None":
        return self if settings.engine.kind == "endpoint" else None

    def status(self) -> EndpointStatus:
        if self.hides is not None:
            raise self.hides
        return EndpointStatus(state=self.state, message=self.message)

    def wake(self) -> None:
        self.wakes += 1
        if self.fails is not None:
            raise self.fails

    def answers(self) -> bool:
        return self.state is EndpointState.READY

    def stop(self) -> None:
        self.stops += 1
        if self.fails is not None:
            raise self.fails

    def metrics(self) -> Sample | None:
        if isinstance(self.page, Exception):
            raise self.page
        return self.page
