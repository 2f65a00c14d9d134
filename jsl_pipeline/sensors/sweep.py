"""The nightly sweep: nothing that arrived, and nothing that was begun, is left lying."""

from collections.abc import Iterator
from datetime import UTC, datetime

import dagster as dg

from jsl_pipeline.assets import register
from jsl_pipeline.assets.border import border
from jsl_pipeline.batches import close_waiting
from jsl_pipeline.resources import SettingsResource
from jsl_pipeline.sensors.jobs import run_batch
from jsl_pipeline.sensors.unfinished import unfinished


@dg.schedule(
    job=run_batch,
    cron_schedule="0 2 * * *",
    description=(
        "Every night at 2:00 UTC: closes what still waits in the landing folder, whatever its number and age, and runs "
        "every batch that was never finished."
    ),
)
def nightly_sweep(
    context: dg.ScheduleEvaluationContext, settings: SettingsResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A batch that failed is asked for once a night."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        close_waiting(store, loaded.open_landing(), loaded.batching, datetime.now(UTC))
        keys = store.manifests.batch_keys()
        register(context.instance, keys)
        todo = list(unfinished(context.instance, store, keys))
    for key in todo:
        yield dg.RunRequest(run_key=f"{key}@{context.scheduled_execution_time:%Y-%m-%d}", partition_key=key)
    if not todo:
        yield dg.SkipReason("Every batch is done.")
