"""What the model said about a page, how long it may be, and how a response words it."""

import json
import time
import uuid
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from jsl_pipeline.emulator.protocols import Invocation, PageAsk, Protocol

_CHARACTERS_A_TOKEN = 4  # usual estimate for English text
_PIXELS_A_TOKEN = 28 * 28  # a vision token of the Qwen-VL family, which these models belong to
_USUAL_PIXELS = 960 * 1280  # of a page, where nobody looked at the image


@dataclass(frozen=True)
class PageText:
    """What the model says about one image."""

    text: str
    finish_reason: Literal["stop", "length"]
    prompt_tokens: int
    completion_tokens: int
    refused: bool = False


def limited(text: str, ask: PageAsk, pixels: int = _USUAL_PIXELS) -> PageText:
    """The answer as far as the token limit lets it go, with token counts estimated from its length and the image."""
    prompt_tokens = tokens(ask.prompt) + (-(-pixels // _PIXELS_A_TOKEN) if ask.image is not None else 0)
    finish: Literal["stop", "length"] = "stop"
    if ask.max_tokens is not None and tokens(text) > ask.max_tokens:
        text, finish = text[: ask.max_tokens * _CHARACTERS_A_TOKEN], "length"
    return PageText(text, finish, prompt_tokens, tokens(text))


def tokens(text: str) -> int:
    """Estimated number of tokens."""
    return -(-len(text) // _CHARACTERS_A_TOKEN)


def render(invocation: Invocation, texts: Sequence[PageText], model: str, objects: bool) -> bytes:
    """The answer in the wording of the request; `objects` makes each pyfunc prediction one."""
    match invocation.protocol:
        case Protocol.CHAT:
            body = _completion(texts[0], model)
        case Protocol.PYFUNC:
            body = {"predictions": [_prediction(text) if objects else text.text for text in texts]}
        case Protocol.PRIVATE:
            body = {"completions": [{"text": texts[0].text, "finish_reason": texts[0].finish_reason}]}
        case Protocol.FLAT:
            body = {"output": texts[0].text}
    return json.dumps(body).encode()


def _completion(text: PageText, model: str) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text.text}
    if text.refused:
        message |= {"content": None, "refusal": text.text}
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": text.finish_reason, "logprobs": None}],
        "usage": _usage(text),
    }


def _prediction(text: PageText) -> dict[str, Any]:
    return {"text": text.text, "finish_reason": text.finish_reason, "usage": _usage(text)}


def _usage(text: PageText) -> dict[str, int]:
    total = text.prompt_tokens + text.completion_tokens
    return {"prompt_tokens": text.prompt_tokens, "completion_tokens": text.completion_tokens, "total_tokens": total}
