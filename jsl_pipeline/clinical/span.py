"""A piece of text that means something, and where it stands."""

from dataclasses import dataclass
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Found(Generic[T]):
    """`text[start:end]` of the text searched, read as `value`."""

    start: int
    end: int
    text: str
    value: T
