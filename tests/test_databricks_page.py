"""docs/databricks.md followed to the letter, with the emulator as the workspace, and a stand-in for Databricks' CLI."""

import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jsl_pipeline.clusters import DatabricksCompute
from jsl_pipeline.engines import EndpointSettings
from jsl_pipeline.settings import Settings, load_settings
from tests.bundle import ROOT, Bundle
from tests.java import need_java

PAGE = (ROOT / "docs" / "databricks.md").read_text()


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", PAGE, re.DOTALL | re.MULTILINE)


def settings_files() -> list[str]:
    """Each `jsl_pipeline.toml` that the page writes: by a container cluster, by an endpoint."""
    return re.findall(r"^cat >jsl_pipeline.toml <<'?END'?\n(.*?)^END$", PAGE, re.DOTALL | re.MULTILINE)


@pytest.mark.deployments
@pytest.mark.skipif(sys.platform != "linux", reason="tasks see /Volumes by mount namespaces of Linux")
def test_the_commands_take_a_batch_through_both_ways(tmp_path: Path) -> None:
    need_java()
    command = tmp_path / "bin" / "databricks"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" "{ROOT}/tests/databricks_command.py" "$@"\n')
    command.chmod(0o755)
    folder = tmp_path / "empty"
    folder.mkdir()
    path = f"{command.parent}:{Path(sys.executable).parent}:{os.environ['PATH']}"
    looks = {f"JSL_COMPUTE__{needs}__POLL_SECONDS": "0.5" for needs in ("CPU", "GPU")}  # as clusters here start at once
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", 'trap "kill $(jobs -p) 2>/dev/null || :" EXIT\n' + "\n".join(blocks("sh"))],
        cwd=folder,
        env=os.environ | looks | {"PATH": path, "PROJECT": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert done.stdout.count("every page is in one place") == 2
    assert all((folder / store).is_dir() for store in ("store", "store-of-endpoint"))
    entries = map(json.loads, (folder / "requests.jsonl").read_text().splitlines())
    cpu, gpu = "Standard_D4ds_v5", "Standard_NC24ads_A100_v4"
    ran = [(each["task_key"], each["node_type"], each["result"]) for each in entries if "task_key" in each]
    assert ran == [
        (stage, gpu if (way, stage) == ("container", "extract") else cpu, "SUCCESS")
        for way in ("container", "endpoint")
        for stage in ("ingest", "preprocess", "extract", "validate")
    ]


@pytest.mark.parametrize("number", [0, 1])
def test_the_settings_shown_make_clusters_that_the_bundle_has(
    number: int, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = _load(settings_files()[number], tmp_path, monkeypatch)
    jobs = Bundle("dev", dagster="application-id").resources["jobs"]
    gpu_job = "gpu" if number == 0 else "cpu"  # with an endpoint, extract needs CPUs only
    for choice, job in ((settings.compute.cpu, "cpu"), (settings.compute.gpu, gpu_job)):
        assert isinstance(choice, DatabricksCompute)
        (stored,) = jobs[job]["job_clusters"]
        sent, kept = choice.cluster.new_cluster({}), dict(stored["new_cluster"])
        for each in (sent, kept):  # one's own: the variable `environment`
            each.pop("spark_env_vars", None)
        assert sent == kept
        (task,) = jobs[job]["tasks"]
        assert [{"whl": each} for each in choice.libraries] == task.get("libraries", [])
        volume = Bundle("dev", dagster="application-id").resources["volumes"]["jsl"]
        assert choice.volume.split("/")[2:5] == [volume["catalog_name"], volume["schema_name"], volume["name"]]


def test_the_endpoint_shown_is_the_one_of_the_bundle(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = _load(settings_files()[1], tmp_path, monkeypatch).engine
    assert isinstance(engine, EndpointSettings)
    assert engine.name == Bundle("prod", dagster="id").resources["model_serving_endpoints"]["jsl_vl"]["name"]


def test_storage_that_is_shown_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("STORAGE_KEY", "k")
    (block,) = blocks("toml")
    settings = _load(block, tmp_path, monkeypatch)
    options: dict[str, Any] = json.loads(settings.model_dump_json())
    assert settings.store_options == {"account_key": "k"}
    assert "k" not in options["store_options"].values()


def test_the_engine_of_a_workspace_can_be_set(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (shown,) = re.findall(r"# in a workspace: (.*)", PAGE)
    for name, _, value in (pair.partition("=") for pair in shown.split()):
        monkeypatch.setenv(name, value)
    assert _load("", tmp_path, monkeypatch).engine.kind == "jsl"


def _load(text: str, folder: Path, monkeypatch: pytest.MonkeyPatch) -> Settings:
    monkeypatch.setenv("ENDPOINT_TOKEN", "t")
    monkeypatch.chdir(folder)
    (folder / "jsl_pipeline.toml").write_text(text.replace("$DATABRICKS_HOST", "https://adb-1.azuredatabricks.net"))
    return load_settings()
