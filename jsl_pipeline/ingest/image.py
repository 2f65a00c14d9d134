"""Image files: PNG, JPEG, TIFF and WebP through Pillow."""

import io
import warnings

import cv2
import numpy as np
from numpy.typing import NDArray
from PIL import ExifTags, Image
from typing_extensions import override

from jsl_pipeline.ingest.complete import corrupt, ends_grey, require_complete, stops_early, truncated
from jsl_pipeline.ingest.document import OpenDocument, Unusable, rendering, require_page_size
from jsl_pipeline.ingest.limits import Limits
from jsl_pipeline.ingest.tiff import tiff_pages
from jsl_pipeline.schemas import FileKind, Raster, RejectionCode

_GREY_MODES = {"1", "L"}
_DEEP_MODES = {"I", "I;16", "I;16L", "I;16B", "I;16N", "F"}
_ALPHA_MODES = {"RGBA", "RGBa", "LA", "La", "PA"}


class ImageDocument(OpenDocument):
    """An image file. Only TIFF has several pages; a phone's extra pictures after a JPEG are not pages."""

    def __init__(self, data: bytes, kind: FileKind, limits: Limits) -> None:
        """Raises Unusable."""
        self._data, self._kind = data, kind
        if kind is FileKind.TIFF:
            self._frames = tiff_pages(data, limits)
        else:
            require_complete(data, kind)
            self._frames = (0,)
        self._image = _open_image(data, kind)
        if kind is not FileKind.TIFF:
            require_page_size(*self._image.size, limits)
            _require_still(self._image)

    @property
    @override
    def kind(self) -> FileKind:
        return self._kind

    @property
    @override
    def page_count(self) -> int:
        return len(self._frames)

    @override
    def render(self, page_no: int, target_pixels: int) -> Raster:
        with rendering():
            if self._kind is FileKind.TIFF:
                self._image.seek(self._frames[page_no - 1])
            return decode_image(self._data, self._image, target_pixels)

    @override
    def close(self) -> None:
        self._image.close()


def decode_image(data: bytes, image: Image.Image, target_pixels: int) -> Raster:
    """Decode `image`, opened from `data`, cut by a whole factor while it stays above `target_pixels`.

    Raises Unusable if its pixels stop early, and whatever Pillow raises on damaged ones.
    """
    jpeg = image.format in ("JPEG", "MPO")
    if jpeg:
        # The decoder can leave out what the cut would throw away: 1/2, 1/4 or 1/8 of each side.
        factor = _factor(image, target_pixels)
        image.draft(None, (image.width // factor, image.height // factor))
    image.load()
    pixels = _to_pixels(image, _factor(image, target_pixels))
    if jpeg and ends_grey(pixels) and stops_early(data):
        raise truncated()
    return Raster(pixels=pixels, orientation=_orientation(image))


def _factor(image: Image.Image, target_pixels: int) -> int:
    return max(1, int((image.width * image.height / target_pixels) ** 0.5))


def _open_image(data: bytes, kind: FileKind) -> Image.Image:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # Pillow warns of odd metadata, which we do not read
            return Image.open(io.BytesIO(data), formats=[kind.value])
    except Image.DecompressionBombError as error:
        raise Unusable(
            RejectionCode.PAGE_TOO_LARGE, "The image claims an absurd number of pixels. Scan at a lower resolution."
        ) from error
    except Exception as error:  # Pillow's parsers raise a dozen types on broken headers
        raise corrupt() from error


def _require_still(image: Image.Image) -> None:
    if image.format != "MPO" and getattr(image, "is_animated", False):
        raise Unusable(
            RejectionCode.UNKNOWN_TYPE,
            "The file is an animation, whose frames are not pages. Send the pages as PDF or TIFF.",
        )


def _orientation(image: Image.Image) -> int:
    """EXIF orientation, 1 if there is none. Pillow has turned TIFF pages already and dropped their tag."""
    try:
        tag = image.getexif().get(ExifTags.Base.Orientation, 1)
    except (OSError, SyntaxError, ValueError, TypeError, KeyError, IndexError, OverflowError):
        return 1  # broken metadata beside good pixels: the page's own lines decide which way is up
    return tag if isinstance(tag, int) and 1 <= tag <= 8 else 1


def _to_pixels(image: Image.Image, factor: int) -> NDArray[np.uint8]:
    """Any Pillow mode as 8-bit grey or blue-green-red on white paper, cut by `factor`."""
    if image.mode in _DEEP_MODES:
        image = Image.fromarray(_to_eight_bits(np.asarray(image)))
    elif image.mode in _ALPHA_MODES or "transparency" in image.info:
        image = _on_white_paper(image.convert("RGBA"))
    else:
        image = image.convert("L" if image.mode in _GREY_MODES else "RGB")
    if factor > 1:
        image = image.reduce(factor)
    pixels = np.asarray(image, dtype=np.uint8)
    return pixels if pixels.ndim == 2 else np.asarray(cv2.cvtColor(pixels, cv2.COLOR_RGB2BGR), dtype=np.uint8)


def _on_white_paper(image: Image.Image) -> Image.Image:
    alpha = image.getchannel("A")
    opaque = image.convert("RGB")
    if alpha.getextrema() == (255, 255):
        return opaque
    return Image.composite(opaque, Image.new("RGB", image.size, "white"), alpha)


def _to_eight_bits(deep: NDArray[np.generic]) -> NDArray[np.uint8]:
    """Scale by the top value's power of two, so that 12-bit scans in 16-bit files do not come out black."""
    values = np.nan_to_num(deep.astype(np.float32), posinf=0.0, neginf=0.0)
    top = float(values.max(initial=0.0))
    full = 1.0 if top <= 1.0 else float(2 ** max(8, int(top).bit_length()) - 1)
    return np.clip(values * (255.0 / full), 0, 255).astype(np.uint8)
