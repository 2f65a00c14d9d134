"""Samples of an endpoint while pages are read through it."""

import threading
from collections.abc import Callable, Generator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.serving.control import Control
from jsl_pipeline.serving.metrics import Sample
from jsl_pipeline.serving.status import EndpointStatus

_NO_PAGE = "It has no metrics page, or none whose figures are known."


def observe(control: Control, status: EndpointStatus | None = None) -> Sample:
    """What the endpoint does and what its metrics page says, within some 3 s; nothing is raised, and nothing woken.

    `status` is what is known already of the former. Where there are no figures, the sample's message says why.
    """
    try:
        status = status or control.status()
        sample = control.metrics() or Sample(at=datetime.now(UTC), message=_NO_PAGE)
    except PipelineError as error:
        sample = Sample(at=datetime.now(UTC), message=str(error))
    return sample.model_copy(update={"status": status})


@contextmanager
def recording(control: Control, keep: Callable[[Sample], None], every_seconds: float = 15.0) -> Generator[None]:
    """Look at the endpoint now, every so many seconds, and at the end of the `with` block, from a thread of its own.

    Each sample goes to `keep`, e.g. `store.usage.add`. Nothing that fails on the way disturbs the block; leaving it
    takes as long as a look, some 3 s at most.
    """
    leave = threading.Event()

    def look() -> None:
        sample = observe(control)
        with suppress(PipelineError):  # a store that is out of reach: the reading itself will say so
            keep(sample)

    def run() -> None:
        look()
        while not leave.wait(every_seconds):
            look()
        look()

    thread = threading.Thread(target=run, name="recording", daemon=True)
    thread.start()
    try:
        yield
    finally:
        leave.set()
        thread.join()
