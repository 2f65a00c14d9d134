"""OpenAI chat with structured output: vLLM servers, Databricks chat endpoints, on-premises containers."""

import re
from typing import TypeGuard

from pydantic import JsonValue

from jsl_pipeline.serving.protocols.base import Around, Ask, Frame, WireAnswer, WireToken, WrongAnswer
from jsl_pipeline.serving.protocols.body import MARK, around, only, parsed, wire_answer


class ChatProtocol:
    """One page a request: the server batches by itself.

    The instructions come before the page, so that all requests begin alike and a server with prefix caching
    reads them once.
    """

    many = False

    def frame(self, ask: Ask) -> Frame:
        """The messages are the last key, the page their last part: an image, a text, or none."""
        body: dict[str, JsonValue] = {"model": ask.model} if ask.model else {}
        body |= {"max_tokens": ask.max_tokens, "temperature": ask.temperature}
        if ask.token_probabilities:
            body["logprobs"] = True
        if ask.json_schema is not None:
            body["response_format"] = {
                "type": "json_schema",
                "json_schema": {
                    "name": re.sub(r"[^a-zA-Z0-9_-]", "_", ask.schema_name)[:64],  # what the API allows
                    "strict": True,
                    "schema": ask.json_schema,
                },
            }
        body["messages"] = [{"role": "user", "content": [{"type": "text", "text": ask.prompt}, MARK]}]
        head, tail = around(body, quoted=True)
        return Frame(
            head=head.removesuffix(b","),  # a part brings the comma before it, as there may be none
            tail=tail,
            image=_part({"type": "image_url", "image_url": {"url": MARK}}),
            data_url=True,
            text=_part({"type": "text", "text": MARK}),
        )

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """What the first and only choice says."""
        response = parsed(body)
        choice = only(response.get("choices"), "choices")
        message = choice.get("message")
        if not isinstance(message, dict):
            raise WrongAnswer("The response's choice has no message.")
        text, refused = _content(message.get("content"))
        refused = refused or bool(message.get("refusal"))
        answer = wire_answer(text, choice.get("finish_reason"), response.get("usage"), refused)
        return [answer.model_copy(update={"tokens": _tokens(choice.get("logprobs"))})]


def _part(part: JsonValue) -> Around:
    before, after = around(part)
    return b"," + before, after


def _tokens(logprobs: JsonValue) -> tuple[WireToken, ...]:
    """The tokens as they are told; none where one of them is not. `parsed` keeps numbers as text."""
    told = logprobs.get("content") if isinstance(logprobs, dict) else None
    tokens = [_token(each) for each in told] if isinstance(told, list) else []
    return tuple(token for token in tokens if token) if all(tokens) else ()


def _token(told: JsonValue) -> WireToken | None:
    match told:
        case {"logprob": str() | int() as logprob, "bytes": [*spelt]} if _are_bytes(spelt):
            return WireToken(bytes(spelt), float(logprob))
        case {"logprob": str() | int() as logprob, "token": str() as token}:
            return WireToken(token.encode(errors="replace"), float(logprob))
        case _:
            return None


def _are_bytes(values: list[JsonValue]) -> TypeGuard[list[int]]:
    return all(isinstance(value, int) and 0 <= value < 256 for value in values)


def _content(content: JsonValue) -> tuple[str, bool]:
    """The text of a message, its reasoning left out, and whether a part of it is a refusal."""
    if content is None or isinstance(content, str):
        return content or "", False
    if not isinstance(content, list):
        raise WrongAnswer("The message's content is neither a text nor a list of parts.")
    parts = [part for part in content if isinstance(part, dict)]
    texts = [text for part in parts if isinstance(text := part.get("text"), str)]
    return "".join(texts), any(part.get("type") == "refusal" for part in parts)
