"""Models to measure with: architectures of published ones, weights at random, drawn up without a model hub.

A folder holds what vLLM reads besides weights: configuration, tokenizer, chat template and image settings. Figures are
those of the `config.json` and `preprocessor_config.json` of Qwen/Qwen2.5-VL-3B-Instruct, Qwen/Qwen3-VL-8B-Instruct and
Qwen/Qwen3-VL-30B-A3B-Instruct. The tokenizer is our own, of the published size: every token then costs what a real one
does, in the last layer and in the grammar. It says what English takes in about as many tokens.
"""

import json
import random
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from jsl_pipeline.engines.endpoint.prompt import DEFAULT_PROMPT

_SPECIAL = (
    *("endoftext", "im_start", "im_end", "object_ref_start", "object_ref_end", "box_start", "box_end"),
    *("quad_start", "quad_end", "vision_start", "vision_end", "vision_pad", "image_pad", "video_pad"),
)
_TEMPLATE = """\
{%- for message in messages -%}
{{ '<|im_start|>' + message.role + '\\n' }}
{%- if message.content is string -%}{{ message.content }}
{%- else -%}{%- for part in message.content -%}
{{ part.text if part.type == 'text' else '<|vision_start|><|image_pad|><|vision_end|>' }}
{%- endfor -%}{%- endif -%}
{{ '<|im_end|>\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}"""


@dataclass(frozen=True)
class Architecture:
    """What a model is made of, in the terms of its `config.json`."""

    name: str
    like: str
    """The published model that it is the size of."""
    kind: str
    text: dict[str, Any]
    vision: dict[str, Any]
    tokens: int = 151643
    """Of the tokenizer, special ones apart."""

    def shrunk(self) -> "Architecture":
        """The same architecture, small enough for a CPU to run a page in a moment."""
        experts = {"num_experts": 4, "num_experts_per_tok": 2, "moe_intermediate_size": 64}
        text = self.text | {"hidden_size": 128, "intermediate_size": 256, "num_hidden_layers": 2}
        text |= {"num_attention_heads": 4, "num_key_value_heads": 2, "head_dim": 32, "vocab_size": 4096}
        text |= {name: count for name, count in experts.items() if name in text}
        vision = self.vision | {"depth": 2, "hidden_size": 64, "intermediate_size": 128, "num_heads": 2}
        vision |= {"out_hidden_size": 128}
        vision |= {name: [0] for name in ("deepstack_visual_indexes", "fullatt_block_indexes") if name in vision}
        return replace(self, name=f"{self.name}-shrunk", text=text, vision=vision, tokens=4000)


_TEXT = {"hidden_act": "silu", "rms_norm_eps": 1e-6, "vocab_size": 151936, "initializer_range": 0.02}
_QWEN3_VISION = {
    "depth": 27,
    "hidden_size": 1152,
    "intermediate_size": 4304,
    "num_heads": 16,
    "patch_size": 16,
    "spatial_merge_size": 2,
    "temporal_patch_size": 2,
    "num_position_embeddings": 2304,
    "in_channels": 3,
    "hidden_act": "gelu_pytorch_tanh",
    "deepstack_visual_indexes": [8, 16, 24],
}
_QWEN3_TEXT = _TEXT | {"head_dim": 128, "max_position_embeddings": 262144, "rope_theta": 5000000}

ARCHITECTURES = {
    "3b": Architecture(
        name="3b",
        like="Qwen2.5-VL-3B",
        kind="qwen2_5_vl",
        text=_TEXT
        | {
            "hidden_size": 2048,
            "intermediate_size": 11008,
            "num_hidden_layers": 36,
            "num_attention_heads": 16,
            "num_key_value_heads": 2,
            "max_position_embeddings": 128000,
            "rope_theta": 1000000.0,
            "tie_word_embeddings": True,
        },
        vision={
            "depth": 32,
            "hidden_size": 1280,
            "intermediate_size": 3420,
            "num_heads": 16,
            "patch_size": 14,
            "spatial_patch_size": 14,
            "spatial_merge_size": 2,
            "temporal_patch_size": 2,
            "in_chans": 3,
            "hidden_act": "silu",
            "out_hidden_size": 2048,
            "window_size": 112,
            "fullatt_block_indexes": [7, 15, 23, 31],
            "tokens_per_second": 2,
        },
    ),
    "8b": Architecture(
        name="8b",
        like="Qwen3-VL-8B",
        kind="qwen3_vl",
        text=_QWEN3_TEXT
        | {
            "hidden_size": 4096,
            "intermediate_size": 12288,
            "num_hidden_layers": 36,
            "num_attention_heads": 32,
            "num_key_value_heads": 8,
        },
        vision=_QWEN3_VISION | {"out_hidden_size": 4096},
    ),
    "30b": Architecture(
        name="30b",
        like="Qwen3-VL-30B-A3B",
        kind="qwen3_vl_moe",
        text=_QWEN3_TEXT
        | {
            "hidden_size": 2048,
            "intermediate_size": 6144,
            "num_hidden_layers": 48,
            "num_attention_heads": 32,
            "num_key_value_heads": 4,
            "num_experts": 128,
            "num_experts_per_tok": 8,
            "moe_intermediate_size": 768,
            "norm_topk_prob": True,
            "decoder_sparse_step": 1,
            "mlp_only_layers": [],
        },
        vision=_QWEN3_VISION | {"out_hidden_size": 2048},
    ),
}
CPU_SIZED = replace(
    ARCHITECTURES["8b"],
    name="cpu",
    like="a Qwen3-VL of 10 million parameters",
    text=ARCHITECTURES["8b"].text
    | {
        "hidden_size": 256,
        "intermediate_size": 768,
        "num_hidden_layers": 4,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "head_dim": 64,
        "vocab_size": 8192,
    },
    vision=_QWEN3_VISION
    | {"depth": 2, "hidden_size": 128, "intermediate_size": 384, "num_heads": 2, "out_hidden_size": 256}
    | {"deepstack_visual_indexes": [0, 1]},
    tokens=8000,
)
"""So small that a page of 480x640 takes a CPU about as long as one of full size takes a GPU that is kept busy."""


def write_model(model: Architecture, folder: Path) -> Path:
    """Write the folder; `load_format="dummy"` loads it."""
    folder.mkdir(parents=True)
    tokenizer = _tokenizer(model.tokens)
    tokenizer.save(str(folder / "tokenizer.json"))
    numbers = {name: tokenizer.token_to_id(f"<|{name}|>") for name in _SPECIAL}
    for name, content in _files(model, numbers).items():
        (folder / name).write_text(json.dumps(content, indent=1) + "\n")
    (folder / "chat_template.jinja").write_text(_TEMPLATE)
    return folder


def _files(model: Architecture, number: dict[str, int]) -> dict[str, dict[str, Any]]:
    ends = {"bos_token_id": number["endoftext"], "eos_token_id": number["im_end"]}
    marks = {f"{name}_token_id": number[f"{name}_pad"] for name in ("image", "video")}
    marks |= {f"vision_{name}_token_id": number[f"vision_{name}"] for name in ("start", "end")}
    older = model.kind == "qwen2_5_vl"
    rope = {"type": "mrope", "mrope_section": _sections(model, (16, 24, 24) if older else (24, 20, 20))}
    if not older:
        rope = {"rope_type": "default", "mrope_section": rope["mrope_section"], "mrope_interleaved": True}
    text = model.text | ends | {"rope_scaling": rope, "dtype": "bfloat16", "model_type": f"{model.kind}_text"}
    name = {"qwen2_5_vl": "Qwen2_5_VL", "qwen3_vl": "Qwen3VL", "qwen3_vl_moe": "Qwen3VLMoe"}[model.kind]
    config = {
        "architectures": [f"{name}ForConditionalGeneration"],
        "model_type": model.kind,
        "dtype": "bfloat16",
        "transformers_version": "4.57.0",
        "tie_word_embeddings": model.text.get("tie_word_embeddings", False),
        "text_config": text,
        "vision_config": model.vision | {"model_type": f"{model.kind}_vision" if not older else model.kind},
    }
    return {
        "config.json": config | ends | marks,
        "generation_config.json": {**ends, "do_sample": False},
        "tokenizer_config.json": {
            "tokenizer_class": "PreTrainedTokenizerFast",
            "eos_token": "<|im_end|>",
            "pad_token": "<|endoftext|>",
            "model_max_length": model.text["max_position_embeddings"],
            "clean_up_tokenization_spaces": False,
        },
        **_image_settings(model),
    }


def _sections(model: Architecture, published: tuple[int, int, int]) -> list[int]:
    """How a head's dimensions are shared out among time, height and width: half of its width in all."""
    width = model.text.get("head_dim") or model.text["hidden_size"] // model.text["num_attention_heads"]
    height = published[1] * width // 128
    return [width // 2 - 2 * height, height, height]


def _image_settings(model: Architecture) -> dict[str, dict[str, Any]]:
    patches = {name: model.vision[name] for name in ("patch_size", "temporal_patch_size")}
    patches["merge_size"] = model.vision["spatial_merge_size"]
    if model.kind == "qwen2_5_vl":
        colours = {
            "image_mean": [0.48145466, 0.4578275, 0.40821073],
            "image_std": [0.26862954, 0.26130258, 0.27577711],
        }
        sizes, processor = {"min_pixels": 3136, "max_pixels": 12845056}, "Qwen2_5_VLProcessor"
        videos = "Qwen2VLVideoProcessor"
    else:
        colours = {"image_mean": [0.5] * 3, "image_std": [0.5] * 3}
        sizes, processor = {"size": {"longest_edge": 16777216, "shortest_edge": 65536}}, "Qwen3VLProcessor"
        videos = "Qwen3VLVideoProcessor"
    images = patches | colours | sizes | {"processor_class": processor, "image_processor_type": "Qwen2VLImageProcessor"}
    return {
        "preprocessor_config.json": images,
        "video_preprocessor_config.json": patches
        | colours
        | {"processor_class": processor, "video_processor_type": videos},
    }


def _tokenizer(tokens: int) -> Any:  # noqa: ANN401  (tokenizers come with vLLM)
    """Byte pairs: those of the prompt first, then any others, up to the number wanted."""
    from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers

    trained = Tokenizer(models.BPE())
    trained.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    trained.train_from_iterator(
        [DEFAULT_PROMPT] * 2, trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    )
    learnt = json.loads(trained.to_str())["model"]
    vocabulary: dict[str, int] = learnt["vocab"]
    merges = [tuple(merge) for merge in learnt["merges"]]
    for left, right in _further_pairs():
        if len(vocabulary) >= tokens:
            break
        if left + right not in vocabulary:
            vocabulary[left + right] = len(vocabulary)
            merges.append((left, right))
    whole = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
    whole.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    whole.decoder = decoders.ByteLevel()
    whole.add_special_tokens([AddedToken(f"<|{name}|>", special=True, normalized=False) for name in _SPECIAL])
    return whole


def _further_pairs() -> list[tuple[str, str]]:
    """Two letters, then three, in an order that is the same each time."""
    letters = [chr(code) for code in range(33, 127)]
    pairs = [(left, right) for left in letters for right in letters]
    triples = [(left + right, last) for left, right in pairs for last in letters]
    mixed = random.Random(0)
    mixed.shuffle(pairs)
    mixed.shuffle(triples)
    return pairs + triples
