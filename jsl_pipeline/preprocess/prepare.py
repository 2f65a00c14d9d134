"""One page from raster to the bytes that an engine reads."""

from dataclasses import replace

import cv2
import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from jsl_pipeline.preprocess.blank import is_blank
from jsl_pipeline.preprocess.geometry import orient, rotate, shrink, turn
from jsl_pipeline.preprocess.ink import ink_mask, to_grey
from jsl_pipeline.preprocess.light import is_uneven, level, paper_light
from jsl_pipeline.preprocess.settings import PreprocessSettings
from jsl_pipeline.preprocess.slant import find_slant
from jsl_pipeline.preprocess.upside import Uprightness
from jsl_pipeline.schemas import Affine, PageQuality, Raster, TextLine, Value

_INK_WINDOW = 25


class PreparedPage(Value):
    """A page ready for an engine."""

    image: bytes = Field(repr=False)
    media_type: str = Field(description="image/jpeg or image/png.")
    width: int
    height: int
    text_layer: tuple[TextLine, ...] = Field(default=(), repr=False)
    moved: Affine = Field(default=Affine(), description="From pixels of the raster to pixels of this page.")
    quality: PageQuality


class BlankPage(Value):
    """A page with nothing on it that could be text."""

    quality: PageQuality


def prepare(raster: Raster, settings: PreprocessSettings) -> PreparedPage | BlankPage:
    """Orient, level, gate, straighten, reduce and encode a page. Boxes of the text layer move along."""
    page = orient(shrink(raster, settings.target_pixels))
    grey = to_grey(page.pixels)
    paper = paper_light(grey)
    photographed = settings.level_light and is_uneven(grey, paper)
    if photographed:
        page = replace(page, pixels=level(page.pixels, paper))
        grey = to_grey(page.pixels)
    if not page.text_layer and is_blank(grey, settings.blank_contrast):
        return BlankPage(quality=_quality(grey, 0.0, 0, photographed))
    page, skew, rotation = _straighten(page, grey, settings)
    return PreparedPage(
        image=_encode(page.pixels, settings),
        media_type=f"image/{settings.encoding}",
        width=page.width,
        height=page.height,
        text_layer=page.text_layer,
        moved=page.moved,
        quality=_quality(to_grey(page.pixels), skew, rotation, photographed),
    )


def _straighten(page: Raster, grey: NDArray[np.uint8], settings: PreprocessSettings) -> tuple[Raster, float, int]:
    """The page with level lines the right way up, the small angle and the right-angle turn that it took."""
    slant = find_slant(grey, settings.max_skew_degrees, settings.upright)
    if slant.degrees:
        page = rotate(page, slant.degrees, settings.target_pixels)
    if not settings.upright:
        return page, slant.degrees, 0
    rotation = 90 if slant.sideways else 0
    page = turn(page, rotation)
    evidence = Uprightness(to_grey(page.pixels))
    # A page on its side must be turned one way or the other: there, any evidence will do.
    if evidence.upside_down or (slant.sideways and evidence.score < 0):
        page = turn(page, 180)
        rotation += 180
    return page, slant.degrees, rotation


def _encode(pixels: NDArray[np.uint8], settings: PreprocessSettings) -> bytes:
    if settings.encoding == "jpeg":
        _, encoded = cv2.imencode(".jpg", pixels, [cv2.IMWRITE_JPEG_QUALITY, settings.jpeg_quality])
    else:
        _, encoded = cv2.imencode(".png", pixels)
    return encoded.tobytes()


def _quality(grey: NDArray[np.uint8], skew: float, rotation: int, photographed: bool) -> PageQuality:
    ink = ink_mask(grey, _INK_WINDOW)
    light = float(np.percentile(grey[::4, ::4], 95))
    dark = float(np.percentile(grey[ink > 0], 5)) if ink.any() else light
    _, deviation = cv2.meanStdDev(cv2.Laplacian(grey, cv2.CV_16S))
    return PageQuality(
        ink=float(ink.mean()),
        sharpness=float(deviation[0, 0]) ** 2,
        contrast=max(0.0, light - dark) / 255,
        skew_degrees=skew,
        rotation=rotation,
        photographed=photographed,
    )
