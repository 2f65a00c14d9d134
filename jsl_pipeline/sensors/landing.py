"""The landing sensor: closes batches by size or age, asks for their runs, and wakes the endpoint for them."""

from collections.abc import Sequence
from datetime import datetime
from itertools import islice

import dagster as dg

from jsl_pipeline.assets import batches, register
from jsl_pipeline.assets.border import border
from jsl_pipeline.batches import Batching, close_waiting, is_due, settled, waiting_files
from jsl_pipeline.errors import LandingUnavailable, PipelineError
from jsl_pipeline.ingest import Landing
from jsl_pipeline.resources import Clock, EndpointResource, SettingsResource
from jsl_pipeline.sensors.backlog import find_backlog
from jsl_pipeline.sensors.jobs import prepare_batch, run_batch
from jsl_pipeline.sensors.unfinished import unfinished
from jsl_pipeline.serving import Control, EndpointSettings, EndpointState, worth_waking
from jsl_pipeline.store import Store

_A_TICK = 50


@dg.sensor(
    jobs=[run_batch, prepare_batch],
    minimum_interval_seconds=30,
    description=(
        "Closes what waits in the landing folder as a batch, once there are many files or one has waited long, and "
        "runs it. With an endpoint as engine the batch is prepared and the endpoint woken meanwhile; the sensor "
        "`endpoint_sensor`, turned on beside this one, has it read. Batches closed elsewhere are run, too, unless they "
        "are done. A preview of a tick does what a tick does."
    ),
)
def landing_sensor(
    context: dg.SensorEvaluationContext, settings: SettingsResource, endpoint: EndpointResource, clock: Clock
) -> dg.SensorResult | dg.SkipReason:
    """The cursor is the last batch that was looked at; batch keys sort by time."""
    with border():
        loaded = settings.load()
        store, now = loaded.open_store(), clock.now()
        try:
            waits = _close_if_due(store, loaded.open_landing(), loaded.batching, now)
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
        job = run_batch.name
        if isinstance(loaded.engine, EndpointSettings):
            job = prepare_batch.name
            control = endpoint.control(loaded)
            if control is not None and todo:
                context.log.info(_wake(control, loaded.engine, context.instance, store, todo, now))
    return dg.SensorResult(
        run_requests=[dg.RunRequest(run_key=key, partition_key=key, job_name=job) for key in todo],
        skip_reason=None if todo else dg.SkipReason(f"{len(fresh)} batches are done already or being worked on."),
        cursor=max(seen, fresh[-1]),
    )


def _wake(
    control: Control,
    engine: EndpointSettings,
    instance: dg.DagsterInstance,
    store: Store,
    todo: Sequence[str],
    now: datetime,
) -> str:
    """Wake a sleeping endpoint for batches about to be prepared, if worth it; returns a sentence on it.

    What goes wrong here stops no batch: the endpoint sensor wakes it later.
    """
    try:
        status = control.status()
        if status.state is not EndpointState.ASLEEP:
            return f"The endpoint is {status.state.value}."
        waiting = find_backlog(instance, store).waiting(store, now, also=todo)
        verdict = worth_waking(waiting, status, engine, now)
        if verdict.wake:
            control.wake()
        return verdict.reason
    except PipelineError as error:
        return f"The endpoint could not be woken yet: {error}"


def _close_if_due(store: Store, landing: Landing, batching: Batching, now: datetime) -> str:
    """Close what is due; returns a sentence on what waits still."""
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
