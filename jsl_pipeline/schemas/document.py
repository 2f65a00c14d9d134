"""Files as they land, the batches they join, and what ingest makes of them."""

from datetime import datetime
from enum import StrEnum

from pydantic import Field

from jsl_pipeline.schemas.model import Value


class LandingFile(Value):
    """One file seen in a landing folder, before anybody opened it."""

    path: str = Field(description="Path below the landing folder, with forward slashes.")
    size: int = Field(ge=0, description="Bytes.")
    modified: datetime | None = Field(default=None, description="Last change, UTC, where the file system knows it.")


class Batch(Value):
    """A closed set of landing files that are worked on together: one Dagster partition."""

    key: str = Field(description="Sortable, date first, e.g. 2026-03-01T0915-7f3a2b.")
    landing: str = Field(description="URL of the landing folder.")
    closed_at: datetime
    files: tuple[LandingFile, ...]


class FileKind(StrEnum):
    """What a file is by its content."""

    PNG = "png"
    JPEG = "jpeg"
    TIFF = "tiff"
    WEBP = "webp"
    PDF = "pdf"


class RejectionCode(StrEnum):
    """Why a file cannot be used."""

    EMPTY = "empty"
    UNREADABLE = "unreadable"  # the landing folder would not give the bytes
    UNKNOWN_TYPE = "unknown_type"
    TRUNCATED = "truncated"
    CORRUPT = "corrupt"
    ENCRYPTED = "encrypted"
    FILE_TOO_LARGE = "file_too_large"
    PAGE_TOO_LARGE = "page_too_large"  # absurd pixel or paper size, decompression bombs included
    TOO_MANY_PAGES = "too_many_pages"
    NO_PAGES = "no_pages"


class Rejection(Value):
    """A file that cannot be used, and why. The sentence holds no file name and no document text."""

    code: RejectionCode
    reason: str = Field(description="One sentence that tells a person what is wrong and what would help.")


class Document(Value):
    """A file that was opened: identity, kind and page count."""

    document_id: str = Field(description="sha256 of the file's bytes, hex.")
    kind: FileKind
    page_count: int = Field(ge=1)
