"""The files that make an endpoint of a model: what they say agrees, and the script calls MLflow as is documented.

`mlflow` here is a stand-in that writes down how it is called: the real one registers in a workspace alone.
"""

import json
import shlex
import subprocess
import sys
import tomllib
from pathlib import Path
from string import Template
from typing import Any

import pytest
import yaml
from databricks.bundles.model_serving_endpoints import ModelServingEndpoint

from jsl_pipeline.errors import EngineError, SettingsError
from jsl_pipeline.hosting import VllmOptions, package
from jsl_pipeline.serving import EndpointSettings
from tests.bundle import Bundle
from tests.hosting.conftest import TEXT, Write

GB = 10**9
HUB = "Qwen/Qwen3-VL-8B-Instruct"

RECORDER = """
import json

class Answer:
    model_uri, version = "models:/m-1", 7

def write(call, given):
    with open("calls.jsonl", "a") as file:
        file.write(json.dumps([call, given]) + "\\n")
    return Answer()
"""
MLFLOW = """
from mlflow.recorder import write

def set_registry_uri(uri):
    write("set_registry_uri", uri)

def register_model(model_uri, name, **given):
    return write("register_model", {"model_uri": model_uri, "name": name, **given})
"""
MLFLOW_PYFUNC = """
import pathlib
from mlflow.recorder import write

def log_model(*, python_model, artifacts, **given):
    assert python_model.predict(None, [], None).choices == []
    assert "<locals>" in type(python_model).__qualname__  # else pickled by reference to a module that is not there
    folder = pathlib.Path(artifacts["weights"])
    kind = type(python_model).__mro__[1].__name__
    held = sorted(file.name for file in folder.iterdir())
    return write("log_model", {**given, "python_model": kind, "folder": folder.name, "held": held})
"""
MLFLOW_MODEL = """
class ChatModel:
    pass

class ChatCompletionResponse:
    @classmethod
    def from_dict(cls, given):
        made = cls()
        made.choices = given["choices"]
        return made
"""
HUB_LIBRARY = """
import pathlib

def snapshot_download(*, repo_id, revision, local_dir):
    folder = pathlib.Path(local_dir)
    folder.mkdir()
    (folder / "config.json").write_text("{}")
    (folder / f"{repo_id.replace('/', '--')}@{revision}").write_text("")
"""


def registered(files: Path, code: str = "register.main()") -> tuple[str, dict[str, Any]]:
    """What the written script prints, and what it asked of MLflow, by call."""
    libraries = files.parent / "libraries"
    (libraries / "mlflow" / "pyfunc").mkdir(parents=True)
    (libraries / "mlflow" / "recorder.py").write_text(RECORDER)
    (libraries / "mlflow" / "__init__.py").write_text(MLFLOW)
    (libraries / "mlflow" / "pyfunc" / "__init__.py").write_text(MLFLOW_PYFUNC)
    (libraries / "mlflow" / "pyfunc" / "model.py").write_text(MLFLOW_MODEL)
    (libraries / "huggingface_hub.py").write_text(HUB_LIBRARY)
    path = f"import sys; sys.path[:0] = [{str(libraries)!r}, {str(files)!r}]; import register; print({code})"
    done = subprocess.run(
        [sys.executable, "-I", "-c", path], cwd=files.parent, capture_output=True, text=True, timeout=60, check=False
    )
    assert done.returncode == 0, done.stderr
    lines = (files.parent / "calls.jsonl").read_text().splitlines()
    return done.stdout.strip(), dict(json.loads(line) for line in lines)


def test_registration_asks_mlflow_for_what_is_documented(tmp_path: Path) -> None:
    options = VllmOptions(model=HUB, revision="9a1b")
    written = package(options, tmp_path / "files", name="main.jsl.reader")
    printed, calls = registered(tmp_path / "files")
    assert printed == "7"
    assert list(calls) == ["set_registry_uri", "log_model", "register_model"]
    assert calls["set_registry_uri"] == "databricks-uc"
    logged = calls["log_model"]
    assert logged["python_model"] == "ChatModel"
    assert logged["metadata"] == {"task": "llm/v1/chat", "entrypoint": written.entrypoint}
    assert logged["folder"] == "qwen3_vl_8b_instruct"
    assert logged["held"] == ["Qwen--Qwen3-VL-8B-Instruct@9a1b", "config.json"]
    assert [line.partition("=")[0] for line in logged["pip_requirements"]][:2] == ["vllm", "transformers"]
    assert calls["register_model"] == {
        "model_uri": "models:/m-1",
        "name": "main.jsl.reader",
        "await_registration_for": 3600,
        "env_pack": "databricks_model_serving",
    }


def test_a_folder_is_registered_from_where_it_was_copied(tmp_path: Path, model_folder: Write) -> None:
    folder = model_folder()
    package(VllmOptions(model=str(folder)), tmp_path / "files", name="main.jsl.reader")
    told = json.loads((tmp_path / "files" / "model.json").read_text())
    assert told["hub"] is None
    assert told["weights"] == "/Volumes/main/jsl/jsl/models/tiny_model"
    readme = (tmp_path / "files" / "README.md").read_text()
    copy = ["databricks", "fs", "cp", "--recursive", str(folder), "dbfs:/Volumes/main/jsl/jsl/models/tiny_model"]
    assert [line for line in readme.splitlines() if line.startswith("databricks fs") and shlex.split(line) == copy]
    _, calls = registered(tmp_path / "files", f"register.main({str(folder)!r})")
    assert calls["log_model"]["folder"] == "tiny_model"
    assert "model.safetensors" in calls["log_model"]["held"]


def test_the_endpoint_starts_vllm_where_the_weights_lie(tmp_path: Path) -> None:
    options = VllmOptions(model=HUB, revision="9a1b", max_model_len=8192, options={"override_generation_config": {}})
    shell, login, script = shlex.split(package(options, tmp_path / "files", "main.jsl.reader").entrypoint)
    assert (shell, login) == ("bash", "-lc")
    command = shlex.split(script.partition("; exec ")[2])
    assert command[:6] == [
        "python",
        "-u",
        "-m",
        "vllm.entrypoints.openai.api_server",
        "--model",
        "qwen3_vl_8b_instruct",
    ]
    assert command[6:12] == ["--served-model-name", "reader", "--host", "0.0.0.0", "--port", "8080"]
    assert "--max-model-len=8192" in command
    assert "--limit-mm-per-prompt.image=1" in command
    assert "--structured-outputs-config.backend=guidance" in command
    assert "--structured-outputs-config.disable_any_whitespace=true" in command
    assert not [word for word in command if "revision" in word or "{" in word]


def test_any_words_survive_the_shell(tmp_path: Path) -> None:
    hostile = "a b'c\"$(touch here)`;#\\"
    options = VllmOptions(
        model=HUB, options={"chat_template": hostile, "hf_overrides": {"text_config": {"x": hostile}}}
    )
    command = package(options, tmp_path / "files", "main.jsl.reader").entrypoint
    _, _, script = shlex.split(command)
    seen = subprocess.run(
        ["bash", "-c", 'python() { [ "$2" = pip ] || printf "%s\\0" "$@"; }; ' + script.replace("exec ", "")],
        capture_output=True,
        text=True,
        check=True,
        cwd=tmp_path,
    ).stdout.split("\0")
    assert f"--chat-template={hostile}" in seen
    assert f"--hf-overrides.text_config.x={hostile}" in seen
    assert not (tmp_path / "here").exists()


@pytest.mark.parametrize(("target", "sleeps"), [("dev", True), ("prod", False)])
def test_the_bundle_is_of_the_published_schema(tmp_path: Path, target: str, sleeps: bool) -> None:
    package(VllmOptions(model=HUB), tmp_path, "main.jsl.reader", "GPU_LARGE")
    bundle = Bundle(target, root=tmp_path, model_version="7")
    (endpoint,) = bundle.resources["model_serving_endpoints"].values()
    assert not bundle.unused - {"concurrency"}
    known = ModelServingEndpoint.from_dict(endpoint).as_dict()
    (entity,) = known["config"]["served_entities"]
    assert (known["name"], entity["entity_name"], entity["entity_version"]) == ("reader", "main.jsl.reader", "7")
    assert (entity["workload_type"], entity["scale_to_zero_enabled"]) == ("GPU_LARGE", sleeps)
    fixed = {"min_provisioned_concurrency": 4, "max_provisioned_concurrency": 4}
    size = {key: entity[key] for key in entity if key.endswith("_concurrency") or key == "workload_size"}
    assert size == ({"workload_size": "Small"} if sleeps else fixed)  # custom LLMs do not grow between the two
    body = json.loads((tmp_path / "endpoint.json").read_text())
    assert ModelServingEndpoint.from_dict(body).as_dict() == body
    assert body["config"]["served_entities"][0]["environment_vars"] == entity["environment_vars"]


def test_an_h100_is_never_let_sleep(tmp_path: Path) -> None:
    package(VllmOptions(model=HUB), tmp_path, "main.jsl.reader", "GPU_XLARGE")
    (endpoint,) = Bundle("dev", root=tmp_path, model_version="1").resources["model_serving_endpoints"].values()
    assert endpoint["config"]["served_entities"][0]["scale_to_zero_enabled"] is False


def test_the_client_speaks_to_what_is_served(tmp_path: Path) -> None:
    written = package(VllmOptions(model=HUB), tmp_path, "main.jsl.reader")
    engine = tomllib.loads((tmp_path / "jsl_pipeline.toml").read_text())["engine"]
    settings = EndpointSettings.model_validate(engine)
    assert (settings.name, settings.protocol) == ("reader", "chat")
    assert f"--served-model-name {settings.model} " in written.entrypoint


def test_the_least_workload_with_room_is_taken(tmp_path: Path, model_folder: Write) -> None:
    small = package(VllmOptions(model="Qwen/Qwen3-VL-4B-Instruct"), tmp_path / "small")
    assert (small.name, small.workload_type) == ("main.default.qwen3_vl_4b_instruct", "GPU_MEDIUM")
    large = package(VllmOptions(model=str(model_folder(weights=200 * GB))), tmp_path / "large")
    assert large.workload_type == "GPU_LARGE_8"
    assert "--tensor-parallel-size=8" in large.entrypoint


def test_a_workload_without_room_is_refused_with_advice(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match=r"has no room.*`quantization` to \"fp8\".*GPU_LARGE"):
        package(VllmOptions(model=HUB), tmp_path, workload_type="GPU_MEDIUM")
    assert not list(tmp_path.iterdir())
    shared = package(VllmOptions(model=HUB), tmp_path, workload_type="MULTIGPU_MEDIUM")
    assert "--tensor-parallel-size=4" in shared.entrypoint


def test_what_is_not_known_is_marked(tmp_path: Path) -> None:
    with pytest.raises(SettingsError, match="say its --workload-type"):
        package(VllmOptions(model="somebody/new-vl"), tmp_path)
    package(VllmOptions(model="somebody/new-vl"), tmp_path, workload_type="GPU_NEXT")
    assert "[?] Whether it has room on GPU_NEXT is not known." in (tmp_path / "README.md").read_text()


def test_nothing_is_written_over(tmp_path: Path) -> None:
    (tmp_path / "mine.txt").write_text("mine")
    with pytest.raises(SettingsError, match="--force"):
        package(VllmOptions(model=HUB), tmp_path)
    package(VllmOptions(model=HUB), tmp_path, force=True)
    assert (tmp_path / "mine.txt").read_text() == "mine"
    with pytest.raises(SettingsError, match="not an empty folder"):
        package(VllmOptions(model=HUB), tmp_path / "mine.txt")


@pytest.mark.parametrize("name", ["reader", "main.jsl", "main.jsl.a b", 'main.jsl."x', "main.jsl.a\n", "a.b.c.d"])
def test_a_malformed_name_is_refused(tmp_path: Path, name: str) -> None:
    with pytest.raises(SettingsError, match=r"catalog\.schema\.model"):
        package(VllmOptions(model=HUB), tmp_path / "files", name)
    with pytest.raises(SettingsError, match="workload type"):
        package(VllmOptions(model=HUB), tmp_path / "files", workload_type=name)


def test_what_cannot_be_served_is_not_packaged(tmp_path: Path, model_folder: Write) -> None:
    with pytest.raises(EngineError, match="John Snow Labs' library"):
        package(VllmOptions(model="jsl_medm_vl_30b"), tmp_path / "files")
    with pytest.raises(EngineError, match="reads text alone"):
        package(VllmOptions(model=str(model_folder(TEXT))), tmp_path / "files")
    assert not (tmp_path / "files").exists()


def test_every_text_is_filled_in(tmp_path: Path) -> None:
    for file in package(VllmOptions(model=HUB), tmp_path).files:
        text = file.read_text()
        assert not Template(text.replace("${", "")).get_identifiers() or file.suffix == ".py", file.name
    assert yaml.safe_load((tmp_path / "databricks.yml").read_text())["bundle"]["name"] == "qwen3_vl_8b_instruct"
