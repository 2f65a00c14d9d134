"""Where stages run, as settings: in this process, on a Spark cluster, or on a cluster of Databricks that lives as long.

CPU and GPU work each has its own.
"""

from collections.abc import Mapping
from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag

from jsl_pipeline.clusters.databricks import Autoscale, ContainerImage, JobCluster
from jsl_pipeline.schemas import Option, Secret, Value


class InlineCompute(Value):
    """The process that runs the stage, and its workers."""

    kind: Literal["inline"] = "inline"


class SparkCompute(Value):
    """A Spark cluster. The process that runs the stage is its driver."""

    kind: Literal["spark"] = "spark"
    master: str | None = Field(
        default=None, description="URL of the master; unset, the session that is there, as on Databricks."
    )
    conf: dict[str, Option] = Field(
        default={},
        description="Spark configuration of the session. spark.pyspark.python names the executors' Python, which is "
        "looked for where the driver's is if unset.",
    )
    partition_bytes: int = Field(
        default=32 * 2**20, ge=2**20, description="Bytes of files that go into one task of ingest and preprocess."
    )
    start_seconds: float = Field(
        default=600, gt=0, description="Time that the cluster may take to start a task, new workers included."
    )
    readers: int | None = Field(
        default=None,
        ge=1,
        description="Tasks that read pages, each with an engine of its own; one for each task slot where unset. "
        "With autoscaling, as many as the cluster may grow to: those without a slot wait for one.",
    )


class DatabricksCompute(Value):
    """A job on a new cluster of a Databricks workspace. Dagster starts it, follows it, and cancels it if need be."""

    kind: Literal["databricks"] = "databricks"
    cluster: JobCluster
    volume: str = Field(
        pattern=r"^/Volumes/[^/]+/[^/]+/[^/]+(/[^/]+)*$",
        description="Folder of a Unity Catalog volume where the job and Dagster leave messages for each other.",
    )
    libraries: tuple[str, ...] = Field(
        default=(),
        description="What is installed on the cluster: wheels by path (/Volumes/.../jsl_pipeline-0.1.0-py3-none-any."
        "whl), PyPI requirements. None where the image has it all.",
    )
    inside: InlineCompute | SparkCompute = Field(
        default=SparkCompute(), discriminator="kind", description="How the stage runs there."
    )
    host: str | None = Field(
        default=None, description="URL of the workspace; unset, what Databricks' own tools are set to."
    )
    token: Secret | None = Field(
        default=None, description="As env:NAME; unset, OAuth and all else that Databricks' own tools know."
    )
    start_seconds: float = Field(
        default=3600, gt=0, description="Time the cluster has to start. GPU machines may have to be waited for."
    )
    run_seconds: float = Field(default=86400, gt=0, description="Time the job has once it was submitted.")
    lost_seconds: float = Field(
        default=1800, gt=0, description="Time the workspace may be out of reach before the job is given up."
    )
    poll_seconds: float = Field(default=5, ge=0.1, description="Pause between looks at the job.")


def _kind(settings: Any) -> str:  # noqa: ANN401  (what pydantic passes: a mapping, or settings)
    return settings.get("kind", "inline") if isinstance(settings, Mapping) else getattr(settings, "kind", "")


ComputeChoice = Annotated[
    Annotated[InlineCompute, Tag("inline")]
    | Annotated[SparkCompute, Tag("spark")]
    | Annotated[DatabricksCompute, Tag("databricks")],
    Discriminator(
        _kind, custom_error_type="compute_kind", custom_error_message="`kind` is inline, spark or databricks"
    ),
]
"""Settings of the chosen compute; `kind` says which."""


class ComputeSettings(Value):
    """Where the stages run."""

    cpu: ComputeChoice = Field(default=InlineCompute(), description="For ingest, preprocess and validate.")
    gpu: ComputeChoice = Field(default=InlineCompute(), description="For extract.")


__all__ = [
    "Autoscale",
    "ComputeChoice",
    "ComputeSettings",
    "ContainerImage",
    "DatabricksCompute",
    "InlineCompute",
    "JobCluster",
    "SparkCompute",
]
