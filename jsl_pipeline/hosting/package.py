"""A model as a Databricks custom LLM endpoint: the files that register and serve it. Nothing is sent anywhere."""

import json
import re
import shlex
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from string import Template

from pydantic import JsonValue

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.hosting.catalogue import GPUS, Gpu, Model, find_gpu, find_model
from jsl_pipeline.hosting.fit import check_model, fits
from jsl_pipeline.hosting.options import VllmOptions
from jsl_pipeline.hosting.weights import ModelFacts, look_at
from jsl_pipeline.schemas import Value

_TEMPLATES = files("jsl_pipeline.hosting") / "databricks"
_NAME = re.compile(r"[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+\.[A-Za-z0-9_-]+")
_WORKLOAD = re.compile(r"[A-Z0-9_]+")
_PORT = 8080  # where Model Serving looks for it
_DROP_OPENCV = "python -m pip uninstall -y opencv-python-headless opencv-python >/dev/null 2>&1; exec "
_ENVIRONMENT = {
    "VLLM_USE_FLASHINFER_SAMPLER": "0",  # the container has no compiler
    "VLLM_WORKER_MULTIPROC_METHOD": "fork",  # started anew, workers were seen to miss the right libstdc++
    "VLLM_NO_USAGE_STATS": "1",
    "DO_NOT_TRACK": "1",
    "HF_HUB_OFFLINE": "1",
}
_NEVER_SLEEPS = "GPU_XLARGE"


class Packaged(Value):
    """What was written."""

    name: str
    """Of the model in Unity Catalog; its last part is the endpoint's name, too."""
    workload_type: str
    entrypoint: str
    """The command that the endpoint starts."""
    memory: str
    """A sentence: how much of the cards it needs, or that this is not known."""
    files: tuple[Path, ...]


def package(
    options: VllmOptions, folder: Path, name: str | None = None, workload_type: str | None = None, force: bool = False
) -> Packaged:
    """Write the files that make an endpoint of a model into `folder`; its README.md tells how they are used.

    `name` is catalog.schema.model; main.default and the model's own name where unset. `workload_type` is the smallest
    known one with room where unset; one of several cards shares the model among all. Raises SettingsError where the
    folder is not empty and not `force`, where a name is malformed, or where the model has no room; EngineError where
    the model is not there, is not whole, or does not read images.
    """
    check_model(options, gpu_bytes=None)
    name = name or f"main.default.{_slug(options.model)}"
    if not _NAME.fullmatch(name):
        raise SettingsError(f"`{name}` is not catalog.schema.model, of letters, digits, underscores and dashes.")
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())) and not force:
        raise SettingsError(f"{folder} is not an empty folder: name another, or say --force to write over it.")
    facts = look_at(options.model)
    workload, options, memory = _placed(facts or find_model(options.model), options, workload_type)
    endpoint = name.rpartition(".")[2]
    entrypoint = _entrypoint(options, endpoint)
    texts = {
        "README.md": _readme(options, name, entrypoint, memory, facts is None),
        "register.py": _read("register.py"),
        "requirements.txt": _read("requirements.txt"),
        "model.json": _dumped(_model(options, name, entrypoint, facts is None)),
        "databricks.yml": _bundle(endpoint, name, workload),
        "endpoint.json": _dumped(_body(endpoint, name, workload)),
        "jsl_pipeline.toml": _filled("jsl_pipeline.toml", {"endpoint": json.dumps(endpoint)}),
    }
    folder.mkdir(parents=True, exist_ok=True)
    for file, text in texts.items():
        (folder / file).write_text(text, encoding="utf-8")
    written = tuple(folder / file for file in texts)
    return Packaged(name=name, workload_type=workload, entrypoint=entrypoint, memory=memory, files=written)


def _placed(
    model: Model | ModelFacts | None, options: VllmOptions, workload_type: str | None
) -> tuple[str, VllmOptions, str]:
    """The workload type, the options as it has cards, and a sentence about memory."""
    if workload_type is not None and not _WORKLOAD.fullmatch(workload_type):
        raise SettingsError(f"`{workload_type}` is not a workload type, such as GPU_MEDIUM.")
    gpu = find_gpu(workload_type) if workload_type else None
    if model is None or (workload_type and gpu is None):
        if workload_type is None:
            raise SettingsError(f"The size of {options.model} is not known: say its --workload-type.")
        return workload_type, options, f"[?] Whether it has room on {workload_type} is not known."
    # Models are published in bfloat16, which a card that cannot shrink them lacks, too.
    tried = (gpu,) if gpu else tuple(each for each in GPUS if each.workload_type and each.shrinks)
    for each in tried:
        spread = _spread(options, each)
        fit = fits(model, each, spread)
        if fit.ok:
            return (
                str(each.workload_type),
                spread,
                f"{fit.advice} About {fit.pages} pages have room at once. (Estimated.)",
            )
    raise SettingsError(f"{options.model} has no room. {fits(model, tried[0], _spread(options, tried[0])).advice}")


def _spread(options: VllmOptions, gpu: Gpu) -> VllmOptions:
    if options.tensor_parallel > 1:
        return options
    return options.model_copy(update={"tensor_parallel": gpu.cards})


def _entrypoint(options: VllmOptions, endpoint: str) -> str:
    artifact = _slug(options.model)
    served = options.model_copy(update={"model": artifact, "revision": None})
    words = ["python", "-u", "-m", "vllm.entrypoints.openai.api_server", "--model", artifact]
    words += ["--served-model-name", endpoint, "--host", "0.0.0.0", "--port", str(_PORT)]
    words += [plain for word in served.server_arguments()[1:] for plain in _dotted(word)]
    return shlex.join(["bash", "-lc", _DROP_OPENCV + shlex.join(words)])


def _dotted(word: str) -> Iterator[str]:
    """`--a={"b": 1}` as `--a.b=1`, which vLLM reads alike: it survives however the command is split into words."""
    name, _, text = word.partition("=")
    if not text.startswith("{"):
        yield word
        return
    for key, value in json.loads(text).items():
        yield from _dotted(f"{name}.{key}={value if isinstance(value, str) else json.dumps(value)}")


def _model(options: VllmOptions, name: str, entrypoint: str, hub: bool) -> JsonValue:
    """What register.py reads. Weights of a folder are taken from a Volume; a hub's are downloaded there."""
    return {
        "name": name,
        "hub": options.model if hub else None,
        "revision": options.revision if hub else None,
        "weights": None if hub else _volume(options, name),
        "artifact": _slug(options.model),
        "entrypoint": entrypoint,
    }


def _readme(options: VllmOptions, name: str, entrypoint: str, memory: str, hub: bool) -> str:
    copy = ["databricks", "fs", "cp", "--recursive", options.model, f"dbfs:{_volume(options, name)}"]
    values = {"model": name, "endpoint": name.rpartition(".")[2], "artifact": _slug(options.model)}
    upload = "" if hub else shlex.join(copy) + "\n"
    return _filled("README.md", values | {"entrypoint": entrypoint, "memory": memory, "upload": upload})


def _bundle(endpoint: str, name: str, workload: str) -> str:
    """JSON is YAML, so values are quoted as that."""
    values: dict[str, JsonValue] = {"endpoint": endpoint, "model": name, "workload_type": workload}
    values |= {"sleeps": workload != _NEVER_SLEEPS, "environment": dict[str, JsonValue](_ENVIRONMENT)}
    return _filled("databricks.yml", {key: json.dumps(value) for key, value in values.items()})


def _body(endpoint: str, name: str, workload: str) -> dict[str, JsonValue]:
    """What POST /api/2.0/serving-endpoints takes: the preset that is always warm, at its smallest."""
    entity: dict[str, JsonValue] = {
        "name": endpoint,
        "entity_name": name,
        "entity_version": "1",
        "workload_type": workload,
        "scale_to_zero_enabled": False,
        "min_provisioned_concurrency": 4,
        "max_provisioned_concurrency": 4,
        "environment_vars": dict[str, JsonValue](_ENVIRONMENT),
    }
    return {"name": endpoint, "config": {"served_entities": [entity]}}


def _volume(options: VllmOptions, name: str) -> str:
    catalog, schema, _ = name.split(".")
    return f"/Volumes/{catalog}/{schema}/jsl/models/{_slug(options.model)}"


def _slug(model: str) -> str:
    last = model.rstrip("/").rpartition("/")[2]
    return re.sub(r"[^a-z0-9]+", "_", last.casefold()).strip("_") or "model"


def _read(file: str) -> str:
    return (_TEMPLATES / file).read_text(encoding="utf-8")


def _filled(file: str, values: dict[str, str]) -> str:
    return Template(_read(file)).substitute(values)


def _dumped(value: JsonValue) -> str:
    return json.dumps(value, indent=2) + "\n"
