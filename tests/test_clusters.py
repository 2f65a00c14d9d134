"""The typed cluster, and what the Jobs API is sent for it."""

import json
from pathlib import Path
from typing import Any

import pytest
from databricks.sdk.service.compute import ClusterSpec
from pydantic import ValidationError

from jsl_pipeline.clusters import Autoscale, ComputeSettings, ContainerImage, DatabricksCompute, JobCluster
from jsl_pipeline.compute import run_stage
from jsl_pipeline.errors import SettingsError
from jsl_pipeline.settings import Settings
from jsl_pipeline.stages import INGEST, silent

GPU = JobCluster(
    spark_version="17.3.x-scala2.13",
    node_type="Standard_NC24ads_A100_v4",
    driver_node_type="Standard_D4ds_v5",
    workers=Autoscale(min=1, max=8),
    spot="azure",
    image=ContainerImage(
        url="registry.example.com/jsl-vl:1.2",
        username="{{secrets/registry/user}}",
        password="{{secrets/registry/password}}",
    ),
    init_scripts=("/Volumes/main/jsl/setup/certificates.sh", "s3://bucket/setup.sh"),
    spark_conf={"spark.speculation": "false"},
    env={"JSL_LICENSE_KEY": "{{secrets/jsl/license}}", "TOKENIZERS_PARALLELISM": "false"},
    gpus_per_task=1,
    tags={"team": "records"},
)


def test_every_part_of_the_spec_is_sent_as_the_api_has_it() -> None:
    assert GPU.new_cluster({"jsl_stage": "extract"}) == {
        "spark_version": "17.3.x-scala2.13",
        "node_type_id": "Standard_NC24ads_A100_v4",
        "driver_node_type_id": "Standard_D4ds_v5",
        "autoscale": {"min_workers": 1, "max_workers": 8},
        "azure_attributes": {
            "availability": "SPOT_WITH_FALLBACK_AZURE",
            "first_on_demand": 1,
            "spot_bid_max_price": -1,
        },
        "data_security_mode": "SINGLE_USER",
        "docker_image": {
            "url": "registry.example.com/jsl-vl:1.2",
            "basic_auth": {"username": "{{secrets/registry/user}}", "password": "{{secrets/registry/password}}"},
        },
        "init_scripts": [
            {"volumes": {"destination": "/Volumes/main/jsl/setup/certificates.sh"}},
            {"s3": {"destination": "s3://bucket/setup.sh"}},
        ],
        "spark_conf": {"spark.task.resource.gpu.amount": "1", "spark.speculation": "false"},
        "spark_env_vars": {"JSL_LICENSE_KEY": "{{secrets/jsl/license}}", "TOKENIZERS_PARALLELISM": "false"},
        "custom_tags": {"jsl_stage": "extract", "team": "records"},
    }


@pytest.mark.parametrize("spot", ["aws", "azure", "gcp"])
def test_the_sdk_knows_every_field_that_is_sent(spot: str) -> None:
    """A field of another name would be ignored by the workspace, and nobody would notice."""
    sent = GPU.model_copy(update={"spot": spot}).new_cluster({"jsl_stage": "extract"})
    assert ClusterSpec.from_dict(sent).as_dict() == sent


def test_a_cluster_of_one_machine_is_marked_as_such() -> None:
    sent = JobCluster(spark_version="17.3.x-scala2.13", node_type="m5d.xlarge", workers=0).new_cluster({})
    assert sent["num_workers"] == 0
    assert sent["spark_conf"] == {"spark.databricks.cluster.profile": "singleNode", "spark.master": "local[*]"}
    assert sent["custom_tags"] == {"ResourceClass": "SingleNode"}
    assert "docker_image" not in sent
    assert "spark_env_vars" not in sent


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"workers": {"min": 4, "max": 4}}, "greater than `min`"),
        ({"spark_version": "17.3.x-gpu-ml-scala2.13"}, "not one for machine learning"),
        ({"init_scripts": ["dbfs:/setup.sh"]}, "an init script lies at"),
        ({"env": {"JSL_TOKEN": "dapi123"}}, "seems to be a secret"),
        ({"spark_conf": {"fs.azure.account.key.lake": "abc"}}, "seems to be a secret"),
        ({"image": {"url": "x", "username": "me", "password": "{{secrets/a/b}}"}}, "username"),
        ({"image": {"url": "x", "username": "{{secrets/a/b}}"}}, "or neither"),
    ],
)
def test_a_spec_that_cannot_work_is_refused_with_the_reason(changed: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        JobCluster.model_validate(GPU.model_dump() | changed)


@pytest.mark.parametrize("volume", ["dbfs:/tmp", "/Volumes/main/default", "/tmp/messages"])
def test_messages_need_a_folder_of_a_volume(volume: str) -> None:
    with pytest.raises(ValidationError, match="volume"):
        DatabricksCompute(cluster=GPU, volume=volume)


def test_it_is_chosen_by_settings_for_each_kind_of_work(monkeypatch: pytest.MonkeyPatch) -> None:
    gpu = DatabricksCompute(cluster=GPU, volume="/Volumes/main/default/jsl/runs").model_dump(mode="json")
    monkeypatch.setenv("JSL_COMPUTE", json.dumps({"gpu": gpu}))
    settings = Settings()
    assert settings.compute.cpu.kind == "inline"
    assert isinstance(settings.compute.gpu, DatabricksCompute)
    assert settings.compute.gpu.cluster == GPU
    assert settings.compute.gpu.inside.kind == "spark"


def test_the_command_line_says_who_starts_such_clusters(tmp_path: Path) -> None:
    databricks = DatabricksCompute(cluster=GPU, volume="/Volumes/main/default/jsl/runs")
    settings = Settings(landing=str(tmp_path), store=str(tmp_path / "store"), compute=ComputeSettings(cpu=databricks))
    with pytest.raises(SettingsError, match="materialise the batch there"):
        run_stage(INGEST, settings.open_store(), "any", settings, silent, print)
