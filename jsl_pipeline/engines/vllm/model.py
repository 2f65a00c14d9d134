"""A loaded model: the one place that knows vLLM's own classes.

It runs on vLLM's asynchronous engine, the one below its server, and not on `vllm.LLM`, which hands out nothing before
a whole list of pages is done and knows no models side by side. The model lives in a process of vLLM's own, so that a
crash there is an error here, and all its memory is free when that process has ended.
"""

import asyncio
import gc
import io
import os
from dataclasses import replace
from importlib import import_module
from importlib.util import find_spec
from typing import Any

from PIL import Image

from jsl_pipeline.errors import EngineError, MissingExtra
from jsl_pipeline.hosting import VllmOptions, check_model
from jsl_pipeline.schemas import Page
from jsl_pipeline.serving.protocols import Ask, WireAnswer, WireToken

_SURPLUS = 1.125  # pages at hand over those worked on: a page that ends finds its follower prepared
_STOP_SECONDS = 10  # then it is killed
_ENVIRONMENT = {
    "VLLM_LOGGING_STREAM": "ext://sys.stderr",  # where a task of Spark runs, stdout is Spark's own
    "VLLM_WORKER_MULTIPROC_METHOD": "spawn",  # a fork of a process with threads may hang
}


class Crashed(Exception):
    """The process that holds the model is gone, and with it all that it worked on."""


class Refused(Exception):
    """A page cannot be asked about. The message holds nothing of it."""


class LoadedModel:
    """A model in memory, until it is closed. Its answers are awaited on one event loop."""

    def __init__(self, options: VllmOptions, start_seconds: int, vision: bool = True) -> None:
        """Load it, which takes minutes. With `vision`, it must read images. Raises EngineError, MissingExtra."""
        if find_spec("vllm") is None:
            raise MissingExtra("vllm", "The engine `vllm`")
        limits = {"VLLM_ENGINE_READY_TIMEOUT_S": str(start_seconds)}
        os.environ.update(options.environment() | _ENVIRONMENT | limits)
        check_model(options, _card_bytes(options), vision)
        self._engine: Any = _start(options)
        self._sampling: Any = import_module("vllm.sampling_params")
        self._chat_params: Any = import_module("vllm.renderers.params").ChatParams
        self._dead: type[Exception] = import_module("vllm.v1.engine.exceptions").EngineDeadError
        self._asked = 0

    @property
    def window(self) -> int:
        """Pages to have at hand so that the GPUs never wait for one."""
        config = self._engine.vllm_config
        replicas = config.parallel_config.data_parallel_size
        return int(config.scheduler_config.max_num_seqs * replicas * _SURPLUS) + 1

    async def answer(self, page: Page, ask: Ask) -> tuple[WireAnswer, float]:
        """What the model says about a page, and the seconds that it worked on it. Raises Crashed, Refused."""
        self._asked += 1
        try:
            prompt = await self._render(page, ask)
            stream = self._engine.generate(prompt, self._params(ask), str(self._asked))
            (final,) = [output async for output in stream]
        except Refused:
            raise
        except self._dead:
            raise Crashed from None
        except Exception as error:  # noqa: BLE001  (vLLM may raise anything; its text may quote the page)
            if self._engine.errored:
                raise Crashed from None
            raise Refused(f"vLLM does not take this page ({type(error).__name__}).") from None
        (said,) = final.outputs
        answer = WireAnswer(
            text=said.text.encode(errors="replace").decode(),  # half of a surrogate pair is no text that could be kept
            finish_reason=said.finish_reason or "stop",
            prompt_tokens=len(final.prompt_token_ids or ()),
            completion_tokens=len(said.token_ids),
            tokens=_tokens(said) if ask.token_probabilities else (),
        )
        times = final.metrics
        return answer, max(0.0, times.last_token_ts - times.scheduled_ts) if times else 0.0

    async def close(self) -> None:
        """End its process, and with it its hold on the GPUs. Called elsewhere than on its loop, it reports a crash."""
        self._engine.shutdown(timeout=_STOP_SECONDS)
        self._engine = None
        gc.collect()  # it is in cycles; left to the end of the interpreter, it complains there

    async def _render(self, page: Page, ask: Ask) -> Any:  # noqa: ANN401
        """Template, tokens and prepared pixels, by the code that vLLM's server renders a chat with."""
        content: list[dict[str, object]] = [{"type": "text", "text": ask.prompt}]
        if page.image:
            content.append({"type": "image_pil", "image_pil": await asyncio.to_thread(_decoded, page.image)})
        elif page.text:
            content.append({"type": "text", "text": page.text})
        renderer = self._engine.renderer
        tokens = replace(renderer.default_chat_tok_params, max_output_tokens=ask.max_tokens, add_special_tokens=False)
        chat = self._chat_params(
            chat_template_kwargs={"add_generation_prompt": True, "continue_final_message": False, "tokenize": False}
        )
        _, (prompt,) = await renderer.render_chat_async([[{"role": "user", "content": content}]], chat, tokens)
        return prompt

    def _params(self, ask: Ask) -> Any:  # noqa: ANN401
        vllm, schema = self._sampling, ask.json_schema
        return vllm.SamplingParams(
            temperature=ask.temperature,
            max_tokens=ask.max_tokens,
            structured_outputs=None if schema is None else vllm.StructuredOutputsParams(json=schema),
            logprobs=0 if ask.token_probabilities else None,  # of what was taken, and of no other token
            output_kind=vllm.RequestOutputKind.FINAL_ONLY,
        )


def _tokens(said: Any) -> tuple[WireToken, ...]:  # noqa: ANN401
    """vLLM gives a sign that is spelt by several tokens to the last of them, and nothing to the others."""
    taken = [told[token] for token, told in zip(said.token_ids, said.logprobs or (), strict=False)]
    return tuple(WireToken((each.decoded_token or "").encode(errors="replace"), each.logprob) for each in taken)


def _decoded(image: bytes) -> Image.Image:
    try:
        with Image.open(io.BytesIO(image)) as opened:
            return opened.convert("RGB")
    except (OSError, ValueError, Image.DecompressionBombError):
        raise Refused("The page's image cannot be decoded.") from None


def _card_bytes(options: VllmOptions) -> int | None:
    """Memory of one card; None for vLLM's build for CPUs. Raises EngineError where there are too few cards."""
    platform: Any = import_module("vllm.platforms").current_platform
    if platform.is_unspecified():
        raise EngineError(
            "vLLM sees no GPU: see that its driver is there (nvidia-smi) and that CUDA_VISIBLE_DEVICES names one."
        )
    if platform.is_cpu():
        return None
    wanted, there = options.tensor_parallel * options.data_parallel, int(platform.device_count())
    if wanted > there:
        raise EngineError(
            f"The model is set to take {wanted} cards and there are {there}: lower `tensor_parallel` or "
            "`data_parallel`."
        )
    return int(platform.get_device_total_memory())


def _start(options: VllmOptions) -> Any:  # noqa: ANN401
    arguments: Any = import_module("vllm.engine.arg_utils").AsyncEngineArgs
    engine: Any = import_module("vllm.v1.engine.async_llm").AsyncLLM
    named = options.engine_arguments()
    try:
        return engine.from_engine_args(arguments(**named))
    except Exception as error:
        # Its text is about settings and cards: no page was seen yet.
        reason = str(error).strip().splitlines()[-1:] or [""]
        raise EngineError(f"vLLM could not load {options.model} ({type(error).__name__}): {reason[0][:500]}") from error
