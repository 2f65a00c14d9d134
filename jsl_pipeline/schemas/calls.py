"""What an engine that calls an endpoint did."""

from pydantic import Field

from jsl_pipeline.schemas.model import Value


class EngineCalls(Value):
    """Requests of one reading, and what went wrong with them."""

    requests: int = Field(default=0, description="Requests with pages, repeated ones included.")
    pages_sent: int = Field(default=0, description="Pages in them, repeated ones included.")
    bytes_sent: int = Field(default=0, description="Bytes of their bodies.")
    splits: int = Field(default=0, description="Requests that were halved to find the guilty page.")
    faults: dict[str, int] = Field(default={}, description="Requests without answers, by fault.")
    flaws: dict[str, int] = Field(default={}, description="Flawed answers, by flaw, those asked again included.")
    concurrency: int = Field(default=0, description="Requests in flight at the end, as the gate found it.")
    outages: int = Field(default=0, description="Times that the endpoint was gone.")
    probes: int = Field(default=0, description="Dummy requests that looked whether it is there.")
    waited_seconds: float = Field(default=0, description="Time until the endpoint was ready.")
