"""What a folder says about its model, and what is said about a folder that is none."""

import json
from pathlib import Path
from typing import Any

import pytest

from jsl_pipeline.errors import EngineError
from jsl_pipeline.hosting import look_at
from tests.hosting.conftest import TEXT, VISION, Write


def test_a_whole_vision_model(model_folder: Write) -> None:
    facts = look_at(str(model_folder()))
    assert facts is not None
    assert facts.architectures == ("Qwen3VLForConditionalGeneration",)
    assert facts.vision
    assert facts.weight_bytes == 4096
    assert facts.kv_bytes_per_token == 2 * 36 * 8 * 128 * 2
    assert facts.max_positions == 262144
    assert (facts.tokenizer, facts.chat_template, facts.processor) == (True, True, True)
    assert facts.quantization is None
    assert not facts.wide


def test_a_model_of_text_keeps_its_configuration_at_the_top(model_folder: Write) -> None:
    facts = look_at(str(model_folder(TEXT | {"torch_dtype": "float32"})))
    assert facts is not None
    assert not facts.vision
    assert facts.wide
    assert facts.kv_bytes_per_token == 2 * 28 * 16 * 64 * 2  # no head_dim, no key-value heads: derived
    assert facts.max_positions == 40960


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({"kv_lora_rank": 512, "qk_rope_head_dim": 64}, 36 * (512 + 64) * 2),
        ({"layer_types": ["linear_attention"] * 27 + ["full_attention"] * 9}, 2 * 9 * 8 * 128 * 2),
        ({"num_attention_heads": None}, None),
        ({"num_hidden_layers": "many"}, None),
    ],
)
def test_kinds_of_attention_keep_different_caches(
    model_folder: Write, changed: dict[str, Any], expected: int | None
) -> None:
    facts = look_at(str(model_folder(VISION | {"text_config": VISION["text_config"] | changed})))
    assert facts is not None
    assert facts.kv_bytes_per_token == expected


def test_a_model_that_was_shrunk_or_stretched_says_so(model_folder: Write) -> None:
    text = VISION["text_config"] | {"rope_scaling": {"rope_type": "yarn", "factor": 4.0}}
    facts = look_at(str(model_folder(VISION | {"text_config": text, "quantization_config": {"quant_method": "awq"}})))
    assert facts is not None
    assert facts.quantization == "awq"
    assert facts.max_positions is None


@pytest.mark.parametrize("name", ["Qwen/Qwen3-VL-8B-Instruct", "gpt2", "s3://bucket/model"])
def test_what_is_not_on_this_disk_has_no_facts(name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert look_at(name) is None


@pytest.mark.parametrize("name", ["/models/nobody", "./nobody", "~/nobody/at/all", "a/b/c"])
def test_a_path_that_leads_nowhere_is_told(name: str) -> None:
    with pytest.raises(EngineError, match="There is no folder"):
        look_at(name)


def test_a_file_is_no_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "model.gguf").write_bytes(b"GGUF")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(EngineError, match="There is no folder"):
        look_at("model.gguf")


def test_an_empty_download_and_an_adapter_are_told_apart(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match="download is incomplete"):
        look_at(str(tmp_path))
    (tmp_path / "adapter_config.json").write_text("{}")
    with pytest.raises(EngineError, match="an adapter, not a model: merge it"):
        look_at(str(tmp_path))


def test_pointers_are_not_weights(model_folder: Write) -> None:
    folder = model_folder(weights=0)
    pointer = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 9\n"
    (folder / "model-00001-of-00002.safetensors").write_text(pointer)
    (folder / "model-00002-of-00002.safetensors").write_text(pointer)
    with pytest.raises(EngineError, match=r"2 files of .* are Git LFS pointers"):
        look_at(str(folder))


def test_a_download_that_broke_off_is_noticed(model_folder: Write) -> None:
    folder = model_folder()
    index = {"weight_map": {"a": "model.safetensors", "b": "model-00002-of-00002.safetensors"}}
    (folder / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(EngineError, match="1 of 2 files of weights are missing"):
        look_at(str(folder))


@pytest.mark.parametrize("text", ["", "no json", "[]", "[" * 100_000, '"text"', "{"])
def test_a_configuration_that_cannot_be_read_is_told(model_folder: Write, text: str) -> None:
    folder = model_folder()
    (folder / "config.json").write_text(text)
    with pytest.raises(EngineError, match="not JSON that describes a model"):
        look_at(str(folder))


def test_a_configuration_without_end_is_not_read(model_folder: Write) -> None:
    folder = model_folder()
    with (folder / "config.json").open("wb") as file:
        file.truncate(200 * 2**20)
    with pytest.raises(EngineError, match="not JSON"):
        look_at(str(folder))
