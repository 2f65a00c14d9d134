"""How fast a replica of each compute type works: measured, or taken from what was published."""

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from math import ceil, hypot

from pydantic import Field

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.hosting.catalogue import find_gpu
from jsl_pipeline.planning.deployment import Replica
from jsl_pipeline.planning.profile import Profile
from jsl_pipeline.prices import Prices
from jsl_pipeline.schemas import Value
from jsl_pipeline.serving.price import REQUESTS_A_REPLICA

PUBLISHED_ENDPOINT_SECONDS = 3.0
"""A page on Model Serving, as John Snow Labs published it; the card was not named."""
PUBLISHED_NODE_SECONDS = 6.0
"""A page on a node of a container cluster with an A100 or H100, as they published it."""

_PUBLISHED_BYTES = 80 * 10**9
_PROBED = 0.05  # what `probe` was found to miss a known capacity by, at most
_ASSUMED = 0.5
_CARDS = re.compile(r"_(\d)$")


class Speed(Value):
    """A replica of a priced compute type, and how well its speed is known."""

    replica: Replica
    cluster: bool = Field(description="It is a node of a job cluster, not an endpoint's replica.")
    assumed: bool = Field(description="Nobody measured it.")
    margin: float = Field(ge=0, description="Share that the speed may be off by.")
    source: str = Field(description="A sentence on where the speed is from.")


class Speeds(Value):
    """What can be planned with, and what cannot."""

    found: tuple[Speed, ...]
    left_out: tuple[str, ...] = Field(description="A sentence for each compute type that was not tried.")


def find_speeds(
    prices: Prices, profiles: Sequence[tuple[str | None, Profile]] = (), assumed: Mapping[str, float] | None = None
) -> Speeds:
    """A replica of each compute type that has a price and a speed.

    A profile comes with the compute type that it stands for, where that is not what it says itself; `assumed` are
    seconds a page of a whole replica. With neither, the published figures are assumed. Raises SettingsError where
    nothing is left.
    """
    measured = [_measured(prices, compute, profile) for compute, profile in profiles]
    guesses = dict(assumed or {}) if measured or assumed else _published(prices)
    made = measured + [_assumed(prices, compute, seconds) for compute, seconds in guesses.items()]
    found = tuple(each for each in made if isinstance(each, Speed))
    for name, times in Counter(each.replica.compute for each in found).items():
        if times > 1:
            raise SettingsError(f"{name} is given {times} times: a compute type has one profile or assumed speed.")
    left_out = [each for each in made if isinstance(each, str)]
    if not found:
        raise SettingsError(" ".join(left_out) or "No compute type has both a price and a speed: give a --profile.")
    known = {each.replica.compute for each in found}
    cards = (name for name, node in prices.jobs.nodes.items() if node.cards)
    unmeasured = [name for name in (*prices.serving.dbu_per_hour, *cards) if name not in known]
    if unmeasured:
        left_out.append(f"Not tried, because nobody measured them: {', '.join(unmeasured)}. Give a --profile of them.")
    return Speeds(found=found, left_out=tuple(left_out))


def _measured(prices: Prices, compute: str | None, profile: Profile) -> Speed | str:
    name = compute or profile.workload_type
    if name is None:
        raise SettingsError(
            f"The profile of {profile.endpoint} was measured on a server of its own, which does not say its machine: "
            "write --profile NODE_TYPE=FILE, with a node type or workload type of the price file."
        )
    replicas = ceil(profile.concurrency / REQUESTS_A_REPLICA) if profile.workload_type and profile.concurrency else 1
    slots = max(1, round(profile.knee / replicas))
    margin = hypot(_PROBED, 2 * profile.capacity_error)
    speed, within, spread = profile.capacity / replicas, f"{100 * margin:.0f} %", f"{100 * profile.spread:.0f} %"
    source = (
        f"{name}: {speed:.3g} pages/s a replica, within {within}, measured on {profile.measured_at:%Y-%m-%d} with "
        f"{profile.pages} pages in {profile.requests} requests and {len(profile.steps)} steps; the time of a request "
        f"spreads by {spread}."
    )
    source = " ".join([source, *profile.remarks])
    seconds = slots * profile.pages_a_request * replicas / profile.capacity
    return _priced(
        prices, name, slots, profile.pages_a_request, seconds, spread=profile.spread, margin=margin, source=source
    )


def _assumed(prices: Prices, name: str, seconds: float) -> Speed | str:
    slots = 1 if name in prices.jobs.nodes else REQUESTS_A_REPLICA
    source = f"{name}: assumed, {seconds:g} s a page; nobody measured it, and it may be off by half or more."
    return _priced(prices, name, slots, 1, seconds * slots, margin=_ASSUMED, source=source, assumed=True)


def _priced(
    prices: Prices,
    name: str,
    slots: int,
    pages_a_request: int,
    seconds: float,
    *,
    margin: float,
    source: str,
    spread: float = 0,
    assumed: bool = False,
) -> Speed | str:
    node = prices.jobs.nodes.get(name)
    dollars = prices.replica(name) if node is None else prices.node(name)
    if dollars is None:
        return (
            f"There is no price of {name}: copy what `jsl-pipeline plan --show-prices` prints, add it below "
            "[serving.dbu_per_hour] or [jobs.nodes], and name the copy with --prices."
        )
    replica = Replica(
        compute=name,
        cards=max(1, node.cards) if node else _cards(name),
        slots=slots,
        pages_a_request=pages_a_request,
        request_seconds=seconds,
        spread=spread,
        dollars_per_hour=dollars,
    )
    return Speed(replica=replica, cluster=node is not None, assumed=assumed, margin=margin, source=source)


def _published(prices: Prices) -> dict[str, float]:
    """Seconds a page of what the published figures speak of, as far as it has a price: A100, H100 and nodes of them."""
    gpus = {name: find_gpu(name) for name in prices.serving.dbu_per_hour}
    large = (name for name, gpu in gpus.items() if gpu and gpu.cards == 1 and gpu.memory_bytes >= _PUBLISHED_BYTES)
    nodes = (name for name, node in prices.jobs.nodes.items() if node.cards)
    return dict.fromkeys(large, PUBLISHED_ENDPOINT_SECONDS) | dict.fromkeys(nodes, PUBLISHED_NODE_SECONDS)


def _cards(workload_type: str) -> int:
    """Of a workload type; one that is not known may say it in its name, as GPU_LARGE_2 does."""
    known, told = find_gpu(workload_type), _CARDS.search(workload_type)
    return known.cards if known else int(told[1]) if told else 1
