"""Whether an image file is all there, judged from its structure without decoding pixels.

Decoders are lenient: half a photograph decodes to a page whose lower half is grey, which then looks like a
short prescription. So a file that stops before its format says it ends is refused.
"""

import io
import re
import struct
import zlib

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from jsl_pipeline.ingest.document import Unusable
from jsl_pipeline.schemas import FileKind, RejectionCode

_PNG_CHUNKS_START = 8
# In entropy-coded JPEG data 0xFF is followed by a stuffed zero, a restart marker or fill bytes; all else ends it.
_JPEG_MARKER = re.compile(rb"\xff[^\x00\xd0-\xd7\xff]")
_JPEG_END, _JPEG_END_MARKER = 0xD9, b"\xff\xd9"
_CORNER, _FILLED_IN = 4, 128
_ARBITRARY_BITS = b"\x35\xca\x5a\xa3" * 64


def truncated() -> Unusable:
    """The rejection of a file that stops too early."""
    return Unusable(RejectionCode.TRUNCATED, "The file stops before its end; part of it is missing. Send it again.")


def corrupt() -> Unusable:
    """The rejection of a file whose content contradicts itself."""
    return Unusable(RejectionCode.CORRUPT, "The file is damaged. Send it again, or scan the document again.")


def require_complete(data: bytes, kind: FileKind) -> None:
    """Refuse a PNG, JPEG or WebP whose bytes stop early. TIFF and PDF are judged where they are opened."""
    if kind is FileKind.PNG:
        _require_complete_png(data)
    elif kind is FileKind.JPEG:
        _require_complete_jpeg(data)
    elif kind is FileKind.WEBP:
        _require_complete_webp(data)


def _require_complete_png(data: bytes) -> None:
    """Walk the chunks to IEND and check the sums of the critical ones (PNG specification, section 5)."""
    view, at = memoryview(data), _PNG_CHUNKS_START
    while at + 12 <= len(data):
        (length,) = struct.unpack_from(">I", data, at)
        end = at + 12 + length
        if end > len(data):
            raise truncated()
        critical = not data[at + 4] & 0x20
        if critical and zlib.crc32(view[at + 4 : end - 4]) != struct.unpack_from(">I", data, end - 4)[0]:
            raise corrupt()
        if data[at + 4 : at + 8] == b"IEND":
            return
        at = end
    raise truncated()


def _require_complete_jpeg(data: bytes) -> None:
    """Walk the markers of ITU-T T.81, annex B, to the end of image; what follows it (phones append) is ignored."""
    at = 2
    while marker := _JPEG_MARKER.search(data, at):
        code, at = data[marker.start() + 1], marker.end()
        if code == _JPEG_END:
            return
        if at + 2 > len(data):
            break
        at += max(2, struct.unpack_from(">H", data, at)[0])
    raise truncated()


def ends_grey(pixels: NDArray[np.uint8]) -> bool:
    """The last corner is flat mid-grey, which is how a JPEG decoder fills in blocks that never came."""
    corner = pixels[-_CORNER:, -_CORNER:]
    return bool((corner == _FILLED_IN).all())


def stops_early(jpeg: bytes) -> bool:
    """Whether pixel data is missing before the end marker, which decoders do not tell.

    Bits put in before the marker are passed over if the picture was whole, and become pixels if it was not.
    """
    end = jpeg.rfind(_JPEG_END_MARKER)
    return not np.array_equal(_thumbnail(jpeg), _thumbnail(jpeg[:end] + _ARBITRARY_BITS + jpeg[end:]))


def _thumbnail(jpeg: bytes) -> NDArray[np.uint8]:
    with Image.open(io.BytesIO(jpeg), formats=["JPEG"]) as image:
        image.draft("L", (image.width // 8, image.height // 8))
        return np.asarray(image, dtype=np.uint8)


def _require_complete_webp(data: bytes) -> None:
    """Compare the RIFF size with the bytes at hand."""
    if len(data) < 12 or len(data) < 8 + struct.unpack_from("<I", data, 4)[0]:
        raise truncated()
