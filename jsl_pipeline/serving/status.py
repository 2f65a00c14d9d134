"""What an endpoint is doing, told by its control API."""

from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas import Value


class EndpointState(StrEnum):
    """What an endpoint is doing."""

    ASLEEP = "asleep"  # scaled to zero or stopped: it costs nothing and must be woken
    WAKING = "waking"  # it was asked to start and does not answer yet
    READY = "ready"
    UPDATING = "updating"  # a new version is being rolled out; the old one may answer
    FAILED = "failed"  # it will not come up by itself: a person must look
    UNKNOWN = "unknown"  # the control API does not say, or cannot be reached


class EndpointStatus(Value):
    """The state of an endpoint, and what the control API says of its size."""

    state: EndpointState
    message: str = Field(default="", description="One sentence on why; no secret, no document text.")
    stopped: bool = Field(default=False, description="Asleep because somebody stopped it: it must be started.")
    concurrency: int | None = Field(default=None, description="Requests it takes at once, at most, where known.")
    scales_to_zero: bool | None = Field(default=None, description="Whether it sleeps when idle, where known.")
    workload_type: str | None = Field(default=None, description="E.g. GPU_MEDIUM, where known.")
