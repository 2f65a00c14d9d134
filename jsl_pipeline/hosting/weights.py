"""What a folder of weights says about its model, without loading it. Nothing in the folder is run."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from pydantic import JsonValue

from jsl_pipeline.errors import EngineError
from jsl_pipeline.schemas import Value

_Config = dict[str, JsonValue]

_HUB_ID = re.compile(r"[\w.-]+(/[\w.-]+)?")
_JSON_BYTES = 64 * 2**20  # the longest index of weights known has 12 MB
_POINTER = b"version https://git-lfs.github.com/spec/v1"
_TOKENIZERS = ("tokenizer.json", "tokenizer.model", "vocab.json", "tekken.json", "spiece.model")
_TEMPLATES = ("chat_template.jinja", "chat_template.json")
_PROCESSORS = ("preprocessor_config.json", "processor_config.json")
_VISION_KEYS = ("vision_config", "image_token_id", "image_token_index", "img_processor")
_NO_CACHE = ("linear_attention", "mamba", "conv")  # kinds of layer whose memory does not grow with the text


class ModelFacts(Value):
    """A model on this disk."""

    architectures: tuple[str, ...]
    vision: bool
    """It reads images, besides text."""
    weight_bytes: int
    """Of all files of weights; 0 where there is none."""
    wide: bool
    """Weights lie at 32 bits, and are loaded at 16."""
    quantization: str | None
    """How the weights were shrunk before they were stored; None where they were not."""
    kv_bytes_per_token: int | None
    """Bytes of cache that a token takes at 16 bits; None where the configuration does not say."""
    max_positions: int | None
    """Tokens that it was made for; None where that is not said, or can be stretched."""
    tokenizer: bool
    chat_template: bool
    processor: bool
    """It says how images are prepared."""


def look_at(model: str) -> ModelFacts | None:
    """Facts of a folder; None for a name on the hub or a URL, which are not on this disk.

    Raises EngineError where it is a path that leads nowhere, or the folder holds no whole model.
    """
    folder = Path(model).expanduser()
    if not folder.is_dir():
        if "://" in model or (_HUB_ID.fullmatch(model) and not model.startswith(".") and not folder.exists()):
            return None
        raise EngineError(f"There is no folder {model}; `model` is a folder of weights or their name on the hub.")
    try:
        return _facts(folder)
    except OSError as error:
        raise EngineError(f"The folder {model} cannot be read: {error.strerror}.") from error


def _facts(folder: Path) -> ModelFacts:
    config = _config(folder)
    text = _text_config(config)
    kinds = {str(each.get(key)) for each in (text, config) for key in ("dtype", "torch_dtype")}
    return ModelFacts(
        architectures=tuple(str(name) for name in _list(config.get("architectures"))),
        vision=any(key in part for part in _parts(config) for key in _VISION_KEYS) or _has(folder, _PROCESSORS[:1]),
        weight_bytes=_weight_bytes(folder),
        wide="float32" in kinds and "bfloat16" not in kinds,
        quantization=_quantization(config, text),
        kv_bytes_per_token=_kv_bytes(text),
        max_positions=None if _stretched(text) else _int(text.get("max_position_embeddings")),
        tokenizer=_has(folder, _TOKENIZERS),
        chat_template=_has(folder, _TEMPLATES) or "chat_template" in _json(folder / "tokenizer_config.json"),
        processor=_has(folder, _PROCESSORS),
    )


def _config(folder: Path) -> _Config:
    if not (folder / "config.json").is_file():
        if (folder / "adapter_config.json").is_file():
            raise EngineError(
                f"The folder {folder} holds an adapter, not a model: merge it into its model, and give that folder."
            )
        raise EngineError(f"The folder {folder} has no config.json: it is not a model, or its download is incomplete.")
    config = _json(folder / "config.json")
    if not config:
        raise EngineError(f"The config.json of {folder} is empty.")
    return config


def _weight_bytes(folder: Path) -> int:
    """Raises EngineError where files that belong to the model are missing or are pointers."""
    files = sorted(folder.glob("*.safetensors")) or sorted(folder.glob("*.bin")) or sorted(folder.glob("*.pt"))
    pointers = [file for file in (*files, folder / "tokenizer.json") if _is_pointer(file)]
    if pointers:
        raise EngineError(
            f"{len(pointers)} files of {folder}, {pointers[0].name} among them, are Git LFS pointers and not the files "
            "themselves: run `git lfs pull` there, or download the model again."
        )
    for index in sorted(folder.glob("*.index.json")):
        listed = {str(name) for name in _dict(_json(index).get("weight_map")).values()}
        missing = sorted(name for name in listed if not (folder / name).is_file())
        if missing and files:
            raise EngineError(
                f"{len(missing)} of {len(listed)} files of weights are missing in {folder}, {missing[0]} among them: "
                "download the model again."
            )
    return sum(file.stat().st_size for file in files)


def _is_pointer(file: Path) -> bool:
    if not file.is_file() or file.stat().st_size > 1024:
        return False
    with file.open("rb") as opened:
        return opened.read(len(_POINTER)) == _POINTER


def _json(file: Path) -> _Config:
    """The object in a file; empty where there is none."""
    if not file.is_file():
        return {}
    with file.open("rb") as opened:
        text = opened.read(_JSON_BYTES + 1)
    try:
        found = json.loads(text[:_JSON_BYTES]) if len(text) <= _JSON_BYTES else None
    except (ValueError, RecursionError):
        found = None
    if not isinstance(found, dict):
        raise EngineError(f"{file.name} in {file.parent} is not JSON that describes a model: download the model again.")
    return cast(_Config, found)


def _parts(config: _Config) -> Iterator[_Config]:
    """The configuration and what it nests: a model of several kinds of input keeps each in a part of its own."""
    yield config
    if thinker := _dict(config.get("thinker_config")):
        yield thinker


def _text_config(config: _Config) -> _Config:
    for part in _parts(config):
        for key in ("text_config", "llm_config", "language_config"):
            if text := _dict(part.get(key)):
                return text
    return config


def _kv_bytes(text: _Config) -> int | None:
    """2 x layers with attention x key-value heads x width of a head x 2 bytes, as vLLM keeps them at 16 bits.

    Latent attention keeps one vector for all heads instead.
    """
    kinds = _list(text.get("layer_types"))
    layers = sum(kind not in _NO_CACHE for kind in kinds) if kinds else _int(text.get("num_hidden_layers"))
    if layers and (latent := _int(text.get("kv_lora_rank"))):
        return layers * (latent + (_int(text.get("qk_rope_head_dim")) or 0)) * 2
    heads = _int(text.get("num_attention_heads"))
    width = _int(text.get("head_dim")) or ((_int(text.get("hidden_size")) or 0) // heads if heads else None)
    if not (layers and heads and width):
        return None
    return 2 * layers * (_int(text.get("num_key_value_heads")) or heads) * width * 2


def _stretched(text: _Config) -> bool:
    """It reads further than it was trained for: vLLM multiplies, by rules of each kind."""
    return any("factor" in _dict(text.get(key)) for key in ("rope_scaling", "rope_parameters"))


def _quantization(*configs: _Config) -> str | None:
    for config in configs:
        for key in ("quantization_config", "compression_config"):
            if found := _dict(config.get(key)):
                return str(found.get("quant_method", "unknown"))
    return None


def _has(folder: Path, names: tuple[str, ...]) -> bool:
    return any((folder / name).is_file() for name in names)


def _int(value: JsonValue) -> int | None:
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else None


def _dict(value: JsonValue) -> _Config:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []
