"""The bundle: what it deploys is of the published schema, and its jobs run the stages in an emulated workspace.

The schema is that of the package `databricks-bundles`, whose typed resources are generated from the same source as
the CLI's JSON schema; they refuse fields that they do not know.
"""

import json
import sys
import time
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from dagster_pipes import encode_param
from databricks.bundles.jobs import Job
from databricks.bundles.model_serving_endpoints import ModelServingEndpoint
from databricks.bundles.volumes import Volume
from databricks.sdk import WorkspaceClient

from jsl_pipeline import __version__
from jsl_pipeline.batches import close_waiting
from jsl_pipeline.clusters import DatabricksCompute, InlineCompute, JobCluster
from jsl_pipeline.emulator import EmulatorSettings, RunningEmulator, WorkspaceSettings, running
from jsl_pipeline.job import Assignment
from jsl_pipeline.resources.job_run import JobRun
from jsl_pipeline.settings import load_settings
from jsl_pipeline.stages import STAGES, account
from tests.bundle import Bundle
from tests.dagster.conftest import fill_landing
from tests.wheel import build_wheel

TARGETS = ("dev", "prod")
KINDS: dict[str, Any] = {"jobs": Job, "model_serving_endpoints": ModelServingEndpoint, "volumes": Volume}
VOLUME = "/Volumes/main/default/jsl"


def bundle(target: str) -> Bundle:
    return Bundle(target, dagster="application-id")


@pytest.mark.parametrize("target", TARGETS)
def test_every_resource_is_of_the_published_schema(target: str) -> None:
    resources = bundle(target).resources
    assert {kind: set(found) for kind, found in resources.items()} == {
        "jobs": {"cpu", "gpu"},
        "model_serving_endpoints": {"jsl_vl"},
        "volumes": {"jsl"},
    }
    for kind, found in resources.items():
        for written in found.values():
            known = KINDS[kind].from_dict(written).as_dict()
            assert _texts(known) == _texts(written)


def test_a_field_that_the_schema_does_not_have_is_noticed() -> None:
    (endpoint,) = bundle("dev").resources["model_serving_endpoints"].values()
    endpoint["config"]["served_entities"][0]["min_concurrency"] = 4
    with pytest.raises(ValueError, match="min_concurrency"):
        ModelServingEndpoint.from_dict(endpoint)


@pytest.mark.parametrize("target", TARGETS)
def test_variables_are_all_declared_and_all_used(target: str) -> None:
    found = bundle(target)  # one that is not declared has no value
    if target == "prod":
        assert found.unused == set()
    with pytest.raises(AssertionError, match="dagster has no value"):
        Bundle(target)


def test_the_endpoint_sleeps_in_one_target_and_is_always_warm_in_the_other() -> None:
    served = {}
    for target in TARGETS:
        (endpoint,) = bundle(target).resources["model_serving_endpoints"].values()
        (served[target],) = endpoint["config"]["served_entities"]
    assert served["dev"]["scale_to_zero_enabled"] is True
    assert "min_provisioned_concurrency" not in served["dev"]  # the API takes these or a workload_size, not both
    assert served["prod"]["scale_to_zero_enabled"] is False
    assert "workload_size" not in served["prod"]
    assert 0 < served["prod"]["min_provisioned_concurrency"] < served["prod"]["max_provisioned_concurrency"]
    assert served["prod"]["min_provisioned_concurrency"] % 4 == 0  # what a replica with a GPU takes


def test_both_clusters_grow_and_each_target_has_its_sizes() -> None:
    sizes = {}
    for target in TARGETS:
        for name, job in bundle(target).resources["jobs"].items():
            (cluster,) = job["job_clusters"]
            scale = cluster["new_cluster"]["autoscale"]
            assert scale["min_workers"] < scale["max_workers"]
            sizes[target, name] = scale["max_workers"]
    assert sizes["dev", "cpu"] < sizes["prod", "cpu"]
    assert sizes["dev", "gpu"] < sizes["prod", "gpu"]


def test_dagster_may_start_ask_and_write_and_nothing_more() -> None:
    found = bundle("prod").resources
    for job in found["jobs"].values():
        assert {"service_principal_name": "application-id", "level": "CAN_MANAGE_RUN"} in job["permissions"]
        assert job["run_as"] == {"service_principal_name": "application-id"}
    (endpoint,) = found["model_serving_endpoints"].values()
    assert {"service_principal_name": "application-id", "level": "CAN_QUERY"} in endpoint["permissions"]
    (grant,) = found["volumes"]["jsl"]["grants"]
    assert grant == {"principal": "application-id", "privileges": ["READ_VOLUME", "WRITE_VOLUME"]}


def test_production_is_deployed_once_and_to_a_folder_of_its_deployer() -> None:
    """The CLI refuses `mode: production` without a path; below /Workspace/Shared anybody could change it."""
    found = bundle("prod")
    assert found.mode == "production"
    assert found.workspace["root_path"].startswith("/Workspace/Users/")


@pytest.fixture
def workspace(tmp_path: Path) -> Iterator[RunningEmulator]:
    settings = WorkspaceSettings(
        root=tmp_path / "workspace",
        start_seconds=0,
        stop_seconds=0,
        secrets={"jsl": {"registry-user": "user", "registry-password": "password"}},  # pyright: ignore[reportArgumentType]
    )
    with running(EmulatorSettings(port=0, workspace=settings)) as emulator:
        yield emulator


@pytest.mark.deployments
@pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux")
def test_its_jobs_take_a_batch_through_all_stages(workspace: RunningEmulator, tmp_path: Path) -> None:
    """As somebody would who opens the Pipes session by hand. The emulator stores no jobs: their tasks are submitted."""
    fill_landing(tmp_path / "landing")
    settings = load_settings(landing=str(tmp_path / "landing"), store=str(tmp_path / "store"), workers=1)
    store = settings.open_store()
    (batch,) = close_waiting(store, settings.open_landing(), settings.batching, datetime.now(UTC))
    client = WorkspaceClient(host=workspace.url, token=workspace.settings.token.get_secret_value())
    wheel = build_wheel(tmp_path)
    with wheel.open("rb") as file:
        client.files.upload(f"{VOLUME}/wheels/jsl_pipeline-{__version__}-py3-none-any.whl", file)
    jobs = bundle("dev").resources["jobs"]
    cluster = JobCluster(spark_version="17.3.x-scala2.13", node_type="m5d.xlarge", workers=1)
    compute = DatabricksCompute(cluster=cluster, volume=VOLUME, inside=InlineCompute())
    for stage in STAGES:
        folder = f"{VOLUME}/runs/{stage.name}"
        _leave_context(workspace, folder, Assignment.of(stage.name, batch.key, settings, compute))
        arguments = {
            "context": encode_param({"path": f"{folder}/context.json"}),
            "messages": encode_param({"path": folder}),
        }
        body = _submission(jobs[stage.needs], arguments)
        run_id = client.api_client.do("POST", "/api/2.2/jobs/runs/submit", body=body)["run_id"]  # pyright: ignore
        while not JobRun(client, run_id).look().ended:
            time.sleep(0.2)
    assert [run.result for run in workspace.runs] == ["SUCCESS"] * 4
    assert [run.node_type for run in workspace.runs] == [
        *["Standard_D4ds_v5"] * 2,
        "Standard_NC24ads_A100_v4",
        "Standard_D4ds_v5",
    ]
    assert account(store, batch.key).finished


def _leave_context(workspace: RunningEmulator, folder: str, assignment: Assignment) -> None:
    place = workspace.root / folder.lstrip("/")
    place.mkdir(parents=True)
    nothing = ("asset_keys", "code_version_by_asset_key", "provenance_by_asset_key", "partition_key_range")
    context: dict[str, Any] = dict.fromkeys((*nothing, "partition_time_window", "job_name"))
    context |= {"partition_key": assignment.batch, "run_id": "by hand", "retry_number": 0}
    (place / "context.json").write_text(json.dumps(context | {"extras": assignment.model_dump(mode="json")}))


def _submission(job: dict[str, Any], arguments: dict[str, str]) -> dict[str, Any]:
    """What a stored job runs as once its parameters are given."""
    assert {each["name"] for each in job["parameters"]} == set(arguments)
    text = json.dumps(job["tasks"])
    for name, value in arguments.items():
        text = text.replace(f"{{{{job.parameters.{name}}}}}", value)
    clusters = {each["job_cluster_key"]: each["new_cluster"] for each in job["job_clusters"]}
    tasks = [task | {"new_cluster": clusters[task.pop("job_cluster_key")]} for task in json.loads(text)]
    return {"run_name": job["name"], "tasks": tasks}


def _texts(value: Any) -> Any:
    """With every leaf as text: the typed resources make `4` of `"4"`."""
    if isinstance(value, dict):
        return {name: _texts(each) for name, each in value.items() if each not in (None, [], {})}
    if isinstance(value, list):
        return [_texts(each) for each in value]
    return str(value)
