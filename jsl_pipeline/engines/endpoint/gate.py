"""How many requests may be in flight: found by itself, held, and found again when the endpoint changes.

The gate works in rounds. A round ends once as many requests have ended as were in flight at its start, so it lasts
about one latency; its throughput answers for the limit of the round before it.

- **Trials.** A higher limit is approached by one with each answer. It is kept if throughput then grew by at least a
  fifth of what the limit grew by, and the next trial follows at once, with a larger step. At first a step doubles the
  limit, so that S slots are found in some 2 log2(S) rounds. A trial that did not pay ends at the limit that Little's
  law gives: throughput now, times latency before (J. D. C. Little, Operations Research 9, 1961).
- **Refusals.** A 429 in a trial shows the ceiling, and the limit goes back to what was accepted. Once a ceiling was
  met, trials wait until they keep refusals rare. A 429 without a trial says that the endpoint became smaller: the
  limit falls by a tenth, or to what was accepted.
- **Share.** Where several processes share an endpoint, each keeps to its part: when others come or go, its limit moves
  in proportion, so that together they ask as much as before.
- **Latency.** Where it grew by half and throughput did not, requests only queue at the endpoint: the limit of Little's
  law is tried, and kept if throughput stays.

Times are seconds of one monotonic clock, passed in by the caller.
"""

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from random import Random
from statistics import fmean, median, pstdev

Share = Callable[[], float]
"""Says which part of the endpoint's concurrency is this process's now, above 0 and at most 1."""

_START = 4
_PAYS = 0.2
_FIRST_STEP = 2.0
_STEP = 1.25
_REST_ROUNDS = 4
_ROUNDS_KEPT = 8
_ROUNDS_JUDGED = 2
_SLACK = 1.1  # a little more than fits, so that no slot waits for its next request
_SLOWER = 1.5
_SHRINKS = 0.9  # of a limit remains, at least, after a trial of a higher one
_KEPT = 0.93  # of throughput must remain at a lower limit
_REFUSED_BY_TRIALS = 0.015  # of all requests, at most
_PAUSE_SECONDS = (0.5, 30.0)


@dataclass(frozen=True, slots=True)
class _Seen:
    """What rounds at one limit showed."""

    throughput: float
    latency: float
    noise: float
    """Standard error of the throughput, relative."""
    at: float
    """When the last of them ended."""


@dataclass(slots=True)
class _Round:
    number: int
    began: float
    to_end: int
    """Requests that must still end: as many as were in flight when it began."""
    latencies: list[float] = field(default_factory=list[float])
    starved: bool = False


@dataclass(frozen=True, slots=True)
class _Trial:
    before: _Seen
    limit: int
    """The limit before."""
    up: bool
    most: int
    """The highest limit that it may grow to."""
    rounds: int
    """Whole rounds that it is judged by."""


class Gate:
    """Admission to one endpoint from one process. Not thread-safe: it lives on one event loop."""

    def __init__(self, start: int | None, most: int, seed: int | None = None, share: Share = lambda: 1.0) -> None:
        """`start` and `most` are of all processes that share the endpoint."""
        self._share = share
        self._part = share()
        self._most_of_all = most
        self._most = self._mine(most)
        self.limit = min(self._mine(start or _START), self._most)
        self.in_flight = 0
        self.sent = 0
        self.refused = 0
        self._random = Random(seed)
        self._paused_until = 0.0
        self._cuts_in_a_row = 0
        self._refused_by_trials = 0
        self._trials_since = 0
        self._ceiling_met = False
        self._floor = 1  # no refusal of a request up to `_cut_at` lowers the limit further
        self._cut_at = 0
        self._step = _FIRST_STEP
        self._trial: _Trial | None = None
        self._rounds: list[_Seen] = []  # since the limit was last changed
        self._skip_round = False
        self._rest_until = 0
        self._round: _Round | None = None
        self._known = self.limit
        self._latency = 0.0  # when the limit was last found to pay, so without a queue at the endpoint

    def expect(self, slots: int) -> None:
        """The endpoint is said to take so many requests at once, of all: begin there, and go on with care."""
        self.limit = self._known = min(self._mine(slots), self._most)
        self._step, self._ceiling_met = _STEP, True

    def room(self, now: float) -> int:
        """How many requests may be sent now."""
        self._follow_share()
        return 0 if now < self._paused_until else max(0, self.limit - self.in_flight)

    @property
    def opens_at(self) -> float:
        """When a pause ends; in the past where there is none."""
        return self._paused_until

    def send(self, now: float) -> int:
        """Count a request out. Returns its number, to be given back with its end."""
        self.in_flight += 1
        self.sent += 1
        if self._round is None:
            self._round = _Round(0, now, self.limit)
        return self.sent

    def starve(self) -> None:
        """There is room and nothing to send: this round cannot judge the limit."""
        if self._round is not None:
            self._round.starved = True

    def answered(self, seconds: float, now: float) -> None:
        """A request was worked on for `seconds`, whatever was answered."""
        self.in_flight -= 1
        self._cuts_in_a_row = 0
        if self._round is not None:
            self._round.latencies.append(seconds)
        if self._trial and self._trial.up and self.limit < self._reach(self._trial, now):
            self.limit += 1
        self._count_end(now)

    def lost(self, now: float) -> None:
        """A request ended and nobody knows whether it was worked on."""
        self.in_flight -= 1
        self._count_end(now)

    def refuse(self, number: int, retry_after: float | None, now: float) -> None:
        """The endpoint says that there are too many requests."""
        self.in_flight -= 1
        self.refused += 1
        limit = self.limit
        if number <= self._cut_at:  # sent before the last refusal was known
            limit = min(limit, max(self._floor, self.in_flight))
            self._refused_by_trials += self._floor > 1
        elif self._trial and self._trial.up and self.in_flight >= self._trial.limit * 0.8:
            self._floor = self._trial.limit
            limit = max(self._floor, min(limit, self.in_flight))
            self._refused_by_trials += 1
        else:  # it became smaller: what trials cost before says nothing about it
            self._floor = 1
            limit = max(1, min(self.in_flight, math.floor(limit * 0.9)))
            self._cuts_in_a_row += 1
            self._refused_by_trials, self._trials_since = 0, self.sent
            self._pause(retry_after or 0.0, now)
        if self.in_flight == 0:
            self._pause(retry_after or self._back_off(), now)
        if number > self._cut_at:
            self._cut_at = self.sent
        self._ceiling_met = True
        self._rest_until = (self._round.number if self._round else 0) + _REST_ROUNDS
        self._end_trial(limit)
        self._count_end(now)

    def restart(self, now: float) -> None:
        """The endpoint is back after it was down: begin low, and climb to what was known."""
        self._end_trial(max(1, self._known // 8))
        self._step = _FIRST_STEP
        self._rest_until = 0
        self._round = None
        self._paused_until = now

    def _follow_share(self) -> None:
        """Others came or went: go on with the same part of the new share, as of the old one."""
        part, before = self._share(), self._part
        if part == before:
            return
        self._part = part
        self._most = self._mine(self._most_of_all)
        limit, self._known = (max(1, min(round(n * part / before), self._most)) for n in (self.limit, self._known))
        self._trial, self._floor = None, 1
        self._set(limit)

    def _mine(self, slots: int) -> int:
        return max(1, math.floor(slots * self._part))

    def _count_end(self, now: float) -> None:
        ended = self._round
        if ended is None:
            return
        ended.to_end -= 1
        if ended.to_end > 0:
            return
        in_flight = self.limit
        if ended.latencies and not ended.starved and now > ended.began:
            self._learn(ended.number, _seen(ended, now))
        self._round = _Round(ended.number + 1, now, in_flight)

    def _learn(self, number: int, seen: _Seen) -> None:
        if self._skip_round:  # what came back in it was sent under the limit before
            self._skip_round = False
            return
        self._rounds = [*self._rounds[-_ROUNDS_KEPT + 1 :], seen]
        shown = _mean(self._rounds)
        if self._trial is not None:
            if len(self._rounds) >= self._trial.rounds:
                self._judge(self._trial, number, shown)
            return
        self._latency = self._latency or shown.latency
        self._known = self.limit
        fits = self._fits(shown)
        if shown.latency > _SLOWER * self._latency and fits < self.limit:
            self._try(shown, fits)
        elif number >= self._rest_until and self.limit < self._most and self._may_be_refused():
            self._try_more(shown)

    def _try_more(self, before: _Seen) -> None:
        self._try(before, max(self.limit + 1, math.ceil(self.limit * self._step)))

    def _try(self, before: _Seen, limit: int) -> None:
        up = limit > self.limit
        most = min(self._most, 2 * self.limit if self._ceiling_met else limit)
        self._trial = _Trial(before, self.limit, up, most, 1 if self._step == _FIRST_STEP else _ROUNDS_JUDGED)
        self._set(min(self.limit + 1, most) if up else limit)

    def _reach(self, trial: _Trial, now: float) -> int:
        """How far a trial may have come. Once a ceiling was met it takes a latency to double the limit, so that
        where answers come all at once, the first request too many is refused before others follow it."""
        if not self._ceiling_met:
            return trial.most
        waited = (now - trial.before.at) / self._latency
        return min(trial.most, trial.limit + 1 + math.floor(trial.limit * waited))

    def _judge(self, trial: _Trial, number: int, shown: _Seen) -> None:
        before = trial.before
        grew = shown.throughput / before.throughput
        self._rest_until = number + _REST_ROUNDS
        if not trial.up:
            if grew < _KEPT:
                self._latency = before.latency  # it is slower, and not because requests queue
                self._set(trial.limit)
            self._trial = None
            return
        noise = math.hypot(before.noise, shown.noise)
        if grew >= 1 + _PAYS * (self.limit / trial.limit - 1) + noise:
            self._latency, self._known = shown.latency, self.limit
            self._step = min(_FIRST_STEP, 2 * self._step - 1)
            if self.limit < self._most:
                self._try_more(shown)
            else:
                self._trial = None
            return
        fits = max(self._fits(before), self._fits(shown), math.ceil(trial.limit * _SHRINKS))
        self._end_trial(min(self.limit, fits))

    def _set(self, limit: int) -> None:
        self.limit = limit
        self._rounds = []
        self._skip_round = True

    def _end_trial(self, limit: int) -> None:
        self._set(limit)
        self._trial, self._step = None, _STEP

    def _fits(self, seen: _Seen) -> int:
        return math.ceil(seen.throughput * self._latency * _SLACK)

    def _may_be_refused(self) -> bool:
        allowed = _REFUSED_BY_TRIALS * (self.sent - self._trials_since)
        return not self._ceiling_met or self._refused_by_trials <= allowed

    def _back_off(self) -> float:
        least, most = _PAUSE_SECONDS
        return min(most, least * 2 ** min(10, max(0, self._cuts_in_a_row - 1))) * self._random.uniform(0.5, 1)

    def _pause(self, seconds: float, now: float) -> None:
        self._paused_until = max(self._paused_until, now + seconds)


def _seen(ended: _Round, now: float) -> _Seen:
    latencies = ended.latencies
    mean = fmean(latencies)
    spread = pstdev(latencies) / mean if mean > 0 else 0.0
    return _Seen(
        throughput=len(latencies) / (now - ended.began),
        latency=median(latencies),
        noise=spread / math.sqrt(len(latencies)),
        at=now,
    )


def _mean(rounds: Sequence[_Seen]) -> _Seen:
    return _Seen(
        throughput=fmean(each.throughput for each in rounds),
        latency=fmean(each.latency for each in rounds),
        noise=fmean(each.noise for each in rounds) / math.sqrt(len(rounds)),
        at=rounds[-1].at,
    )
