"""What an hour of an endpoint costs."""

from math import ceil

from jsl_pipeline.serving.settings import PriceSettings
from jsl_pipeline.serving.status import EndpointStatus

_DBU_AN_HOUR = {
    "GPU_SMALL": 10.48,  # T4
    "GPU_MEDIUM": 20.0,  # A10G
    "MULTIGPU_MEDIUM": 112.0,  # 4 x A10G
    "GPU_MEDIUM_8": 290.8,  # 8 x A10G
    "GPU_LARGE": 78.6,  # A100 80 GB, Azure
    "GPU_LARGE_2": 157.2,  # 2 x A100 80 GB, Azure
    "GPU_LARGE_8": 628.0,  # 8 x A100 80 GB
}
"""DBU an hour and replica. Read April-May 2026 from unofficial tables of Databricks Model Serving prices."""

_CPU_DBU_AN_HOUR = 1.0  # for each request that is taken at once
_REQUESTS_A_REPLICA = 4  # on GPU


def dollars_per_hour(price: PriceSettings, status: EndpointStatus) -> float | None:
    """Price of an hour awake, infrastructure included; None where neither set nor known for the workload type.

    An endpoint that grows with its load is priced at its full size.
    """
    if price.dollars_per_hour is not None:
        return price.dollars_per_hour
    concurrency = status.concurrency or _REQUESTS_A_REPLICA
    if status.workload_type == "CPU":
        return price.dollars_per_dbu * _CPU_DBU_AN_HOUR * concurrency
    dbu = _DBU_AN_HOUR.get(status.workload_type or "")
    return None if dbu is None else price.dollars_per_dbu * dbu * ceil(concurrency / _REQUESTS_A_REPLICA)
