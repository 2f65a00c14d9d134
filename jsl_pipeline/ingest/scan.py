"""PDF pages that are one large photograph: its JPEG is decoded straight to the size that is needed.

pdfium decodes such a picture in full and then reduces it, 80 to 120 ms for a phone's photograph; the JPEG decoder
skips what the reduction would throw away, 25 to 40 ms. Wherever the picture may not be all that the page shows,
as it is, the answer is None and pdfium draws the page.
"""

import ctypes
import io
import re

import numpy as np
import pypdfium2 as pdfium
import pypdfium2.raw as raw
from PIL import Image

from jsl_pipeline.ingest.complete import require_complete
from jsl_pipeline.ingest.image import decode_image
from jsl_pipeline.schemas import Box, FileKind, Raster

# Entries that change what a picture looks like. Dictionaries of pictures are never compressed, so a search finds them.
_ALTERED_PICTURE = re.compile(rb"/(?:Decode\b|SMask\b|Mask\b|SMaskInData\b)")
_PLAIN_COLOURS = {
    raw.FPDF_COLORSPACE_DEVICEGRAY,
    raw.FPDF_COLORSPACE_DEVICERGB,
    raw.FPDF_COLORSPACE_CALGRAY,
    raw.FPDF_COLORSPACE_CALRGB,
    raw.FPDF_COLORSPACE_ICCBASED,
}
_JPEG_COMPONENTS = {"L", "RGB"}
# Below twice the budget pdfium is as quick, and enlarges where that helps.
_WORTH_IT = 2.0
_TOLERANCE = 0.01  # of the page's width and height


class Scans:
    """Looks for photographs in the pages of one PDF."""

    def __init__(self, data: bytes) -> None:
        self._altered = _ALTERED_PICTURE.search(data) is not None

    def decode(self, page: pdfium.PdfPage, target_pixels: int) -> Raster | None:
        """The page's photograph as the page shows it, without text layer, or None.

        Raises Unusable if the picture stops early, and whatever Pillow raises on damaged pixels.
        """
        picture = None if self._altered else _only_picture(page)
        if picture is None:
            return None
        jpeg = bytes(picture.get_data(decode_simple=False))
        require_complete(jpeg, FileKind.JPEG)
        width, height = picture.get_px_size()
        if width * height < _WORTH_IT * target_pixels:
            return None
        with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
            if image.mode not in _JPEG_COMPONENTS or image.size != (width, height):
                return None
            pixels = decode_image(jpeg, image, target_pixels).pixels
        rows, columns = _visible(pixels.shape, picture.get_bounds(), page.get_bbox())
        turned = np.rot90(pixels[rows, columns], k=-page.get_rotation() // 90)
        return Raster(pixels=np.ascontiguousarray(turned))


def _only_picture(page: pdfium.PdfPage) -> pdfium.PdfImage | None:
    """The JPEG that covers the whole page, upright and opaque, with nothing drawn over it but invisible text."""
    if raw.FPDFPage_GetAnnotCount(page):
        return None
    objects = list(page.get_objects(max_depth=1))
    while objects and _is_invisible_text(objects[-1]):
        objects.pop()
    picture = objects[-1] if objects else None
    if not isinstance(picture, pdfium.PdfImage) or picture.get_filters() != ["DCTDecode"]:
        return None
    a, b, c, d, *_ = picture.get_matrix().get()
    upright = a > 0 and d > 0 and abs(b) < _TOLERANCE * a and abs(c) < _TOLERANCE * d
    if not upright or raw.FPDFPageObj_HasTransparency(picture):
        return None
    page_box = page.get_bbox()
    if not (_covers(picture.get_bounds(), page_box) and _is_unclipped(picture, page_box)):
        return None
    return picture if picture.get_metadata().colorspace in _PLAIN_COLOURS else None


def _is_invisible_text(item: pdfium.PdfObject) -> bool:
    return (
        raw.FPDFPageObj_GetType(item) == raw.FPDF_PAGEOBJ_TEXT
        and raw.FPDFTextObj_GetTextRenderMode(item) == raw.FPDF_TEXTRENDERMODE_INVISIBLE
    )


def _covers(box: Box, page: Box) -> bool:
    across, down = _TOLERANCE * (page[2] - page[0]), _TOLERANCE * (page[3] - page[1])
    reaches_left_and_bottom = box[0] <= page[0] + across and box[1] <= page[1] + down
    return reaches_left_and_bottom and box[2] >= page[2] - across and box[3] >= page[3] - down


def _is_unclipped(picture: pdfium.PdfImage, page: Box) -> bool:
    """Every clip path is a rectangle that covers the page."""
    clip = raw.FPDFPageObj_GetClipPath(picture)
    for path in range(max(0, raw.FPDFClipPath_CountPaths(clip))):
        points = [_clip_point(clip, path, index) for index in range(raw.FPDFClipPath_CountPathSegments(clip, path))]
        xs, ys = [x for x, _ in points], [y for _, y in points]
        if not points or set(points) != {(x, y) for x in (min(xs), max(xs)) for y in (min(ys), max(ys))}:
            return False
        if not _covers((min(xs), min(ys), max(xs), max(ys)), page):
            return False
    return True


def _clip_point(clip: object, path: int, index: int) -> tuple[float, float]:
    x, y = ctypes.c_float(), ctypes.c_float()
    raw.FPDFPathSegment_GetPoint(raw.FPDFClipPath_GetPathSegment(clip, path, index), x, y)
    return x.value, y.value


def _visible(shape: tuple[int, ...], picture: Box, page: Box) -> tuple[slice, slice]:
    """Rows and columns of the picture that lie on the page."""
    down, across = shape[0] / (picture[3] - picture[1]), shape[1] / (picture[2] - picture[0])
    top, bottom = round((picture[3] - page[3]) * down), round((picture[3] - page[1]) * down)
    left, right = round((page[0] - picture[0]) * across), round((page[2] - picture[0]) * across)
    return slice(max(0, top), bottom), slice(max(0, left), right)
