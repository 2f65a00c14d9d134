"""A job cluster of Databricks, typed, and the `new_cluster` that the Jobs API takes.

https://docs.databricks.com/api/workspace/clusters/create
"""

import re
from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from jsl_pipeline.schemas import Value
from jsl_pipeline.schemas.secret import names_secret

_SECRET_REFERENCE = re.compile(r"\{\{secrets/[^/{}\s]+/[^/{}\s]+\}\}")

SecretReference = Annotated[str, Field(pattern=rf"^{_SECRET_REFERENCE.pattern}$")]
"""A secret of the workspace, as `{{secrets/SCOPE/KEY}}`: read by the cluster, never by us."""

# By how a path begins, what the Clusters API calls the place.
_SCRIPT_PLACES = {
    "/Volumes/": "volumes",
    "/Workspace/": "workspace",
    "/Users/": "workspace",
    "s3://": "s3",
    "abfss://": "abfss",
    "gs://": "gcs",
}
_SPOT: dict[str, dict[str, dict[str, Any]]] = {  # the driver stays on demand: losing it ends the job
    "aws": {"aws_attributes": {"availability": "SPOT_WITH_FALLBACK", "first_on_demand": 1}},
    "azure": {
        "azure_attributes": {"availability": "SPOT_WITH_FALLBACK_AZURE", "first_on_demand": 1, "spot_bid_max_price": -1}
    },
    "gcp": {"gcp_attributes": {"availability": "PREEMPTIBLE_WITH_FALLBACK_GCP"}},
}


class Autoscale(Value):
    """Bounds of a cluster that grows and shrinks with its work."""

    min: int = Field(default=1, ge=0, description="Workers at least.")
    max: int = Field(ge=1, description="Workers at most.")

    @model_validator(mode="after")
    def _grows(self) -> Self:
        if self.min >= self.max:
            raise ValueError("`max` must be greater than `min`; give a plain number for a cluster of one size")
        return self


class ContainerImage(Value):
    """The image of a container cluster (Databricks Container Services), and how to sign in to its registry."""

    url: str = Field(min_length=1, description="E.g. registry.example.com/jsl-vl:1.2.")
    username: SecretReference | None = None
    password: SecretReference | None = None

    @model_validator(mode="after")
    def _whole(self) -> Self:
        if (self.username is None) != (self.password is None):
            raise ValueError("give `username` and `password`, or neither")
        return self


class JobCluster(Value):
    """A cluster that is made for one stage of one batch and ends with it."""

    spark_version: str = Field(
        description="Runtime, e.g. 17.3.x-scala2.13. With an image a standard one, not one for machine learning."
    )
    node_type: str = Field(description="Machine of the workers, e.g. Standard_NC24ads_A100_v4.")
    driver_node_type: str | None = Field(default=None, description="Machine of the driver; as the workers' if unset.")
    workers: Annotated[int, Field(ge=0)] | Autoscale = Field(
        description="How many, or `min` and `max`. 0 is a single machine that is driver and worker."
    )
    spot: Literal["aws", "azure", "gcp"] | None = Field(
        default=None, description="Workers on spot machines of this cloud; the driver is not. Unset, none are."
    )
    image: ContainerImage | None = Field(default=None, description="Container that everything runs in.")
    init_scripts: tuple[str, ...] = Field(
        default=(), max_length=10, description="Run on each machine as it starts: /Volumes, /Workspace or cloud paths."
    )
    spark_conf: dict[str, str] = Field(default={}, description="Spark configuration, secrets as in `env`.")
    env: dict[str, str] = Field(
        default={}, description="Environment of driver and workers; secrets as {{secrets/SCOPE/KEY}}."
    )
    gpus_per_task: int | None = Field(default=None, ge=1, description="Cards that a Spark task has to itself.")
    tags: dict[str, str] = Field(default={}, description="On the machines and on the bill.")
    policy: str | None = Field(default=None, description="Id of the cluster policy to apply.")
    access_mode: str | None = Field(
        default="SINGLE_USER",
        description="`data_security_mode`; Volumes need one of Unity Catalog, GPUs this one.",
    )

    @model_validator(mode="after")
    def _can_be_made(self) -> Self:
        if self.image is not None and "-ml-" in self.spark_version:
            raise ValueError("`image` needs a standard runtime as `spark_version`, not one for machine learning")
        for script in self.init_scripts:
            if not script.startswith(tuple(_SCRIPT_PLACES)):
                raise ValueError(f"an init script lies at one of {', '.join(_SCRIPT_PLACES)}")
        for name, value in (self.env | self.spark_conf).items():
            if names_secret(name) and not _SECRET_REFERENCE.search(value):
                raise ValueError(f"`{name}` seems to be a secret: give it as {{{{secrets/SCOPE/KEY}}}}")
        return self

    def new_cluster(self, tags: dict[str, str]) -> dict[str, Any]:
        """The API's `new_cluster`, with `tags` of a run beside those of the settings."""
        spec = {
            "spark_version": self.spark_version,
            "node_type_id": self.node_type,
            "driver_node_type_id": self.driver_node_type,
            "policy_id": self.policy,
            "data_security_mode": self.access_mode,
            "docker_image": self._docker_image(),
            "init_scripts": [_init_script(path) for path in self.init_scripts],
            "spark_env_vars": self.env,
            **self._size(tags | self.tags),
            **(_SPOT[self.spot] if self.spot else {}),
        }
        return {name: value for name, value in spec.items() if value not in (None, [], {})}

    def _size(self, tags: dict[str, str]) -> dict[str, Any]:
        conf = {"spark.task.resource.gpu.amount": str(self.gpus_per_task)} if self.gpus_per_task else {}
        if isinstance(self.workers, Autoscale):
            size: dict[str, Any] = {"autoscale": {"min_workers": self.workers.min, "max_workers": self.workers.max}}
        else:
            size = {"num_workers": self.workers}
        if self.workers == 0:
            conf |= {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
            tags = tags | {"ResourceClass": "SingleNode"}
        return {**size, "spark_conf": conf | self.spark_conf, "custom_tags": tags}

    def _docker_image(self) -> dict[str, Any] | None:
        if self.image is None:
            return None
        if self.image.username is None:
            return {"url": self.image.url}
        return {
            "url": self.image.url,
            "basic_auth": {"username": self.image.username, "password": self.image.password},
        }


def _init_script(path: str) -> dict[str, Any]:
    place = next(place for start, place in _SCRIPT_PLACES.items() if path.startswith(start))
    return {place: {"destination": path}}
