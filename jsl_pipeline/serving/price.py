"""What an hour of an endpoint costs."""

from math import ceil

from jsl_pipeline.prices import load_prices
from jsl_pipeline.serving.settings import PriceSettings
from jsl_pipeline.serving.status import EndpointStatus

REQUESTS_A_REPLICA = 4  # on GPU: replicas = provisioned concurrency / 4


def dollars_per_hour(price: PriceSettings, status: EndpointStatus) -> float | None:
    """Price of an hour awake, infrastructure included; None where neither set nor known for the workload type.

    An endpoint that grows with its load is priced at its full size. Raises SettingsError for a wrong price file.
    """
    if price.dollars_per_hour is not None:
        return price.dollars_per_hour
    prices = load_prices(price.file)
    concurrency = status.concurrency or REQUESTS_A_REPLICA
    if status.workload_type == "CPU":
        serving = prices.serving
        rate = serving.dollars_per_dbu if price.dollars_per_dbu is None else price.dollars_per_dbu
        return rate * serving.cpu_dbu_per_hour * concurrency
    replica = prices.replica(status.workload_type or "", price.dollars_per_dbu)
    return None if replica is None else replica * ceil(concurrency / REQUESTS_A_REPLICA)
