"""docs/spark.md: its commands run, and its settings can be set."""

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

from jsl_pipeline.clusters import SparkCompute
from jsl_pipeline.settings import load_settings
from tests.java import need_java

from .acting import QUICK
from .cluster import ROOT, free_port

pytestmark = pytest.mark.deployments


def _block(language: str) -> str:
    (block,) = re.findall(rf"^```{language}\n(.*?)^```", (ROOT / "docs/spark.md").read_text(), re.DOTALL | re.MULTILINE)
    return block


def test_the_commands_of_the_spark_page_run(tmp_path: Path) -> None:
    need_java()
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", _block("sh")],
        cwd=tmp_path,
        env=os.environ | {"PATH": path, "SPARK_PORT": str(free_port()), "JAVA_TOOL_OPTIONS": QUICK},
        capture_output=True,
        text=True,
        timeout=500,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    assert "every page is in one place" in done.stdout


def test_the_settings_of_the_spark_page_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "jsl_pipeline.toml").write_text(_block("toml"))
    monkeypatch.chdir(tmp_path)
    compute = load_settings().compute
    assert isinstance(compute.cpu, SparkCompute)
    assert isinstance(compute.gpu, SparkCompute)
    assert (compute.cpu.partition_bytes, compute.gpu.readers) == (2**25, 8)
    assert compute.gpu.conf["spark.task.resource.gpu.amount"] == "1"
