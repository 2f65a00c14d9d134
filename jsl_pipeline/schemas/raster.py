"""A page as pixels, on its way from ingest to preprocess."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.schemas.page import TextLine


@dataclass(frozen=True, slots=True, eq=False)
class Raster:
    """A decoded or rendered page, before anything was straightened."""

    pixels: NDArray[np.uint8]
    """Grey as (height, width) or blue-green-red as (height, width, 3); paper is light."""

    text_layer: tuple[TextLine, ...] = ()
    """Lines of a PDF's text layer, boxes in pixels of this raster."""

    orientation: int = 1
    """EXIF orientation tag, 1 to 8, that the pixels still need; 1 is upright."""

    @property
    def width(self) -> int:
        """Pixels across."""
        return self.pixels.shape[1]

    @property
    def height(self) -> int:
        """Pixels down."""
        return self.pixels.shape[0]
