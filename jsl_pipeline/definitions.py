"""Everything that Dagster loads."""

import dagster as dg

from jsl_pipeline.assets import ASSETS, CHECKS
from jsl_pipeline.resources import Clock, ComputeResource, EndpointResource, SettingsResource
from jsl_pipeline.sensors import JOBS, SCHEDULES, SENSORS

defs = dg.Definitions(
    assets=ASSETS,
    asset_checks=CHECKS,
    jobs=JOBS,
    sensors=SENSORS,
    schedules=SCHEDULES,
    resources={
        "settings": SettingsResource(),
        "endpoint": EndpointResource(),
        "clock": Clock(),
        "compute": ComputeResource(),
    },
    executor=dg.in_process_executor,
)
