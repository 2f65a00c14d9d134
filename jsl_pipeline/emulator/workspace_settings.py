"""What the workspace's files, clusters and jobs are like, and how clusters fail; times are simulated seconds."""

from collections.abc import Mapping
from pathlib import Path
from typing import Literal

from pydantic import Field, SecretStr, model_validator

from jsl_pipeline.schemas import Value


class NodeType(Value):
    """A kind of machine."""

    gpus: int = Field(default=0, ge=0, description="Cards of one machine.")


# Some of each cloud; `node_types` takes others.
_NODE_TYPES = {
    "i3.xlarge": NodeType(),
    "m5d.xlarge": NodeType(),
    "g5.xlarge": NodeType(gpus=1),
    "g5.12xlarge": NodeType(gpus=4),
    "p4d.24xlarge": NodeType(gpus=8),
    "Standard_D4ds_v5": NodeType(),
    "Standard_DS3_v2": NodeType(),
    "Standard_NC4as_T4_v3": NodeType(gpus=1),
    "Standard_NC24ads_A100_v4": NodeType(gpus=1),
    "n2-highmem-4": NodeType(),
    "a2-highgpu-1g": NodeType(gpus=1),
}


class ClusterFault(Value):
    """One scripted failure of a cluster. It strikes where all conditions that are given hold."""

    effect: Literal["start_fails", "never_starts", "lose_worker", "driver_dies"]
    run_name: str = Field(default="", description="Only for runs whose name contains this.")
    times: int | None = Field(default=None, ge=1, description="Strikes at most so many clusters.")
    after_seconds: float = Field(default=0, ge=0, description="For `lose_worker`, `driver_dies`: since the task began.")
    code: str = Field(default="CLOUD_PROVIDER_LAUNCH_FAILURE", description="For `start_fails`: the reason's code.")
    message: str = Field(default="No capacity for this node type.", description="For `start_fails`.")


class WorkspaceSettings(Value):
    """Files, clusters and jobs of the workspace."""

    root: Path | None = Field(
        default=None, description="Folder that holds Volumes, DBFS and clusters; a temporary one where unset."
    )
    volumes: tuple[str, ...] = Field(
        default=("main.default.jsl",), description="Unity Catalog volumes that exist, as catalog.schema.volume."
    )
    secrets: Mapping[str, Mapping[str, SecretStr]] = Field(
        default={}, description="Scope, key, value: what {{secrets/scope/key}} stands for."
    )
    node_types: Mapping[str, NodeType] = Field(default=_NODE_TYPES, description="Machines that can be asked for.")
    python: Path | None = Field(
        default=None, description="Interpreter that clusters run tasks with; the emulator's own where unset."
    )
    start_seconds: float = Field(default=240, ge=0, description="From a cluster's request to its first task.")
    stop_seconds: float = Field(default=10, ge=0, description="A run is TERMINATING for so long.")
    cancel_seconds: float = Field(
        default=5, ge=0, description="Real seconds between SIGTERM and SIGKILL for a cancelled task. [unconfirmed]"
    )
    spark: Literal["local", "standalone"] = Field(
        default="local",
        description="`local`: the session of a task is its own process. `standalone`: a real master and workers.",
    )
    most_workers: int = Field(
        default=2, ge=1, description="Workers that really start, however many a cluster is to have (`standalone`)."
    )
    grow_seconds: float = Field(
        default=120, gt=0, description="A cluster below its most workers gains one every so often."
    )
    worker_cores: int = Field(default=1, ge=1, description="Task slots of a worker, and of a `local` session.")
    worker_memory_mb: int = Field(default=1024, ge=512, description="Memory of an executor.")
    driver_memory_mb: int = Field(default=1024, ge=512, description="Memory of the driver's JVM.")
    faults: tuple[ClusterFault, ...] = ()

    @model_validator(mode="after")
    def _workers_to_lose(self) -> "WorkspaceSettings":
        if self.spark == "local" and any(fault.effect == "lose_worker" for fault in self.faults):
            raise ValueError('`lose_worker` needs spark = "standalone": a local session has no workers')
        return self
