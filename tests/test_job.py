"""A stage as a job: what it is sent, what it says, and what it never says."""

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jsl_pipeline import __version__, errors
from jsl_pipeline.clusters import ComputeSettings, DatabricksCompute, InlineCompute, JobCluster
from jsl_pipeline.errors import BatchNotFound, ComputeError, PipelineError, SettingsError
from jsl_pipeline.job import Assignment, Failed
from jsl_pipeline.serving import EndpointSettings
from jsl_pipeline.settings import Settings, load_settings
from tests.pipes_folder import PipesFolder

CLUSTER = JobCluster(spark_version="17.3.x-scala2.13", node_type="m5d.xlarge", workers=0)


def compute(**env: str) -> DatabricksCompute:
    cluster = CLUSTER.model_copy(update={"env": env})
    return DatabricksCompute(cluster=cluster, volume="/Volumes/main/default/jsl", inside=InlineCompute())


def assignment(settings: Settings, stage: str = "ingest", **env: str) -> Assignment:
    return Assignment.of(stage, "2026-03-04T120000-abcdef", settings, compute(**env))


@pytest.fixture
def places(tmp_path: Path) -> dict[str, str]:
    """Where all machines see them."""
    return {"landing": str(tmp_path / "landing"), "store": str(tmp_path / "store")}


@pytest.fixture
def secrets(monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Settings whose secrets are references."""
    monkeypatch.setenv("LAKE_KEY", "lake-secret")
    monkeypatch.setenv("MODEL_TOKEN", "model-secret")
    engine = EndpointSettings(url="https://adb-1.azuredatabricks.net", name="jsl-vl", token="env:MODEL_TOKEN")
    return load_settings(
        engine=engine.model_copy(),
        landing="abfss://scans@lake.dfs.core.windows.net/in",
        store="abfss://store@lake.dfs.core.windows.net/jsl",
        store_options={"account_name": "lake", "account_key": "env:LAKE_KEY"},
        compute=ComputeSettings(gpu=compute()),
    )


REFERENCES = {"LAKE_KEY": "{{secrets/jsl/lake}}", "MODEL_TOKEN": "{{secrets/jsl/model}}"}


def test_secrets_go_out_as_references_and_are_found_again_there(secrets: Settings) -> None:
    sent = assignment(secrets, **REFERENCES).model_dump_json()
    assert "lake-secret" not in sent
    assert "model-secret" not in sent
    there = load_settings(**Assignment.model_validate_json(sent).settings)
    assert there.store_options == secrets.store_options
    assert there.engine == secrets.engine
    assert there.compute == ComputeSettings(cpu=InlineCompute(), gpu=InlineCompute())
    assert there.model_copy(update={"compute": secrets.compute}) == secrets


def test_a_reference_that_the_cluster_cannot_resolve_is_told_before_it_starts(secrets: Settings) -> None:
    with pytest.raises(SettingsError, match="add MODEL_TOKEN to the cluster's `env`"):
        assignment(secrets, LAKE_KEY=REFERENCES["LAKE_KEY"])


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"table_options": {"AWS_SECRET_ACCESS_KEY": "s3cret"}}, "table_options.AWS_SECRET_ACCESS_KEY"),
        ({"engine": EndpointSettings(url="https://a.example", name="b", token="s3cret")}, "engine.token"),
    ],
)
def test_a_secret_written_out_is_not_sent_and_not_told(
    settings: dict[str, Any], said: str, places: dict[str, str]
) -> None:
    with pytest.raises(SettingsError, match=said) as raised:
        assignment(load_settings(**places, **settings))
    assert "s3cret" not in str(raised.value)


@pytest.mark.parametrize("name", ["landing", "store"])
def test_a_folder_of_this_machine_alone_is_refused(name: str, places: dict[str, str]) -> None:
    with pytest.raises(SettingsError, match=f"`{name}` is a folder of this machine"):
        assignment(load_settings(**places | {name: "var/here"}))


def test_a_failure_comes_back_as_the_error_that_it_was(tmp_path: Path, places: dict[str, str]) -> None:
    folder = PipesFolder(tmp_path / "job")
    done = folder.run(assignment(load_settings(**places)))
    assert done.returncode == 1
    (failed,) = folder.messages
    assert isinstance(failed, Failed)
    error = failed.exception()
    assert type(error) is BatchNotFound
    assert "2026-03-04T120000-abcdef" in str(error)
    assert "manifests.py" in error.__notes__[0]
    assert folder.methods == ["opened", "report_custom_message", "closed"]


@pytest.mark.parametrize("name", sorted(name for name, each in vars(errors).items() if isinstance(each, type)))
def test_every_error_can_be_raised_here_as_it_was_raised_there(name: str) -> None:
    error = Failed(error=name, message="what to do", where="").exception()
    assert isinstance(error, PipelineError)
    assert str(error) == "what to do"
    assert type(error).__name__ == (name if issubclass(getattr(errors, name), PipelineError) else "ComputeError")


def test_an_error_that_nobody_foresaw_is_told_without_its_text(tmp_path: Path, places: dict[str, str]) -> None:
    (tmp_path / "store" / "batches").mkdir(parents=True)
    (tmp_path / "store" / "batches" / "2026-03-04T120000-abcdef.json").write_text('{"key": "Zebulon Quillfeather"}')
    folder = PipesFolder(tmp_path / "job")
    done = folder.run(assignment(load_settings(**places)))
    assert done.returncode == 1
    (failed,) = folder.messages
    assert isinstance(failed, Failed)
    assert type(failed.exception()) is ComputeError
    assert failed.message.startswith("Unforeseen ValidationError")
    assert "Quillfeather" not in folder.text + done.stderr + done.stdout


def test_another_version_of_the_wheel_is_told(tmp_path: Path, places: dict[str, str]) -> None:
    folder = PipesFolder(tmp_path / "job")
    folder.run(assignment(load_settings(**places)).model_copy(update={"version": "0.0.1"}))
    (failed,) = folder.messages
    assert isinstance(failed, Failed)
    assert f"has version {__version__}" in failed.message
    assert "0.0.1" in failed.message


def test_started_by_hand_it_says_who_starts_it() -> None:
    entry = [sys.executable, "-c", "from jsl_pipeline.job import main; main()"]
    done = subprocess.run(entry, env=os.environ, capture_output=True, text=True, timeout=60, check=False)
    assert done.returncode == 1
    assert "jsl-pipeline run" in done.stderr
