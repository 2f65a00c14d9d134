"""Pictures as the bytes of a file. The same pictures give the same bytes, whatever the clock says."""

import io
import time
from collections.abc import Sequence

import cv2
from PIL import Image

from jsl_pipeline.errors import PipelineError
from jsl_pipeline.synthetic.camera import DPI, Picture

_THEN = time.gmtime(0)  # PDF carries dates; fixed, or the same seed would give other bytes
_OPTIONS = {
    ".png": [cv2.IMWRITE_PNG_COMPRESSION, 1],
    ".jpg": [cv2.IMWRITE_JPEG_QUALITY, 85],
}


def encoded(pages: Sequence[Picture], extension: str) -> bytes:
    """A file of that kind: .png, .jpg or .webp for one page; .tiff or .pdf (images only) for any."""
    match extension:
        case ".tiff":
            return _many(pages, "TIFF", compression="tiff_adobe_deflate", dpi=(DPI, DPI))
        case ".pdf":
            return _many(pages, "PDF", resolution=DPI, quality=80, creationDate=_THEN, modDate=_THEN)
        case ".webp":
            return _many(pages, "WEBP", quality=80, method=2)
        case _:
            (page,) = pages
            return _one(page, extension)


def _many(pages: Sequence[Picture], kind: str, **options: object) -> bytes:
    first, *rest = (Image.fromarray(each) for each in pages)
    file = io.BytesIO()
    first.save(file, kind, save_all=bool(rest), append_images=rest, **options)
    return file.getvalue()


def _one(page: Picture, extension: str) -> bytes:
    ordered = cv2.cvtColor(page, cv2.COLOR_RGB2BGR) if page.ndim == 3 else page
    done, data = cv2.imencode(extension, ordered, _OPTIONS[extension])
    if not done:
        raise PipelineError(f"OpenCV did not write a {extension} image; reinstall opencv-python-headless.")
    return data.tobytes()
