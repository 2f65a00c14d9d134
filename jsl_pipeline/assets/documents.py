"""CPU: the landing folder, and the files of a batch as documents or rejections."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from jsl_pipeline import stages
from jsl_pipeline.assets.border import RETRIES, border, logged_progress
from jsl_pipeline.assets.figures import bar_plot, counts_table
from jsl_pipeline.assets.partitions import batches
from jsl_pipeline.assets.tables import table_result, table_spec
from jsl_pipeline.resources import ComputeResource, SettingsResource

GROUP = "cpu_prepare"

landing = dg.AssetSpec(
    "landing",
    description=(
        "The folder where scans arrive: PNG, JPEG, TIFF, WebP or PDF, told by content.\n\n"
        "What waits there becomes a **batch**, one partition of every table. The sensor `landing_sensor` closes "
        "batches by size or age; the job `close_batch` closes one by hand."
    ),
    group_name="landing",
    kinds={"files"},
)

_DOCUMENTS = """Files of the batch that could be opened: kind, pages, and the sha256 that identifies each.

A file with the bytes of an earlier one is a duplicate: listed with the first one's batch, and worked on no further."""

_REJECTED = """Files of the batch that cannot be used, each with a reason code and a sentence that says what would help.

Empty, truncated, encrypted, of unknown type, too large: whatever it is, its neighbours are not affected."""


@dg.multi_asset(
    name="ingest",
    specs=[
        table_spec("documents", GROUP, ["landing"], {"python"}, _DOCUMENTS),
        table_spec("rejected", GROUP, ["landing"], {"python"}, _REJECTED),
    ],
    partitions_def=batches,
    retry_policy=RETRIES,
)
def ingest(
    context: dg.AssetExecutionContext, settings: SettingsResource, compute: ComputeResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Open every file of the batch by its content."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        report = compute.run(context, stages.INGEST, loaded, logged_progress(context.log, "files"))
        outcome = {name: getattr(report, name) for name in ("documents", "duplicates", "rejected")}
        yield table_result(
            store,
            "documents",
            context.partition_key,
            {
                "files": dg.MetadataValue.int(report.files),
                "pages": dg.MetadataValue.int(report.pages),
                "seconds": dg.MetadataValue.float(round(report.seconds, 2)),
                "outcome": counts_table(("files", ""), {**outcome, "in all": report.files}),
                "plot": bar_plot(outcome),
            },
        )
        yield table_result(
            store,
            "rejected",
            context.partition_key,
            {"reasons": counts_table(("reason", "files"), report.rejected_by_code)},
        )
