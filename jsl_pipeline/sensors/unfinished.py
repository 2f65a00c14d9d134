"""Batches that were closed and are not done yet."""

from collections.abc import Iterable, Iterator

import dagster as dg

from jsl_pipeline.stages import account
from jsl_pipeline.store import Store

LAST_TABLE = dg.AssetKey("review_queue")


def unfinished(instance: dg.DagsterInstance, store: Store, keys: Iterable[str]) -> Iterator[str]:
    """Those of `keys` that have work left and no run that waits or works on them.

    A batch is done when Dagster materialised its last table, or, where the command line ran it, when its accounts
    balance.
    """
    done = instance.get_materialized_partitions(LAST_TABLE)
    busy = busy_batches(instance)
    for key in keys:
        if key not in done and key not in busy and not account(store, key).finished:
            yield key


def busy_batches(instance: dg.DagsterInstance) -> set[str | None]:
    """Batches that a run waits for or works on."""
    return {run.tags.get("dagster/partition") for run in instance.get_runs(dg.RunsFilter(statuses=[*_ACTIVE]))}


_ACTIVE = (
    dg.DagsterRunStatus.QUEUED,
    dg.DagsterRunStatus.NOT_STARTED,
    dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
)
