"""How a response words what was said, and the probabilities of its tokens.

Those are made up, but for what a real model server told: nothing here knows how sure a model would be.
"""

import hashlib
import json
import math
import time
import uuid
from collections.abc import Sequence
from typing import Any

from jsl_pipeline.emulator.answers import CHARACTERS_A_TOKEN, PageText
from jsl_pipeline.emulator.protocols import Invocation, Protocol

_SURE = (0.95, 0.9999)  # of a token, spread by its text and place
_UNSURE = 0.2  # of a token with a part of a value that was spoiled


def render(invocation: Invocation, texts: Sequence[PageText], model: str, objects: bool) -> bytes:
    """The answer in the wording of the request; `objects` makes each pyfunc prediction one."""
    match invocation.protocol:
        case Protocol.CHAT:
            body = _completion(texts[0], model, invocation.pages[0].logprobs)
        case Protocol.PYFUNC:
            body = {"predictions": [_prediction(text) if objects else text.text for text in texts]}
        case Protocol.PRIVATE:
            body = {"completions": [{"text": texts[0].text, "finish_reason": texts[0].finish_reason}]}
        case Protocol.FLAT:
            body = {"output": texts[0].text}
    return json.dumps(body).encode()


def _completion(text: PageText, model: str, logprobs: bool) -> dict[str, Any]:
    message: dict[str, Any] = {"role": "assistant", "content": text.text}
    if text.refused:
        message |= {"content": None, "refusal": text.text}
    told = {"content": text.logprobs or token_logprobs(text)} if logprobs else None
    return {
        "id": f"chatcmpl-{uuid.uuid4().hex}",
        "object": "chat.completion",
        "created": int(time.time()),
        "model": model,
        "choices": [{"index": 0, "message": message, "finish_reason": text.finish_reason, "logprobs": told}],
        "usage": _usage(text),
    }


def _prediction(text: PageText) -> dict[str, Any]:
    return {"text": text.text, "finish_reason": text.finish_reason, "usage": _usage(text)}


def _usage(text: PageText) -> dict[str, int]:
    total = text.prompt_tokens + text.completion_tokens
    return {"prompt_tokens": text.prompt_tokens, "completion_tokens": text.completion_tokens, "total_tokens": total}


def token_logprobs(text: PageText) -> list[dict[str, Any]]:
    """The text in pieces of four characters, each with a made-up probability; always the same for a text."""
    said = text.text
    unsure = [(at, at + len(value)) for value in text.unsure if (at := said.find(f'"{value}"') + 1)]
    pieces = [(at, said[at : at + CHARACTERS_A_TOKEN]) for at in range(0, len(said), CHARACTERS_A_TOKEN)]
    return [
        _told(piece, _UNSURE if any(a < at + len(piece) and at < z for a, z in unsure) else _sure(at, piece))
        for at, piece in pieces
    ]


def _sure(at: int, piece: str) -> float:
    drawn = hashlib.sha256(f"{at}/{piece}".encode()).digest()[0] / 255
    return _SURE[0] + drawn * (_SURE[1] - _SURE[0])


def _told(piece: str, probability: float) -> dict[str, Any]:
    spelt = list(piece.encode(errors="replace"))
    return {"token": piece, "logprob": round(math.log(probability), 6), "bytes": spelt, "top_logprobs": []}
