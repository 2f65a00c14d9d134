"""Files for the tests, made from nothing: PDFs by hand, PNGs by chunk, images through Pillow."""

import io
import struct
import zlib

import numpy as np
from PIL import Image

CATALOG = b"<</Type/Catalog/Pages 2 0 R>>"
PAGE = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>"
FONT = b"<</Font<</F1<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>>>>>"


def pdf(objects, trailer=b"", header=b"%PDF-1.4\n"):
    """A PDF of numbered objects with a right cross-reference table."""
    out, offsets, top = bytearray(header), {}, max(objects) + 1
    for number, body in objects.items():
        offsets[number] = len(out)
        out += b"%d 0 obj\n%s\nendobj\n" % (number, body)
    start = len(out)
    out += b"xref\n0 %d\n0000000000 65535 f \n" % top
    for number in range(1, top):
        out += b"%010d 00000 n \n" % offsets[number] if number in offsets else b"0000000000 00000 f \n"
    out += b"trailer\n<</Size %d/Root 1 0 R%s>>\nstartxref\n%d\n%%%%EOF\n" % (top, trailer, start)
    return bytes(out)


def stream(content, entries=b""):
    return b"<</Length %d%s>>\nstream\n%s\nendstream" % (len(content), entries, content)


def blank_pdf(pages):
    kids = b" ".join(b"%d 0 R" % (3 + index) for index in range(pages))
    tree = b"<</Type/Pages/Count %d/Kids[%s]>>" % (pages, kids)
    return pdf({1: CATALOG, 2: tree} | {3 + index: PAGE for index in range(pages)})


def page_pdf(content, box=b"0 0 300 400", entries=b"", resources=FONT, others=None):
    page = b"<</Type/Page/Parent 2 0 R/Contents 4 0 R/MediaBox[%s]/Resources%s%s>>" % (box, resources, entries)
    tree = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    return pdf({1: CATALOG, 2: tree, 3: page, 4: stream(content)} | (others or {}))


def photo_pdf(jpeg, width, height, drawn_over=b"", entries=b"", page_entries=b""):
    """One page of 300 x 400 points, covered by a JPEG."""
    picture = stream(
        jpeg,
        b"/Type/XObject/Subtype/Image/ColorSpace/DeviceRGB/BitsPerComponent 8/Filter/DCTDecode"
        b"/Width %d/Height %d%s" % (width, height, entries),
    )
    return page_pdf(
        b"q 300 0 0 400 0 0 cm /P Do Q " + drawn_over,
        resources=b"<</XObject<</P 5 0 R>>" + FONT[2:],
        others={5: picture},
        entries=page_entries,
    )


def chunk(name, content):
    return struct.pack(">I", len(content)) + name + content + struct.pack(">I", zlib.crc32(name + content))


def png(width, height, raw, extra=b""):
    """A grey 8-bit PNG whose header claims `width` x `height`, whatever `raw` holds."""
    header = chunk(b"IHDR", struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0))
    return b"\x89PNG\r\n\x1a\n" + header + extra + chunk(b"IDAT", zlib.compress(raw)) + chunk(b"IEND", b"")


def encoded(image, form, **options):
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def gradient(width=300, height=400):
    """Dark on the left, light on the right."""
    row = np.linspace(0, 255, width).astype(np.uint8)
    return Image.fromarray(np.tile(row, (height, 1)))


def colourful(width=300, height=400):
    grey = gradient(width, height)
    return Image.merge("RGB", [grey, grey.transpose(Image.Transpose.FLIP_LEFT_RIGHT), grey])
