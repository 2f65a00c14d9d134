"""The endpoint's day, judged once it is over."""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from jsl_pipeline.assets.border import border
from jsl_pipeline.resources import SettingsResource
from jsl_pipeline.sensors.jobs import judge_usage
from jsl_pipeline.serving import EndpointSettings


@dg.schedule(
    job=judge_usage,
    cron_schedule="0 1 * * *",
    description=(
        "Every night at 1:00 UTC: what was recorded of the endpoint the day before becomes `endpoint_usage`, with "
        "findings. The check `worth_its_price` warns where something is paid for and not used."
    ),
)
def daily_usage(
    context: dg.ScheduleEvaluationContext, settings: SettingsResource
) -> Iterator[dg.RunRequest | dg.SkipReason]:
    """The last day that is over."""
    with border():
        engine = settings.load().engine
    if not isinstance(engine, EndpointSettings):
        yield dg.SkipReason("The engine is not an endpoint: there is no usage to judge.")
        return
    day = f"{context.scheduled_execution_time - timedelta(days=1):%Y-%m-%d}"
    yield dg.RunRequest(run_key=day, partition_key=day)
