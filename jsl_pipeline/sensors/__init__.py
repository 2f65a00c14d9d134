"""What starts work: jobs, the landing sensor, the endpoint sensor, the nightly sweep, the endpoint's day."""

from jsl_pipeline.sensors.endpoint import endpoint_sensor
from jsl_pipeline.sensors.jobs import JOBS
from jsl_pipeline.sensors.landing import landing_sensor
from jsl_pipeline.sensors.sweep import nightly_sweep
from jsl_pipeline.sensors.usage import daily_usage

SENSORS = (landing_sensor, endpoint_sensor)
SCHEDULES = (nightly_sweep, daily_usage)

__all__ = ["JOBS", "SCHEDULES", "SENSORS"]
