"""Reading through an endpoint while its metrics are looked at, so that a run can tell how busy the cards were."""

from collections.abc import Iterator, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from statistics import fmean

from jsl_pipeline.errors import StoreError
from jsl_pipeline.extraction import Asked, PreparedPage, Reader
from jsl_pipeline.schemas import EngineCalls, Fingerprint
from jsl_pipeline.serving import EndpointSettings, Sample, open_control, recording
from jsl_pipeline.store import EndpointRun, Store


class WatchedReader:
    """A reader whose endpoint is watched meanwhile. What is seen is kept in the store, for `advise`."""

    def __init__(self, reader: Reader, endpoint: EndpointSettings, batch_key: str) -> None:
        self._reader = reader
        self._endpoint = endpoint
        self._batch_key = batch_key
        self._seen: list[Sample] = []

    @property
    def fingerprint(self) -> Fingerprint:
        """The reader's."""
        return self._reader.fingerprint

    @property
    def calls(self) -> EngineCalls | None:
        """The reader's, with what the endpoint's metrics say."""
        calls = self._reader.calls
        if calls is None:
            return None
        return calls.model_copy(update={"gpu_idle": _idle(self._seen), "queue_share": _queue_share(self._seen)})

    def read(self, store: Store, pages: Sequence[PreparedPage]) -> Iterator[Asked]:
        """As the reader does. Nothing that fails in watching disturbs it."""
        self._seen, usage, began = [], store.usage(self._endpoint.identity), datetime.now(UTC)

        def keep(sample: Sample) -> None:
            self._seen.append(sample)
            usage.add(sample)

        try:
            with recording(open_control(self._endpoint), keep):
                yield from self._reader.read(store, pages)
        finally:
            if calls := self.calls:
                run = EndpointRun(
                    batch=self._batch_key,
                    began=began,
                    ended=datetime.now(UTC),
                    pages=len(pages),
                    calls=calls,
                )
                with suppress(StoreError):  # it is advice that is lost, and the reading has its own errors
                    usage.add_run(run)


def _idle(seen: Sequence[Sample]) -> float | None:
    """Share of the cards' time without work. The first look is at the time before."""
    told = [sample.gpu_idle_share for sample in (seen[1:] or seen)]
    known = [share for share in told if share is not None]
    return fmean(known) if known else None


def _queue_share(seen: Sequence[Sample]) -> float | None:
    """Share of the requests' time that they waited at the endpoint, between the first look and the last."""
    told = [(each.queue.seconds, each.latency.seconds) for each in seen if each.queue and each.latency]
    if len(told) < 2:
        return None
    queued, taken = (last - first for first, last in zip(told[0], told[-1], strict=True))
    return min(1.0, max(0.0, queued / taken)) if taken > 0 else None
