"""What `runs/submit` takes, and what it refuses: the rules of the real API, as far as its reference gives them.

https://docs.databricks.com/api/workspace/jobs/submit and .../clusters/create. Fields that it does not know are
ignored, as there; features that are known and not emulated are refused by name.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any, Literal, NoReturn

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from jsl_pipeline.emulator.replies import Refused
from jsl_pipeline.emulator.workspace_settings import NodeType

_RUNTIME = re.compile(r"\d+\.\d+\.x-(?:[a-z]+-)*scala2\.1[23]")
_PYTHON_TASKS = ("spark_python_task", "python_wheel_task")


class _Asked(BaseModel):
    model_config = ConfigDict(frozen=True, extra="ignore", hide_input_in_errors=True)


class SparkPythonTask(_Asked):
    """A Python file."""

    python_file: str
    parameters: tuple[str, ...] = ()
    source: Literal["WORKSPACE"] | None = None


class PythonWheelTask(_Asked):
    """An entry point of a wheel."""

    package_name: str
    entry_point: str
    parameters: tuple[str, ...] = ()
    named_parameters: Mapping[str, str] = {}


class AutoScale(_Asked):
    """Bounds of a cluster that grows and shrinks."""

    min_workers: int = Field(ge=0)
    max_workers: int = Field(ge=1)


class BasicAuth(_Asked):
    """How a cluster signs in to a registry of images."""

    username: str
    password: str


class DockerImage(_Asked):
    """The image of a container cluster."""

    url: str = Field(min_length=1)
    basic_auth: BasicAuth | None = None


class ClusterSpec(_Asked):
    """A new cluster."""

    spark_version: str
    node_type_id: str | None = None
    driver_node_type_id: str | None = None
    instance_pool_id: str | None = None
    num_workers: int | None = Field(default=None, ge=0)
    autoscale: AutoScale | None = None
    docker_image: DockerImage | None = None
    init_scripts: tuple[Mapping[str, Mapping[str, Any]], ...] = Field(default=(), max_length=10)
    spark_conf: Mapping[str, str] = {}
    spark_env_vars: Mapping[str, str] = {}
    custom_tags: Mapping[str, str] = {}
    cluster_log_conf: Mapping[str, Mapping[str, str]] = {}
    is_single_node: bool = False

    @property
    def single_node(self) -> bool:
        """Whether the driver is to work alone."""
        profiled = self.spark_conf.get("spark.databricks.cluster.profile") == "singleNode"
        return self.is_single_node or (profiled and self.spark_conf.get("spark.master", "").startswith("local"))

    @property
    def workers(self) -> tuple[int, int]:
        """Workers at the start, and the most there may be."""
        if self.autoscale is not None:
            return self.autoscale.min_workers, self.autoscale.max_workers
        return self.num_workers or 0, self.num_workers or 0


class Dependency(_Asked):
    """A task that has to succeed first."""

    task_key: str


class TaskSpec(_Asked):
    """One task of a run."""

    task_key: Annotated[str, Field(pattern=r"^[\w-]{1,100}$")]
    new_cluster: ClusterSpec
    spark_python_task: SparkPythonTask | None = None
    python_wheel_task: PythonWheelTask | None = None
    libraries: tuple[Mapping[str, Any], ...] = ()
    depends_on: tuple[Dependency, ...] = ()
    timeout_seconds: int = Field(default=0, ge=0)

    @property
    def what(self) -> str:
        """The file or entry point that it runs."""
        if self.python_wheel_task is not None:
            return f"{self.python_wheel_task.package_name}:{self.python_wheel_task.entry_point}"
        return self.spark_python_task.python_file if self.spark_python_task is not None else ""


class Submission(_Asked):
    """The body of `runs/submit`."""

    tasks: tuple[TaskSpec, ...] = Field(min_length=1, max_length=100)
    run_name: str = "Untitled"
    idempotency_token: str | None = Field(default=None, max_length=64)
    timeout_seconds: int = Field(default=0, ge=0)


def parse_submission(body: Any, node_types: Mapping[str, NodeType]) -> Submission:  # noqa: ANN401  (any JSON)
    """A checked submission. Raises Refused(400) with the field and what is wrong with it."""
    tasks: list[Any] = body.get("tasks") or [] if isinstance(body, dict) else []
    for task in tasks:
        _check_features(task)
    try:
        submission = Submission.model_validate(body)
    except ValidationError as error:
        first = error.errors()[0]
        _refuse(f"Invalid value for {'.'.join(map(str, first['loc'])) or 'the request'}: {first['msg']}")
    keys = [task.task_key for task in submission.tasks]
    if len(set(keys)) < len(keys):
        _refuse("Task keys must be unique.")
    for position, task in enumerate(submission.tasks):
        # A task may only name earlier ones, so that there are no circles.
        if not {dependency.task_key for dependency in task.depends_on} <= set(keys[:position]):
            _refuse(f"Task {task.task_key} depends on a task that is not before it.")
        _check_task(task)
        _check_size(task.new_cluster)
        _check_cluster(task.new_cluster, node_types)
    return submission


def _check_features(task: Any) -> None:  # noqa: ANN401  (any JSON)
    """Refuse what the real API has and this one has not, before anything else is said of a task."""
    if not isinstance(task, dict):
        _refuse("A task must be an object.")
    kinds = [name for name in task if name.endswith("_task")]
    if len(kinds) != 1:
        _refuse("Exactly one task type must be given.")
    if kinds[0] not in _PYTHON_TASKS:
        _refuse(f"The emulator runs {' and '.join(_PYTHON_TASKS)} only, not {kinds[0]}.")
    if "existing_cluster_id" in task:
        _refuse(f"Cluster {task['existing_cluster_id']} does not exist.")
    for name in ("job_cluster_key", "environment_key", "run_if"):
        if name in task:
            _refuse(f"The emulator has no {name}: give each task a new_cluster.")
    if "new_cluster" not in task:
        _refuse("Missing required field: new_cluster.")


def _check_task(task: TaskSpec) -> None:
    file = task.spark_python_task
    if file is not None and not file.python_file.startswith(("/Volumes/", "/Workspace/", "dbfs:/")):
        _refuse(f"Invalid python file reference: {file.python_file}.")  # those in a cloud's store are out of reach here
    wheel = task.python_wheel_task
    if wheel is not None and wheel.parameters and wheel.named_parameters:
        _refuse("Only one of parameters and named_parameters may be given.")
    for library in task.libraries:
        if len(library) != 1 or not set(library) <= {"whl", "pypi", "requirements", "jar", "maven", "egg", "cran"}:
            _refuse("A library has exactly one of whl, pypi, requirements, jar, maven, egg, cran.")


def _check_size(cluster: ClusterSpec) -> None:
    if cluster.num_workers is not None and cluster.autoscale is not None:
        _refuse("Only one of num_workers and autoscale may be given.")
    if cluster.num_workers is None and cluster.autoscale is None and not cluster.single_node:
        _refuse("Missing required field: settings.cluster_spec.new_cluster.size")
    if cluster.autoscale is not None and cluster.autoscale.min_workers >= cluster.autoscale.max_workers:
        _refuse("autoscale.max_workers must be strictly greater than autoscale.min_workers.")
    if cluster.num_workers == 0 and not cluster.single_node:
        _refuse(
            "num_workers 0 is for single-node clusters: set spark.databricks.cluster.profile to singleNode "
            "and spark.master to local[*], and the tag ResourceClass to SingleNode."
        )


def _check_cluster(cluster: ClusterSpec, node_types: Mapping[str, NodeType]) -> None:
    if not _RUNTIME.fullmatch(cluster.spark_version):
        _refuse(f"Invalid spark version {cluster.spark_version}.")
    if (cluster.node_type_id is None) == (cluster.instance_pool_id is None):
        _refuse("Exactly one of node_type_id and instance_pool_id must be given.")
    for name in {cluster.node_type_id, cluster.driver_node_type_id} - {None}:
        if name not in node_types:
            _refuse(f"Node type {name} is not supported. Supported node types: {', '.join(node_types)}")
    if cluster.docker_image is not None and "-ml-" in cluster.spark_version:
        _refuse("Container Services need a standard runtime, not one for machine learning.")
    for script in cluster.init_scripts:
        destinations = [place.get("destination") for place in script.values()]
        if len(destinations) != 1 or not isinstance(destinations[0], str):
            _refuse("Each init script has one place with a destination.")
    for name in cluster.spark_env_vars:
        if not re.fullmatch(r"[A-Za-z_]\w*", name):
            _refuse(f"{name!r} is no name of an environment variable.")


def _refuse(message: str) -> NoReturn:
    raise Refused(400, message, code="INVALID_PARAMETER_VALUE")
