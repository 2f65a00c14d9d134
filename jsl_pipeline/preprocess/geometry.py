"""Moves of a page in which the pixels and the boxes of its text layer go together."""

import math
from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray

from jsl_pipeline.schemas import Affine, Box, Raster

_QUARTER_TURNS = {90: cv2.ROTATE_90_CLOCKWISE, 180: cv2.ROTATE_180, 270: cv2.ROTATE_90_COUNTERCLOCKWISE}
# EXIF orientation: the clockwise turn that undoes it, after a left-right flip for the mirrored ones (EXIF 2.32, 4.6.4).
_EXIF_FLIPPED = {2, 4, 5, 7}
_EXIF_TURN = {1: 0, 2: 0, 3: 180, 4: 180, 5: 270, 6: 90, 7: 90, 8: 270}
_FULL_TURN = 360


def orient(raster: Raster) -> Raster:
    """Undo the EXIF orientation."""
    degrees = _EXIF_TURN[raster.orientation]
    if raster.orientation in _EXIF_FLIPPED:
        raster = _moved(raster, cv2.flip(raster.pixels, 1), Affine(a=-1, c=raster.width))
    return turn(raster, degrees)


def turn(raster: Raster, degrees: int) -> Raster:
    """Turn clockwise by 0, 90, 180 or 270 degrees."""
    degrees %= _FULL_TURN
    width, height = raster.width, raster.height
    match degrees:
        case 90:
            move = Affine(a=0, b=-1, c=height, d=1, e=0)
        case 180:
            move = Affine(a=-1, c=width, e=-1, f=height)
        case 270:
            move = Affine(a=0, b=1, d=-1, e=0, f=width)
        case _:
            return Raster(pixels=raster.pixels, text_layer=raster.text_layer, moved=raster.moved)
    return _moved(raster, cv2.rotate(raster.pixels, _QUARTER_TURNS[degrees]), move)


def shrink(raster: Raster, target_pixels: int) -> Raster:
    """Reduce to an area of at most `target_pixels`, by averaging; never enlarge."""
    factor = math.sqrt(target_pixels / (raster.width * raster.height))
    if factor >= 1:
        return raster
    width, height = max(1, int(raster.width * factor)), max(1, int(raster.height * factor))
    pixels = cv2.resize(raster.pixels, (width, height), interpolation=cv2.INTER_AREA)
    smaller = _moved(raster, pixels, Affine(a=width / raster.width, e=height / raster.height))
    return replace(smaller, orientation=raster.orientation)


def rotate(raster: Raster, degrees: float, target_pixels: int) -> Raster:
    """Rotate counter-clockwise by a small angle, on a sheet just large enough that no corner is cut.

    The new corners take the colour of the paper. The result is scaled to at most `target_pixels` on the way.
    """
    cos, sin = math.cos(math.radians(degrees)), abs(math.sin(math.radians(degrees)))
    width, height = raster.width * cos + raster.height * sin, raster.width * sin + raster.height * cos
    scale = min(1.0, math.sqrt(target_pixels / (width * height)))
    size = (max(1, int(width * scale)), max(1, int(height * scale)))
    matrix = cv2.getRotationMatrix2D((raster.width / 2, raster.height / 2), degrees, scale)
    matrix[:, 2] += (size[0] - raster.width) / 2, (size[1] - raster.height) / 2
    pixels = cv2.warpAffine(
        raster.pixels, matrix, size, flags=cv2.INTER_CUBIC, borderValue=_paper_colour(raster.pixels)
    )
    return _moved(raster, pixels, Affine(*matrix.ravel().tolist()))


def _paper_colour(pixels: NDArray[np.uint8]) -> tuple[float, ...]:
    sample = pixels[::8, ::8].reshape(-1, 1 if pixels.ndim == 2 else pixels.shape[2])
    return tuple(float(channel) for channel in np.median(sample, axis=0))


def as_pixels(image: object) -> NDArray[np.uint8]:
    """The same array under our type: OpenCV's stubs promise less than it returns."""
    return np.asarray(image, dtype=np.uint8)


def _moved(raster: Raster, pixels: object, move: Affine) -> Raster:
    """Pixels that went somewhere else, the text layer and the record of moves with them; upright by EXIF."""
    lines = tuple(line.model_copy(update={"box": _box(line.box, move)}) for line in raster.text_layer)
    return Raster(pixels=as_pixels(pixels), text_layer=lines, moved=raster.moved.then(move))


def _box(box: Box, move: Affine) -> Box:
    """The upright box around the four moved corners."""
    left, top, right, bottom = box
    corners = [move.move(x, y) for x in (left, right) for y in (top, bottom)]
    xs, ys = [x for x, _ in corners], [y for _, y in corners]
    return (min(xs), min(ys), max(xs), max(ys))
