"""Whether `probe` finds what the scripted endpoint hides: its capacity within 5 %, its knee within a rung.

The truth is computed from the endpoint's own formula of latency. A hidden endpoint's latencies are scaled so that this
machine's part in them, some milliseconds a request, stays small: see `_speed`.
"""

import time
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from random import Random

import cv2
import numpy as np

from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale
from jsl_pipeline.emulator import EmulatorSettings, Latency
from jsl_pipeline.planning import Profile
from jsl_pipeline.planning.probing import ProbeLimits, probe
from jsl_pipeline.planning.probing.curve import PAYS, rungs
from jsl_pipeline.schemas import Page

MOST_PAGES = 8  # of a request, by default
_MOST_REQUESTS_A_SECOND = 50  # in real time
_SHORTEST_SECONDS = 0.5  # of a request alone, in real time


@dataclass(frozen=True)
class Hidden:
    """An endpoint whose parameters the probe does not know; its latencies are in real seconds."""

    slots: int
    queue: int | None
    latency: Latency
    protocol: str
    seed: int

    def settings(self) -> EmulatorSettings:
        """For the emulator, which does not scale to zero."""
        return EmulatorSettings(
            slots=self.slots,
            queue=self.queue,
            latency=self.latency,
            scale_to_zero=AWAKE,
            hash_pages=False,
            seed=self.seed,
        )

    def throughput(self, concurrency: int, pages: int) -> float:
        """Pages a second with so many requests in flight, none refused."""
        busy, latency = min(concurrency, self.slots), self.latency
        alone = latency.request_seconds + pages * latency.page_seconds
        return busy * pages / (alone * (1 + latency.growth * (busy - 1)))

    def knee(self) -> int:
        """The fewest requests in flight with 95 % of the capacity."""
        full = self.throughput(self.slots, 1)
        return next(each for each in range(1, self.slots + 1) if self.throughput(each, 1) >= PAYS * full)

    def size(self) -> int:
        """The fewest pages a request, of the sizes that are tried, with 95 % of the best size's pages a second."""
        sizes = (1,) if self.protocol == "chat" else (1, 2, 4, MOST_PAGES)
        return next(each for each in sizes if self.throughput(1, each) >= PAYS * self.throughput(1, sizes[-1]))

    def __str__(self) -> str:
        waits = "no limit" if self.queue is None else str(self.queue)
        latency = self.latency
        times = f"{latency.request_seconds:.2f} + {latency.page_seconds:.2f} s a page"
        grows = f"growth {latency.growth:.2f}, jitter {latency.jitter:.2f}"
        return f"{self.protocol}, {self.slots} slots, queue {waits}, {times}, {grows}"


@dataclass(frozen=True)
class Found:
    """What a probe found of it."""

    hidden: Hidden
    profile: Profile
    seconds: float

    @property
    def error(self) -> float:
        """Of the capacity, at the request size that the probe chose."""
        return self.profile.capacity / self.hidden.throughput(self.hidden.slots, self.profile.pages_a_request) - 1

    @property
    def steps_away(self) -> int:
        """Rungs of the ladder between the knee found and the true one."""
        return _rung(self.profile.knee) - _rung(self.hidden.knee())

    @property
    def size_share(self) -> float:
        """Pages a second at the request size that it chose, of those at the best size."""
        most = 1 if self.hidden.protocol == "chat" else MOST_PAGES
        chosen, best = (self.hidden.throughput(1, pages) for pages in (self.profile.pages_a_request, most))
        return chosen / best

    @property
    def good(self) -> bool:
        """Whether both are as near as was aimed at."""
        return abs(self.error) <= 0.05 and abs(self.steps_away) <= 1


def draw(seed: int) -> Hidden:
    """A random endpoint."""
    random = Random(seed)
    slots = round(2 * 48 ** random.random())  # 2 to 96, small ones as often as large ones
    latency = Latency(
        request_seconds=random.uniform(0.05, 3),
        page_seconds=random.uniform(0.3, 6),
        growth=random.choice((0, random.uniform(0, 0.2))),
        jitter=random.uniform(0, 0.2),
    )
    queue = random.choice((0, random.randrange(1, 33), slots, None))
    protocol = random.choice(("chat", "dataframe_split"))
    hidden = Hidden(slots, queue, latency, protocol, seed)
    speed = _speed(hidden)
    scaled = latency.model_copy(
        update={
            "request_seconds": latency.request_seconds / speed,
            "page_seconds": latency.page_seconds / speed,
        }
    )
    return Hidden(slots, queue, scaled, protocol, seed)


def find(hidden: Hidden, limits: ProbeLimits | None = None) -> Found:
    """Probe it, in a process of its own on this machine."""
    limits = limits or ProbeLimits()
    with scripted(hidden.settings()) as endpoint:
        began = time.monotonic()
        settings = endpoint.client(protocol=hidden.protocol, max_request_pages=MOST_PAGES)
        profile = probe(settings, pages(), limits, lambda sentence: None)
        return Found(hidden, profile, time.monotonic() - began)


def probing(scale: Scale, first: int = 0) -> Iterator[Figure]:
    """Error of the capacity and steps between the knees, a hidden endpoint a seed; then how many are good."""
    good, count = 0, scale.count(20, 3)
    for seed in range(first, first + count):
        found = find(draw(seed))
        good += found.good
        profile = found.profile
        at = f"{profile.pages_a_request} pages a request ({found.size_share:.0%} of the best)"
        sent = f"{profile.requests} requests, {found.seconds:.0f} s, said error {profile.capacity_error:.1%}"
        knees = f"knee {profile.knee} for {found.hidden.knee()}, {found.steps_away:+d} steps"
        detail = f"{knees}; {at}; {sent}"
        name = f"seed {seed}: {found.hidden}: error of the capacity"
        yield Figure("probing", name, found.error, "%", "<= 5%, knee <= 1 step", found.good, detail)
    yield Figure("probing", f"within both, of {count}", good, "", f"{count}", good == count)


@cache
def pages() -> tuple[Page, ...]:
    """Drawn pages, small ones: what is measured is the endpoint, not this machine."""
    random = np.random.default_rng(7)
    return tuple(_page(number, random.integers(0, 2, (160, 120), np.uint8) * 255) for number in range(8))


def _page(number: int, pixels: np.ndarray) -> Page:
    image = cv2.imencode(".jpg", cv2.GaussianBlur(pixels, (9, 9), 0))[1].tobytes()
    named = {"document_id": str(number), "page_no": 1, "page_sha": str(number)}
    return Page(**named, image=image, media_type="image/jpeg", width=120, height=160)


def _speed(hidden: Hidden) -> float:
    """Seconds of the endpoint in a real one: as many as this machine can follow at the request size that pays."""
    pages = hidden.size()
    seconds = pages / hidden.throughput(1, pages)
    return min(_MOST_REQUESTS_A_SECOND * pages / hidden.throughput(hidden.slots, pages), seconds / _SHORTEST_SECONDS)


def _rung(concurrency: int) -> int:
    """The rung of the ladder at or above it."""
    ladder = rungs(4096)
    return next(number for number, rung in enumerate(ladder) if rung >= concurrency)
