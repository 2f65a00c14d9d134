"""CPU: validated records, and the queue of documents that a person must look at."""

from collections.abc import Iterator
from typing import Any

import dagster as dg

from jsl_pipeline import stages
from jsl_pipeline.assets.border import RETRIES, border, logged_progress
from jsl_pipeline.assets.figures import bar_plot, counts_table
from jsl_pipeline.assets.tables import table_result, table_spec
from jsl_pipeline.resources import ComputeResource, SettingsResource

GROUP = "cpu_validate"

_PRESCRIPTIONS = """Trusted prescriptions and medication lists, one a document.

Normalised values stand beside the words of the page.

`complete` has all that a prescription should say; `partial` names what the document does not say."""

_MEDICATIONS = """The medications of trusted prescriptions, one a row: what was written, and what it means."""

_PATIENTS = """The patients of trusted records: of patient documents, and of prescriptions."""

_REVIEW = """Documents that a person must look at before anything of them is used, with the issues that caused doubt.

Nothing of a document in this table is in any other."""


@dg.multi_asset(
    name="validate",
    specs=[
        table_spec("prescriptions", GROUP, ["extractions"], {"pydantic"}, _PRESCRIPTIONS),
        table_spec("medications", GROUP, ["extractions"], {"pydantic"}, _MEDICATIONS),
        table_spec("patients", GROUP, ["extractions"], {"pydantic"}, _PATIENTS),
        table_spec("review_queue", GROUP, ["extractions"], {"pydantic"}, _REVIEW),
    ],
    retry_policy=RETRIES,
)
def validate(
    context: dg.AssetExecutionContext, settings: SettingsResource, compute: ComputeResource
) -> Iterator[dg.MaterializeResult[Any]]:
    """Turn answers into one record a document, each complete, partial or suspect."""
    with border():
        loaded = settings.load()
        store = loaded.open_store()
        report = compute.run(context, stages.VALIDATE, loaded, logged_progress(context.log, "documents"))
        status = {name: getattr(report, name) for name in ("complete", "partial", "suspect")}
        record = {
            "status": counts_table(("documents", ""), {**status, "in all": report.documents}),
            "seconds": dg.MetadataValue.float(round(report.seconds, 2)),
            "plot": bar_plot(status),
        }
        by_count = dict(sorted(report.issues_by_code.items(), key=lambda item: -item[1]))
        issues = {"issues": counts_table(("issue", "documents"), by_count), "plot": bar_plot(by_count)}
        for table, metadata in {
            "prescriptions": record,
            "medications": {},
            "patients": {},
            "review_queue": issues,
        }.items():
            yield table_result(store, table, context.partition_key, metadata)
