"""Hours in which an endpoint is awake and nobody asks it anything."""

from collections.abc import Iterator

from jsl_pipeline.planning.advising.figures import Figures, Span
from jsl_pipeline.planning.advising.finding import Code, Finding, Severity, dollars
from jsl_pipeline.serving import PriceSettings
from jsl_pipeline.stages import duration

LEAST_SECONDS = 300.0
"""A day's savings below five minutes of the endpoint's price are noise: samples are a minute apart."""
_TOLD = 3  # spans that are named, the longest first


def idle_hours(figures: Figures, per_hour: float | None, price: PriceSettings) -> Iterator[Finding]:
    """Quiet times that outlast what a sleeping endpoint is paid for: the idle time before it sleeps and its start.

    `per_hour` is its price awake.
    """
    spent = price.idle_seconds + price.wake_seconds
    long = [span for span in figures.quiet if span.seconds > spent]
    saved_seconds = sum(span.seconds - spent for span in long)
    if saved_seconds < LEAST_SECONDS * max(1.0, figures.days):
        return
    days = figures.days
    quiet = sum(span.seconds for span in figures.quiet)
    evidence = (
        f"Awake and idle for {duration(quiet)} of the {duration(figures.awake_seconds)} that it was awake, most of it "
        f"{_times(long)}."
    )
    effect = (
        f"Asleep when idle it is paid for {duration(saved_seconds / max(days, 1.0))} less a day, with "
        f"{len(long) / max(days, 1.0):.2g} cold starts more, in which the first batch waits for some "
        f"{duration(price.wake_seconds)}."
    )
    saved: float | None = None
    if per_hour is not None and days > 0:
        saved = per_hour * saved_seconds / 3600 / days
        evidence += f" At {dollars(per_hour)} an hour that cost {dollars(per_hour * quiet / 3600 / days)} a day."
        effect = (
            f"Scale to zero, with waking before each batch, saves {dollars(saved)} a day: of each idle time all but "
            f"{duration(price.idle_seconds)} until it sleeps and {duration(price.wake_seconds)} for the cold start, "
            f"{len(long) / days:.2g} a day, in which the first batch waits."
        )
    yield Finding(
        code=Code.IDLE_HOURS,
        severity=Severity.WARNING,
        evidence=evidence,
        effect=effect,
        change=_change(figures),
        dollars_a_day=saved,
        sure="computed",
    )


def _change(figures: Figures) -> str:
    if figures.status is None or figures.status.scales_to_zero is not True:
        return (
            "Set `scale_to_zero_enabled` of the served entity to true: the sensor `endpoint_sensor`, or a run, wakes "
            "it before a batch. To spare working hours the cold start, set `engine.wake.keep_warm` to them."
        )
    return (
        "It may sleep and does not, so something keeps it awake: narrow `engine.wake.keep_warm`, look for other "
        "clients, or set `engine.wake.sleep_when_done`."
    )


def _times(spans: list[Span]) -> str:
    longest = sorted(spans, key=lambda span: -span.seconds)[:_TOLD]
    told = [f"{span.began:%a %H:%M} to {span.ended:%a %H:%M}" for span in sorted(longest, key=lambda span: span.began)]
    return " and ".join(told) + f" {longest[0].began.tzname()}"
