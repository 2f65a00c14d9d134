"""A deployment that runs in accelerated time, to be set beside its simulation.

Real are the engine, the endpoint's control, the rule by which the sensors wake it, and HTTP between them. Batches
close as in `jsl_pipeline.batches` and are read one at a time, as the pool of `dagster.yaml` has it. Stand-ins: the
endpoint is the scripted one, preparing pages only waits, and instead of Dagster's runs there is `overhead_seconds`.
A container cluster is an endpoint that is started with the first prepared batch and stopped once it was idle.
"""

import threading
import time
from collections import deque
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import numpy as np

from bench.endpoint.driving import KB, draw
from bench.endpoint.scripted import Scripted, scripted
from jsl_pipeline.emulator import Autoscale, EmulatorSettings, Latency, ScaleToZero
from jsl_pipeline.engines import EndpointSettings, create_engine
from jsl_pipeline.planning import Deployment, Kind
from jsl_pipeline.schemas import Page
from jsl_pipeline.sensors.endpoint_life import Action, Memory, Seen, decide
from jsl_pipeline.serving import Control, EndpointState, Waiting, WakeSettings, open_control

_PAGE_BYTES = 20 * KB
_TICK_SECONDS = 15.0  # of the endpoint sensor
_MONDAY = datetime(2026, 1, 5, tzinfo=UTC)


@dataclass(frozen=True)
class Measured:
    """What came of it. Times are simulated seconds."""

    makespan_seconds: float
    p95_seconds: float
    gpu_dollars: float
    requests: int
    refused: int


@dataclass
class _Batch:
    number: int
    arrived: list[float]
    record: float = 0.0


@dataclass
class _Yard:
    """Batches on their way. Guarded by its condition."""

    closed: deque[_Batch] = field(default_factory=deque[_Batch])
    prepared: deque[_Batch] = field(default_factory=deque[_Batch])
    reading: bool = False
    ready: bool = False  # the last tick saw the endpoint ready
    rested_at: float = 0.0
    all_closed: bool = False
    over: bool = False
    changed: threading.Condition = field(default_factory=threading.Condition)


def measure(arrivals: Sequence[float], deployment: Deployment, seconds: float, speed: float) -> Measured:
    """Run until the last record, but not before `seconds`; pages arrive at these times, ascending."""
    with scripted(_endpoint(deployment, speed)) as endpoint:
        return _Run(endpoint, deployment, arrivals, speed).measure(seconds)


class _Run:
    def __init__(self, endpoint: Scripted, deployment: Deployment, arrivals: Sequence[float], speed: float) -> None:
        self._endpoint = endpoint
        self._deployment = deployment
        self._arrivals = arrivals
        self._speed = speed
        self._client = self._client_settings()
        self._yard = _Yard()
        self._began = time.monotonic()
        self._requests = self._refused = 0

    def measure(self, seconds: float) -> Measured:
        create_engine(self._client)
        open_control(self._client).status()  # what is loaded at its first use is loaded now
        self._began = time.monotonic()
        paid_before = self._endpoint.replica_seconds()
        threads = [threading.Thread(target=work) for work in (self._close, self._prepare, self._tick)]
        for thread in threads:
            thread.start()
        try:
            batches = self._read_all()
            self._until(max(seconds, batches[-1].record))
            paid = self._endpoint.replica_seconds() - paid_before
        finally:
            with self._yard.changed:
                self._yard.over = True
                self._yard.changed.notify_all()
            for thread in threads:
                thread.join()
        times = [batch.record - arrived for batch in batches for arrived in batch.arrived]
        return Measured(
            makespan_seconds=max(batch.record for batch in batches) - self._arrivals[0],
            p95_seconds=float(np.percentile(times, 95)),
            gpu_dollars=paid * self._deployment.replica.dollars_per_hour / 3600,
            requests=self._requests,
            refused=self._refused,
        )

    def _close(self) -> None:
        """Gather pages into batches."""
        deployment, number, waiting = self._deployment, 0, list[float]()
        coming = deque(self._arrivals)
        while coming or waiting:
            due = waiting[0] + deployment.gather_seconds if waiting else float("inf")
            if coming and coming[0] <= due:
                self._until(coming[0])
                waiting.append(coming.popleft())
            else:
                self._until(due)
            if len(waiting) >= deployment.batch_pages or self._now() >= waiting[0] + deployment.gather_seconds:
                self._put(self._yard.closed, _Batch(number, waiting))
                number, waiting = number + 1, []
        with self._yard.changed:
            self._yard.all_closed = True
            self._yard.changed.notify_all()

    def _prepare(self) -> None:
        """Stands in for the CPU cluster: it only takes the time."""
        cpu, yard = self._deployment.cpu, self._yard
        while True:
            with yard.changed:
                yard.changed.wait_for(lambda: yard.closed or yard.all_closed or yard.over)
                if not yard.closed:
                    return
                batch = yard.closed[0]
            began = self._now()
            self._until(began + cpu.start_seconds + len(batch.arrived) / (cpu.cores * cpu.pages_per_core_second))
            with yard.changed:
                yard.prepared.append(yard.closed.popleft())
                yard.changed.notify_all()

    def _tick(self) -> None:
        """Looks after the endpoint, as the sensor does."""
        control, memory, yard = open_control(self._client), Memory(), self._yard
        with ThreadPoolExecutor(1) as waking:
            while not yard.over:
                began = self._now()
                status = control.status()
                with yard.changed:
                    seen = Seen(
                        status=status,
                        waiting=self._waiting(began),
                        batches=len(yard.prepared),
                        preparing=bool(yard.closed),
                        reading=yard.reading,
                    )
                    yard.ready = status.state is EndpointState.READY
                    yard.changed.notify_all()
                decision = decide(seen, memory, self._client, _MONDAY + timedelta(seconds=began))
                memory = decision.done
                if decision.action is Action.WAKE:
                    waking.submit(control.wake)  # it may wait a second for a reply, which would be minutes here
                elif self._deployment.kind is Kind.CLUSTER and status.state is EndpointState.READY:
                    self._stop_if_idle(control)
                self._until(began + _TICK_SECONDS)

    def _waiting(self, now: float) -> Waiting:
        """Pages that ask for the endpoint. A cluster starts once something is prepared for it."""
        yard = self._yard
        batches = [*yard.prepared] if self._deployment.kind is Kind.CLUSTER else [*yard.prepared, *yard.closed]
        arrived = [each for batch in batches for each in batch.arrived]
        return Waiting(len(arrived), now - min(arrived, default=now))

    def _stop_if_idle(self, control: Control) -> None:
        yard = self._yard
        with yard.changed:
            idle = not yard.reading and not yard.prepared
            over = self._now() - yard.rested_at >= self._deployment.idle_seconds
            yard.ready = yard.ready and not (idle and over)
        if idle and over:
            control.stop()

    def _read_all(self) -> list[_Batch]:
        yard, done = self._yard, list[_Batch]()
        while True:
            with yard.changed:
                yard.changed.wait_for(lambda: yard.prepared or (yard.all_closed and not yard.closed))
                if not yard.prepared:
                    return done
            with yard.changed:
                yard.changed.wait_for(lambda: yard.ready)
                batch, yard.reading = yard.prepared.popleft(), True
            self._read(batch, first=sum(len(each.arrived) for each in done))
            with yard.changed:
                batch.record = yard.rested_at = self._now()
                yard.reading = False
            done.append(batch)

    def _read(self, batch: _Batch, first: int) -> None:
        begin = self._now() + self._deployment.overhead_seconds

        def pages() -> Iterator[Page]:
            self._until(begin)  # the start of the engine is part of the overhead
            yield from draw(_PAGE_BYTES, range(first, first + len(batch.arrived)))

        with create_engine(self._client) as engine:
            answers = list(engine.read(pages()))
        assert len(answers) == len(batch.arrived)
        assert engine.calls is not None
        self._requests += engine.calls.requests
        self._refused += engine.calls.faults.get("throttled", 0)

    def _put(self, queue: deque[_Batch], batch: _Batch) -> None:
        with self._yard.changed:
            queue.append(batch)
            self._yard.changed.notify_all()

    def _now(self) -> float:
        return (time.monotonic() - self._began) * self._speed

    def _until(self, moment: float) -> None:
        if (left := moment - self._now()) > 0:
            time.sleep(left / self._speed)

    def _client_settings(self) -> EndpointSettings:
        deployment = self._deployment
        window = (deployment.window,) if deployment.kind is Kind.WINDOW and deployment.window else ()
        many = deployment.replica.pages_a_request
        return self._endpoint.client(
            wake=WakeSettings(
                keep_warm=window, keep_warm_every_seconds=min(1200, deployment.idle_seconds * 2 / 3 or 1)
            ),
            protocol="chat" if many == 1 else "dataframe_split",
            max_request_pages=many,
            page_seconds=0.01,  # real time, in which the endpoint is that fast
        )


def _endpoint(deployment: Deployment, speed: float) -> EmulatorSettings:
    replica, least = deployment.replica, max(deployment.min_replicas, 1)
    sleeps = deployment.kind in (Kind.SCALE_TO_ZERO, Kind.WINDOW)  # a cluster is stopped from here
    return EmulatorSettings(
        port=0,
        speed=speed,
        queue=None,
        hash_pages=False,
        latency=Latency(request_seconds=replica.request_seconds, jitter=min(replica.spread * 3**0.5, 0.99)),
        autoscale=Autoscale(
            min_slots=least * replica.slots,
            max_slots=max(deployment.max_replicas, least) * replica.slots,
            step=replica.slots,
            grow_seconds=deployment.grow_seconds,
            shrink_seconds=deployment.shrink_seconds,
        ),
        scale_to_zero=ScaleToZero(
            enabled=sleeps,
            idle_seconds=deployment.idle_seconds if sleeps else 1,
            wake_seconds=deployment.start_seconds,
            start_asleep=deployment.kind is not Kind.ALWAYS_WARM,
        ),
    )
