"""John Snow Labs' form parsing: a bare image goes out, `output` comes back."""

import json

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.serving.protocols.base import Ask, Frame, WireAnswer, WrongAnswer
from jsl_pipeline.serving.protocols.body import MARK, around, parsed, wire_answer


class FormProtocol:
    """One page a request; the endpoint has its own instructions, and takes no prompt."""

    many = False

    def frame(self, ask: Ask) -> Frame:
        """The same for every ask that wants the form. Raises SettingsError for a question."""
        if ask.plain:
            raise SettingsError("The protocol `form` takes no questions: set `protocol` to another, such as chat.")
        head, tail = around({"type": "image_url", "url": MARK})
        return Frame(head=head, tail=tail, image=(b"", b""), data_url=True)

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """The output: JSON as text, or as an object."""
        response = parsed(body)
        output = response.get("output")
        if isinstance(output, dict):
            output = json.dumps(output, ensure_ascii=False)
        if not isinstance(output, str):
            raise WrongAnswer("The response has no `output`.")
        return [wire_answer(output, response.get("finish_reason"), response.get("usage"))]
