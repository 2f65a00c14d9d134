"""How much of an endpoint is used whose slots nobody tells, and how soon after their number changes.

Throughput is counted in parts of requests: one that ended at `t` was worked on from `t - L`, and counts in a
window for the part of that time that lies in it. So a window need not fit to the beat of the answers.
"""

from collections.abc import Iterator, Sequence

from bench.endpoint.driving import KB, Drive, draw_until, drive
from bench.endpoint.scripted import AWAKE, Scripted, scripted
from bench.figures import Figure, Scale
from jsl_pipeline.emulator import EmulatorSettings, Latency, Step

_SIZES = (170 * KB, 1200 * KB)
_QUEUES = {0: "refuses", None: "queues"}
_SETTLED = 20  # latencies after which the share counts
_WINDOW = 2  # latencies
_BACK = 15  # latencies in which it is to be back
_STRIDE = 0.1  # latencies between the windows that are looked at


def capacity(scale: Scale) -> Iterator[Figure]:
    """Share of S/L that is used, 429s, and CPU time."""
    for slots, size, queue, latency in _loads(scale):
        length = scale.of(60, 30)
        with scripted(_settings(slots, queue, latency)) as endpoint:
            run = _run(endpoint, size, length * latency)
        name = _name(slots, size, queue, latency)
        settled, end = run.began + _SETTLED * latency, run.began + length * latency
        share = _rate(run.ends, latency, settled, end) * latency / slots
        detail = f"{run.calls.requests} requests, limit at the end {run.calls.concurrency}"
        yield Figure("capacity", f"{name}: share of S/L", share, "%", ">= 97%", share >= 0.97, detail)
        yield Figure("capacity", f"{name}: 429s", run.throttled, "%", "< 2%", run.throttled < 0.02)
        aim, met = ("<= 2.5", run.cpu_ms <= 2.5) if size == max(_SIZES) else ("", None)
        yield Figure("capacity", f"{name}: CPU a request", run.cpu_ms, "ms", aim, met)


def steps(scale: Scale) -> Iterator[Figure]:
    """The same while half of the slots go and come back."""
    for slots, size, queue, latency in _loads(scale):
        down, up, end = ((25, 50, 75), (12, 29, 46))[scale.quick]
        script = (
            Step(at_seconds=down * latency, do="slots", value=slots // 2),
            Step(at_seconds=up * latency, do="slots", value=slots),
        )
        with scripted(_settings(slots, queue, latency, script)) as endpoint:
            run = _run(endpoint, size, end * latency)
        name = _name(slots, size, queue, latency)
        for what, at, until, now in (("down", down, up, slots // 2), ("up", up, end, slots)):
            since = endpoint.began + at * latency
            shares = _windows(run, latency, since, (until - at) * latency, now / latency)
            back, detail = _first(shares), f"lowest {_WINDOW}-L window {min(shares):.0%}"
            step = f"{name}: {what} to {now}"
            yield Figure("steps", f"{step}, back at 95%", back, "L", f"<= {_BACK}", back <= _BACK, detail)
            after = _rate(run.ends, latency, since + _BACK * latency, endpoint.began + until * latency) * latency / now
            yield Figure("steps", f"{step}, from then on", after, "%", ">= 95%", after >= 0.95)
        yield Figure("steps", f"{name}: 429s", run.throttled, "%", "< 2%", run.throttled < 0.02)


def _loads(scale: Scale) -> Iterator[tuple[int, int, int | None, float]]:
    for slots in scale.slots:
        for size in _SIZES:
            for queue in _QUEUES:
                slow = slots >= 256 and size == max(_SIZES)  # 3 s a page is the published figure
                yield slots, size, queue, 3.0 if slow else scale.of(1.0, 0.4)


def _name(slots: int, size: int, queue: int | None, latency: float) -> str:
    return f"S={slots}, {size // KB} KB, {_QUEUES[queue]}, L={latency:g} s"


def _settings(slots: int, queue: int | None, latency: float, script: tuple[Step, ...] = ()) -> EmulatorSettings:
    return EmulatorSettings(
        slots=slots,
        queue=queue,
        latency=Latency(request_seconds=latency),
        scale_to_zero=AWAKE,
        hash_pages=False,
        script=script,
    )


def _run(endpoint: Scripted, size: int, seconds: float) -> Drive:
    return drive(endpoint.client(), draw_until(size, endpoint.began + seconds))


def _rate(ends: Sequence[float], latency: float, since: float, until: float) -> float:
    """Requests a second between two moments."""
    worked = sum(max(0.0, min(end, until) - max(end - latency, since)) for end in ends)
    return worked / latency / (until - since)


def _windows(run: Drive, latency: float, since: float, seconds: float, full: float) -> list[float]:
    """Share of the full rate in each window from `since` on, a stride apart."""
    count = int((seconds / latency - _WINDOW) / _STRIDE) + 1
    starts = [since + number * _STRIDE * latency for number in range(count)]
    return [_rate(run.ends, latency, start, start + _WINDOW * latency) / full for start in starts]


def _first(shares: Sequence[float]) -> float:
    """Latencies until the end of the first window at 95%; beyond all windows where there is none."""
    good = [number for number, share in enumerate(shares) if share >= 0.95]
    return (good[0] if good else len(shares)) * _STRIDE + _WINDOW
