"""What the model said about a page, and how long it may be."""

from dataclasses import dataclass
from typing import Any, Literal

from jsl_pipeline.emulator.protocols import PageAsk

CHARACTERS_A_TOKEN = 4  # usual estimate for English text
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
    unsure: tuple[str, ...] = ()
    """Values in it that the model is less sure of than of the rest."""
    logprobs: tuple[dict[str, Any], ...] | None = None
    """Its tokens with their probabilities, where a real model server told them."""


def limited(text: str, ask: PageAsk, pixels: int = _USUAL_PIXELS) -> PageText:
    """The answer as far as the token limit lets it go, with token counts estimated from its length and the image."""
    prompt_tokens = tokens(ask.prompt) + (-(-pixels // _PIXELS_A_TOKEN) if ask.image is not None else 0)
    finish: Literal["stop", "length"] = "stop"
    if ask.max_tokens is not None and tokens(text) > ask.max_tokens:
        text, finish = text[: ask.max_tokens * CHARACTERS_A_TOKEN], "length"
    return PageText(text, finish, prompt_tokens, tokens(text))


def tokens(text: str) -> int:
    """Estimated number of tokens."""
    return -(-len(text) // CHARACTERS_A_TOKEN)
