"""Days of an endpoint as they would be recorded, to be judged."""

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.serving import Card, EndpointSettings, EndpointState, EndpointStatus, Sample, Timing
from jsl_pipeline.store import EndpointRun

DAY = datetime(2026, 11, 18, tzinfo=UTC)  # a Wednesday
MINUTE = timedelta(minutes=1)


def reader(**settings: Any) -> EndpointSettings:
    return EndpointSettings(**{"url": "https://adb-1.example.net", "name": "reader", "auth": "none", **settings})


def status(workload_type: str | None = "MULTIGPU_MEDIUM", concurrency: int = 4, **more: Any) -> EndpointStatus:
    known = {"state": EndpointState.READY, "scales_to_zero": False}
    return EndpointStatus(**{**known, "workload_type": workload_type, "concurrency": concurrency, **more})


def cards(*uses: float, memory: float = 0.9) -> tuple[Card, ...]:
    return tuple(Card(name=f"gpu{number}", use=use, memory=memory if use else 0.02) for number, use in enumerate(uses))


def working_hours(moment: datetime) -> bool:
    return 8 <= moment.hour < 18


def a_day(
    uses: Iterable[float] = (0.7, 0.7, 0, 0),
    busy: Callable[[datetime], bool] = working_hours,
    minutes: int = 24 * 60,
    seen: EndpointStatus | None = None,
    latency: float = 3.0,
    queue: float = 0.0,
    **at_work: Any,
) -> list[Sample]:
    """A sample each minute, 60 requests a minute while it is busy. `at_work` is what else is seen then."""
    samples: list[Sample] = []
    ended = 0.0
    uses = tuple(uses)
    for number in range(minutes + 1):
        at = DAY + number * MINUTE
        working = number > 0 and busy(at - MINUTE)
        ended += 60 * working
        figures = {
            "at": at,
            "status": seen or status(),
            "cards": cards(*(use * working for use in uses)),
            "slots": 4,
            "requests": 60.0 * working,
            "refused": 0.0,
            "failed": 0.0,
            "window_seconds": 60,
            "latency": Timing(seconds=latency * ended, count=ended),
            "queue": Timing(seconds=queue * ended, count=ended),
        }
        samples.append(Sample(**{**figures, **(at_work if working else {})}))
    return samples


def a_run(began: datetime = DAY, seconds: float = 3600, pages: int = 3600, **calls: Any) -> EndpointRun:
    known = {"requests": pages, "pages_sent": pages, "reading_seconds": seconds, "request_seconds": 3.0 * pages}
    return EndpointRun(
        batch="2026-11-18-a",
        began=began,
        ended=began + timedelta(seconds=seconds),
        pages=pages,
        calls=EngineCalls(**{**known, **calls}),
    )
