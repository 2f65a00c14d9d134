"""Batches as Dagster partitions. Their keys begin with the date, so they sort by time."""

from collections.abc import Iterable

import dagster as dg

batches = dg.DynamicPartitionsDefinition(name="batch")


def register(instance: dg.DagsterInstance, keys: Iterable[str]) -> None:
    """Make batches known to the instance; those it knows stay as they are."""
    instance.add_dynamic_partitions("batch", list(keys))
