"""The four ways to word an invocation, told apart by the body."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError, field_validator
from pydantic_core import from_json


class BadInvocation(Exception):
    """The body is none of the four forms; the message says what is wrong with it."""


class Protocol(StrEnum):
    """How the request is worded."""

    CHAT = "chat"
    PYFUNC = "pyfunc"
    PRIVATE = "private"
    FLAT = "flat"


@dataclass(frozen=True)
class PageAsk:
    """One image that the model is asked about."""

    image: str | None  # base64; None where the request holds no image
    prompt: str
    max_tokens: int | None
    temperature: float | None = None
    response_format: Mapping[str, Any] | None = None
    logprobs: bool = False


@dataclass(frozen=True)
class Invocation:
    """A request, understood."""

    protocol: Protocol
    pages: tuple[PageAsk, ...]
    model: str | None = None

    def without_pixels(self) -> "Invocation":
        """The same with empty images, where nobody will look at them."""
        return replace(self, pages=tuple(replace(page, image=page.image and "") for page in self.pages))


class _Wire(BaseModel):
    model_config = ConfigDict(extra="ignore", frozen=True)


class _ImageUrl(_Wire):
    url: str


class _Part(_Wire):
    type: Literal["text", "image_url"]
    text: str = ""
    image_url: _ImageUrl | None = None


class _Message(_Wire):
    role: str
    content: str | list[_Part] | None = None


class _JsonSchema(_Wire):
    name: str
    json_schema: dict[str, Any] = Field(alias="schema")


class _ResponseFormat(_Wire):
    type: Literal["text", "json_object", "json_schema"]
    json_schema: _JsonSchema | None = None

    @field_validator("json_schema")
    @classmethod
    def _is_object(cls, value: _JsonSchema | None) -> _JsonSchema | None:
        if value is not None and value.json_schema.get("type") not in ("object", None):
            raise ValueError("the schema must describe an object")
        return value


class _Chat(_Wire):
    messages: list[_Message] = Field(min_length=1)
    model: str | None = None
    max_tokens: int | None = Field(default=None, ge=1)
    max_completion_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = Field(default=None, ge=0, le=2)
    response_format: _ResponseFormat | None = None
    stream: bool | None = None
    logprobs: bool | None = None


class _Split(_Wire):
    columns: list[str]
    data: list[list[Any]]


class _PrivateInputs(_Wire):
    prompt: str
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = None
    image: str | None = None


class _Params(_Wire):
    max_tokens: int | None = Field(default=None, ge=1)
    temperature: float | None = None


def parse(body: bytes) -> Invocation:
    """Understand a request body. Raises BadInvocation."""
    try:
        asked = from_json(body, cache_strings="none")
    except ValueError as error:
        raise BadInvocation("The request body is not valid JSON.") from error
    if not isinstance(asked, dict):
        raise BadInvocation("The request body must be a JSON object.")
    try:
        return _parse_object(asked)
    except ValidationError as error:
        first = error.errors(include_input=False, include_url=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInvocation(f"Invalid input at '{place}': {first['msg']}.") from error


def _parse_object(asked: dict[str, Any]) -> Invocation:
    if "messages" in asked:
        return _parse_chat(asked)
    if asked.get("type") == "image_url":
        url = asked.get("url") or asked.get("image_url")
        if not isinstance(url, str):
            raise BadInvocation("A request of type image_url needs 'url'.")
        return Invocation(Protocol.FLAT, (PageAsk(_image(url), "", None),))
    inputs = asked.get("inputs")
    if isinstance(inputs, dict) and isinstance(inputs.get("prompt"), str):
        private = _PrivateInputs.model_validate(inputs)
        image = _image(private.image) if private.image is not None else None
        return Invocation(Protocol.PRIVATE, (PageAsk(image, private.prompt, private.max_tokens, private.temperature),))
    params = _Params.model_validate(asked.get("params") or {})
    return Invocation(Protocol.PYFUNC, tuple(_page_of_row(row, params) for row in _rows(asked)))


def _parse_chat(asked: dict[str, Any]) -> Invocation:
    chat = _Chat.model_validate(asked)
    if chat.stream:
        raise BadInvocation("Streaming is not supported.")
    texts: list[str] = []
    images: list[str] = []
    for message in chat.messages:
        if isinstance(message.content, str):
            texts.append(message.content)
            continue
        for part in message.content or ():
            if part.image_url is not None:
                images.append(part.image_url.url)
            else:
                texts.append(part.text)
    if len(images) > 1:
        raise BadInvocation("At most 1 image(s) may be provided in one prompt.")  # vLLM's default, and its words
    page = PageAsk(
        image=_image(images[0]) if images else None,
        prompt="\n".join(texts),
        max_tokens=chat.max_completion_tokens or chat.max_tokens,
        temperature=chat.temperature,
        response_format=asked.get("response_format"),
        logprobs=bool(chat.logprobs),
    )
    return Invocation(Protocol.CHAT, (page,), chat.model)


def _rows(asked: dict[str, Any]) -> Iterable[Any]:
    forms = [form for form in ("dataframe_split", "dataframe_records", "inputs", "instances") if form in asked]
    if len(forms) != 1:
        raise BadInvocation(
            "The request needs one of 'messages', 'dataframe_split', 'dataframe_records', 'inputs', 'instances'."
        )
    given = asked[forms[0]]
    if forms[0] == "dataframe_split":
        split = _Split.model_validate(given)
        return [dict(zip(split.columns, row, strict=False)) for row in split.data]
    if isinstance(given, dict) and all(isinstance(column, list) for column in given.values()):
        return [dict(zip(given, row, strict=False)) for row in zip(*given.values(), strict=False)]
    if not isinstance(given, list):
        raise BadInvocation(f"'{forms[0]}' must be a list of rows.")
    return given


def _page_of_row(row: object, params: _Params) -> PageAsk:
    if isinstance(row, str):
        row = {"image": row}
    if not isinstance(row, dict) or not isinstance(row.get("image"), str):
        raise BadInvocation("Model is missing inputs ['image'].")
    prompt = row.get("prompt")
    own = _Params.model_validate({name: row[name] for name in ("max_tokens", "temperature") if name in row})
    return PageAsk(
        image=_image(row["image"]),
        prompt=prompt if isinstance(prompt, str) else "",
        max_tokens=own.max_tokens or params.max_tokens,
        temperature=params.temperature if own.temperature is None else own.temperature,
    )


def _image(text: str) -> str:
    """The base64 part of a data URL, or the text itself where it is no URL."""
    if text.startswith("data:"):
        head, comma, content = text.partition(",")
        if not comma or not head.endswith(";base64"):
            raise BadInvocation("A data URL must be base64-encoded.")
        return content
    if "://" in text[:16]:
        raise BadInvocation("Only data URLs are accepted.")  # an emulator fetches nothing
    return text
