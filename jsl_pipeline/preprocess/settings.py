"""What preprocess may be told."""

from typing import Literal

from pydantic import Field

from jsl_pipeline.schemas import Value


class PreprocessSettings(Value):
    """How a raster becomes the bytes that an engine reads."""

    width: int = Field(default=960, ge=64, le=8192, description="Width of the page budget, in pixels.")
    height: int = Field(
        default=1280,
        ge=64,
        le=8192,
        description="Height of the page budget, in pixels. Width x height is an area: a page of any shape is reduced "
        "to it, and never enlarged.",
    )
    encoding: Literal["jpeg", "png"] = Field(default="jpeg", description="jpeg is small and quick, png is lossless.")
    jpeg_quality: int = Field(default=90, ge=50, le=100, description="JPEG quality, in the scale of libjpeg.")
    upright: bool = Field(default=True, description="Find pages that lie on a side or upside down, and turn them.")
    max_skew_degrees: float = Field(
        default=10.0, ge=0, le=15, description="Largest small-angle skew that is looked for, in degrees; 0 is off."
    )
    level_light: bool = Field(default=True, description="Level uneven light on photographs of paper.")
    blank_contrast: int = Field(
        default=8,
        ge=1,
        le=128,
        description="Faintest stroke that counts as ink: grey levels, of 255, darker than the paper right beside it.",
    )

    @property
    def target_pixels(self) -> int:
        """Area of the page budget, in pixels."""
        return self.width * self.height
