"""What an engine that calls an endpoint did."""

from collections import Counter
from collections.abc import Iterable
from typing import Self

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

    @classmethod
    def total(cls, readings: Iterable[Self]) -> Self | None:
        """All readings together; None where there are none. The concurrency is that of the last."""
        together = list(readings)
        if not together:
            return None
        counts = ("requests", "pages_sent", "bytes_sent", "splits", "outages", "probes", "waited_seconds")
        return cls.model_validate(
            {
                **{name: sum(getattr(each, name) for each in together) for name in counts},
                "faults": sum((Counter(each.faults) for each in together), Counter[str]()),
                "flaws": sum((Counter(each.flaws) for each in together), Counter[str]()),
                "concurrency": together[-1].concurrency,
            }
        )
