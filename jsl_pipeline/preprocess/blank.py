"""Whether anything on a page could be writing.

The two mistakes weigh differently: a blank page that is read costs a second, a faint line that is not read may be
a dose. So a page is blank only if nothing on it has the size and the sharpness of writing. What is left out,
because blank pages do have it: soft shapes (shadows, stains, text that shines through from the back), specks of
noise and dust, whatever touches the edge (scan borders), long straight strokes (rules, creases, staples), and
punch holes.

Sizes are in pixels of a page of about 960 x 1280, where the x-height of 8 point type is about 6 pixels.
"""

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.preprocess.geometry import as_pixels
from jsl_pipeline.preprocess.ink import components, darkness

_WINDOW = 15
# Noise makes one in a million pixels darker than its surroundings by five deviations.
_NOISE_DEVIATIONS = 5.0
_DEVIATION_OF_MEDIAN = 1.4826  # standard deviation over median absolute deviation, for normal noise
# At the middle of a stroke the Laplacian is 1.4 times the stroke's depth or more if it is printed or written,
# 0.9 times or less if it shines through from the back.
_SHARPNESS = 2.0

_SPECK_AREA, _SPECK_HEIGHT = 8, 5
_GLYPHS_OF_A_WORD = 3
_WORD_GAP = (5, 25)  # rows, columns
_LONE_GLYPH = 8  # both sides of a single sign that counts by itself, say a digit
_STRAIGHT_LENGTH, _STRAIGHT_DEVIATION = 40, 2.5
_HOLE_SIZE, _HOLE_MARGIN, _HOLE_ROUNDNESS = (14, 72), 0.14, 0.86


def is_blank(grey: NDArray[np.uint8], contrast: int) -> bool:
    """No stroke of the page, at least `contrast` grey levels darker than the paper beside it, could be writing."""
    dark = darkness(grey, _WINDOW)
    limit = max(float(contrast), _NOISE_DEVIATIONS * _noise(grey))
    # Most pages show writing in their first part: only the others are searched as a whole.
    quarter = grey.shape[0] // 4
    return not (
        _has_writing(grey[quarter // 2 : quarter + quarter // 2], dark[quarter // 2 : quarter + quarter // 2], limit)
        or _has_writing(grey, dark, limit)
    )


def _noise(grey: NDArray[np.uint8]) -> float:
    """Standard deviation of the paper's noise, in grey levels."""
    sample = cv2.subtract(grey, cv2.blur(grey, (_WINDOW, _WINDOW)), dtype=cv2.CV_16S)[::3, ::3]
    return _DEVIATION_OF_MEDIAN * float(np.median(np.abs(sample)))


def _has_writing(grey: NDArray[np.uint8], dark: NDArray[np.uint8], limit: float) -> bool:
    if grey.shape[0] < _WINDOW:
        return False
    sharp = cv2.dilate(cv2.Laplacian(grey, cv2.CV_16S), np.ones((3, 3), np.uint8)) > _SHARPNESS * limit
    strokes = as_pixels((dark > limit) & sharp)
    labels, boxes = components(strokes)
    glyphs = _glyphs(boxes, strokes.shape)
    return bool(len(glyphs)) and (_has_word(boxes[glyphs], strokes.shape) or _has_sign(boxes, glyphs, labels))


def _glyphs(boxes: NDArray[np.int32], shape: tuple[int, ...]) -> NDArray[np.intp]:
    """Numbers of the components that are neither specks nor at the edge; 0 is the paper."""
    left, top, width, height, area = boxes.T
    kept = (area >= _SPECK_AREA) & (np.maximum(width, height) >= _SPECK_HEIGHT)
    kept &= (left > 1) & (top > 1) & (left + width < shape[1] - 1) & (top + height < shape[0] - 1)
    kept[0] = False
    return np.flatnonzero(kept)


def _has_word(boxes: NDArray[np.int32], shape: tuple[int, ...]) -> bool:
    """Several components of a letter's size stand side by side."""
    letters = boxes[(boxes[:, 2:4] < 2 * _STRAIGHT_LENGTH).all(axis=1)]
    canvas = np.zeros(shape, np.uint8)
    for left, top, width, height, _ in letters.tolist():
        canvas[top : top + height, left : left + width] = 1
    words, _ = components(as_pixels(cv2.dilate(canvas, np.ones(_WORD_GAP, np.uint8))))
    middles = words[letters[:, 1] + letters[:, 3] // 2, letters[:, 0] + letters[:, 2] // 2]
    return bool(np.bincount(middles, minlength=1).max() >= _GLYPHS_OF_A_WORD)


def _has_sign(boxes: NDArray[np.int32], glyphs: NDArray[np.intp], labels: NDArray[np.int32]) -> bool:
    """One component by itself could be written: a digit, a scrawl, a signature."""
    for number in glyphs.tolist():
        left, top, width, height, _ = boxes[number].tolist()
        if min(width, height) < _LONE_GLYPH:
            continue
        points = cv2.findNonZero(as_pixels(labels[top : top + height, left : left + width] == number))
        straight = max(width, height) > _STRAIGHT_LENGTH and _is_straight(points)
        if not straight and not (
            _in_margin(left, top, width, height, labels.shape) and _is_hole(points, width, height)
        ):
            return True
    return False


def _is_straight(points: cv2.typing.MatLike) -> bool:
    deviations = np.sqrt(np.linalg.eigvalsh(np.cov(points.reshape(-1, 2), rowvar=False)).clip(0))
    return float(deviations.min()) < _STRAIGHT_DEVIATION


def _in_margin(left: int, top: int, width: int, height: int, shape: tuple[int, ...]) -> bool:
    across, down = (left + width / 2) / shape[1], (top + height / 2) / shape[0]
    return min(across, 1 - across, down, 1 - down) < _HOLE_MARGIN


def _is_hole(points: cv2.typing.MatLike, width: int, height: int) -> bool:
    """Its outline is a circle of a punch hole's size."""
    if not (_HOLE_SIZE[0] <= min(width, height) and max(width, height) <= _HOLE_SIZE[1]):
        return False
    outline = cv2.convexHull(points)
    return 4 * np.pi * cv2.contourArea(outline) > _HOLE_ROUNDNESS * cv2.arcLength(outline, True) ** 2
