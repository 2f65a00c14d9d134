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
    second_looks: dict[str, int] = Field(default={}, description="Pages whose answer had problems, by what came of it.")
    concurrency: int = Field(default=0, description="Requests in flight at the end, as the gate found it.")
    outages: int = Field(default=0, description="Times that the endpoint was gone.")
    probes: int = Field(default=0, description="Dummy requests that looked whether it is there.")
    reading_seconds: float = Field(default=0, description="Time of the reading; of several at once, of all together.")
    waited_seconds: float = Field(default=0, description="Of it, until the endpoint was ready.")
    starved_seconds: float = Field(
        default=0, description="Of it, without pages for all the requests that might have been sent, in parts of them."
    )
    request_seconds: float = Field(default=0, description="Time of all answered requests together ...")
    upload_seconds: float = Field(default=0, description="... and of it, until they were handed over.")
    gpu_idle: float | None = Field(
        default=None, description="Share of the cards' time without work, as the endpoint's metrics say, if they do."
    )
    queue_share: float | None = Field(
        default=None, description="Part of the requests' time that they waited at the endpoint, as its metrics say."
    )
    dollars: float | None = Field(default=None, description="Price of the reading's time, waiting included, if known.")

    @classmethod
    def total(cls, readings: Iterable[Self]) -> Self | None:
        """All readings together; None where there are none. Concurrency and metrics are as the last has them."""
        together = list(readings)
        if not together:
            return None
        prices = [each.dollars for each in together if each.dollars is not None]
        return cls.model_validate(
            {
                **{name: sum(getattr(each, name) for each in together) for name in _SUMS},
                "gpu_idle": together[-1].gpu_idle,
                "queue_share": together[-1].queue_share,
                "dollars": sum(prices) if prices else None,
                "faults": sum((Counter(each.faults) for each in together), Counter[str]()),
                "second_looks": sum((Counter(each.second_looks) for each in together), Counter[str]()),
                "flaws": sum((Counter(each.flaws) for each in together), Counter[str]()),
                "concurrency": together[-1].concurrency,
            }
        )


_SUMS = (
    "requests",
    "pages_sent",
    "bytes_sent",
    "splits",
    "outages",
    "probes",
    "reading_seconds",
    "waited_seconds",
    "starved_seconds",
    "request_seconds",
    "upload_seconds",
)
