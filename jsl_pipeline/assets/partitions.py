"""Batches as Dagster partitions, whose keys begin with the date, so they sort by time; and days in UTC."""

from collections.abc import Iterable

import dagster as dg

batches = dg.DynamicPartitionsDefinition(name="batch")
days = dg.DailyPartitionsDefinition(start_date="2026-01-01", end_offset=1)  # today, so far, is one, too


def register(instance: dg.DagsterInstance, keys: Iterable[str]) -> None:
    """Make batches known to the instance; those it knows stay as they are."""
    instance.add_dynamic_partitions("batch", list(keys))
