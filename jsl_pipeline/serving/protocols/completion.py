"""John Snow Labs' private endpoints: `inputs` with prompt and image go out, `completions` come back."""

import json

from pydantic import JsonValue

from jsl_pipeline.serving.protocols.base import Ask, Frame, WireAnswer, WrongAnswer
from jsl_pipeline.serving.protocols.body import MARK, around, only, parsed, wire_answer


class CompletionProtocol:
    """One page a request."""

    many = False

    def __init__(self, image_field: str) -> None:
        self._image_field = image_field

    def frame(self, ask: Ask) -> Frame:
        """The prompt is the last input but for the image, a data URL; a text goes on where the prompt ends."""
        inputs: dict[str, JsonValue] = {
            "max_tokens": ask.max_tokens,
            "temperature": ask.temperature,
            "prompt": ask.prompt + MARK,
        }
        head, tail = around({"inputs": inputs})
        image = b'",' + json.dumps(self._image_field).encode() + b':"', b""
        return Frame(head=head, tail=tail, image=image, data_url=True, text=(rb"\n\n", b""))

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """The text of the only completion."""
        response = parsed(body)
        completion = only(response.get("completions"), "completions")
        text = completion.get("text")
        if not isinstance(text, str):
            raise WrongAnswer("The response's completion has no text.")
        return [wire_answer(text, completion.get("finish_reason"), response.get("usage"))]
