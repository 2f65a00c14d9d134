"""The endpoint's days: how it was used, and what is paid for nothing."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from jsl_pipeline.assets.border import RETRIES, border
from jsl_pipeline.assets.figures import line_plot, markdown_table
from jsl_pipeline.assets.partitions import days
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.planning.advising import Advice, Figures, Finding, Hour, advise, find_hours
from jsl_pipeline.resources import SettingsResource
from jsl_pipeline.serving import EndpointSettings

GROUP = "endpoint"
CHECK = "worth_its_price"

_DESCRIPTION = """How the endpoint was used on a day, in UTC: its cards, requests, hours awake and price.

Recorded by the sensor `endpoint_sensor`, once a minute, and by runs that read through the endpoint. The **findings**
say what could be better, with the evidence, the money and the setting to change."""


@dg.asset(
    group_name=GROUP,
    partitions_def=days,
    kinds={"gpu"},
    description=_DESCRIPTION,
    retry_policy=RETRIES,
    check_specs=[
        dg.AssetCheckSpec(
            CHECK,
            asset="endpoint_usage",
            description="Warns when something of the endpoint is paid for and not used, with what that costs.",
        )
    ],
)
def endpoint_usage(
    context: dg.AssetExecutionContext, settings: SettingsResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Judge what was recorded of the endpoint on a day."""
    with border():
        loaded = settings.load()
        if not isinstance(loaded.engine, EndpointSettings):
            raise SettingsError("The engine is not an endpoint, so none was used: set JSL_ENGINE__KIND=endpoint.")
        since, until = context.partition_time_window
        usage = loaded.open_store().usage(loaded.engine.identity)
        samples = usage.samples(since, until)
        advice = advise(loaded.engine, samples, usage.runs(since, until), since, until)
        yield dg.MaterializeResult(
            metadata=_metadata(advice, find_hours(samples, since, until)), check_results=[_check(advice)]
        )


def _metadata(advice: Advice, hours: list[Hour]) -> dict[str, dg.MetadataValue]:
    figures = advice.figures
    awake = figures.awake_seconds / 3600
    metadata: dict[str, dg.MetadataValue] = {
        "samples": dg.MetadataValue.int(figures.samples),
        "hours awake": dg.MetadataValue.float(round(awake, 2)),
        "hours with work": dg.MetadataValue.float(round(figures.active_seconds / 3600, 2)),
        "starts": dg.MetadataValue.int(figures.starts),
        "readings": dg.MetadataValue.int(len(figures.runs)),
        "findings": dg.MetadataValue.md(_table(advice.findings)),
        "cards": dg.MetadataValue.md(_cards(figures)),
        "awake": line_plot({"awake": [hour.awake for hour in hours]}, top=1),
        "cards at work": line_plot(
            {
                "busiest": [100 * hour.most_used for hour in hours],
                "least busy": [100 * hour.least_used for hour in hours],
            },
            top=100,
            unit=" %",
        ),
        "requests an hour": line_plot(
            {"all": [hour.requests for hour in hours], "refused": [hour.refused for hour in hours]}
        ),
    }
    for name, number in (("requests", figures.requests), ("refused", figures.refused), ("failed", figures.failed)):
        if number is not None:
            metadata[name] = dg.MetadataValue.int(round(number))
    if advice.dollars_per_hour is not None:
        metadata["dollars"] = dg.MetadataValue.float(round(advice.dollars_per_hour * awake, 2))
    return metadata


def _check(advice: Advice) -> dg.AssetCheckResult:
    costly = [finding for finding in advice.findings if finding.costs]
    text = f"{advice.endpoint}, {advice.figures.since:%Y-%m-%d}: "
    if not costly:
        text += advice.findings[0].evidence
    else:
        text += "\n\n".join([f"{each.evidence} {each.effect} {each.change}" for each in costly])
    return dg.AssetCheckResult(
        check_name=CHECK,
        passed=not costly,
        severity=dg.AssetCheckSeverity.WARN,
        description=text,
        metadata={"most dollars a day": round(max((each.dollars_a_day or 0 for each in costly), default=0.0), 2)},
    )


def _table(findings: tuple[Finding, ...]) -> str:
    header = ("finding", "evidence", "effect", "change", "$ a day")
    rows = [
        (
            f"{each.code.replace('_', ' ')} ({each.severity})",
            each.evidence,
            each.effect,
            each.change,
            "" if each.dollars_a_day is None else f"{each.dollars_a_day:,.0f}",
        )
        for each in findings
    ]
    return markdown_table(header, rows)


def _cards(figures: Figures) -> str:
    rows = [(card.name, _percent(card.use), _percent(card.memory)) for card in figures.cards]
    return markdown_table(("card", "use", "memory"), rows) if rows else "None."


def _percent(share: float | None) -> str:
    return "not told" if share is None else f"{share:.0%}"
