"""What readings themselves show: whether pages, the wire or waking held them up."""

from collections.abc import Iterator

from jsl_pipeline.planning.advising.figures import Figures
from jsl_pipeline.planning.advising.finding import Code, Finding, Severity, dollars, readings
from jsl_pipeline.schemas import EngineCalls
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.stages import duration

LEAST_SECONDS = 30.0
"""Of reading, before it is judged."""
STARVED = 0.20
"""Share of a reading without a page at hand; the first and the last pages always leave slots free for a while."""
WIRE = 0.20
"""Share of a request's time until it is handed over; 0.2 MB at 10 Mbit/s take 0.16 s, of the seconds of a page."""
WAITED = 0.50
"""Share of readings' time spent waiting for the endpoint: a batch is smaller than its cold start."""


def client_findings(figures: Figures, settings: EndpointSettings, per_hour: float | None) -> Iterator[Finding]:
    """What the readings' own figures show. `per_hour` is the endpoint's price awake."""
    calls = figures.calls
    if calls is None or calls.reading_seconds < LEAST_SECONDS:
        return
    working = calls.reading_seconds - calls.waited_seconds
    if working >= LEAST_SECONDS:
        yield from _starved(figures, calls, working, per_hour)
        yield from _wire(calls, settings)
    if calls.waited_seconds > WAITED * calls.reading_seconds:
        yield Finding(
            code=Code.WAITING,
            severity=Severity.INFO,
            evidence=f"{readings(len(figures.runs))} waited for the endpoint for {duration(calls.waited_seconds)} of "
            f"their {duration(calls.reading_seconds)}, and read {sum(run.pages for run in figures.runs):,} pages.",
            effect="Fewer, larger batches need fewer cold starts.",
            change="Raise `batching.max_age_seconds` and `engine.gather.max_wait_seconds`, or keep the endpoint awake "
            "in working hours with `engine.wake.keep_warm`.",
            sure="guessed",
        )


def _starved(figures: Figures, calls: EngineCalls, working: float, per_hour: float | None) -> Iterator[Finding]:
    share = min(1.0, calls.starved_seconds / working)
    if share <= STARVED:
        return
    saved = per_hour * calls.starved_seconds / 3600 / figures.days if per_hour is not None and figures.days else None
    cost = "" if saved is None else f", {dollars(saved)} a day of the endpoint's price"
    pages = sum(run.pages for run in figures.runs)
    yield Finding(
        code=Code.STARVED,
        severity=Severity.WARNING,
        evidence=f"The endpoint lacked pages for {duration(calls.starved_seconds)} of {duration(working)} of reading "
        f"({share:.0%}), while it had room for more.",
        effect=f"Up to {1 / max(1 - share, 0.1):.1f} times the pages a second"
        f"{f', from {pages / working:.2g}' if pages else ''}{cost}.",
        change="Give the reading side faster storage or more cores (a larger CPU cluster), and larger batches "
        "(`batching.max_files`): a batch's last pages leave slots free.",
        dollars_a_day=saved,
        sure="computed",
    )


def _wire(calls: EngineCalls, settings: EndpointSettings) -> Iterator[Finding]:
    if calls.request_seconds <= 0 or calls.upload_seconds <= WIRE * calls.request_seconds:
        return
    share = calls.upload_seconds / calls.request_seconds
    size = calls.bytes_sent / max(calls.requests, 1)
    rate = calls.bytes_sent / calls.upload_seconds
    smaller = " Or send fewer pages a request (`engine.max_request_pages`)." if settings.protocol != "chat" else ""
    yield Finding(
        code=Code.WIRE,
        severity=Severity.WARNING,
        evidence=f"Requests of {size / 1e6:.2g} MB spend {share:.0%} of their time on the way to the endpoint, at "
        f"{rate / 1e6:.2g} MB/s each.",
        effect=f"Next to the endpoint a page takes up to {share:.0%} less time; more requests at once hide it as well.",
        change="Read from a machine in the endpoint's region, or send smaller images (`preprocess.width` and `height`)."
        + smaller,
        sure="computed",
    )
