"""JSON bodies: cut open where an image goes, and read back without trust."""

import json
from collections.abc import Mapping, Sequence

from pydantic import JsonValue

from jsl_pipeline.serving.protocols.base import WireAnswer, WrongAnswer

MARK = "<image>"

_LENGTH = frozenset({"length", "max_tokens", "max_length", "model_length"})
_REFUSAL = frozenset({"content_filter", "refusal", "safety"})


def around(document: JsonValue, *, quoted: bool = False) -> tuple[bytes, bytes]:
    """The bytes before and after the last string MARK of a document, without its quotes if `quoted`.

    Only punctuation may follow the mark, so that no prompt or field name can be taken for it.
    """
    mark = f'"{MARK}"' if quoted else MARK
    before, _, after = json.dumps(document, separators=(",", ":")).rpartition(mark)
    return before.encode(), after.encode()


def parsed(body: bytes) -> dict[str, JsonValue]:
    """A response's JSON object; numbers with a point keep their digits, as text. Raises WrongAnswer."""
    try:
        answer = json.loads(body, parse_float=str)
    except (ValueError, RecursionError):
        raise WrongAnswer("The response is not JSON.") from None
    if not isinstance(answer, dict):
        raise WrongAnswer("The response is not a JSON object.")
    return answer


def only(values: JsonValue, name: str) -> dict[str, JsonValue]:
    """The one object of a list that holds an answer a page. Raises WrongAnswer."""
    if not isinstance(values, list) or len(values) != 1 or not isinstance(first := values[0], dict):
        raise WrongAnswer(f"The response's `{name}` are not one object.")
    return first


def wire_answer(
    text: str, finish_reason: JsonValue = None, usage: JsonValue = None, refused: bool = False
) -> WireAnswer:
    """An answer in the words of the OpenAI API, whatever the server calls them."""
    reason = finish_reason.lower() if isinstance(finish_reason, str) else "stop"
    tokens = usage if isinstance(usage, dict) else {}
    return WireAnswer(
        text=text.encode(errors="replace").decode(),  # half of a surrogate pair is no text that could be kept
        finish_reason="length" if reason in _LENGTH else reason,
        refused=refused or reason in _REFUSAL,
        prompt_tokens=_count(tokens, ("prompt_tokens", "input_tokens")),
        completion_tokens=_count(tokens, ("completion_tokens", "output_tokens")),
    )


def _count(tokens: Mapping[str, JsonValue], names: Sequence[str]) -> int | None:
    counts = [value for name in names if isinstance(value := tokens.get(name), int) and not isinstance(value, bool)]
    return counts[0] if counts else None
