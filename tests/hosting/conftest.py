"""Folders of models that are small enough to write and large enough to look at."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

VISION: dict[str, Any] = {
    "architectures": ["Qwen3VLForConditionalGeneration"],
    "image_token_id": 407,
    "dtype": "bfloat16",
    "vision_config": {"depth": 2},
    "text_config": {
        "num_hidden_layers": 36,
        "num_attention_heads": 32,
        "num_key_value_heads": 8,
        "head_dim": 128,
        "hidden_size": 4096,
        "max_position_embeddings": 262144,
    },
}
TEXT: dict[str, Any] = {
    "architectures": ["Qwen3ForCausalLM"],
    "num_hidden_layers": 28,
    "num_attention_heads": 16,
    "hidden_size": 1024,
    "max_position_embeddings": 40960,
}

Write = Callable[..., Path]


@pytest.fixture
def model_folder(tmp_path: Path) -> Write:
    """Writes a whole vision model, `weights` bytes of it (sparse on disk) weights, `without` some of its files."""

    def write(config: dict[str, Any] = VISION, weights: int = 4096, without: tuple[str, ...] = ()) -> Path:
        folder = tmp_path / "models" / "tiny model"
        folder.mkdir(parents=True)
        files = {
            "config.json": json.dumps(config),
            "tokenizer.json": "{}",
            "tokenizer_config.json": "{}",
            "chat_template.jinja": "{{ messages }}",
            "preprocessor_config.json": "{}",
        }
        if "vision_config" not in config:
            del files["preprocessor_config.json"]
        for name, text in files.items():
            if name not in without:
                (folder / name).write_text(text)
        if weights:
            with (folder / "model.safetensors").open("wb") as file:
                file.truncate(weights)
        return folder

    return write
