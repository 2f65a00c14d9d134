"""The models that are known by name, and the cards they run on, as data. docs/models.md says where figures are from."""

from difflib import get_close_matches

from jsl_pipeline.schemas import Value

GB = 10**9


class Model(Value):
    """A model that is known by name."""

    name: str
    """Its id on the model hub, or its name in John Snow Labs' library where `licensed`."""
    parameters: float
    """In billions."""
    active: float | None = None
    """Billions of them that one token passes through, where that is not all (a mixture of experts)."""
    vision: bool = True
    """It reads images, besides text."""
    reasoning: bool = False
    """It thinks aloud before it answers: more tokens a page."""
    licensed: bool = False
    """It comes with John Snow Labs' library, or as a folder from them; it is on no hub."""
    kv_bytes_per_token: int | None = None
    """Bytes of cache that a token takes at 16 bits; None where the architecture is not published."""


class Gpu(Value):
    """A card, or a Databricks workload of some."""

    name: str
    memory_bytes: int
    """Of one card, as it is sold: in units of 10^9 bytes. What a driver reports is a little more."""
    cards: int = 1
    workload_type: str | None = None
    """What Databricks Model Serving calls it, where it has it. Not every region does."""
    shrinks: bool = True
    """vLLM can hold weights in fp8 on it: compute capability 8.0 or higher."""


def _cache(layers: int, heads: int, width: int) -> int:
    """Keys and values at 16 bits: 2 x layers x key-value heads x width of a head x 2 bytes."""
    return 2 * layers * heads * width * 2


MODELS = (
    Model(name="jsl_meds_vl_3b", parameters=3, licensed=True),
    Model(name="jsl_meds_vl_4b", parameters=4, licensed=True),
    Model(name="jsl_meds_vl_7b", parameters=7, licensed=True),
    Model(name="jsl_meds_vl_8b", parameters=8, licensed=True),
    Model(name="jsl_medm_vl_30b", parameters=30, licensed=True),
    Model(name="jsl_meds_4b", parameters=4, vision=False, licensed=True),
    Model(name="jsl_meds_8b", parameters=8, vision=False, licensed=True),
    Model(name="jsl_medm_14b", parameters=14, vision=False, licensed=True),
    Model(name="jsl_meds_reasoning_8b", parameters=8, vision=False, reasoning=True, licensed=True),
    Model(name="jsl_medm_reasoning_32b", parameters=32, vision=False, reasoning=True, licensed=True),
    Model(name="HuggingFaceTB/SmolVLM-256M-Instruct", parameters=0.26, kv_bytes_per_token=_cache(30, 3, 64)),
    Model(name="HuggingFaceTB/SmolVLM-500M-Instruct", parameters=0.51, kv_bytes_per_token=_cache(32, 5, 64)),
    Model(name="HuggingFaceTB/SmolVLM2-2.2B-Instruct", parameters=2.25, kv_bytes_per_token=_cache(24, 32, 64)),
    Model(name="Qwen/Qwen2.5-VL-3B-Instruct", parameters=3.75, kv_bytes_per_token=_cache(36, 2, 128)),
    Model(name="Qwen/Qwen2.5-VL-7B-Instruct", parameters=8.29, kv_bytes_per_token=_cache(28, 4, 128)),
    Model(name="Qwen/Qwen3-VL-2B-Instruct", parameters=2.13, kv_bytes_per_token=_cache(28, 8, 128)),
    Model(name="Qwen/Qwen3-VL-4B-Instruct", parameters=4.44, kv_bytes_per_token=_cache(36, 8, 128)),
    Model(name="Qwen/Qwen3-VL-8B-Instruct", parameters=8.77, kv_bytes_per_token=_cache(36, 8, 128)),
    Model(name="Qwen/Qwen3-VL-30B-A3B-Instruct", parameters=31.07, active=3.3, kv_bytes_per_token=_cache(48, 4, 128)),
    Model(name="google/medgemma-4b-it", parameters=4.3, kv_bytes_per_token=_cache(34, 4, 256)),
    Model(name="google/medgemma-27b-it", parameters=27.43, kv_bytes_per_token=_cache(62, 16, 128)),
)

GPUS = (
    Gpu(name="T4", memory_bytes=16 * GB, workload_type="GPU_SMALL", shrinks=False),
    Gpu(name="A10G", memory_bytes=24 * GB, workload_type="GPU_MEDIUM"),
    Gpu(name="L4", memory_bytes=24 * GB),
    Gpu(name="A100 40 GB", memory_bytes=40 * GB),
    Gpu(name="L40S", memory_bytes=48 * GB),
    Gpu(name="A100 80 GB", memory_bytes=80 * GB, workload_type="GPU_LARGE"),
    Gpu(name="H100", memory_bytes=80 * GB, workload_type="GPU_XLARGE"),
    Gpu(name="RTX PRO 6000", memory_bytes=96 * GB, workload_type="GPU_LARGE_RTX"),
    Gpu(name="4 x A10G", memory_bytes=24 * GB, cards=4, workload_type="MULTIGPU_MEDIUM"),
    Gpu(name="H200", memory_bytes=141 * GB),
    Gpu(name="2 x A100 80 GB", memory_bytes=80 * GB, cards=2, workload_type="GPU_LARGE_2"),
    Gpu(name="8 x A10G", memory_bytes=24 * GB, cards=8, workload_type="GPU_MEDIUM_8"),
    Gpu(name="8 x A100 80 GB", memory_bytes=80 * GB, cards=8, workload_type="GPU_LARGE_8"),
)
"""The smallest first, as a whole."""


def find_model(name: str) -> Model | None:
    """The model of that name; None where it is not known, which says nothing against it."""
    return next((model for model in MODELS if model.name == name), None)


def find_gpu(workload_type: str) -> Gpu | None:
    """The cards of a Databricks workload type; None where it is not known."""
    return next((gpu for gpu in GPUS if gpu.workload_type == workload_type), None)


def similar_model(name: str) -> Model | None:
    """The known model that `name` most resembles, with or without the owner; None where none does.

    Models differ by a letter, such as 4B and 8B: this is for a message, after a name was not found.
    """
    spellings = {model.name.casefold(): model for model in MODELS}
    spellings |= {model.name.rpartition("/")[2].casefold(): model for model in MODELS}
    close = get_close_matches(name.casefold(), spellings, n=1, cutoff=0.8)
    return spellings[close[0]] if close else None
