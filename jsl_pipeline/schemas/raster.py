"""A page as pixels, on its way from ingest to preprocess."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.schemas.page import TextLine


@dataclass(frozen=True, slots=True)
class Affine:
    """Where points go: x' = a x + b y + c, y' = d x + e y + f, in pixels."""

    a: float = 1.0
    b: float = 0.0
    c: float = 0.0
    d: float = 0.0
    e: float = 1.0
    f: float = 0.0

    def move(self, x: float, y: float) -> tuple[float, float]:
        """Where a point goes."""
        return self.a * x + self.b * y + self.c, self.d * x + self.e * y + self.f

    def then(self, after: "Affine") -> "Affine":
        """This move and another one after it."""
        return Affine(
            after.a * self.a + after.b * self.d,
            after.a * self.b + after.b * self.e,
            after.a * self.c + after.b * self.f + after.c,
            after.d * self.a + after.e * self.d,
            after.d * self.b + after.e * self.e,
            after.d * self.c + after.e * self.f + after.f,
        )


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A decoded or rendered page, before anything was straightened."""

    pixels: NDArray[np.uint8]
    """Grey as (height, width) or blue-green-red as (height, width, 3); paper is light."""

    text_layer: tuple[TextLine, ...] = ()
    """Lines of a PDF's text layer, boxes in pixels of this raster."""

    orientation: int = 1
    """EXIF orientation tag, 1 to 8, that the pixels still need; 1 is upright."""

    moved: Affine = Affine()
    """From the page as it was decoded to these pixels."""

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.pixels.shape[0]
