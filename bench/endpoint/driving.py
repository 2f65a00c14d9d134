"""Drawn pages go through the engine; what comes of it, when, and what it cost this process."""

import hashlib
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from random import Random
from typing import Any

from jsl_pipeline.engines import EndpointSettings, create_engine
from jsl_pipeline.schemas import EngineCalls, Page, PageAnswer

KB = 1000


@dataclass(frozen=True)
class Drive:
    """A reading that ended."""

    answers: list[PageAnswer]
    ends: list[float]
    """When each was delivered, by `time.monotonic()`."""
    began: float
    calls: EngineCalls
    cpu_seconds: float

    @property
    def seconds(self) -> float:
        """From the first page to the last answer."""
        return self.ends[-1] - self.began if self.ends else 0.0

    @property
    def throttled(self) -> float:
        """Share of requests that were refused with 429."""
        return self.calls.faults.get("throttled", 0) / max(self.calls.requests, 1)

    @property
    def cpu_ms(self) -> float:
        """CPU time of this process a request, in milliseconds; drawing the page is part of it."""
        return 1000 * self.cpu_seconds / max(self.calls.requests, 1)


def drive(settings: EndpointSettings, pages: Iterable[Page]) -> Drive:
    """Read all pages."""
    answers: list[PageAnswer] = []
    ends: list[float] = []
    began, cpu = time.monotonic(), time.process_time()
    with create_engine(settings) as engine:
        for answer in engine.read(pages):
            answers.append(answer)
            ends.append(time.monotonic())
    return Drive(answers, ends, began, engine.calls or EngineCalls(), time.process_time() - cpu)


def draw(size: int, numbers: Iterable[int]) -> Iterator[Page]:
    """Pages of `size` random bytes. They differ in their first 8 bytes alone, which their identity is made of."""
    body = Random(size).randbytes(size - 8)
    for number in numbers:
        head = number.to_bytes(8, "big")
        yield named(number, head + body, hashlib.sha256(head).hexdigest())


def draw_until(size: int, deadline: float) -> Iterator[Page]:
    """Pages without end, until `time.monotonic()` says so."""
    for number, page in enumerate(draw(size, range(1, 2**31)), start=1):
        yield page
        if number % 8 == 0 and time.monotonic() >= deadline:
            return


def named(number: int, image: bytes, sha: str) -> Page:
    """A page of a document of its own."""
    return Page(
        document_id=f"{number}", page_no=1, page_sha=sha, image=image, media_type="image/jpeg", width=960, height=1280
    )


def in_child(function: Any, *arguments: object) -> Any:  # noqa: ANN401  (whatever the function returns)
    """Call a function in a fresh process, whose CPU time and memory are its alone."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn")) as pool:
        return pool.submit(function, *arguments).result()
