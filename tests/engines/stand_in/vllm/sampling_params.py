"""What is asked of the sampler."""

from dataclasses import dataclass
from enum import Enum


class RequestOutputKind(Enum):
    FINAL_ONLY = 2


@dataclass
class StructuredOutputsParams:
    json: dict[str, object]


@dataclass
class SamplingParams:
    temperature: float
    max_tokens: int
    structured_outputs: StructuredOutputsParams | None
    logprobs: int | None
    output_kind: RequestOutputKind
