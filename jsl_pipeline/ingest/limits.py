"""What a file may cost before it is refused."""

from pydantic import Field

from jsl_pipeline.schemas import Value

_MIB = 1024 * 1024
# Pillow refuses more than twice this by itself; below it, our limit is the one that speaks.
_PILLOW_MAX_PIXELS = 178_956_970


class Limits(Value):
    """Bounds on what a landing file may hold. Beyond them it is rejected from its header, not decoded."""

    max_file_bytes: int = Field(default=200 * _MIB, gt=0, description="Size of a file, in bytes.")
    max_pages: int = Field(default=2_000, gt=0, description="Pages of one file.")
    max_pixels: int = Field(
        default=100_000_000,
        gt=0,
        le=_PILLOW_MAX_PIXELS,
        description="Pixels of one page image; A3 at 600 dpi has 70 million.",
    )
    max_paper_inches: float = Field(
        default=100.0, gt=0, description="Longer side of a PDF page, in inches; A0 paper is 46.8 long."
    )
    max_aspect: float = Field(
        default=25.0, gt=1, description="Longer side over shorter side; beyond it no page budget keeps text legible."
    )
