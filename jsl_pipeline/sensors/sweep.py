"""The nightly sweep: nothing that arrived, and nothing that was begun, is left lying."""

from collections.abc import Iterator

import dagster as dg

from jsl_pipeline.assets import register
from jsl_pipeline.assets.border import border
from jsl_pipeline.batches import close_waiting
from jsl_pipeline.resources import Clock, SettingsResource
from jsl_pipeline.sensors.jobs import run_batch
from jsl_pipeline.sensors.unfinished import unfinished
from jsl_pipeline.serving import EndpointSettings

_PREPARED = tuple(dg.AssetKey(table) for table in ("documents", "rejected", "pages"))


@dg.schedule(
    job=run_batch,
    cron_schedule="0 2 * * *",
    description=(
        "Every night at 2:00 UTC: closes what still waits in the landing folder, whatever its number and age, and runs "
        "every batch that was never finished. With an endpoint as engine such a batch is prepared again, which keeps "
        "what is prepared and has the sensor `endpoint_sensor` read it, again if that failed."
    ),
)
def nightly_sweep(
    context: dg.ScheduleEvaluationContext, settings: SettingsResource, clock: Clock
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """A batch that failed is asked for once a night."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        close_waiting(store, loaded.open_landing(), loaded.batching, clock.now())
        keys = store.manifests.batch_keys()
        register(context.instance, keys)
        todo = list(unfinished(context.instance, store, keys))
        selection = _PREPARED if isinstance(loaded.engine, EndpointSettings) else None
    for key in todo:
        night = f"{key}@{context.scheduled_execution_time:%Y-%m-%d}"
        yield dg.RunRequest(run_key=night, partition_key=key, asset_selection=selection)
    if not todo:
        yield dg.SkipReason("Every batch is done.")
