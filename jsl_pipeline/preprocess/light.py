"""Uneven light on photographs of paper: seen, and levelled."""

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.preprocess.geometry import as_pixels
from jsl_pipeline.preprocess.ink import reduced, reduction

_PIXELS = 110 * 110
_TEXT_SIZE = 7  # text is this small on the small copy, in pixels; closing removes what is darker and smaller
_SMOOTHING = 2.0
# Photographs in the samples spread by 0.27 or more, scans by 0.04 or less.
_UNEVEN_SPREAD = 0.15
# Drawn and scanned pages have one paper white; a photograph has none. Keeps dark banners from passing for shadows.
_ONE_WHITE_SHARE = 0.25
_PAPER_LEVEL = 240
# Light less than this share of the bright paper's is a table or a hand, not paper in the shade.
_DEEPEST_SHADE = 0.35


def paper_light(grey: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey level of the paper, without what is written on it, at about 110 x 110 pixels."""
    paper = cv2.morphologyEx(
        reduced(grey, reduction(grey, _PIXELS)),
        cv2.MORPH_CLOSE,
        np.ones((_TEXT_SIZE, _TEXT_SIZE), np.uint8),
        borderType=cv2.BORDER_REPLICATE,
    )
    return as_pixels(cv2.GaussianBlur(paper, (0, 0), _SMOOTHING))


def is_uneven(grey: NDArray[np.uint8], paper: NDArray[np.uint8]) -> bool:
    """The page looks like a photograph of paper under uneven light."""
    dark, bright = np.percentile(paper, (5, 95)).tolist()
    if bright - dark <= _UNEVEN_SPREAD * bright:
        return False
    histogram = np.bincount(grey[::4, ::4].ravel(), minlength=256)
    neighbours = np.convolve(histogram, np.ones(3, np.int64))
    return float(neighbours.max()) < _ONE_WHITE_SHARE * float(histogram.sum())


def level(pixels: NDArray[np.uint8], paper: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Divide the pixels by the light that falls on them, so that paper has one grey level all over."""
    floor = _DEEPEST_SHADE * float(np.percentile(paper, 90))
    light = np.maximum(paper, np.uint8(max(1.0, floor)))
    light = cv2.resize(light, (pixels.shape[1], pixels.shape[0]), interpolation=cv2.INTER_LINEAR)
    if pixels.ndim == 3:
        light = cv2.merge([light, light, light])
    return as_pixels(cv2.divide(pixels, light, scale=_PAPER_LEVEL))
