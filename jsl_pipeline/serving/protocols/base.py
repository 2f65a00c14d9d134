"""How pages become a request body and a response body becomes answers.

A body is framed JSON: literal bytes around base64 images, which need no escaping. So its size is known to the
byte before an image is encoded, and encoding costs one pass over the image. A page without pixels goes as text, where
the protocol has a place for it.
"""

import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol

import pybase64
from pydantic import Field, JsonValue

from jsl_pipeline.errors import SettingsError
from jsl_pipeline.schemas import Page, Value

_BLOCK = 3 * 2**16  # raw bytes encoded at a time; a multiple of three leaves no padding inside


class Ask(Value):
    """What is asked about every page."""

    prompt: str
    json_schema: dict[str, JsonValue] | None = Field(
        default=None, description="JSON Schema that the answer should follow; None for plain text."
    )
    schema_name: str = "text"
    model: str = ""
    max_tokens: int
    temperature: float = 0
    token_probabilities: bool = Field(default=False, description="Ask for the probability of each token, too.")

    @property
    def plain(self) -> bool:
        """Whether the answer is text for people, in no form."""
        return self.json_schema is None


class WireToken(NamedTuple):
    """A piece of an answer."""

    spelt: bytes
    """What it adds to the text, in UTF-8; perhaps only a part of a sign, or nothing."""
    logprob: float
    """Natural logarithm of the probability that the model gave it."""


class WireAnswer(Value):
    """What came back for one page, before anybody judged it."""

    text: str = Field(repr=False)
    finish_reason: str = "stop"
    refused: bool = Field(default=False, description="The endpoint says that the model refused.")
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    tokens: tuple[WireToken, ...] = Field(
        default=(), repr=False, description="What it was written with, where that was asked for and told."
    )


class WrongAnswer(ValueError):
    """A response that is not in the form of its protocol. The message holds nothing of it."""


Around = tuple[bytes, bytes]
"""The bytes before and after something."""


@dataclass(frozen=True, slots=True)
class Frame:
    """The literal bytes around pages: head, then before + page + after for each page, then tail."""

    head: bytes
    tail: bytes
    image: Around
    """Before and after an image."""
    data_url: bool
    """Whether an image is written as a data URL with its media type, or as bare base64."""
    text: Around | None = None
    """Before and after a page that is text, within a JSON string; None where pages are images alone."""

    def page_bytes(self, page: Page) -> int:
        """Bytes that a page adds to a body, its comma included. Raises SettingsError, as `size` and `chunks` do."""
        before, after = self._around(page)
        content = -(-len(page.image) // 3) * 4 if page.image else len(_escaped(page.text))
        return len(before) + content + len(after) + 1

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
            before, after = self._around(page)
            yield literal + (b"," if number else b"") + before + (b"" if page.image else _escaped(page.text))
            view = memoryview(page.image)
            for start in range(0, len(view), _BLOCK):
                yield pybase64.b64encode(view[start : start + _BLOCK])
            literal = after
        yield literal + self.tail

    def _around(self, page: Page) -> Around:
        if page.image:
            before, after = self.image
            return (before + b"data:" + page.media_type.encode() + b";base64," if self.data_url else before), after
        if self.text is None:
            raise SettingsError(
                "The set `protocol` carries images alone: for text and plain questions set it to chat or completion."
            )
        return self.text if page.text else (b"", b"")


class WireProtocol(Protocol):
    """One way of speaking to an endpoint."""

    many: bool
    """Whether a request may hold several pages."""

    def frame(self, ask: Ask) -> Frame:
        """The literal parts of a request body. Raises SettingsError for what the protocol cannot ask."""
        ...

    def answers(self, body: bytes, pages: int) -> list[WireAnswer]:
        """One answer a page, in the order of the request. Raises WrongAnswer."""
        ...


def _escaped(text: str) -> bytes:
    """A text as it stands in a JSON string."""
    return json.dumps(text)[1:-1].encode()
