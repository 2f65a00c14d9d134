"""The landing sensor: closes batches by size or age, and asks for their runs."""

from datetime import UTC, datetime
from itertools import islice

import dagster as dg

from jsl_pipeline.assets import batches, register
from jsl_pipeline.assets.border import border
from jsl_pipeline.batches import Batching, close_waiting, is_due, settled, waiting_files
from jsl_pipeline.errors import LandingUnavailable
from jsl_pipeline.ingest import Landing
from jsl_pipeline.resources import SettingsResource
from jsl_pipeline.sensors.jobs import run_batch
from jsl_pipeline.sensors.unfinished import unfinished
from jsl_pipeline.store import Store

_A_TICK = 50


@dg.sensor(
    job=run_batch,
    minimum_interval_seconds=30,
    description=(
        "Closes what waits in the landing folder as a batch, once there are many files or one has waited long, and "
        "runs it. Batches closed elsewhere are run, too, unless they are done. A preview of a tick closes batches as "
        "a tick does."
    ),
)
def landing_sensor(context: dg.SensorEvaluationContext, settings: SettingsResource) -> dg.SensorResult | dg.SkipReason:
    """The cursor is the last batch that was looked at; batch keys sort by time."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        try:
            waits = _close_if_due(store, loaded.open_landing(), loaded.batching)
        except LandingUnavailable as error:
            return dg.SkipReason(str(error))
        seen = context.cursor or ""
        known = set(batches.get_partition_keys(dynamic_partitions_store=context.instance))
        keys = store.manifests.batch_keys()
        # Two batches closed in one second sort by digest, so the later one may sort before the cursor.
        fresh = list(islice((key for key in keys if key > seen or key not in known), _A_TICK))
        if not fresh:
            return dg.SkipReason(waits)
        register(context.instance, fresh)
        todo = list(unfinished(context.instance, store, fresh))
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=key, partition_key=key) for key in todo],
        skip_reason=None if todo else dg.SkipReason(f"{len(fresh)} batches are done already or being worked on."),
        cursor=max(seen, fresh[-1]),
    )


def _close_if_due(store: Store, landing: Landing, batching: Batching) -> str:
    """Close what is due; returns a sentence on what waits still."""
    now = datetime.now(UTC)
    files = settled(waiting_files(store, landing), batching, now)
    if is_due(files, batching, now):
        close_waiting(store, landing, batching, now)
        return "Nothing waits in the landing folder."
    if not files:
        return "Nothing waits in the landing folder."
    return (
        f"{len(files)} files wait. A batch is closed at {batching.max_files} files, or when one has waited "
        f"{batching.max_age_seconds:.0f} s."
    )
