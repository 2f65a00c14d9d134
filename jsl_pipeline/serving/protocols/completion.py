"""John Snow Labs' private endpoints: `inputs` with prompt and image go out, `completions` come back."""

from jsl_pipeline.serving.protocols.base import Ask, Frame, WireAnswer, WrongAnswer
from jsl_pipeline.serving.protocols.body import MARK, around, only, parsed, wire_answer


class CompletionProtocol:
    """One page a request."""

    many = False

    def __init__(self, image_field: str) -> None:
        self._image_field = image_field

    def frame(self, ask: Ask) -> Frame:
        """The image is the last input, a data URL."""
        inputs = {"prompt": ask.prompt, "max_tokens": ask.max_tokens, "temperature": ask.temperature}
        head, tail = around({"inputs": {**inputs, self._image_field: MARK}})
        return Frame(head=head, before=b"", after=b"", tail=tail, data_url=True)

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """The text of the only completion."""
        response = parsed(body)
        completion = only(response.get("completions"), "completions")
        text = completion.get("text")
        if not isinstance(text, str):
            raise WrongAnswer("The response's completion has no text.")
        return [wire_answer(text, completion.get("finish_reason"), response.get("usage"))]
