"""The images, as far as they can be checked without building them: no Docker daemon is assumed."""

import os
import re
import shlex
import signal
import subprocess
import sys
import time
import tomllib
import urllib.error
import urllib.request
from fnmatch import fnmatch
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
IMAGES = ("gpu", "dagster")
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def instructions(image: str, name: str) -> list[str]:
    """Arguments of all instructions of a kind, each on one line."""
    text = re.sub(r"^#.*\n", "", (ROOT / "deploy" / f"Dockerfile.{image}").read_text(), flags=re.MULTILINE)
    return re.findall(rf"^{name} (.*)$", text.replace("\\\n", " "), re.MULTILINE)


def built_from(image: str) -> set[str]:
    """Paths that an image copies from the repository."""
    return {source for line in instructions(image, "COPY") for source in line.split()[:-1]}


@pytest.mark.parametrize("image", IMAGES)
def test_what_is_copied_is_there_and_let_through(image: str) -> None:
    allowed = re.findall(r"^!(.*)$", (ROOT / ".dockerignore").read_text(), re.MULTILINE)
    for source in built_from(image):
        assert source in allowed
        if source.startswith("dist/"):
            assert fnmatch(f"dist/jsl_pipeline-{PROJECT['version']}-py3-none-any.whl", source)
        else:
            assert (ROOT / source).exists(), source


def test_nothing_else_of_the_folder_reaches_an_image() -> None:
    """Scans and stores may lie here."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line[:1] not in ("#", "")]
    assert lines[0] == "*"
    assert {line[1:] for line in lines if line.startswith("!")} <= built_from("gpu") | built_from("dagster")


@pytest.mark.parametrize("image", IMAGES)
def test_extras_that_are_installed_exist(image: str) -> None:
    named = {extra for line in instructions(image, "RUN") for extra in re.findall(r"\[([\w,-]+)\]", line)}
    extras = {extra for names in named for extra in names.split(",")}
    assert extras == ({"dagster", "databricks"} if image == "dagster" else {"vllm"})
    assert extras <= set(PROJECT["optional-dependencies"])


def test_the_container_clusters_image_has_no_dagster_and_no_spark_of_its_own() -> None:
    (line,) = instructions("gpu", "RUN")
    assert "dagster" not in line
    required = {canonicalize_name(Requirement(each).name) for each in PROJECT["dependencies"]}
    assert {"dagster", "dagster-databricks", "pyspark"}.isdisjoint(required)
    for script in re.findall(r"test -x /databricks/python3/bin/(\S+)", line):
        assert script in PROJECT["scripts"]


@pytest.mark.parametrize(("engine", "extra"), [("jsl", ""), ("vllm", "[vllm]"), ("vlm", None)])
def test_the_container_clusters_image_gets_the_engine_that_is_named(
    tmp_path: Path, engine: str, extra: str | None
) -> None:
    """Its only step, with `pip` written down and not run."""
    wheel, python = tmp_path / "wheels" / "jsl_pipeline-0.1.0-py3-none-any.whl", tmp_path / "bin"
    for folder in (wheel.parent, python):
        folder.mkdir()
    wheel.touch()
    for name, text in (("pip", f'printf "%s\\n" "$@" >{tmp_path}/told\n'), ("jsl-pipeline-stage", "")):
        (python / name).write_text(f"#!/bin/sh\n{text}")
        (python / name).chmod(0o755)
    (line,) = instructions("gpu", "RUN")
    here = line.replace("/tmp/wheels", str(wheel.parent)).replace("/databricks/python3/bin", str(python))
    done = subprocess.run(["sh", "-c", here], env=os.environ | {"ENGINE": engine, "STORAGE": "s3fs"}, check=False)
    assert (done.returncode == 0) == (extra is not None)
    if extra is not None:
        told = (tmp_path / "told").read_text().splitlines()
        assert told == ["install", "--no-cache-dir", f"{wheel}{extra}", "s3fs"]


def test_dagsters_image_has_all_it_needs_from_the_lock() -> None:
    lock = (ROOT / "deploy" / "requirements.txt").read_text()
    pinned = dict(re.findall(r"^([\w.-]+)==([^\s;]+)", lock, re.MULTILINE))
    needed = PROJECT["dependencies"] + [
        each for extra in ("dagster", "databricks") for each in PROJECT["optional-dependencies"][extra]
    ]
    for requirement in map(Requirement, needed):
        version = pinned.get(canonicalize_name(requirement.name))
        assert version is not None, f"{requirement.name} is not locked"
        assert requirement.specifier.contains(version), requirement.name
    assert "hatchling" in pinned  # it builds the package there
    both = set(re.findall(r"^([\w.-]+==[^\s;]+)", (ROOT / "requirements-dev.txt").read_text(), re.MULTILINE))
    assert {f"{name}=={version}" for name, version in pinned.items()} <= both, "what is deployed is what is tested"


@pytest.mark.parametrize("image", IMAGES)
def test_lines_of_the_shell_can_be_parsed(image: str) -> None:
    for line in instructions(image, "RUN"):
        assert subprocess.run(["bash", "-n", "-c", line], check=False).returncode == 0
        assert shlex.split(line)


def test_webserver_and_daemon_start_and_end_together(tmp_path: Path) -> None:
    """What Dagster's image runs, without the image around it."""
    home = tmp_path / "home"
    home.mkdir()
    for name in ("dagster.yaml", "workspace.yaml"):
        ((home if name == "dagster.yaml" else tmp_path) / name).write_text((ROOT / name).read_text())
    path = f"{Path(sys.executable).parent}:{os.environ['PATH']}"
    environment = os.environ | {"PATH": path, "DAGSTER_HOME": str(home), "HOST": "127.0.0.1", "PORT": "3997"}
    log = tmp_path / "log"
    with log.open("wb") as output:
        served = subprocess.Popen(
            [ROOT / "deploy" / "serve.sh"],
            cwd=tmp_path,
            env=environment,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    try:
        _wait_for("http://127.0.0.1:3997/server_info", log)
        while "Instance is configured with the following daemons" not in log.read_text():
            assert served.poll() is None, log.read_text()
            time.sleep(0.2)
        served.terminate()
        deadline = time.monotonic() + 60
        served.wait(timeout=60)
        while _is_left(served.pid):  # code servers end a moment after who started them
            assert time.monotonic() < deadline
            time.sleep(0.2)
    finally:
        if _is_left(served.pid):
            os.killpg(served.pid, signal.SIGKILL)


def _is_left(group: int) -> bool:
    try:
        os.killpg(group, 0)
    except ProcessLookupError:
        return False
    return True


def _wait_for(url: str, log: Path) -> None:
    deadline = time.monotonic() + 90
    while time.monotonic() < deadline:
        try:
            urllib.request.urlopen(url, timeout=5).close()
        except urllib.error.URLError:
            time.sleep(0.3)
        else:
            return
    pytest.fail(f"No webserver: {log.read_text()}")
