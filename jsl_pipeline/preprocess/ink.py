"""Where a page is darker than the paper around it."""

import math

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.preprocess.geometry import as_pixels

# Ink is darker than a third of the page's strong strokes, so that pencil beside print is not lost to JPEG noise.
_SHARE_OF_STRONG = 0.35
_STRONG_PERCENTILE = 99.0
_MIN_CONTRAST = 12


def to_grey(pixels: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Luma of a blue-green-red image; a grey one as it is."""
    return pixels if pixels.ndim == 2 else as_pixels(cv2.cvtColor(pixels, cv2.COLOR_BGR2GRAY))


def small_copy(grey: NDArray[np.uint8], pixels: int) -> NDArray[np.uint8]:
    """The page at an area of at most `pixels`, by averaging."""
    factor = math.sqrt(pixels / grey.size)
    if factor >= 1:
        return grey
    size = (max(1, round(grey.shape[1] * factor)), max(1, round(grey.shape[0] * factor)))
    return as_pixels(cv2.resize(grey, size, interpolation=cv2.INTER_AREA))


def darkness(grey: NDArray[np.uint8], window: int) -> NDArray[np.uint8]:
    """Grey levels by which a pixel is darker than the mean of the `window` x `window` pixels around it."""
    return as_pixels(cv2.subtract(cv2.blur(grey, (window, window)), grey))


def ink_mask(grey: NDArray[np.uint8], window: int) -> NDArray[np.uint8]:
    """1 where there is ink, 0 on paper. `window` is a few strokes wide, in pixels."""
    dark = darkness(grey, window)
    strong = float(np.percentile(dark[::3, ::3], _STRONG_PERCENTILE))
    return (dark > max(_MIN_CONTRAST, _SHARE_OF_STRONG * strong)).astype(np.uint8)


def without_rules(ink: NDArray[np.uint8], length: int) -> NDArray[np.uint8]:
    """Ink without straight horizontal and vertical runs of at least `length` pixels: table rules, form lines."""
    across = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((1, length), np.uint8))
    down = cv2.morphologyEx(ink, cv2.MORPH_OPEN, np.ones((length, 1), np.uint8))
    rules = cv2.dilate(cv2.bitwise_or(across, down), np.ones((3, 3), np.uint8))
    return as_pixels(cv2.subtract(ink, rules))
