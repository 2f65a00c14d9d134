"""Closing batches: what waits in the landing folder becomes a set that is worked on together.

A batch is closed once and never changes. Its key sorts by time and ends in a digest of its files. Two closers
at the same moment can put a file into two batches; ingest then finds the second one a duplicate of the first,
so nothing is read twice and nothing is lost.
"""

import hashlib
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from pydantic import Field

from jsl_pipeline.ingest import Landing
from jsl_pipeline.schemas import Batch, LandingFile, Value
from jsl_pipeline.store import Store
from jsl_pipeline.workers import Pool


class Batching(Value):
    """When waiting files become a batch."""

    max_files: int = Field(default=500, ge=1, description="Files in a batch at most; so many waiting close one.")
    max_age_seconds: float = Field(default=600, ge=0, description="A batch is closed once a file has waited so long.")
    settle_seconds: float = Field(
        default=5, ge=0, description="A file changed more recently is left alone: it may still be uploading."
    )


def waiting_files(store: Store, landing: Landing, pool: Pool | None = None) -> list[LandingFile]:
    """Files in the landing folder, listed in `pool` where it has many folders, that no batch holds yet; by path."""
    batches = (batch for batch in store.manifests.all() if batch.landing == landing.url)
    taken = {_version(file) for batch in batches for file in batch.files}
    return [file for file in landing.files(pool) if _version(file) not in taken]


def settled(files: Sequence[LandingFile], batching: Batching, now: datetime) -> list[LandingFile]:
    """Files that have not changed for `settle_seconds`."""
    latest = now - timedelta(seconds=batching.settle_seconds)
    return [file for file in files if file.modified is None or file.modified <= latest]


def is_due(files: Sequence[LandingFile], batching: Batching, now: datetime) -> bool:
    """Whether waiting files are many enough, or one is old enough, to close a batch."""
    if len(files) >= batching.max_files:
        return True
    oldest = now - timedelta(seconds=batching.max_age_seconds)
    return any(file.modified is None or file.modified <= oldest for file in files)


def close_batch(store: Store, landing: Landing, files: Sequence[LandingFile], now: datetime) -> Batch:
    """Make `files` a batch and keep its manifest."""
    names = "\n".join(f"{file.path}\t{file.size}\t{file.modified}" for file in files)
    digest = hashlib.sha256(names.encode()).hexdigest()[:6]
    key = f"{now.astimezone(UTC):%Y-%m-%dT%H%M%S}-{digest}"
    batch = Batch(key=key, landing=landing.url, closed_at=now.astimezone(UTC), files=tuple(files))
    store.manifests.put(batch)
    return batch


def close_waiting(
    store: Store, landing: Landing, batching: Batching, now: datetime, pool: Pool | None = None
) -> list[Batch]:
    """Close all that waits and has settled, `max_files` a batch."""
    files = settled(waiting_files(store, landing, pool), batching, now)
    chunks = [files[start : start + batching.max_files] for start in range(0, len(files), batching.max_files)]
    return [close_batch(store, landing, chunk, now) for chunk in chunks]


def _version(file: LandingFile) -> tuple[str, int, datetime | None]:
    """A file as it is now: one that is replaced under its name is another."""
    return file.path, file.size, file.modified
