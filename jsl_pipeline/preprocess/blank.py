"""Whether anything on a page could be text."""

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.preprocess.ink import darkness

_WINDOW = 15
_NOISE_FACTOR = 5.0
_MIN_GLYPHS = 3
_MIN_GLYPH_AREA = 6


def is_blank(grey: NDArray[np.uint8], contrast: int) -> bool:
    """No group of strokes, at least `contrast` grey levels darker than the paper beside them, looks like text."""
    dark = darkness(grey, _WINDOW)
    ink = (dark > contrast).astype(np.uint8)
    _, _, boxes, _ = cv2.connectedComponentsWithStats(ink)
    return int((boxes[1:, cv2.CC_STAT_AREA] >= _MIN_GLYPH_AREA).sum()) < _MIN_GLYPHS
