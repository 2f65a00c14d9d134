"""The asynchronous engine, over the CPU engine's own reader; no model is in it.

Models whose names end with `broken` cannot be loaded, with `dying` die on every page, with `canned` answer without
reading. Those with `slipping` shift a decimal point, less sure of it than of the rest, and put it right where they are
asked about that strength; there, they die on black. The colour of a page's first pixel does the rest: on red the
engine dies, on green the page is refused, on blue it hangs.
"""

import asyncio
import os
from collections.abc import AsyncIterator
from types import SimpleNamespace
from typing import Any

import cv2
import numpy as np

from jsl_pipeline.engines.reader import read_candidate
from jsl_pipeline.engines.recognise import Recogniser
from vllm.engine.arg_utils import AsyncEngineArgs
from vllm.renderers.params import ChatParams, TokenizeParams
from vllm.sampling_params import SamplingParams
from vllm.v1.engine.exceptions import EngineDeadError

RED, GREEN, BLUE, BLACK = (255, 0, 0), (0, 255, 0), (0, 0, 255), (0, 0, 0)
SLIPPED = '{"medications": [{"name": "Amoxicillin", "strength": "5000 mg", "frequency": "three times a day"}]}'
LOADED = "STAND_IN_LOADED"  # environment variable: a file with a line for each model that was loaded or let go


class Renderer:
    default_chat_tok_params = TokenizeParams(max_total_tokens=16384)

    async def render_chat_async(
        self, conversations: list[Any], chat: ChatParams, tokens: TokenizeParams
    ) -> tuple[list[Any], list[Any]]:
        assert chat.chat_template_kwargs["add_generation_prompt"]
        assert tokens.max_output_tokens
        return conversations, [conversation[0]["content"] for conversation in conversations]


class AsyncLLM:
    def __init__(self, arguments: AsyncEngineArgs) -> None:
        if arguments.model.endswith("broken"):
            raise RuntimeError("Engine core initialization failed. See root cause above.")
        self._model = arguments.model
        self._recogniser = None if arguments.model.endswith(("canned", "dying", "slipping")) else Recogniser()
        self._dead = asyncio.Event()
        self.renderer = Renderer()
        self.vllm_config = SimpleNamespace(
            parallel_config=SimpleNamespace(data_parallel_size=1),
            scheduler_config=SimpleNamespace(max_num_seqs=arguments.max_num_seqs),
        )
        self._note("loaded")

    @classmethod
    def from_engine_args(cls, arguments: AsyncEngineArgs) -> "AsyncLLM":
        return cls(arguments)

    @property
    def errored(self) -> bool:
        return self._dead.is_set()

    async def generate(
        self, prompt: list[dict[str, Any]], params: SamplingParams, request_id: str
    ) -> AsyncIterator[SimpleNamespace]:
        work = asyncio.ensure_future(asyncio.to_thread(self._say, prompt, params))
        dead = asyncio.ensure_future(self._dead.wait())
        await asyncio.wait([work, dead], return_when=asyncio.FIRST_COMPLETED)
        dead.cancel()
        if self.errored:
            raise EngineDeadError
        text = await work
        if text is None:
            self._dead.set()
            raise EngineDeadError
        while text == "":
            await asyncio.sleep(1)
        ended = "length" if len(text) > params.max_tokens * 4 else "stop"
        text = text[: params.max_tokens * 4]
        count = len(text) // 4
        pieces = [text[at * 4 : at * 4 + 4 if at < count - 1 else None] for at in range(count)]
        told = [
            {number: SimpleNamespace(decoded_token=piece, logprob=_logprob(piece))}
            for number, piece in enumerate(pieces)
        ]
        said = SimpleNamespace(
            text=text,
            token_ids=list(range(len(pieces))),
            finish_reason=ended,
            logprobs=None if params.logprobs is None else told,
        )
        times = SimpleNamespace(scheduled_ts=1.0, last_token_ts=1.5)
        yield SimpleNamespace(outputs=[said], prompt_token_ids=[0] * 700, metrics=times)

    def shutdown(self, timeout: float) -> None:
        self._note("let go")

    def _say(self, prompt: list[dict[str, Any]], params: SamplingParams) -> str | None:
        """What the model says; None where it dies, nothing where it hangs."""
        if self._model.endswith("dying"):
            return None
        if params.structured_outputs is None:
            return f"Asked: {' / '.join(part.get('text', 'an image') for part in prompt)}"
        image = prompt[1]["image_pil"]
        first = image.getpixel((0, 0))
        if first == GREEN:
            raise ValueError("The decoder prompt is too long: Ann Moss, 1 Elm Street")
        if first in (RED, BLUE):
            return None if first == RED else ""
        if self._model.endswith("slipping"):
            again = "medications[0].strength" in prompt[0]["text"]
            return None if again and first == BLACK else SLIPPED.replace("5000", "500") if again else SLIPPED
        if self._recogniser is None:
            return '{"medications": []}'
        pixels = cv2.cvtColor(np.asarray(image), cv2.COLOR_RGB2BGR)
        return read_candidate(self._recogniser.lines(pixels), image.width, image.height).model_dump_json()

    def _note(self, what: str) -> None:
        if path := os.environ.get(LOADED):
            with open(path, "a") as file:
                file.write(f"{what}\n")


def _logprob(piece: str) -> float:
    return -1.5 if "00" in piece else -0.01
