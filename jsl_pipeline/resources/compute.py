"""Compute as a Dagster resource: runs a stage where the settings say."""

import dagster as dg

from jsl_pipeline.clusters import DatabricksCompute
from jsl_pipeline.compute import run_stage
from jsl_pipeline.errors import MissingExtra
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages import Progress, Stage
from jsl_pipeline.stages.stage import Report


class ComputeResource(dg.ConfigurableResource):  # pyright: ignore[reportMissingTypeArgument]
    """Runs stages in this process or on a cluster, as `compute.cpu` and `compute.gpu` say. No settings of its own."""

    def run(
        self, context: dg.AssetExecutionContext, stage: Stage[Report], settings: Settings, progress: Progress
    ) -> Report:
        """Run one stage of the context's batch. Raises PipelineError."""
        choice = settings.compute.cpu if stage.needs == "cpu" else settings.compute.gpu
        if isinstance(choice, DatabricksCompute):
            try:
                from jsl_pipeline.resources.pipes import run_on_databricks
            except ModuleNotFoundError:
                raise MissingExtra("databricks", "Compute on Databricks") from None
            return run_on_databricks(context, stage, settings, choice, progress)
        store = settings.open_store()
        return run_stage(stage, store, context.partition_key, settings, progress, context.log.info)
