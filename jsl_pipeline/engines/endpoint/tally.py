"""What an endpoint was asked and what went wrong, counted while it happens."""

from collections import Counter
from collections.abc import Iterable

from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.engines.endpoint.work import Bundle
from jsl_pipeline.schemas import AnswerFlaw, EngineCalls


class Tally:
    """Counts of one reading; `calls` is what others see of it."""

    def __init__(self) -> None:
        self.requests = 0
        self.bytes = 0
        self.pages = 0
        self.splits = 0
        self.faults: Counter[Fault] = Counter()
        self.flaws: Counter[AnswerFlaw] = Counter()

    def sent(self, size: int, bundle: Bundle) -> None:
        """A request of `size` bytes goes out."""
        self.requests += 1
        self.bytes += size
        self.pages += len(bundle.works)

    def faulted(self, fault: Fault) -> None:
        """A request came to nothing."""
        self.faults[fault] += 1

    def flawed(self, flaws: Iterable[AnswerFlaw]) -> None:
        """An answer had these flaws."""
        self.flaws.update(flaws)

    def calls(self, concurrency: int, outages: int, probes: int, waited_seconds: float) -> EngineCalls:
        """The counts as a value."""
        return EngineCalls(
            requests=self.requests,
            pages_sent=self.pages,
            bytes_sent=self.bytes,
            splits=self.splits,
            faults={fault.value: number for fault, number in sorted(self.faults.items())},
            flaws={flaw.value: number for flaw, number in sorted(self.flaws.items())},
            concurrency=concurrency,
            outages=outages,
            probes=probes,
            waited_seconds=round(waited_seconds, 3),
        )
