"""What can be deployed, and what comes of it under a load."""

from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas import Value
from jsl_pipeline.serving.windows import Window


class Kind(StrEnum):
    """How the reading side lives."""

    CLUSTER = "cluster"  # containers that start with a batch and end when nothing waits, workers as the load asks
    SCALE_TO_ZERO = "scale_to_zero"  # an endpoint that is woken by a batch and sleeps when it was idle
    ALWAYS_WARM = "always_warm"  # an endpoint that never sleeps, between its least and its most replicas
    WINDOW = "window"  # an endpoint that is kept awake in a part of the week and scales to zero outside


class Replica(Value):
    """What is added and taken away as one: a replica of an endpoint, or a worker of a cluster."""

    compute: str = Field(description="Workload type of an endpoint, or node type of a cluster.")
    cards: int = Field(default=1, ge=1, description="GPUs in it.")
    slots: int = Field(ge=1, description="Requests that it works on at once: where its throughput is full.")
    pages_a_request: int = Field(default=1, ge=1)
    request_seconds: float = Field(gt=0, description="Time of a request while all slots are busy.")
    spread: float = Field(default=0, ge=0, description="Standard deviation of that time over its mean.")
    dollars_per_hour: float = Field(ge=0, description="While it is up, its start included.")

    @property
    def pages_per_second(self) -> float:
        """With all slots busy."""
        return self.slots * self.pages_a_request / self.request_seconds


class CpuCluster(Value):
    """Where pages are prepared and answers become records."""

    compute: str = Field(default="this machine", description="Node type, or where else it is.")
    cores: int = Field(ge=1)
    pages_per_core_second: float = Field(gt=0, description="Ingest, preprocessing and validation together.")
    start_seconds: float = Field(default=0, ge=0, description="Until a batch's work begins.")
    dollars_per_hour: float = Field(default=0, ge=0, description="While it starts and works.")


class Deployment(Value):
    """One way to run the pipeline."""

    kind: Kind
    replica: Replica
    min_replicas: int = Field(default=1, ge=0, description="Up at least, while it is awake.")
    max_replicas: int = Field(default=1, ge=1)
    start_seconds: float = Field(default=720, ge=0, description="From asleep, or nothing, to the first answer.")
    grow_seconds: float = Field(default=300, ge=0, description="Until another replica answers.")
    shrink_seconds: float = Field(default=300, ge=0, description="A replica that was not needed for so long ends.")
    idle_seconds: float = Field(default=1800, ge=0, description="Idle time after which it sleeps or ends.")
    window: Window | None = Field(default=None, description="Time of the week in which it is kept awake.")
    cpu: CpuCluster
    gather_seconds: float = Field(default=600, ge=0, description="A batch is closed once a file has waited so long.")
    batch_pages: int = Field(default=500, ge=1, description="So many waiting pages close a batch, too.")
    batches_at_once: int = Field(default=1, ge=1, description="That are read: the limit of Dagster's pool `gpu`.")
    overhead_seconds: float = Field(default=10, ge=0, description="Of a batch, for its runs to begin and to commit.")


class Outcome(Value):
    """What a deployment did under a load. Times are from a file's arrival to its record."""

    pages: int = Field(description="That arrived.")
    days: float = Field(gt=0, description="That were simulated.")
    gpu_dollars: float
    cpu_dollars: float
    mean_seconds: float
    p50_seconds: float
    p95_seconds: float
    p99_seconds: float
    makespan_seconds: float = Field(description="From the first arrival to the last record.")
    busy_share: float = Field(ge=0, le=1, description="Slot time that was worked of slot time that was paid.")
    cold_starts: int
    missed: int = Field(default=0, description="Pages whose record came after the deadline.")
    batches: int

    @property
    def dollars(self) -> float:
        """GPU and CPU together."""
        return self.gpu_dollars + self.cpu_dollars

    @property
    def dollars_a_day(self) -> float:
        """Mean over the days that were simulated."""
        return self.dollars / self.days

    @property
    def dollars_a_million_pages(self) -> float | None:
        """None where no page came."""
        return self.dollars / self.pages * 1e6 if self.pages else None
