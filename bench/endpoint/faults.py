"""Whatever the endpoint does, each page ends once: answered with its own answer, or failed for its own fault.

Simulated time runs 30 times as fast as ours, so that three minutes of waking are six seconds.
"""

import hashlib
import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from random import Random
from typing import Any

from bench.endpoint.driving import Drive, drive, named
from bench.endpoint.scripted import AWAKE, scripted
from bench.figures import Figure, Scale
from jsl_pipeline.emulator import (
    CannedReader,
    Effect,
    EmulatorSettings,
    Fault,
    Latency,
    LogEntry,
    ScaleToZero,
    Step,
    Waking,
)
from jsl_pipeline.schemas import Candidate, Page, PageFailure, Reading

_SPEED = 30.0
_SLOTS = 32
_GARBAGE = (
    Effect.PROSE,
    Effect.TRUNCATED,
    Effect.WHITESPACE,
    Effect.REFUSAL,
    Effect.EMPTY,
    Effect.FENCED,
    Effect.TRAILING_COMMA,
)
_CAUSE_OF = {Effect.REFUSAL: "refused", Effect.TRUNCATED: "truncated"}  # the other kinds: unusable
_ACCEPTED = {Effect.FENCED, Effect.TRAILING_COMMA}


@dataclass(frozen=True)
class _Case:
    """One way to go wrong."""

    name: str
    faults: tuple[Fault, ...] = ()
    script: tuple[Step, ...] = ()
    zero: ScaleToZero = AWAKE
    protocol: str = "chat"
    poison_cause: str = ""
    """Every hundredth page is poison, and must fail for this cause."""

    def struck(self, run: Drive) -> bool:
        """Whether the run met what was to go wrong: one that ends before proves nothing."""
        if self.zero.enabled:
            return run.seconds > self.zero.wake_seconds / _SPEED
        return bool(run.calls.faults or run.calls.flaws)


@dataclass
class _Outcome:
    """What came of it, page by page."""

    answered: int = 0
    failed: Counter[str] = field(default_factory=Counter[str])
    wrong: Counter[str] = field(default_factory=Counter[str])


def faults(scale: Scale) -> Iterator[Figure]:
    """Every case, over a thousand pages."""
    pages = _pages(scale.count(1000, 200))
    poison = frozenset(page.page_sha for page in pages[49::100])
    for case in _cases(poison):
        settings = EmulatorSettings(
            speed=_SPEED,
            slots=_SLOTS,
            queue=0,
            reader=CannedReader(mark=True),
            latency=Latency(request_seconds=6, jitter=0.2),
            scale_to_zero=case.zero,
            faults=case.faults,
            script=case.script,
        )
        with scripted(settings) as endpoint:
            run = drive(endpoint.client(protocol=case.protocol), pages)
            log = endpoint.log()
        yield from _judged(case, run, log, pages, poison if case.poison_cause else frozenset())


def _cases(poison: frozenset[str]) -> Iterator[_Case]:
    asleep = {"idle_seconds": 3600.0, "wake_seconds": 180.0}
    for waking in Waking:
        zero = ScaleToZero(start_asleep=True, waking=waking, **asleep)
        yield _Case(f"cold start of 180 s, {waking.name.lower()}", zero=zero)
    for waking in Waking:
        falls = (Step(at_seconds=30, do="sleep"),)
        yield _Case(
            f"asleep mid-run, 180 s, {waking.name.lower()}", zero=ScaleToZero(waking=waking, **asleep), script=falls
        )
    for name, retry_after in (("", None), (" with Retry-After", 1.0)):
        yield _Case(f"429 storms{name}", faults=tuple(_storm(start, retry_after) for start in (15, 75, 135)))
    for how in ("outage", "close"):
        yield _Case(f"60 s outage ({how})", script=(Step(at_seconds=30, do=how, value=60),))
    for effect, share in ((Effect.RESET, 0.1), (Effect.LOSE, 0.1), (Effect.TEAR, 0.02)):
        for protocol in ("chat", "dataframe_split"):
            name = f"1 in {1 / share:.0f} connections: {effect.value}, {protocol}"
            yield _Case(name, faults=(Fault(effect=effect, probability=share),), protocol=protocol)
    yield _Case("1 in 10 requests: 503", faults=(Fault(effect=Effect.STATUS, status=503, probability=0.1),))
    for effect in _GARBAGE:
        yield _Case(f"1 in 50 answers: {effect.value}", faults=(Fault(effect=effect, probability=0.02),))
    for protocol in ("chat", "dataframe_split"):
        for status in (500, 400):
            spoiled = Fault(effect=Effect.STATUS, status=status, pages=poison)
            yield _Case(f"poison: {status}, {protocol}", faults=(spoiled,), protocol=protocol, poison_cause="engine")
        closing = Fault(effect=Effect.RESET, pages=poison)
        yield _Case(f"poison: closed, {protocol}", faults=(closing,), protocol=protocol, poison_cause="crashed")


def _storm(start: float, retry_after: float | None) -> Fault:
    return Fault(
        effect=Effect.STATUS,
        status=429,
        probability=0.9,
        from_seconds=start,
        until_seconds=start + 30,
        retry_after_seconds=retry_after,
    )


def _pages(count: int) -> list[Page]:
    random = Random(6)
    images = [random.randbytes(3000) for _ in range(count)]
    return [named(number, image, hashlib.sha256(image).hexdigest()) for number, image in enumerate(images, start=1)]


def _judged(
    case: _Case, run: Drive, log: Sequence[LogEntry], pages: Sequence[Page], poison: frozenset[str]
) -> Iterator[Figure]:
    outcome = _outcome(case, run, log, pages, poison)
    causes = ", ".join(f"{name} {count}" for name, count in sorted(outcome.failed.items())) or "none"
    wrong = ", ".join(f"{name} {outcome.wrong[name]}" for name in ("lost", "doubled", "mixed up", "charged", "cause"))
    calls = run.calls
    detail = (
        f"{len(pages)} pages, {outcome.answered} answered, failed: {causes}; {wrong}; {calls.requests} requests, "
        f"{calls.outages} outages, {calls.probes} probes, {run.seconds:.1f} s"
    )
    total, struck = outcome.wrong.total(), case.struck(run)
    detail += "" if struck else "; THE FAULT DID NOT STRIKE"
    yield Figure("faults", f"{case.name}: pages that ended wrongly", total, "pages", "0", struck and total == 0, detail)
    if poison:
        yield _extra(case.name, log, {page.page_sha for page in pages}, poison)


def _outcome(
    case: _Case, run: Drive, log: Sequence[LogEntry], pages: Sequence[Page], poison: frozenset[str]
) -> _Outcome:
    """Count pages by how they ended, and those that should have ended otherwise."""
    spoiled: dict[str, Counter[str]] = {}
    for entry in log:
        for place, effect in entry.spoiled.items():
            spoiled.setdefault(entry.pages[place], Counter())[effect] += 1
    outcome = _Outcome()
    times = Counter(answer.page_sha for answer in run.answers)
    outcome.wrong["lost"] = sum(page.page_sha not in times for page in pages)
    outcome.wrong["doubled"] = times.total() - len(times)
    for answer in run.answers:
        match answer.outcome:
            case Reading(text=text):
                outcome.answered += 1
                candidate: Any = Candidate.model_validate_json(text)
                own = candidate.prescriber is not None and candidate.prescriber.license_no == answer.page_sha
                outcome.wrong["mixed up"] += not own or answer.page_sha in poison
            case PageFailure(cause=cause):
                outcome.failed[cause.value] += 1
                right = _right_cause(case, answer.page_sha, spoiled, poison)
                outcome.wrong["charged"] += right is None
                outcome.wrong["cause"] += right is not None and cause.value != right
    return outcome


def _right_cause(case: _Case, sha: str, spoiled: dict[str, Counter[str]], poison: frozenset[str]) -> str | None:
    """Why a page may have failed; None where it had no fault of its own."""
    if sha in poison:
        return case.poison_cause
    for effect, times in spoiled.get(sha, Counter[str]()).items():
        kind = Effect(effect)
        if kind not in _ACCEPTED and times >= (1 if kind is Effect.REFUSAL else 2):
            return _CAUSE_OF.get(kind, "unusable")
    return None


def _extra(name: str, log: Sequence[LogEntry], ours: set[str], poison: frozenset[str]) -> Figure:
    """Requests that only repeat pages, a poison page's own repeats apart, beside those that bisecting needs."""
    seen: set[str] = set()
    alone: set[str] = set()
    extra = own = bound = 0
    for entry in log:
        if not entry.pages or not ours.issuperset(entry.pages) or entry.status == 429:
            continue  # a dummy request, or one that was not worked on
        if not seen.issuperset(entry.pages):
            bound += 2 * math.ceil(math.log2(len(entry.pages))) * len(poison.intersection(entry.pages))
        elif entry.pages[0] in alone:
            own += 1
        else:
            extra += 1
        seen.update(entry.pages)
        if len(entry.pages) == 1:
            alone.update(entry.pages)
    detail = f"bound 2 ceil(log2 n) for each of {len(poison)} poison pages; their own repeats, alone: {own}"
    return Figure("faults", f"{name}: extra requests", extra, "requests", f"<= {bound}", extra <= bound, detail)
