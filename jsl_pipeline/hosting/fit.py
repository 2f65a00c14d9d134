"""Whether a model has room on a card, and what to change where it has not. An estimate: see `Needs`."""

from collections.abc import Iterator

from jsl_pipeline.errors import EngineError
from jsl_pipeline.hosting.catalogue import GB, GPUS, Gpu, Model, find_model, similar_model
from jsl_pipeline.hosting.options import Quantization, VllmOptions
from jsl_pipeline.hosting.weights import ModelFacts, look_at
from jsl_pipeline.schemas import Value

_STORED = 2.0  # bytes of a parameter at 16 bits
_BYTES: dict[str | None, float] = {None: _STORED, "fp8": 1, "compressed-tensors": 1}  # all others have 4 bits
_SHRINKS = ("fp8", "bitsandbytes")  # as weights are loaded; the others name how they were stored
_PAGE = 3000  # tokens: 1,200 to 1,600 of pixels at 960x1280, the rest prompt, schema and answer
_UNKNOWN_CACHE = 2 * 64 * 8 * 128 * 2  # bytes a token where nothing is published: as Qwen3-32B, more than most
_FIXED = 2 * GB
_SHARE = 0.1


class Needs(Value):
    """Bytes that vLLM takes of each card.

    `weights` and `cache` follow from the model. `working` is a margin for all else: activations, the vision tower's
    images, compiled graphs, and the layers that stay at 16 bits when others shrink.
    """

    weights: int
    cache: int
    working: int

    @property
    def total(self) -> int:
        """All of it."""
        return self.weights + self.cache + self.working


class Fit(Value):
    """How a model and a card go together."""

    ok: bool
    needs: Needs
    """With one page of the longest in the cache, which is the least that vLLM starts with."""
    available: int
    """Bytes of each card that vLLM may take."""
    pages: int
    """Usual pages, of 3,000 tokens, that have room in the cache at once."""
    advice: str
    """A sentence: what is needed, what is there, and where that is too little, what to change."""


def needed_bytes(
    parameters: float,
    quantization: Quantization | None = None,
    tokens: int = 16384,
    kv_bytes_per_token: int | None = None,
    cards: int = 1,
) -> Needs:
    """What a model of `parameters` billions needs of each of `cards` that share it, for `tokens` in the cache.

    weights = parameters x 10^9 x bytes / cards: 2 bytes at 16 bits, 1 in fp8, 0.5 in the 4-bit forms;
    cache = tokens x bytes a token / cards; working = 2 GB + a tenth of the weights at 16 bits / cards.
    """
    whole = parameters * GB
    return _needs(whole * _bytes(quantization), whole * _STORED, tokens, kv_bytes_per_token, cards)


def fits(model: Model | ModelFacts, gpu: Gpu, options: VllmOptions) -> Fit:
    """Whether `options` have room on `gpu`. What `options.options` says by vLLM's own names counts."""
    needs = _of(model, options)
    available = _available(gpu, options)
    short = gpu.workload_type is not None and _cards(options) > gpu.cards
    ok = needs.total <= available and not short
    tokens = (available - needs.total + needs.cache) * _length(options) // needs.cache
    pages = min(tokens // _PAGE, options.max_sequences or tokens) if ok else 0
    sentence = f"It needs about {_gb(needs.total)} of each card and may take {_gb(available)} of {_a(gpu)}"
    if short:
        sentence = f"It is to be shared by {_cards(options)} cards, and {gpu.workload_type} has {gpu.cards}"
    if not ok:
        ways = list(_workloads(model, options) if short else _ways(model, gpu, options))
        sentence += ": " + (", or ".join(ways) if ways else "no known card has room for it")
    return Fit(ok=ok, needs=needs, available=available, pages=pages, advice=sentence + ".")


def check_model(options: VllmOptions, gpu_bytes: int | None, vision: bool = True) -> None:
    """Raise EngineError where vLLM would fail to load the model, with a sentence about what to change.

    `gpu_bytes` is the memory of one card; None where there is none, and only the model itself is looked at. Memory
    is refused only where weights and one page of cache alone are too much: the margin is left to vLLM.
    """
    facts = look_at(options.model)
    model = facts or _by_name(options.model)
    if vision and model is not None and not model.vision:
        raise EngineError(f"The model {options.model} reads text alone; pages are images, and need a vision model.")
    if facts is not None:
        _check_folder(facts, options, vision)
    if model is None or gpu_bytes is None or not _weights(model, options.quantization):
        return
    gpu = Gpu(name="this card", memory_bytes=gpu_bytes)
    needs = _of(model, options)
    cache = needs.cache if model.kv_bytes_per_token else 0
    if needs.weights + cache > _available(gpu, options):
        raise EngineError(f"The model {options.model} does not fit. {fits(model, gpu, options).advice}")


def _by_name(name: str) -> Model | None:
    known, near = find_model(name), similar_model(name)
    if (known is not None and known.licensed) or (known is None and name.startswith("jsl_")):
        meant = f"; {near.name} is the nearest of those known" if known is None and near is not None else ""
        raise EngineError(
            f"The model {name} comes with John Snow Labs' library and is on no hub{meant}: set the engine's `kind` to "
            "jsl where that library is, or `model` to the folder of its weights."
        )
    if known is None and "/" not in name and near is not None:
        raise EngineError(f"There is no folder {name}, and no model of that name on the hub. Is it {near.name}?")
    return known


def _check_folder(facts: ModelFacts, options: VllmOptions, vision: bool) -> None:
    given, folder = options.engine_arguments(), options.model
    if not facts.weight_bytes and given["load_format"] != "dummy":
        raise EngineError(f"The folder {folder} has no files of weights (*.safetensors): its download is incomplete.")
    if not facts.tokenizer and "tokenizer" not in given:
        raise EngineError(f"The folder {folder} has no tokenizer: copy tokenizer.json from the model it was made of.")
    if vision and not facts.processor:
        raise EngineError(
            f"The folder {folder} does not say how images are prepared: copy preprocessor_config.json or "
            "processor_config.json from the model it was made of."
        )
    if not facts.chat_template and "chat_template" not in given:
        raise EngineError(
            f"The folder {folder} has no chat template: copy chat_template.jinja from the model it was made of. "
            "A model that was pre-trained and no more has none, and follows no instructions."
        )
    length = _length(options)
    if facts.max_positions is not None and length > facts.max_positions:
        raise EngineError(
            f"`max_model_len` is {length} tokens, and the model {folder} was made for {facts.max_positions}: set it to "
            "that or less."
        )


def _ways(model: Model | ModelFacts, gpu: Gpu, options: VllmOptions) -> Iterator[str]:
    """What to change, one thing at a time, as far as it helps."""
    shrunk = options.model_copy(update={"quantization": "fp8"})
    stored = isinstance(model, ModelFacts) and model.quantization is not None
    if options.quantization is None and not stored and gpu.shrinks and _room(model, gpu, shrunk):
        yield 'set `quantization` to "fp8"'
    yield from _shared(model, gpu, options)
    shorter = (options.model_copy(update={"max_model_len": length}) for length in (12288, 8192, 6144, 4096))
    least = (each for each in shorter if each.max_model_len < options.max_model_len)
    if shorter_one := next((each for each in least if _room(model, gpu, each)), None):
        yield f"set `max_model_len` to {shorter_one.max_model_len}"
    single = (each for each in GPUS if each.cards == 1 and each.memory_bytes > gpu.memory_bytes)
    served = (each for each in single if each.workload_type or not gpu.workload_type)
    if bigger := next((each for each in served if _room(model, each, options)), None):
        yield f"take {_a(bigger)}"


def _shared(model: Model | ModelFacts, gpu: Gpu, options: VllmOptions) -> Iterator[str]:
    """The fewest cards of the same kind with room, of which Model Serving offers but a few numbers."""
    for cards in (2, 4, 8):
        shared = options.model_copy(update={"tensor_parallel": cards})
        alike = (each for each in GPUS if each.workload_type and each.memory_bytes == gpu.memory_bytes)
        served = next((each for each in alike if each.cards == cards and each.cards > gpu.cards), None)
        offered = served is not None or not gpu.workload_type
        if offered and cards > options.tensor_parallel and _room(model, gpu, shared):
            named = f"{served.workload_type}, " if served and gpu.workload_type else ""
            yield f"set `tensor_parallel` to {cards} ({named}{cards} cards)"
            return


def _workloads(model: Model | ModelFacts, options: VllmOptions) -> Iterator[str]:
    shared = (gpu for gpu in GPUS if gpu.workload_type and gpu.cards >= _cards(options))
    if enough := next((gpu for gpu in shared if _room(model, gpu, options)), None):
        yield f"take {_a(enough)}"


def _room(model: Model | ModelFacts, gpu: Gpu, options: VllmOptions) -> bool:
    return _of(model, options).total <= _available(gpu, options)


def _of(model: Model | ModelFacts, options: VllmOptions) -> Needs:
    given = options.engine_arguments()
    per_token = model.kv_bytes_per_token or _UNKNOWN_CACHE
    if str(given.get("kv_cache_dtype", "auto")).startswith("fp8"):
        per_token //= 2
    weights, whole = _weights(model, options.quantization), _weights(model, None)
    return _needs(weights, whole, _length(options), per_token, _cards(options))


def _weights(model: Model | ModelFacts, quantization: Quantization | None) -> float:
    if isinstance(model, Model):
        return model.parameters * GB * _bytes(quantization)
    loaded = model.weight_bytes / (2 if model.wide else 1)
    if model.quantization is None and quantization in _SHRINKS:
        return loaded * _bytes(quantization) / _STORED
    return loaded


def _needs(weights: float, whole: float, tokens: int, per_token: int | None, cards: int) -> Needs:
    return Needs(
        weights=round(weights / cards),
        cache=round(tokens * (per_token or _UNKNOWN_CACHE) / cards),
        working=round(_FIXED + _SHARE * whole / cards),
    )


def _bytes(quantization: Quantization | None) -> float:
    return _BYTES.get(quantization, 0.5)


def _cards(options: VllmOptions) -> int:
    given = options.engine_arguments()
    return _count(given["tensor_parallel_size"]) * _count(given.get("pipeline_parallel_size", 1))


def _available(gpu: Gpu, options: VllmOptions) -> int:
    share = options.engine_arguments()["gpu_memory_utilization"]
    return round(gpu.memory_bytes * share) if isinstance(share, int | float) else gpu.memory_bytes


def _length(options: VllmOptions) -> int:
    return _count(options.engine_arguments()["max_model_len"])


def _count(value: object) -> int:
    """vLLM's own choice, as `auto` or -1, counts as the least."""
    return max(1, value) if isinstance(value, int) else 1


def _gb(count: int) -> str:
    return f"{count / GB:.1f} GB"


def _a(gpu: Gpu) -> str:
    if gpu.name.startswith("this"):
        return gpu.name
    article = "" if gpu.cards > 1 else "an " if gpu.name[0] in "AHLR" else "a "
    return f"{article}{gpu.name}" + (f" ({gpu.workload_type})" if gpu.workload_type else "")
