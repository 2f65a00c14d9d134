"""What an opened file offers: its kind, its pages, and each page as pixels."""

import warnings
from abc import ABC, abstractmethod
from collections.abc import Generator
from contextlib import contextmanager
from types import TracebackType
from typing import Self

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.ingest.limits import Limits
from jsl_pipeline.schemas import FileKind, Raster, Rejection, RejectionCode


class RenderError(PipelineError):
    """One page cannot be turned into pixels. Its neighbours still can."""


class Unusable(Exception):
    """Carries the rejection of a whole file up to `open_document`; it never leaves the package."""

    def __init__(self, code: RejectionCode, reason: str) -> None:
        super().__init__(reason)
        self.rejection = Rejection(code=code, reason=reason)


class OpenDocument(ABC):
    """A file that opened within the limits. Close it, or use it as a context manager.

    Not safe for threads: the PDF library is not. Use one process a worker.
    """

    @property
    @abstractmethod
    def kind(self) -> FileKind:
        """What the file is by its content."""

    @property
    @abstractmethod
    def page_count(self) -> int:
        """Pages, at least 1."""

    @abstractmethod
    def render(self, page_no: int, target_pixels: int) -> Raster:
        """Page `page_no`, from 1, as pixels.

        A PDF page is drawn at about `target_pixels`; a scanned or photographed one comes at its own resolution,
        cut by whole factors while it stays above `target_pixels`. Raises RenderError if the page is damaged.
        """

    @abstractmethod
    def close(self) -> None:
        """Free what the file holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, exc_type: type[BaseException] | None, exc: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()


@contextmanager
def rendering() -> Generator[None]:
    """Turn whatever a decoder raises on a damaged page into RenderError, and keep its warnings in."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            yield
    except Exception as error:  # decoders raise a dozen types, whatever the bytes make them
        raise RenderError("This page is damaged. Export or scan it again.") from error


def require_page_size(width: float, height: float, limits: Limits) -> None:
    """Refuse an image of `width` x `height` pixels that would be absurd to decode."""
    if width < 1 or height < 1:
        raise Unusable(RejectionCode.CORRUPT, "A page has no width or no height. Scan the document again.")
    if width * height > limits.max_pixels:
        raise Unusable(
            RejectionCode.PAGE_TOO_LARGE,
            f"A page claims {width:.0f} x {height:.0f} pixels; the limit is {limits.max_pixels:,} pixels. "
            "Scan at a lower resolution.",
        )
    require_page_shape(width, height, limits)


def require_page_shape(width: float, height: float, limits: Limits) -> None:
    """Refuse a strip so long that no page budget would keep its text legible."""
    if max(width, height) > limits.max_aspect * min(width, height):
        raise Unusable(
            RejectionCode.PAGE_TOO_LARGE,
            f"A page is more than {limits.max_aspect:g} times as long as it is wide. Split it into pages.",
        )


def no_pages() -> Unusable:
    """The rejection of a file that opens and holds nothing."""
    return Unusable(RejectionCode.NO_PAGES, "The file opens but holds no page. Scan the document again.")


def require_page_count(count: int, limits: Limits) -> None:
    """Refuse a file without pages, or with more than anybody would scan at once."""
    if count < 1:
        raise no_pages()
    if count > limits.max_pages:
        raise Unusable(
            RejectionCode.TOO_MANY_PAGES,
            f"The file claims {count:,} pages; the limit is {limits.max_pages:,}. Split it into smaller files.",
        )
