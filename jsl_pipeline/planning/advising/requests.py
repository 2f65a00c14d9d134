"""Requests at the endpoint: too few at once or too many, refused, failed, short of memory."""

from collections.abc import Iterator
from math import ceil

from jsl_pipeline.planning.advising.figures import Figures
from jsl_pipeline.planning.advising.finding import Code, Finding, Severity, dollars
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.serving.price import REQUESTS_A_REPLICA
from jsl_pipeline.stages import duration

LEAST_REQUESTS = 20
"""Below that a share of requests says little."""
BUSY = 0.80
"""Cards that work more are what limits: between requests some time always goes to images and scheduling."""
QUEUED = 0.20
"""Share of a request's time spent waiting for a slot; a little queue only keeps the slots full."""
REFUSED = 0.01
"""The client's own trials of a higher concurrency are refused in up to some 1 % of requests."""
FAILED = 0.01
FULL_MEMORY = 0.95
"""vLLM reserves 90 % by default, whatever the load: more is somebody else's, or set so."""
FULL_CACHE = 0.95
"""Above that vLLM puts requests back and works on them anew."""
ALL_SLOTS = 0.95


def request_findings(figures: Figures, settings: EndpointSettings, per_hour: float | None) -> Iterator[Finding]:
    """What requests and memory show. `per_hour` is the endpoint's price awake."""
    yield from _failures(figures)
    yield from _memory(figures)
    if (figures.requests or 0) >= LEAST_REQUESTS:
        crowded = _queued(figures) > QUEUED or _refused(figures) > REFUSED
        yield from _crowded(figures, settings) if crowded else _roomy(figures, settings, per_hour)


def _failures(figures: Figures) -> Iterator[Finding]:
    requests, failed = figures.requests or 0, figures.failed or 0
    if requests < LEAST_REQUESTS or failed <= FAILED * requests:
        return
    yield Finding(
        code=Code.FAILURES,
        severity=Severity.CRITICAL if failed > 10 * FAILED * requests else Severity.WARNING,
        evidence=f"{failed:.0f} of {requests:.0f} requests failed at the endpoint (5xx), {failed / requests:.1%}.",
        effect=f"Each is asked again: up to {failed / requests:.0%} of the endpoint's time is worked for nothing.",
        change="Read the served entity's logs; with memory short, lower its concurrency, or send smaller requests "
        "(`engine.max_request_pages`).",
    )


def _memory(figures: Figures) -> Iterator[Finding]:
    full = [card for card in figures.cards if (card.memory or 0) > FULL_MEMORY]
    preemptions, failed = figures.preemptions or 0, figures.failed or 0
    if full and (preemptions or failed):
        told = ", ".join(f"{card.name} {card.memory:.0%}" for card in full)
        trouble = f"{preemptions:.0f} requests were put back" if preemptions else f"{failed:.0f} requests failed"
        yield Finding(
            code=Code.MEMORY,
            severity=Severity.WARNING,
            evidence=f"GPU memory is full ({told}) and {trouble}.",
            effect="Work that is put back or fails is done twice. How much faster it gets is to be tried.",
            change="Lower vLLM's `gpu_memory_utilization` to 0.9, or `max_num_seqs`; or take cards with more memory.",
            sure="guessed",
        )
    elif (figures.cache or 0) > FULL_CACHE:
        put_back = f", and {preemptions:.0f} requests were put back" if preemptions else ""
        yield Finding(
            code=Code.MEMORY,
            severity=Severity.WARNING if preemptions else Severity.INFO,
            evidence=f"The KV cache was {figures.cache or 0:.0%} full{put_back}.",
            effect="Requests wait for cache. With fewer at once each is faster, and as many pages are read.",
            change="Lower vLLM's `max_num_seqs` or `max_model_len`, send smaller images, or use an fp8 KV cache.",
            sure="guessed",
        )


def _crowded(figures: Figures, settings: EndpointSettings) -> Iterator[Finding]:
    """Requests wait or are refused: for want of slots while the cards have time, or because the cards are full."""
    use, evidence = figures.use, _pressure(figures)
    if use is None:
        yield Finding(
            code=Code.THROTTLED,
            severity=Severity.WARNING if _refused(figures) > REFUSED else Severity.INFO,
            evidence=evidence + " Whether the cards have time for more is not known.",
            effect="Where the cards have time, more requests at once read more pages a second; else they only queue.",
            change=f"Try it with `jsl-pipeline probe`; until then {_hold_back(figures, settings)}",
            sure="guessed",
        )
    elif use < BUSY:
        slots = f" from {figures.slots:.0f}" if figures.slots else ""
        times = BUSY / max(use, 0.1)
        more = ceil((figures.slots or 1) * times / REQUESTS_A_REPLICA) * REQUESTS_A_REPLICA
        yield Finding(
            code=Code.CONCURRENCY_LOW,
            severity=Severity.WARNING,
            evidence=f"{evidence} The cards that work do so only {use:.0%} of the time.",
            effect=f"Up to {times:.1f} times the pages a second{_rate(figures, times)} on the same cards.",
            change=f"Raise the concurrency that one replica takes (vLLM's `max_num_seqs`, provisioned concurrency"
            f"{slots} to some {more}); `jsl-pipeline probe` finds where it stops to pay.",
            sure="guessed",
        )
    else:
        yield Finding(
            code=Code.GPU_FULL,
            severity=Severity.WARNING if _refused(figures) > REFUSED else Severity.INFO,
            evidence=f"{evidence} The cards work {use:.0%} of the time: they are the limit.",
            effect="Another replica reads as many pages a second more, for its price; it costs the same a page.",
            change=f"Raise `max_provisioned_concurrency` by {REQUESTS_A_REPLICA}, if it must be faster; otherwise "
            f"{_hold_back(figures, settings)}",
            sure="computed",
        )


def _roomy(figures: Figures, settings: EndpointSettings, per_hour: float | None) -> Iterator[Finding]:
    """No request waits: slots that are never used, or a client that may not send more."""
    slots, peak, use = figures.slots, figures.in_work_peak, figures.use
    if slots is None or peak is None:
        return
    allowed = min(settings.concurrency or settings.max_concurrency, settings.max_concurrency) * settings.share
    if allowed < ALL_SLOTS * slots and peak >= ALL_SLOTS * allowed and (use is None or use < BUSY):
        yield Finding(
            code=Code.CONCURRENCY_LOW,
            severity=Severity.WARNING,
            evidence=f"The client sends at most {allowed:.0f} requests at once; {slots:.0f} are provisioned.",
            effect=f"Up to {slots / allowed:.1f} times the pages a second{_rate(figures, slots / allowed)}.",
            change=f"Unset `engine.concurrency`, and set `engine.max_concurrency` to at least {slots:.0f}.",
            sure="guessed",
        )
        return
    replicas, needed = ceil(slots / REQUESTS_A_REPLICA), max(1, ceil(peak / REQUESTS_A_REPLICA))
    on_gpu = bool(figures.status and (figures.status.workload_type or "").find("GPU") >= 0)
    if not on_gpu or needed >= replicas:
        return
    saved = None if per_hour is None else per_hour * (1 - needed / replicas) * figures.awake_hours_a_day
    effect = f"{needed} instead of {replicas} replicas"
    yield Finding(
        code=Code.CONCURRENCY_HIGH,
        severity=Severity.WARNING,
        evidence=f"{slots:.0f} requests at once are provisioned, and never more than {peak:.1f} were worked on; the "
        f"mean with work was {figures.in_work or 0:.1f}.",
        effect=f"{effect} suffice." if saved is None else f"{effect} save {dollars(saved)} a day at the same speed.",
        change=f"Set `max_provisioned_concurrency` of the served entity to {needed * REQUESTS_A_REPLICA}.",
        dollars_a_day=saved,
        sure="computed",
    )


def _queued(figures: Figures) -> float:
    """Share of a request's time."""
    return (figures.queue_seconds or 0) / figures.latency_seconds if figures.latency_seconds else 0.0


def _refused(figures: Figures) -> float:
    """Share of requests that were answered with 429, or, where no reading tells them apart, with any 4xx."""
    calls = figures.calls
    if calls is not None and _told_apart(figures):
        return calls.faults.get("throttled", 0) / calls.requests
    return (figures.refused or 0) / figures.requests if figures.requests else 0.0


def _told_apart(figures: Figures) -> bool:
    return figures.calls is not None and figures.calls.requests >= LEAST_REQUESTS


def _pressure(figures: Figures) -> str:
    told: list[str] = []
    if _refused(figures) > REFUSED:
        answer = "429" if _told_apart(figures) else "4xx"
        told.append(f"{_refused(figures):.1%} of requests were refused ({answer})")
    if _queued(figures) > QUEUED:
        wait = duration(figures.queue_seconds or 0) if (figures.queue_seconds or 0) >= 1 else "less than 1 s"
        told.append(f"a request waits for {wait} at the endpoint, {_queued(figures):.0%} of its time")
    text = " and ".join(told)
    return f"{text[:1].upper()}{text[1:]}."


def _hold_back(figures: Figures, settings: EndpointSettings) -> str:
    slots = round(figures.slots * settings.share) if figures.slots else None
    return "lower `engine.max_concurrency`." if slots is None else f"set `engine.max_concurrency` to {slots}."


def _rate(figures: Figures, times: float) -> str:
    """What that comes to where readings tell the pages a second."""
    seconds = sum((run.ended - run.began).total_seconds() for run in figures.runs)
    pages = sum(run.pages for run in figures.runs)
    return f", {pages / seconds:.2g} to {pages / seconds * times:.2g}" if seconds > 0 and pages else ""
