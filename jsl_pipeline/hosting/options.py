"""What vLLM is told about a model, the same whether it runs in a process of ours or as a server of its own."""

import json
import os
from typing import Literal, Self

from pydantic import Field, JsonValue, model_validator

from jsl_pipeline.hosting import plugin
from jsl_pipeline.schemas import Value

Quantization = Literal["fp8", "awq", "awq_marlin", "gptq", "gptq_marlin", "bitsandbytes", "compressed-tensors"]

_SECRETS = {"hf_token": "HF_TOKEN", "api_key": "VLLM_API_KEY"}
_NO_HOST = "none.invalid"  # RFC 6761: never resolves; an empty list would allow all


class VllmOptions(Value):
    """A model and how vLLM holds it. The defaults serve pages of 960x1280 on one card that has room for the weights."""

    model: str = Field(min_length=1, description="Folder of the weights, or their name on the model hub.")
    revision: str | None = Field(default=None, description="Branch, tag or commit of a hub model; pin one.")
    tensor_parallel: int = Field(default=1, ge=1, description="Cards that share the weights of one model.")
    data_parallel: int = Field(default=1, ge=1, description="Models side by side, each on cards of its own.")
    memory_share: float = Field(default=0.9, gt=0, lt=1, description="Part of a card's memory that vLLM takes.")
    quantization: Quantization | None = Field(
        default=None, description="Shrink weights as they are loaded (fp8), or name how they were shrunk."
    )
    max_model_len: int = Field(
        default=16384,
        ge=512,
        description="Tokens of a page: pixels, prompt and answer. Room for them is set aside, so no more than needed.",
    )
    max_sequences: int | None = Field(
        default=None, ge=1, description="Pages worked on at once; vLLM's own choice for the card where unset."
    )
    max_images: int = Field(default=1, ge=1, description="Images of a request.")
    eager: bool = Field(default=False, description="No compilation: starts minutes sooner, answers more slowly.")
    load_format: str = Field(default="auto", description="As vLLM's; `dummy` fills weights at random, to measure.")
    trust_remote_code: bool = Field(default=False, description="Run Python that comes with the model.")
    options: dict[str, JsonValue] = Field(
        default={}, description="Further options by vLLM's own names, e.g. {'kv_cache_dtype': 'fp8'}. They win."
    )

    @model_validator(mode="after")
    def _leaves_grammar_and_secrets(self) -> Self:
        if "structured_outputs_config" in self.options:
            raise ValueError("`structured_outputs_config` is set by this engine; answers would lose their form")
        for secret, variable in _SECRETS.items():
            if secret in self.options:
                raise ValueError(f"`{secret}` would be seen on a command line; set {variable} in the environment")
        return self

    def environment(self) -> dict[str, str]:
        """Environment variables of vLLM below this process: it has no other way to be told."""
        told = {plugin.ROOT: str(os.getpid()), "VLLM_NO_USAGE_STATS": "1", "DO_NOT_TRACK": "1"}
        # What is on disk needs no hub, and none is asked.
        return told | ({"HF_HUB_OFFLINE": "1"} if os.path.exists(self.model) else {})

    def engine_arguments(self) -> dict[str, JsonValue]:
        """Keyword arguments of vLLM's `EngineArgs`.

        `guidance` holds answers to the schema: `xgrammar` lets raw control characters into strings. Pages are never
        repeated, so nothing is gained by caching prepared images. `generation_config` keeps the model's published
        sampling habits, a repetition penalty among them, out of copying. Images come with their request: whoever may
        ask must not have the server fetch what it alone can reach, so no host is one that it fetches images from.
        """
        named: dict[str, JsonValue] = {
            "model": self.model,
            "revision": self.revision,
            "tensor_parallel_size": self.tensor_parallel,
            "data_parallel_size": self.data_parallel,
            "gpu_memory_utilization": self.memory_share,
            "quantization": self.quantization,
            "max_model_len": self.max_model_len,
            "max_num_seqs": self.max_sequences,
            "limit_mm_per_prompt": {"image": self.max_images, "video": 0},
            "enforce_eager": self.eager,
            "load_format": self.load_format,
            "trust_remote_code": self.trust_remote_code,
            "structured_outputs_config": {"backend": "guidance", "disable_any_whitespace": True},
            "enable_prefix_caching": True,
            "mm_processor_cache_gb": 0,
            "allowed_media_domains": [_NO_HOST],
            "generation_config": "vllm",
            "seed": 0,
        }
        return {name: value for name, value in (named | self.options).items() if value is not None}

    def server_arguments(self) -> list[str]:
        """The same as arguments of `vllm serve`, the model first."""
        words: list[str] = []
        for name, value in self.engine_arguments().items():
            flag = f"--{name.replace('_', '-')}"
            match value:
                case True:
                    words.append(flag)
                case False:
                    words.append(f"--no-{flag[2:]}")
                case str() if name == "model":
                    words.insert(0, value)
                case str():
                    words.append(f"{flag}={value}")
                case list():
                    words += [flag, *map(str, value)] if value else []
                case _:
                    words.append(f"{flag}={json.dumps(value)}")
        return words
