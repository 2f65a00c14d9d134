"""Strokes through words: whether a line of text was crossed out.

A stroke through the middle of letters is one long dark run where print has gaps between letters. Rules of tables and
underlines lie at the edge of a line's box, creases and streaks go on far beyond its words.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.schemas import Box

# All in heights of the line. The middle of small letters lies a little under the middle of the box.
_BAND = (0.38, 0.72)
_LONG = 1.8
_BEYOND = 2.5
_SHARE = 0.7  # of a short line's width, where a stroke cannot be as long
_SHORTEST = 1.5
_BARE = 0.4  # of a stroke's length, where it crosses the gaps in and between letters
_APART = 0.13  # above and below its middle is not the stroke any more
_INK = 0.4  # of the way from ink to paper is still ink
_MIN_HEIGHT = 8  # pixels; below that letters run into each other


def to_grey(image: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Grey levels of a picture that is grey or blue-green-red."""
    return image if image.ndim == 2 else np.asarray(cv2.cvtColor(image, cv2.COLOR_BGR2GRAY), np.uint8)


def is_struck(grey: NDArray[np.uint8], box: Box) -> bool:
    """Whether a stroke goes through words in a box of a level page, or through a good part of them."""
    left, top, right, bottom = (round(each) for each in box)
    height, width = bottom - top, right - left
    if height < _MIN_HEIGHT or width < _SHORTEST * height:
        return False
    margin = round((_BEYOND + 0.5) * height)
    start, end = max(0, left - margin), min(grey.shape[1], right + margin)
    first, last = max(0, top + round(_BAND[0] * height)), min(grey.shape[0], top + round(_BAND[1] * height))
    inside = grey[max(0, top) : bottom, max(0, left) : right]
    if not inside.size:
        return False
    dark, light = np.percentile(inside, (2, 85)).tolist()
    if np.median(inside) < (dark + light) / 2:
        return False  # light letters on a dark ground
    apart = max(2, round(_APART * height))
    level = dark + _INK * (light - dark)
    ink = (grey[max(0, first - apart) : last + apart, start:end] < level).astype(np.uint8)
    enough = max(_SHORTEST * height, min(_LONG * height, _SHARE * width))
    return any(
        size >= enough
        and bare >= _BARE * size
        and not (at < left - start - _BEYOND * height or at + size > right - start + _BEYOND * height)
        for at, size, bare in _runs(ink, apart)
    )


def _runs(ink: NDArray[np.uint8], apart: int) -> list[tuple[int, int, int]]:
    """Horizontal runs of ink, a hand's stroke being a pixel up and down: start, length, columns with paper about it."""
    thick = cv2.dilate(ink, np.ones((3, 1), np.uint8))
    found: list[tuple[int, int, int]] = []
    for at in range(apart, len(ink) - apart):
        row, lone = thick[at], (ink[at - apart] == 0) & (ink[at + apart] == 0)
        edges = np.flatnonzero(np.diff(np.concatenate([[0], row, [0]])))
        found += [(int(a), int(b - a), int(lone[a:b].sum())) for a, b in zip(edges[::2], edges[1::2], strict=True)]
    return found
