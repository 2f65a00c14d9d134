"""What is on its way to the endpoint: batches that are prepared, being prepared, or being read."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import dagster as dg

from jsl_pipeline.sensors.unfinished import LAST_TABLE, busy_batches
from jsl_pipeline.serving import Waiting
from jsl_pipeline.stages import account
from jsl_pipeline.store import Store

_AT_ONCE = 50
_PAGES = dg.AssetKey("pages")
_RUN_KEY = "dagster/run_key"


@dataclass(frozen=True, slots=True)
class PreparedBatch:
    """A batch that was prepared, and that no run was asked to read since."""

    key: str
    run_key: str
    """One a preparation: preparing a batch again asks for reading it again."""
    pages: int
    """Prepared pages without a row in `extractions`."""


@dataclass(frozen=True, slots=True)
class Backlog:
    """Batches on their way, oldest first. `prepared` holds the oldest 50."""

    prepared: tuple[PreparedBatch, ...]
    preparing: tuple[str, ...]
    reading: tuple[str, ...]

    def waiting(self, store: Store, now: datetime, also: Iterable[str] = ()) -> Waiting:
        """Pages that need the endpoint, soon or now.

        Of batches that are not prepared yet, `also` among them, each file counts as one page.
        """
        coming = sorted({*self.preparing, *also})[:_AT_ONCE]
        manifests = [store.manifests.get(key) for key in coming]
        asked = [batch for batch in self.prepared if batch.pages]
        pages = sum(batch.pages for batch in asked) + sum(len(manifest.files) for manifest in manifests)
        oldest = min([*coming, *(batch.key for batch in asked)], default=None)
        age = (now - store.manifests.get(oldest).closed_at).total_seconds() if oldest else 0.0
        return Waiting(pages=pages, oldest_seconds=max(age, 0.0))


def find_backlog(instance: dg.DagsterInstance, store: Store) -> Backlog:
    """What is on its way, by what Dagster materialised, and by the store for batches prepared outside Dagster.

    No table is read for batches that are done.
    """
    done = instance.get_materialized_partitions(LAST_TABLE)
    open_keys = [key for key in store.manifests.batch_keys() if key not in done]
    materialized = dg.DagsterEventType.ASSET_MATERIALIZATION
    run_keys = {
        key: f"{key}#{event}"
        for key, event in instance.get_latest_storage_id_by_partition(_PAGES, materialized).items()
    }
    elsewhere = store.tables.batches("pages") - store.tables.batches("extractions")
    run_keys = {**{key: f"{key}#0" for key in elsewhere}, **run_keys}
    busy = busy_batches(instance)
    idle = {key: run_keys[key] for key in open_keys if key in run_keys and key not in busy}
    asked = _asked(instance, idle.values())
    waits = {key: run_key for key, run_key in idle.items() if run_key not in asked}
    return Backlog(
        prepared=tuple(_counted(store, dict(list(waits.items())[:_AT_ONCE]))),
        preparing=tuple(key for key in open_keys if key in busy and key not in run_keys),
        reading=tuple(key for key in open_keys if key in busy and key in run_keys),
    )


def _asked(instance: dg.DagsterInstance, run_keys: Iterable[str]) -> set[str]:
    """Those that a run was started for, however it ended."""
    wanted = list(run_keys)
    if not wanted:
        return set()
    return {run.tags[_RUN_KEY] for run in instance.get_runs(dg.RunsFilter(tags={_RUN_KEY: wanted}))}


def _counted(store: Store, waits: dict[str, str]) -> Iterable[PreparedBatch]:
    """With their pages; batches that the command line finished meanwhile are left out."""
    if not waits:
        return
    pages = dict.fromkeys(waits, 0)
    for row in store.tables.find("pages", "batch", waits, ["batch", "state"]).to_pylist():
        pages[row["batch"]] += row["state"] == "prepared"
    for row in store.tables.find("extractions", "batch", waits, ["batch"]).to_pylist():
        pages[row["batch"]] -= 1
    for key, run_key in waits.items():
        if pages[key] > 0 or not account(store, key).finished:
            yield PreparedBatch(key, run_key, max(pages[key], 0))
