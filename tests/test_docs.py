"""The commands that the documentation shows work as shown."""

import json
import os
import re
import subprocess
import sys
from functools import cache
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
DOCUMENTS = [ROOT / "README.md", *sorted((ROOT / "docs").glob("*.md"))]


def _blocks(document: Path, language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", document.read_text(), re.DOTALL | re.MULTILINE)


def _run_commands(page: str, folder: Path) -> subprocess.CompletedProcess[str]:
    """Run all that a page shows in an empty folder."""
    script = "\n".join(_blocks(ROOT / "docs" / page, "sh"))
    environment = os.environ | {"PATH": f"{Path(sys.executable).parent}:{os.environ['PATH']}", "PROJECT": str(ROOT)}
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", script],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=400,
        check=False,
    )
    assert done.returncode == 0, done.stderr[-3000:]
    return done


@pytest.mark.deployments
def test_the_commands_of_the_operating_page_run_in_order(tmp_path: Path) -> None:
    done = _run_commands("operating.md", tmp_path)
    assert done.stdout.count("every page is in one place") == 2  # once by each way to run it
    assert (tmp_path / "review.jsonl").stat().st_size > 0


@pytest.mark.deployments
def test_the_commands_of_the_endpoint_page_run_in_order(tmp_path: Path) -> None:
    done = _run_commands("endpoint.md", tmp_path)
    assert done.stdout.startswith("state             asleep")
    assert "every page is in one place" in done.stdout
    assert '"state": "ready"' in done.stdout
    assert re.search(r'^== landing/fax_1.tiff.* ==\n\{"patient"', done.stdout, re.MULTILINE)
    assert done.stdout.splitlines()[-1].startswith('{"patient"')
    assert (tmp_path / "requests.jsonl").stat().st_size > 0


def test_the_commands_of_the_models_page_run_in_order(tmp_path: Path) -> None:
    done = _run_commands("models.md", tmp_path)
    assert "Qwen/Qwen3-VL-8B-Instruct" in done.stdout
    assert "main.default.reader" in done.stdout  # of the README that was written


@pytest.mark.deployments
def test_the_commands_of_the_planning_page_run_in_order(tmp_path: Path) -> None:
    done = _run_commands("planning.md", tmp_path)
    assert "Set `engine.concurrency` to 4." in done.stdout
    assert "every page is in one place" in done.stdout
    assert "An endpoint that scales to zero, up to 1 x GPU_LARGE_2" in done.stdout  # the published case
    plots = ("profile.svg", "usage.svg", "plan.svg")
    assert all((tmp_path / plot).read_text().lstrip().startswith("<?xml") for plot in plots)


def test_what_the_trust_page_says_of_drugs_and_directions_is_so() -> None:
    said: dict[str, object] = {}
    for block in _blocks(ROOT / "docs" / "trust.md", "python"):
        exec(compile(block, "trust.md", "exec"), said)
        for line, shown in re.findall(r"^([^#\n]+?)\s+# (\[.*\]|\(.*\)|\d+|'\w*')$", block, re.MULTILINE):
            assert eval(line, said) == eval(shown), line


@cache
def _help(name: str) -> subprocess.CompletedProcess[str]:
    command = [str(Path(sys.executable).with_name("jsl-pipeline")), *name.split(), "--help"]
    return subprocess.run(command, capture_output=True, text=True, check=False)


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_every_command_and_option_shown_exists(document: Path) -> None:
    shown = re.findall(r"^(?:\s{4})?jsl-pipeline (endpoint [a-z]+|[a-z]+)(.*)$", document.read_text(), re.MULTILINE)
    for name, rest in shown:
        explained = _help(name)
        assert explained.returncode == 0, f"{document.name} shows `jsl-pipeline {name}`"
        for option in re.findall(r"--[a-z-]+", rest.split("#")[0]):
            assert option in explained.stdout, f"{document.name} shows {option} of `jsl-pipeline {name}`"


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: path.name)
def test_links_lead_to_files(document: Path) -> None:
    for target in re.findall(r"\]\(([^)#:]+)\)", document.read_text()):
        assert (document.parent / target).exists(), f"{document.name} links to {target}"


def test_make_targets_that_are_shown_exist() -> None:
    targets = set(re.findall(r"^([a-z-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE))
    for document in DOCUMENTS:
        shown = set(re.findall(r"(?:^\s{4}|`)make ([a-z-]+)", document.read_text(), re.MULTILINE))
        assert shown <= targets, document.name


def test_settings_that_are_shown_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jsl_pipeline.settings import load_settings

    (block,) = _blocks(ROOT / "docs" / "operating.md", "toml")
    (tmp_path / "jsl_pipeline.toml").write_text(block)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("STORAGE_KEY", "k")
    settings = load_settings()
    assert settings.batching.max_files == 500
    assert settings.landing_options == {"account_key": "k"}


def test_endpoints_that_are_shown_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jsl_pipeline.serving import EndpointSettings
    from jsl_pipeline.settings import load_settings

    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("VLLM_TOKEN", "t")
    engines: list[EndpointSettings] = []
    for block in _blocks(ROOT / "docs" / "endpoint.md", "toml"):
        (tmp_path / "jsl_pipeline.toml").write_text(block)
        engine = load_settings().engine
        assert isinstance(engine, EndpointSettings)
        engines.append(engine)
    assert [engine.name for engine in engines] == ["jsl-vl", None]


def test_the_model_in_memory_that_is_shown_can_be_set(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from jsl_pipeline.engines import VllmSettings
    from jsl_pipeline.settings import load_settings

    (block,) = _blocks(ROOT / "docs" / "vllm.md", "toml")
    (tmp_path / "jsl_pipeline.toml").write_text(block)
    monkeypatch.chdir(tmp_path)
    engine = load_settings().engine
    assert isinstance(engine, VllmSettings)
    assert engine.engine_arguments()["kv_cache_dtype"] == "fp8"


def test_all_settings_of_vllm_are_listed_as_they_are() -> None:
    from jsl_pipeline.engines import VllmSettings

    page = (ROOT / "docs" / "vllm.md").read_text()
    listed = re.findall(r"^\| `([a-z_]+)` \| (.*?) \| (.*?) \|$", page, re.MULTILINE)
    fields = {name: field for name, field in VllmSettings.model_fields.items() if name != "kind"}
    assert [name for name, *_ in listed] == list(fields)
    for name, default, description in listed:
        field = fields[name]
        shown = "required" if field.is_required() else "" if field.default is None else f"`{json.dumps(field.default)}`"
        assert (default.strip(), description.strip()) == (shown, field.description or ""), name


def test_sentences_of_vllms_errors_are_those_that_are_told() -> None:
    (table,) = re.findall(r"^\| you see .*\n(?:\|.*\n)+", (ROOT / "docs" / "vllm.md").read_text(), re.MULTILINE)
    told = "".join(path.read_text() for path in (ROOT / "jsl_pipeline").rglob("*.py"))
    for sentence in re.findall(r"^\| `(.*?)` \|", table, re.MULTILINE):
        assert sentence in told, sentence
