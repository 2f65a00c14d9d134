"""CPU: the pages of a batch, prepared for any engine."""

from typing import Any

import dagster as dg

from jsl_pipeline import stages
from jsl_pipeline.assets.border import RETRIES, border, logged_progress
from jsl_pipeline.assets.documents import GROUP
from jsl_pipeline.assets.figures import bar_plot, counts_table
from jsl_pipeline.assets.tables import table_result, table_spec
from jsl_pipeline.resources import ComputeResource, SettingsResource

_PAGES = """Every page, turned upright, straightened, reduced to the pixel budget and encoded once.

Blank pages stop here and cost no GPU time. The pixels lie in Parquet parts beside the table. Run again, finished
parts are kept."""


@dg.multi_asset(
    name="preprocess",
    specs=[table_spec("pages", GROUP, ["documents"], {"opencv"}, _PAGES)],
    retry_policy=RETRIES,
)
def preprocess(
    context: dg.AssetExecutionContext, settings: SettingsResource, compute: ComputeResource
) -> dg.MaterializeResult[Any]:
    """Prepare the pages of the batch's documents."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        report = compute.run(context, stages.PREPROCESS, loaded, logged_progress(context.log, "pages"))
        states = {name: getattr(report, name) for name in ("prepared", "blank", "failed")}
        return table_result(
            store,
            "pages",
            context.partition_key,
            {
                "pages": counts_table(("pages", ""), {**states, "in all": report.pages}),
                "with text layer": dg.MetadataValue.int(report.text_layers),
                "encoded MB": dg.MetadataValue.float(round(report.bytes / 1e6, 2)),
                "seconds": dg.MetadataValue.float(round(report.seconds, 2)),
                "plot": bar_plot(states),
            },
        )
