"""How a chat is rendered."""

from dataclasses import dataclass


@dataclass
class ChatParams:
    chat_template_kwargs: dict[str, object]


@dataclass
class TokenizeParams:
    max_total_tokens: int
    max_output_tokens: int = 0
    add_special_tokens: bool = True
