"""A page, what an engine answers for it, and why it may not answer."""

from collections.abc import Mapping
from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas.model import Value
from jsl_pipeline.schemas.second_look import SecondLook

Box = tuple[float, float, float, float]
"""Left, top, right, bottom, in pixels of the prepared page, origin top left."""


class TextLine(Value):
    """A run of text on a page: one OCR line, or one line of a PDF's text layer."""

    text: str
    box: Box
    confidence: float = Field(default=1.0, ge=0, le=1, description="1.0 for text layers.")
    struck: bool = Field(default=False, description="A stroke goes through words of it.")


class PageQuality(Value):
    """Cheap measures of a page, taken before encoding."""

    ink: float = Field(ge=0, le=1, description="Share of pixels darker than the paper around them.")
    sharpness: float = Field(ge=0, description="Variance of the Laplacian on the prepared grey page; blurred is low.")
    contrast: float = Field(ge=0, le=1, description="Spread between paper and ink (5th to 95th percentile) over 255.")
    skew_degrees: float = Field(description="Small angle found and removed, counter-clockwise positive.")
    rotation: int = Field(description="Right-angle turn applied, clockwise: 0, 90, 180 or 270.")
    photographed: bool = Field(description="Treated as a photograph of paper: uneven light was levelled.")


class Page(Value):
    """A prepared page: the exact bytes that an engine is asked to read.

    A page that never had pixels has no `image` but its `text`; one with neither is nothing but a place for an answer.
    """

    document_id: str
    page_no: int = Field(ge=1)
    page_sha: str = Field(
        description="sha256 of `image` and the text layer: the page's identity in the answer journal."
    )
    image: bytes = Field(repr=False)
    media_type: str = Field(description="image/jpeg or image/png; text/plain for a page without pixels.")
    width: int
    height: int
    text_layer: tuple[TextLine, ...] = Field(default=(), repr=False)
    text: str = Field(default="", repr=False, description="All of a page that came as text, without pixels.")


class FailureCause(StrEnum):
    """Why a page has no answer."""

    LANDING = "landing"  # its landing file is gone or was changed after ingest
    RENDER = "render"  # the page could not be turned into pixels
    TIMEOUT = "timeout"
    CRASHED = "crashed"  # the worker process died on it
    ENGINE = "engine"  # the engine refused or broke on this page
    TOO_LARGE = "too_large"  # the page alone is over the endpoint's limit of a request
    TRUNCATED = "truncated"  # every answer met its token limit
    REFUSED = "refused"  # the model declined to read it
    UNUSABLE = "unusable"  # the answer is not a candidate


class AnswerFlaw(StrEnum):
    """What was wrong with the text of an answer. The last two are accepted, the others are no answer."""

    TRUNCATED = "truncated"  # it met the token limit before its end
    WHITESPACE_LOOP = "whitespace_loop"  # it ran on in white space
    REFUSED = "refused"  # the model declined
    EMPTY = "empty"
    NOT_JSON = "not_json"  # no JSON object, or not surely the whole of one
    FENCED = "fenced"  # a fence or words stood around the JSON
    REPAIRED = "repaired"  # slips of syntax were put right


class PageFailure(Value):
    """A page without an answer. A value, never an exception."""

    cause: FailureCause
    message: str = Field(description="One sentence without document text.")
    retryable: bool


class ReadingSource(StrEnum):
    """Where the words of a reading came from."""

    OCR = "ocr"
    TEXT_LAYER = "text_layer"
    MODEL = "model"


class Reading(Value):
    """What an engine read on a page."""

    text: str = Field(repr=False, description="The answer as given: candidate JSON, not yet trusted.")
    source: ReadingSource
    seconds: float = Field(ge=0, description="Time the engine worked on this page.")
    finish_reason: str = Field(default="stop")
    flaws: tuple[AnswerFlaw, ...] = Field(default=(), description="What was wrong with the answer and yet accepted.")
    prompt_tokens: int | None = None
    completion_tokens: int | None = None
    lines: tuple[TextLine, ...] = Field(
        default=(), repr=False, description="Words seen, where the engine reports them."
    )
    probabilities: Mapping[str, float] = Field(
        default={},
        description="Of the least likely token of each value, by its path in the candidate, such as "
        "'medications[1].strength', where the engine gives it.",
    )
    asked_again: SecondLook | None = Field(
        default=None, description="What a second question about the first answer's problems came to, where it had any."
    )


class Fingerprint(Value):
    """What an answer depends on besides the page: a change of any part makes a new answer."""

    engine: str
    model: str = Field(description="Name and version of the weights.")
    prompt: str = Field(description="Version or digest of the prompt, or of the reader's rules.")
    schema_name: str = Field(description="Candidate schema, name@version.")


class PageAnswer(Value):
    """One page in, one of these out: a reading or a failure."""

    document_id: str
    page_no: int
    page_sha: str
    outcome: Reading | PageFailure
