"""Tiny models with random weights, of architectures that real ones have, as folders that vLLM loads."""

from pathlib import Path
from typing import Any, Literal

import torch
from tokenizers import AddedToken, Tokenizer, decoders, models, pre_tokenizers, trainers
from transformers import (
    Idefics3Config,
    Idefics3ForConditionalGeneration,
    Idefics3ImageProcessor,
    Idefics3Processor,
    PreTrainedTokenizerFast,
    Qwen2VLImageProcessor,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3VLConfig,
    Qwen3VLForConditionalGeneration,
    Qwen3VLProcessor,
    Qwen3VLVideoProcessor,
)

from jsl_pipeline.engines.endpoint.prompt import DEFAULT_PROMPT
from jsl_pipeline.schemas import Candidate

Architecture = Literal["qwen3_vl", "idefics3", "qwen3"]

_HIDDEN = 64
_PAD, _TURN = "<|endoftext|>", "<|im_start|>"
_LAYERS: dict[str, Any] = {"hidden_size": _HIDDEN, "intermediate_size": 128, "initializer_range": 0.2}
_TILE, _ACROSS = 128, 4  # pixels of the squares that Idefics 3 cuts a page into, and how many at most
_TILES = [f"<row_{row}_col_{column}>" for row in range(1, _ACROSS + 1) for column in range(1, _ACROSS + 1)]
_CONTRAST: dict[str, Any] = {"image_mean": [0.9] * 3, "image_std": [0.1] * 3}  # paper is 1, ink is -9

_IMAGE: dict[Architecture, tuple[str, ...]] = {
    "qwen3_vl": ("<|vision_start|>", "<|image_pad|>", "<|vision_end|>"),
    "idefics3": ("<image>",),
    "qwen3": (),
}
_END: dict[Architecture, str] = {"qwen3_vl": "<|im_end|>", "idefics3": "<end_of_utterance>", "qwen3": "<|im_end|>"}
_OTHERS: dict[Architecture, tuple[str, ...]] = {
    "qwen3_vl": ("<|video_pad|>",),
    "idefics3": ("<fake_token_around_image>", "<global-img>", *_TILES),
    "qwen3": (),
}
# With these, pages get answers of their own, of some 100 to 500 tokens.
_SEEDS: dict[Architecture, int] = {"qwen3_vl": 2, "idefics3": 0, "qwen3": 0}
_TEMPLATE = """\
{%- for message in messages -%}
{{ TURN + message.role + '\\n' }}
{%- if message.content is string -%}{{ message.content }}
{%- else -%}{%- for part in message.content -%}
{{ part.text if part.type == 'text' else IMAGE }}
{%- endfor -%}{%- endif -%}
{{ END + '\\n' }}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ TURN + 'assistant\\n' }}{%- endif -%}"""


def build_model(architecture: Architecture, folder: Path) -> Path:
    """Write weights, tokenizer, chat template and image settings into a folder, the same ones each time: 1 MB.

    A page of any size takes a few hundred tokens at most. `qwen3` reads text alone.
    """
    torch.manual_seed(_SEEDS[architecture])
    tokenizer = _tokenizer(architecture)
    model, processor = _BUILT[architecture](tokenizer)
    _prefer_short_answers(model, tokenizer)
    model.generation_config.eos_token_id = tokenizer.eos_token_id
    model.to(torch.bfloat16).save_pretrained(folder)
    processor.save_pretrained(folder)
    return folder


def _tokenizer(architecture: Architecture) -> PreTrainedTokenizerFast:
    """Byte pairs of the prompt and of a blank answer, so that both are short."""
    bare = Tokenizer(models.BPE())
    bare.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    bare.decoder = decoders.ByteLevel()
    alphabet = pre_tokenizers.ByteLevel.alphabet()
    blank = Candidate.model_validate({"medications": [{"name": ""}, {"name": ""}]}).model_dump_json()
    bare.train_from_iterator(
        [DEFAULT_PROMPT, blank] * 2, trainers.BpeTrainer(vocab_size=900, initial_alphabet=alphabet, show_progress=False)
    )
    special = [_PAD, _TURN, _END[architecture], *_IMAGE[architecture], *_OTHERS[architecture]]
    bare.add_special_tokens([AddedToken(token, special=True, normalized=False) for token in special])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=bare, eos_token=_END[architecture], pad_token=_PAD, additional_special_tokens=special
    )
    template = _TEMPLATE.replace("TURN", repr(_TURN)).replace("END", repr(_END[architecture]))
    tokenizer.chat_template = template.replace("IMAGE", repr("".join(_IMAGE[architecture])))
    return tokenizer


def _text(tokenizer: PreTrainedTokenizerFast) -> dict[str, Any]:
    return _LAYERS | {
        "vocab_size": -(-len(tokenizer) // 64) * 64,
        "num_hidden_layers": 2,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": _HIDDEN // 2,
        "max_position_embeddings": 32768,
        "bos_token_id": None,
        "eos_token_id": tokenizer.eos_token_id,
        "pad_token_id": tokenizer.pad_token_id,
    }


def _qwen(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any]:
    number = tokenizer.convert_tokens_to_ids
    patch, merged = 16, 2
    config = Qwen3VLConfig(
        text_config=_text(tokenizer)
        | {
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 5e6,
                "mrope_section": [4, 6, 6],
                "mrope_interleaved": True,
            }
        },
        vision_config=_LAYERS
        | {
            "depth": 2,
            "num_heads": 2,
            "out_hidden_size": _HIDDEN,
            "patch_size": patch,
            "spatial_merge_size": merged,
            "num_position_embeddings": 256,
            "deepstack_visual_indexes": [0],
        },
        image_token_id=number("<|image_pad|>"),
        video_token_id=number("<|video_pad|>"),
        vision_start_token_id=number("<|vision_start|>"),
        vision_end_token_id=number("<|vision_end|>"),
        tie_word_embeddings=False,
    )
    area = (patch * merged) ** 2  # pixels of a token
    images = Qwen2VLImageProcessor(
        patch_size=patch, merge_size=merged, size={"shortest_edge": 4 * area, "longest_edge": 300 * area}, **_CONTRAST
    )
    videos = Qwen3VLVideoProcessor(patch_size=patch, merge_size=merged)
    processor = Qwen3VLProcessor(images, tokenizer, videos, chat_template=tokenizer.chat_template)
    return Qwen3VLForConditionalGeneration(config), processor


def _idefics(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any]:
    patch, scale = 16, 2
    config = Idefics3Config(
        text_config=_text(tokenizer) | {"model_type": "llama"},
        vision_config=_LAYERS
        | {"num_hidden_layers": 2, "num_attention_heads": 2, "image_size": _TILE, "patch_size": patch},
        image_token_id=tokenizer.convert_tokens_to_ids("<image>"),
        scale_factor=scale,
        pad_token_id=tokenizer.pad_token_id,
        tie_word_embeddings=False,
    )
    images = Idefics3ImageProcessor(
        size={"longest_edge": _ACROSS * _TILE}, max_image_size={"longest_edge": _TILE}, **_CONTRAST
    )
    tokens = (_TILE // patch // scale) ** 2
    processor = Idefics3Processor(images, tokenizer, image_seq_len=tokens, chat_template=tokenizer.chat_template)
    return Idefics3ForConditionalGeneration(config), processor


def _text_alone(tokenizer: PreTrainedTokenizerFast) -> tuple[Any, Any]:
    return Qwen3ForCausalLM(Qwen3Config(**_text(tokenizer), tie_word_embeddings=False)), tokenizer


_BUILT = {"qwen3_vl": _qwen, "idefics3": _idefics, "qwen3": _text_alone}


def _prefer_short_answers(model: Any, tokenizer: PreTrainedTokenizerFast) -> None:
    """Make the model close what it opened.

    Weights at random fill every string and list to its bound. So one dimension is the same for every token, and with
    it the output weights say how much a token is liked whatever went before; the other dimensions vary the answer.
    """
    with torch.no_grad():
        entry, out = model.get_input_embeddings().weight, model.get_output_embeddings().weight
        entry.normal_()[:, 0] = 8
        out.normal_(std=0.3)[:, 0] = 0
        for number in range(len(tokenizer)):
            out[number, 0] = _liking(tokenizer.decode([number]))


def _liking(token: str) -> float:
    """A list has one item at most, strings end soon, and what may be null often is."""
    if token.endswith((",", ",{", ',{"')) or not token.isascii():  # the latter: parts of letters that few fonts have
        return -2.0
    if token.startswith('"') and "[" not in token:
        return 1.2
    return 1.4 if token == "null" else 0.0
