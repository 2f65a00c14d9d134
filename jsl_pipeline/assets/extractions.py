"""GPU: what the engine read on each page."""

from typing import Any

import dagster as dg

from jsl_pipeline import stages
from jsl_pipeline.assets.border import RETRIES, border, logged_progress
from jsl_pipeline.assets.figures import counts_table, histogram
from jsl_pipeline.assets.tables import table_result, table_spec
from jsl_pipeline.resources import ComputeResource, SettingsResource
from jsl_pipeline.schemas import EngineCalls

GROUP = "gpu_extract"

_EXTRACTIONS = """The engine's answer for every prepared page, as candidate JSON: not yet trusted.

Answers are journaled as they arrive, so a page is paid for once, across crashes, reruns and batches. A page that
cannot be read is a row with a cause. Runs that read pages share the pool `gpu`.

With an endpoint as engine, a run wakes it and waits for it by itself, and says so in its log."""


@dg.multi_asset(
    name="extract",
    specs=[table_spec("extractions", GROUP, ["pages"], {"gpu"}, _EXTRACTIONS)],
    pool="gpu",
    retry_policy=RETRIES,
)
def extract(
    context: dg.AssetExecutionContext, settings: SettingsResource, compute: ComputeResource
) -> dg.MaterializeResult[Any]:
    """Ask the engine for the pages that have no answer yet."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        report = compute.run(context, stages.EXTRACT, loaded, logged_progress(context.log, "pages"))
        states = {name: getattr(report, name) for name in ("extracted", "failed")}
        rows = store.tables.read("extractions", context.partition_key, ["seconds"]).to_pylist()
        seconds = [float(row["seconds"]) for row in rows if row["seconds"] is not None]
        return table_result(
            store,
            "extractions",
            context.partition_key,
            {
                "pages": counts_table(("pages", ""), {**states, "in all": report.pages}),
                "read from": counts_table(("source", "pages"), report.by_source),
                "second looks": counts_table(("came to", "pages"), report.by_second_look),
                "asked in this run": dg.MetadataValue.int(report.asked),
                "answered before": dg.MetadataValue.int(report.reused),
                "engine": dg.MetadataValue.text(f"{report.fingerprint.engine}, {report.fingerprint.model}"),
                "engine seconds": dg.MetadataValue.float(round(report.engine_seconds, 2)),
                "seconds": dg.MetadataValue.float(round(report.seconds, 2)),
                **_pace_metadata(report.pace),
                "plot": histogram(seconds, "seconds a page"),
                **(_endpoint_metadata(report.calls) if report.calls else {}),
            },
        )


def _pace_metadata(pace: stages.Pace) -> dict[str, dg.MetadataValue]:
    """How fast this run read, what that cost, and its bottleneck."""
    known: dict[str, dg.MetadataValue] = {"pages a second": dg.MetadataValue.float(round(pace.per_second, 3))}
    if pace.dollars is not None:
        known["dollars"] = dg.MetadataValue.float(round(pace.dollars, 4))
    if pace.dollars_per_page is not None:
        known["dollars a page"] = dg.MetadataValue.float(round(pace.dollars_per_page, 6))
    if pace.gpu_idle is not None:
        known["GPU idle share"] = dg.MetadataValue.float(round(pace.gpu_idle, 3))
    if pace.bottleneck is not None:
        known["bottleneck"] = dg.MetadataValue.text(pace.bottleneck.value)
    return known


def _endpoint_metadata(calls: EngineCalls) -> dict[str, dg.MetadataValue]:
    """What this run asked of the endpoint, and what went wrong and was made good."""
    return {
        "requests": dg.MetadataValue.int(calls.requests),
        "pages sent": dg.MetadataValue.int(calls.pages_sent),
        "MB sent": dg.MetadataValue.float(round(calls.bytes_sent / 1e6, 2)),
        "requests in flight": dg.MetadataValue.int(calls.concurrency),
        "seconds until ready": dg.MetadataValue.float(round(calls.waited_seconds, 1)),
        "faults": counts_table(("fault", "requests"), calls.faults),
        "flaws": counts_table(("flaw", "answers"), calls.flaws),
        "splits": dg.MetadataValue.int(calls.splits),
        "outages": dg.MetadataValue.int(calls.outages),
    }
