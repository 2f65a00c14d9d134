"""Pictures of paper: clean, as a flatbed scanner sees it, as a telephone sees it on a desk.

Pictures are 8 bits, grey as (height, width) or red-green-blue as (height, width, 3).
"""

from enum import StrEnum
from typing import Any

import cv2
import numpy as np
import pypdfium2 as pdfium
from cv2.typing import MatLike
from numpy.typing import NDArray

Picture = NDArray[np.uint8]

DPI = 150
_POINTS_PER_INCH = 72


class Look(StrEnum):
    """How a picture of a page was taken."""

    CLEAN = "clean"
    SCAN = "grey scan"
    COLOUR_SCAN = "colour scan"
    PHOTOGRAPH = "photograph"


def pictures(pdf: bytes, look: Look, rng: np.random.Generator) -> list[Picture]:
    """Every page of a PDF, at 150 dots per inch."""
    clean = rendered(pdf)
    match look:
        case Look.CLEAN:
            return clean
        case Look.SCAN:
            return [_scanned(cv2.cvtColor(each, cv2.COLOR_RGB2GRAY), rng) for each in clean]
        case Look.COLOUR_SCAN:
            return [_scanned(each, rng) for each in clean]
        case Look.PHOTOGRAPH:
            return [_photographed(each, rng) for each in clean]


def rendered(pdf: bytes) -> list[Picture]:
    """Every page of a PDF as it is drawn, at 150 dots per inch."""
    scale: Any = DPI / _POINTS_PER_INCH  # pypdfium2 declares int, and documents float
    document = pdfium.PdfDocument(pdf)
    try:
        return [page.render(scale=scale, rev_byteorder=True).to_numpy().copy() for page in document]
    finally:
        document.close()


def _scanned(picture: MatLike, rng: np.random.Generator) -> Picture:
    """As from a flatbed scanner: up to a degree askew, off-white paper, a soft lens, sensor noise."""
    height, width = picture.shape[:2]
    turn = cv2.getRotationMatrix2D((width / 2, height / 2), float(rng.uniform(-1, 1)), 1)
    turned = cv2.warpAffine(picture, turn, (width, height), borderMode=cv2.BORDER_CONSTANT, borderValue=(255, 255, 255))
    soft = cv2.GaussianBlur(turned, (0, 0), float(rng.uniform(0.4, 0.7)))
    return noisy(cv2.convertScaleAbs(soft, alpha=float(rng.uniform(0.94, 0.98))), rng, 3.0)


def _photographed(picture: Picture, rng: np.random.Generator) -> Picture:
    """As from a telephone over a desk: perspective, the paper's edges, uneven light, a shadow, slight blur."""
    height, width = picture.shape[:2]
    tall, wide = int(height * 1.14), int(width * 1.2)
    corners = np.array([[0, 0], [width, 0], [width, height], [0, height]], np.float32)
    offset = np.array([(wide - width) / 2, (tall - height) / 2], np.float32)
    seen = corners + offset + rng.uniform(-0.035, 0.035, (4, 2)).astype(np.float32) * np.float32(width)
    view = cv2.getPerspectiveTransform(corners, seen.astype(np.float32))
    scene = cv2.warpPerspective(
        picture, view, (wide, tall), dst=desk(tall, wide, rng), borderMode=cv2.BORDER_TRANSPARENT, flags=cv2.INTER_AREA
    )
    lit = cv2.multiply(scene, light(tall, wide, rng), scale=1 / 255)
    soft = cv2.GaussianBlur(lit, (0, 0), float(rng.uniform(0.6, 0.9)))
    return noisy(soft, rng, 4.0)


def desk(height: int, width: int, rng: np.random.Generator) -> MatLike:
    """What lies under the paper."""
    wood = np.array(rng.choice([(96, 68, 48), (70, 72, 78), (128, 100, 76)]), np.float32)
    grain = rng.normal(0, 14, (height // 4 + 1, 24, 1)).astype(np.float32) + wood
    return cv2.resize(np.clip(grain, 0, 255).astype(np.uint8), (width, height), interpolation=cv2.INTER_CUBIC)


def light(height: int, width: int, rng: np.random.Generator) -> MatLike:
    """What of each colour comes back, 255 for all of it: a warm lamp to one side and the soft edge of a shadow."""
    angle, edge = rng.uniform(0, 2 * np.pi), rng.uniform(0.55, 0.8)
    y, x = np.mgrid[-0.5:0.5:64j, -0.5:0.5:64j]
    across = x * np.cos(angle) + y * np.sin(angle)
    lamp = 0.86 + 0.24 * across
    shadow = 1 - 0.3 / (1 + np.exp(-(across - edge + 0.45) * 26))
    warm = np.array([1.0, 0.97, rng.uniform(0.86, 0.94)])
    light = np.clip((lamp * shadow)[..., None] * warm * 255, 0, 255).astype(np.uint8)
    return cv2.resize(light, (width, height), interpolation=cv2.INTER_CUBIC)


def noisy(picture: MatLike, rng: np.random.Generator, sigma: float) -> Picture:
    """With a sensor's noise, `sigma` levels of 255."""
    # One tile of noise, laid at a random place: fresh noise for every pixel would cost more than all else.
    height, width = picture.shape[:2]
    tile = np.round(rng.normal(0, sigma, (256, 256))).astype(np.int8)
    tile = np.roll(tile, rng.integers(0, 256, 2), axis=(0, 1))
    noise = np.tile(tile, (height // 256 + 1, width // 256 + 1))[:height, :width]
    if picture.ndim == 3:
        noise = np.repeat(noise[..., None], 3, axis=2)
    return np.asarray(cv2.add(picture, noise, dtype=cv2.CV_8U), np.uint8)
