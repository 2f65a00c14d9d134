"""An endpoint with slots, and a client that sends as a gate lets it, on a clock of their own."""

import heapq
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import count
from random import Random

from jsl_pipeline.engines.endpoint.gate import Gate

WIRE = 0.003  # seconds there and back
SEND = 0.0015  # seconds of work a request costs the client, where it is not said otherwise


@dataclass
class Run:
    """What a run of simulated seconds showed."""

    gate: Gate
    answered: list[float] = field(default_factory=list)
    refused: list[float] = field(default_factory=list)

    def rate(self, start: float, end: float) -> float:
        """Answers a second between two times."""
        return sum(start <= at < end for at in self.answered) / (end - start)

    @property
    def refused_share(self) -> float:
        """429s of all requests."""
        return len(self.refused) / (len(self.refused) + len(self.answered))


def drive(
    gate: Gate,
    slots: Callable[[float], int],
    seconds: float,
    latency: float = 1.0,
    spread: float = 0.0,
    queues: bool = False,
    slope: float = 0.0,
    send: float = SEND,
) -> Run:
    """Pages without end against `slots(now)` slots of `latency` seconds, normally spread.

    A full endpoint refuses, or queues without limit. With `slope`, each busy slot adds that many seconds: a server
    that batches. Without time to `send`, answers come all at once.
    """
    run, random, order = Run(gate), Random(11), count()
    events: list[tuple[float, int, str, int]] = [(0.0, next(order), "pump", 0)]
    sent_at: dict[int, float] = {}
    queue: list[int] = []
    busy, pumping = 0, True

    def later(at: float, what: str, number: int = 0) -> None:
        heapq.heappush(events, (at, next(order), what, number))

    def work(now: float, number: int) -> None:
        taken = latency + slope * busy
        later(now + taken * max(0.1, random.gauss(1, spread)) if spread else now + taken, "worked", number)

    while events and events[0][0] <= seconds:
        now, _, what, number = heapq.heappop(events)
        match what:
            case "pump":
                pumping = gate.room(now) > 0
                if pumping:
                    sent = gate.send(now)
                    sent_at[sent] = now
                    later(now + WIRE / 2, "arrives", sent)
                    later(now + send, "pump")
                elif gate.opens_at > now:
                    pumping = True
                    later(gate.opens_at, "pump")
            case "arrives" if busy < slots(now):
                busy += 1
                work(now, number)
            case "arrives" if queues:
                queue.append(number)
            case "arrives":
                later(now + WIRE / 2, "refused", number)
            case "worked":
                busy -= 1
                while queue and busy < slots(now):
                    busy += 1
                    work(now, queue.pop(0))
                later(now + WIRE / 2, "answered", number)
            case "answered":
                run.answered.append(now)
                gate.answered(now - sent_at.pop(number), now)
            case _:
                run.refused.append(now)
                gate.refuse(number, None, now)
        if what in ("answered", "refused") and not pumping:
            pumping = True
            later(now, "pump")
    return run
