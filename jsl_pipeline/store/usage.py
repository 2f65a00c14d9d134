"""How an endpoint was used: what was seen of it, minute by minute, and the readings that went through it.

Small JSON files below `usage/<endpoint>/<day>/`, days in UTC. Of a minute the last sample is kept, whoever saw it: a
sensor and any number of runs may look, and a day has 1,440 samples at most. No document content.
"""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime, timedelta
from typing import TypeVar
from urllib.parse import quote

from pydantic import AwareDatetime, Field, ValidationError

from jsl_pipeline.schemas import EngineCalls, Value
from jsl_pipeline.serving import Sample
from jsl_pipeline.store.files import Files

_Kept = TypeVar("_Kept", Sample, "EndpointRun")


class EndpointRun(Value):
    """A reading of a batch's pages through an endpoint."""

    batch: str
    began: AwareDatetime
    ended: AwareDatetime
    pages: int = Field(description="Distinct pages that were asked for.")
    calls: EngineCalls


class Usage:
    """How one endpoint was used."""

    def __init__(self, files: Files, endpoint: str) -> None:
        self._files = files
        self._folder = f"usage/{quote(endpoint, safe='')}"

    def add(self, sample: Sample) -> None:
        """Keep a sample; an older one of its minute is replaced. Raises StoreError."""
        self._files.write(self._path(sample.at), sample.model_dump_json(exclude_defaults=True).encode())

    def has(self, minute: datetime) -> bool:
        """Whether there is a sample of that minute."""
        return self._files.exists(self._path(minute))

    def add_run(self, run: EndpointRun) -> None:
        """Keep what a reading did. Raises StoreError."""
        ended = run.ended.astimezone(UTC)
        path = f"{self._folder}/{ended:%Y-%m-%d}/runs/{ended:%H%M%S}-{quote(run.batch, safe='')}.json"
        self._files.write(path, run.model_dump_json(exclude_defaults=True).encode())

    def samples(self, since: datetime, until: datetime) -> list[Sample]:
        """Samples of that time, the end left out, oldest first. Damaged files count as none. Raises StoreError."""
        found = self._read(Sample, [f"{self._folder}/{day}" for day in _days(since, until)])
        return sorted((each for each in found if since <= each.at < until), key=lambda each: each.at)

    def runs(self, since: datetime, until: datetime) -> list[EndpointRun]:
        """Readings that ended in that time, its end left out, oldest first. Otherwise as `samples`."""
        found = self._read(EndpointRun, [f"{self._folder}/{day}/runs" for day in _days(since, until)])
        return sorted((each for each in found if since <= each.ended < until), key=lambda each: each.ended)

    def _path(self, moment: datetime) -> str:
        return f"{self._folder}/{moment.astimezone(UTC):%Y-%m-%d/%H%M}.json"

    def _read(self, kind: type[_Kept], folders: Sequence[str]) -> Iterator[_Kept]:
        paths = [f"{folder}/{name}" for folder in folders for name in self._files.names(folder)]
        for data in self._files.read_all(paths):
            try:
                yield kind.model_validate_json(data)
            except ValidationError:
                continue


def _days(since: datetime, until: datetime) -> Iterator[str]:
    day = since.astimezone(UTC).date()
    while day <= until.astimezone(UTC).date():
        yield day.isoformat()
        day += timedelta(days=1)
