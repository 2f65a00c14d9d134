"""Advice on an endpoint from what was recorded of it: what is paid for nothing, and what holds pages up."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime

from jsl_pipeline.planning.advising.cards import idle_cards
from jsl_pipeline.planning.advising.client import client_findings
from jsl_pipeline.planning.advising.figures import Figures, Span, find_figures
from jsl_pipeline.planning.advising.finding import Advice, Code, Finding, Severity, readings
from jsl_pipeline.planning.advising.hourly import Hour, find_hours
from jsl_pipeline.planning.advising.hours import idle_hours
from jsl_pipeline.planning.advising.requests import request_findings
from jsl_pipeline.prices import load_prices
from jsl_pipeline.serving import EndpointSettings, Sample, dollars_per_hour
from jsl_pipeline.stages import duration
from jsl_pipeline.store import EndpointRun

_WORST_FIRST = (Severity.CRITICAL, Severity.WARNING, Severity.INFO)


def advise(
    settings: EndpointSettings,
    samples: Sequence[Sample],
    runs: Sequence[EndpointRun],
    since: datetime,
    until: datetime,
) -> Advice:
    """What could be better, from samples of an endpoint, oldest first, and the readings of a time.

    Savings are of a day like the time that is known of. Raises SettingsError for a wrong price file.
    """
    figures = find_figures(samples, runs, since, until)
    per_hour = dollars_per_hour(settings.price, figures.status) if figures.status else settings.price.dollars_per_hour
    found = [
        *_unknown(figures),
        *idle_cards(figures, per_hour, settings.price, load_prices(settings.price.file)),
        *idle_hours(figures, per_hour, settings.price),
        *request_findings(figures, settings, per_hour),
        *client_findings(figures, settings, per_hour),
    ]
    if not found:
        found = [_nothing_found(figures)]
    found.sort(key=lambda each: (_WORST_FIRST.index(each.severity), -(each.dollars_a_day or 0)))
    return Advice(
        endpoint=settings.identity,
        figures=figures,
        dollars_per_hour=per_hour,
        findings=tuple(found),
        made_at=datetime.now(UTC),
    )


def _unknown(figures: Figures) -> Iterator[Finding]:
    """What no advice can be given on, and why."""
    if not figures.samples:
        left = "Only what its readings tell of themselves is judged." if figures.runs else ""
        yield Finding(
            code=Code.NOTHING_RECORDED,
            severity=Severity.INFO,
            evidence=f"Nothing was recorded of the endpoint from {figures.time}. {left}".strip(),
            change="Turn on the sensor `endpoint_sensor`, read a batch through the endpoint, or watch it with "
            "`jsl-pipeline advise --minutes 10`.",
        )
    elif not figures.measured and figures.awake_seconds:
        yield Finding(
            code=Code.NO_METRICS,
            severity=Severity.INFO,
            evidence=f"The endpoint gave no metrics: {figures.message}",
            effect="Whether its cards, memory and slots are used is not known. Idle hours follow from its state and "
            "the pipeline's own readings, and what held those up from their own figures.",
            change="Give the token's owner 'Can View' on the endpoint; on a server of its own, serve vLLM's /metrics.",
        )


def _nothing_found(figures: Figures) -> Finding:
    looked = [f"{figures.samples} samples over {duration(figures.known_seconds)}"]
    looked.append(f"awake for {duration(figures.awake_seconds)}, with work for {duration(figures.active_seconds)}")
    if figures.requests is not None:
        looked.append(f"{figures.requests:,.0f} requests, {figures.failed or 0:,.0f} failed")
    if figures.use is not None:
        looked.append(f"cards at work {figures.use:.0%} of that time")
    if figures.cache is not None:
        looked.append(f"KV cache at most {figures.cache:.0%} full")
    if figures.runs:
        looked.append(readings(len(figures.runs)))
    text = "; ".join(looked)
    return Finding(code=Code.NOTHING_FOUND, severity=Severity.INFO, evidence=f"Nothing to change: {text}.")


__all__ = ["Advice", "Code", "Figures", "Finding", "Hour", "Severity", "Span", "advise", "find_figures", "find_hours"]
