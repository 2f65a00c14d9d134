"""What an endpoint was asked and what went wrong, counted while it happens."""

from collections import Counter
from collections.abc import Iterable

from jsl_pipeline.engines.endpoint.faults import Fault
from jsl_pipeline.engines.endpoint.work import Bundle
from jsl_pipeline.schemas import AnswerFlaw, EngineCalls, PageFailure, Reading, SecondLookOutcome


class Tally:
    """Counts of one reading; `calls` is what others see of it. Times are seconds of one monotonic clock."""

    def __init__(self, now: float) -> None:
        self._began = self._looked = now
        self._idle = 0.0  # share of the requests that may be in flight for which there is no page, since `_looked`
        self._starved = 0.0
        self._request_seconds = 0.0
        self._upload_seconds = 0.0
        self.requests = 0
        self.bytes = 0
        self.pages = 0
        self.splits = 0
        self.faults: Counter[Fault] = Counter()
        self.flaws: Counter[AnswerFlaw] = Counter()
        self.second_looks: Counter[SecondLookOutcome] = Counter()

    def sent(self, size: int, bundle: Bundle) -> None:
        """A request of `size` bytes goes out."""
        self.requests += 1
        self.bytes += size
        self.pages += len(bundle.works)

    def answered(self, seconds: float, upload_seconds: float) -> None:
        """A request was answered after `seconds`, and handed over after some of them."""
        self._request_seconds += seconds
        self._upload_seconds += upload_seconds

    def starved(self, share: float, now: float) -> None:
        """From now on, no page is there for this share of the requests that may be in flight."""
        self._starved += self._idle * (now - self._looked)
        self._idle, self._looked = share, now

    def faulted(self, fault: Fault) -> None:
        """A request came to nothing."""
        self.faults[fault] += 1

    def flawed(self, flaws: Iterable[AnswerFlaw]) -> None:
        """An answer had these flaws."""
        self.flaws.update(flaws)

    def ended(self, outcome: Reading | PageFailure) -> None:
        """A page has its outcome."""
        if isinstance(outcome, Reading) and outcome.asked_again:
            self.second_looks[outcome.asked_again.outcome] += 1

    def calls(
        self, concurrency: int, outages: int, probes: int, waited_seconds: float, hourly: float | None, now: float
    ) -> EngineCalls:
        """The counts as a value. `hourly` is what the endpoint costs an hour, in dollars. Any thread may call it."""
        seconds = now - self._began
        starved = self._starved + self._idle * (now - self._looked)
        return EngineCalls(
            requests=self.requests,
            pages_sent=self.pages,
            bytes_sent=self.bytes,
            splits=self.splits,
            faults={fault.value: number for fault, number in sorted(dict(self.faults).items())},
            flaws={flaw.value: number for flaw, number in sorted(dict(self.flaws).items())},
            second_looks={look.value: number for look, number in sorted(dict(self.second_looks).items())},
            concurrency=concurrency,
            outages=outages,
            probes=probes,
            reading_seconds=round(seconds, 3),
            waited_seconds=round(waited_seconds, 3),
            starved_seconds=round(starved, 3),
            request_seconds=round(self._request_seconds, 3),
            upload_seconds=round(self._upload_seconds, 3),
            dollars=None if hourly is None else hourly * seconds / 3600,
        )
