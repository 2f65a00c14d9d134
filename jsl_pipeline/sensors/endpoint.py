"""The endpoint sensor: reads prepared batches once the endpoint is ready, and wakes it where that is worth it."""

from datetime import datetime

import dagster as dg

from jsl_pipeline.assets import register
from jsl_pipeline.assets.border import border
from jsl_pipeline.errors import PipelineError
from jsl_pipeline.resources import Clock, EndpointResource, SettingsResource
from jsl_pipeline.sensors.backlog import Backlog, find_backlog
from jsl_pipeline.sensors.endpoint_life import Action, Decision, Memory, News, Seen, decide
from jsl_pipeline.sensors.jobs import read_batch
from jsl_pipeline.serving import Control, EndpointSettings, EndpointState, EndpointStatus, observe
from jsl_pipeline.store import Usage


@dg.sensor(
    job=read_batch,
    minimum_interval_seconds=15,
    description=(
        "Looks after the endpoint. Once it is ready, every prepared batch is read, once a preparation. Asleep, it is "
        "woken where prepared pages, or pages being prepared, are worth it. An endpoint that failed or is not ready "
        "for long makes the check `endpoint_answers` of `extractions` fail until it answers. Keep-warm times and "
        "stopping it when all is done are settings. A preview of a tick does what a tick does."
    ),
)
def endpoint_sensor(
    context: dg.SensorEvaluationContext, settings: SettingsResource, endpoint: EndpointResource, clock: Clock
) -> dg.SensorResult | dg.SkipReason:
    """The cursor is what the sensor remembers of the endpoint. Without it, nothing is lost and nothing read twice."""
    with border():
        loaded = settings.load()
        control = endpoint.control(loaded)
        if control is None or not isinstance(loaded.engine, EndpointSettings):
            return dg.SkipReason("The engine is not an endpoint: batches are read by the run that prepares them.")
        store, now = loaded.open_store(), clock.now()
        status = _status(control)
        _record(context, store.usage(loaded.engine.identity), control, status, now)
        backlog = find_backlog(context.instance, store)
        seen = Seen(
            status=status,
            waiting=backlog.waiting(store, now),
            batches=sum(batch.pages > 0 for batch in backlog.prepared),
            preparing=bool(backlog.preparing),
            reading=bool(backlog.reading),
        )
        decision = decide(seen, Memory.from_cursor(context.cursor), loaded.engine, now)
        memory, reason = _done(control, decision)
        if decision.news is not None and decision.news.kind != "answers":
            context.log.error(decision.news.text)
        requests = _requests(backlog, decision.action)
        if requests:
            context.log.info(reason)  # a tick that asks for runs has no room for it elsewhere
        register(context.instance, [str(request.partition_key) for request in requests])
    return dg.SensorResult(
        run_requests=requests,
        skip_reason=None if requests else dg.SkipReason(reason),
        cursor=memory.model_dump_json(),
        asset_events=[evaluation(decision.news)] if decision.news else [],
    )


def _status(control: Control) -> EndpointStatus:
    """What the endpoint is doing; no access to it is a failure that a person must look at."""
    try:
        return control.status()
    except PipelineError as error:
        state = EndpointState.UNKNOWN if error.retryable else EndpointState.FAILED
        return EndpointStatus(state=state, message=str(error))


def _record(
    context: dg.SensorEvaluationContext, usage: Usage, control: Control, status: EndpointStatus, now: datetime
) -> None:
    """Keep what the endpoint's metrics page says, once a minute, so that idle hours are known as well."""
    try:
        if not usage.has(now):
            usage.add(observe(control, status).model_copy(update={"at": now}))
    except Exception as error:  # noqa: BLE001  (no figure is worth a tick, whatever a page or a store answers)
        context.log.warning(f"How the endpoint is used could not be recorded ({type(error).__name__}).")


def _done(control: Control, decision: Decision) -> tuple[Memory, str]:
    """Wake or stop the endpoint as decided; what to remember, and what to say of it."""
    try:
        match decision.action:
            case Action.WAKE:
                control.wake()
            case Action.STOP:
                control.stop()
            case Action.WAIT | Action.READ | Action.TRY:
                pass
    except PipelineError as error:
        # What may pass is tried again at the next tick; what will not is not asked for every 15 seconds.
        memory = decision.memory if error.retryable else decision.done
        return memory, f"The endpoint could not be asked to {decision.action.value}: {error}"
    return decision.done, decision.reason


def _requests(backlog: Backlog, action: Action) -> list[dg.RunRequest]:
    """Runs of the batches that can be read now; those without a page to ask for need no endpoint."""
    asked = [batch for batch in backlog.prepared if batch.pages]
    now = {Action.READ: asked, Action.TRY: asked[:1]}.get(action, [])
    free = [batch for batch in backlog.prepared if not batch.pages]
    return [dg.RunRequest(run_key=batch.run_key, partition_key=batch.key) for batch in (*free, *now)]


def evaluation(news: News) -> dg.AssetCheckEvaluation:
    """News as a result of the check `endpoint_answers`, which the UI shows beside the table of extractions."""
    return dg.AssetCheckEvaluation(
        asset_key=dg.AssetKey("extractions"),
        check_name="endpoint_answers",
        passed=news.kind == "answers",
        severity=dg.AssetCheckSeverity.ERROR,
        description=news.text,
    )
