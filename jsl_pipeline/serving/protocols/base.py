"""How pages become a request body and a response body becomes answers.

A body is framed JSON: literal bytes around base64 images, which need no escaping. So its size is known to the
byte before anything is encoded, and encoding costs one pass over the image.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Protocol

import pybase64
from pydantic import Field, JsonValue

from jsl_pipeline.schemas import Page, Value

_BLOCK = 3 * 2**16  # raw bytes encoded at a time; a multiple of three leaves no padding inside


class Ask(Value):
    """What is asked about every page."""

    prompt: str
    json_schema: dict[str, JsonValue] = Field(description="JSON Schema that the answer should follow.")
    schema_name: str
    model: str = ""
    max_tokens: int
    temperature: float = 0


class WireAnswer(Value):
    """What came back for one page, before anybody judged it."""

    text: str = Field(repr=False)
    finish_reason: str = "stop"
    refused: bool = Field(default=False, description="The endpoint says that the model refused.")
    prompt_tokens: int | None = None
    completion_tokens: int | None = None


class WrongAnswer(ValueError):
    """A response that is not in the form of its protocol. The message holds nothing of it."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The literal bytes around images: head, then before + image + after for each page, then tail."""

    head: bytes
    before: bytes
    after: bytes
    tail: bytes
    data_url: bool
    """Whether an image is written as a data URL with its media type, or as bare base64."""

    def page_bytes(self, page: Page) -> int:
        """Bytes that a page adds to a body, its comma included."""
        return len(self.before) + len(self._prefix(page)) + -(-len(page.image) // 3) * 4 + len(self.after) + 1

    def room(self, limit: int) -> int:
        """What the pages of a body of at most `limit` bytes may take, by `page_bytes`."""
        return limit - len(self.head) - len(self.tail) + 1

    def size(self, pages: Sequence[Page]) -> int:
        """Bytes of the body that holds these pages, exactly."""
        return len(self.head) + sum(map(self.page_bytes, pages)) - 1 + len(self.tail)

    def chunks(self, pages: Sequence[Page]) -> Iterator[bytes]:
        """The body, a few hundred kilobytes at a time, so that no second copy of it is ever held."""
        literal = self.head
        for number, page in enumerate(pages):
            yield literal + (b"," if number else b"") + self.before + self._prefix(page)
            view = memoryview(page.image)
            for start in range(0, len(view), _BLOCK):
                yield pybase64.b64encode(view[start : start + _BLOCK])
            literal = self.after
        yield literal + self.tail

    def _prefix(self, page: Page) -> bytes:
        return b"data:" + page.media_type.encode() + b";base64," if self.data_url else b""


class WireProtocol(Protocol):
    """One way of speaking to an endpoint."""

    many: bool
    """Whether a request may hold several pages."""

    def frame(self, ask: Ask) -> Frame:
        """The literal parts of a request body."""
        ...

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """One answer a page, in the order of the request. Raises WrongAnswer."""
        ...
