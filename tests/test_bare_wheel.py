"""The wheel on a machine without Dagster, as on a cluster: it installs alone, and runs every stage."""

import importlib.metadata
import os
import subprocess
import sys
import sysconfig
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from jsl_pipeline.batches import close_waiting
from jsl_pipeline.clusters import DatabricksCompute, InlineCompute, JobCluster
from jsl_pipeline.job import Assignment, Finished, Progressed
from jsl_pipeline.settings import Settings, load_settings
from jsl_pipeline.stages import STAGES, account
from tests.dagster.conftest import SECRET, fill_landing
from tests.pipes_folder import PipesFolder
from tests.wheel import build_wheel

pytestmark = pytest.mark.deployments


@dataclass(frozen=True)
class Bare:
    """A virtual environment with the wheel, and of other packages only those that it says it needs."""

    folder: Path

    def command(self, name: str) -> str:
        return str(self.folder / "bin" / name)

    def python(self, code: str) -> subprocess.CompletedProcess[str]:
        command = [self.command("python"), "-c", code]
        return subprocess.run(command, cwd=self.folder, capture_output=True, text=True, timeout=120, check=False)


@pytest.fixture(scope="module")
def bare(tmp_path_factory: pytest.TempPathFactory) -> Bare:
    """Nothing is fetched: what the wheel needs is linked from the environment of the tests."""
    folder = tmp_path_factory.mktemp("bare")
    wheel = build_wheel(folder)
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True, timeout=60)
    install = ["-m", "pip", "--python", str(folder / "bin" / "python"), "install", "-q", "--no-index", "--no-deps"]
    subprocess.run([sys.executable, *install, "--disable-pip-version-check", str(wheel)], check=True, timeout=120)
    site = Path(sysconfig.get_path("purelib", vars={"base": str(folder)}))
    (found,) = importlib.metadata.distributions(name="jsl_pipeline", path=[str(site)])
    for distribution in _needed(found):
        _link(distribution, site)
    return Bare(folder)


def test_there_is_no_dagster_and_no_cluster_software(bare: Bare) -> None:
    for package in ("dagster", "dagster_databricks", "databricks", "pyspark", "vllm"):
        assert "ModuleNotFoundError" in bare.python(f"import {package}").stderr
    assert bare.python("import dagster_pipes, jsl_pipeline.job").stderr == ""


def test_all_but_the_orchestrating_parts_can_be_imported(bare: Bare) -> None:
    code = """
import importlib, pkgutil, jsl_pipeline
apart = ("assets", "resources", "sensors", "definitions", "spark", "synthetic")
for found in pkgutil.iter_modules(jsl_pipeline.__path__, "jsl_pipeline."):
    if found.name.split(".")[1] not in apart:
        importlib.import_module(found.name)
        print(found.name)
"""
    done = bare.python(code)
    assert done.returncode == 0, done.stderr
    assert {"jsl_pipeline.cli", "jsl_pipeline.emulator", "jsl_pipeline.job"} <= set(done.stdout.split())


def test_every_stage_runs_as_a_job(bare: Bare, tmp_path: Path) -> None:
    fill_landing(tmp_path / "landing")
    settings = load_settings(landing=str(tmp_path / "landing"), store=str(tmp_path / "store"), workers=1)
    store = settings.open_store()
    (batch,) = close_waiting(store, settings.open_landing(), settings.batching, datetime.now(UTC))
    for stage in STAGES:
        folder = PipesFolder(tmp_path / stage.name)
        done = folder.run(_assignment(stage.name, batch.key, settings), bare.command("jsl-pipeline-stage"))
        assert done.returncode == 0, done.stderr
        *told, ended = folder.messages
        assert isinstance(ended, Finished)
        stage.report.model_validate(ended.report)
        assert any(isinstance(each, Progressed) and each.done == each.total > 0 for each in told)
        assert SECRET not in folder.text + done.stdout + done.stderr
    assert account(store, batch.key).finished
    assert store.tables.count("medications", batch.key) == 1


def test_a_part_that_is_not_installed_is_named_with_its_extra(bare: Bare, tmp_path: Path) -> None:
    command = [bare.command("jsl-pipeline"), "run", str(tmp_path), "--store", str(tmp_path / "store")]
    (tmp_path / "page.png").write_bytes(b"no page")
    environment = os.environ | {"JSL_COMPUTE__CPU__KIND": "spark"}
    done = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 2
    assert "pip install 'jsl-pipeline[spark]'" in " ".join(done.stderr.split())


def _assignment(stage: str, batch: str, settings: Settings) -> Assignment:
    cluster = JobCluster(spark_version="17.3.x-scala2.13", node_type="m5d.xlarge", workers=0)
    compute = DatabricksCompute(cluster=cluster, volume="/Volumes/main/default/jsl", inside=InlineCompute())
    return Assignment.of(stage, batch, settings, compute)


def _needed(root: importlib.metadata.Distribution) -> Iterator[importlib.metadata.Distribution]:
    """What a distribution requires, and what that requires, without optional parts."""
    seen: set[str] = set()
    waiting = [root]
    while waiting:
        for line in waiting.pop().requires or ():
            requirement = Requirement(line)
            name = canonicalize_name(requirement.name)
            extras = requirement.extras or {""}
            if name in seen or not _wanted(requirement):
                continue
            assert extras == {""}, f"{name} is required with extras, which this test does not follow"
            seen.add(name)
            found = importlib.metadata.distribution(name)
            waiting.append(found)
            yield found


def _wanted(requirement: Requirement) -> bool:
    return requirement.marker is None or requirement.marker.evaluate({"extra": ""})


def _link(distribution: importlib.metadata.Distribution, site: Path) -> None:
    for name in {file.parts[0] for file in distribution.files or ()} - {"..", "__pycache__"}:
        source = Path(str(distribution.locate_file(name))).resolve()
        if not (site / name).exists():
            (site / name).symlink_to(source)
