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


def reduction(grey: NDArray[np.uint8], pixels: int) -> int:
    """The whole factor by which the sides shrink so that the area comes near `pixels`."""
    return max(1, round(math.sqrt(grey.size / pixels)))


def reduced(grey: NDArray[np.uint8], factor: int) -> NDArray[np.uint8]:
    """The page with each block of `factor` x `factor` pixels averaged; up to `factor` - 1 edge pixels are left out."""
    height, width = max(1, grey.shape[0] // factor), max(1, grey.shape[1] // factor)
    # Cut to whole blocks: OpenCV averages those four times as fast as fractions of them.
    blocks = grey[: height * factor, : width * factor]
    return as_pixels(cv2.resize(blocks, (width, height), interpolation=cv2.INTER_AREA))


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


def components(mask: NDArray[np.uint8]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """Connected parts of a mask: a number for each pixel, and a row of left, top, width, height, area for each number.

    Number 0 is what the mask leaves out.
    """
    _, labels, boxes, _ = cv2.connectedComponentsWithStats(mask)
    return np.asarray(labels, dtype=np.int32), np.asarray(boxes, dtype=np.int32)
