import zlib

import numpy as np
import pytest
from made_files import blank_pdf, chunk, colourful, encoded, gradient, page_pdf, png
from PIL import Image, TiffImagePlugin

from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.schemas import FileKind, Rejection, RejectionCode

TARGET = 960 * 1280
LIMITS = Limits()
KINDS = {
    FileKind.PNG: encoded(colourful(), "PNG"),
    FileKind.JPEG: encoded(colourful(), "JPEG"),
    FileKind.TIFF: encoded(colourful(), "TIFF"),
    FileKind.WEBP: encoded(colourful(), "WEBP"),
    FileKind.PDF: blank_pdf(1),
}


def opened(data, limits=LIMITS):
    outcome = open_document(data, limits)
    assert isinstance(outcome, OpenDocument), outcome
    return outcome


def code(data, limits=LIMITS):
    outcome = open_document(data, limits)
    assert isinstance(outcome, Rejection), "opened"
    assert outcome.reason.endswith(".")
    return outcome.code


def pixels(data, page_no=1, target=TARGET):
    with opened(data) as document:
        return document.render(page_no, target).pixels


@pytest.mark.parametrize("kind", KINDS)
def test_the_kind_is_told_by_content(kind):
    with opened(KINDS[kind]) as document:
        assert document.kind is kind
        assert document.page_count == 1
        raster = document.render(1, TARGET)
    assert raster.pixels.dtype == np.uint8
    assert raster.orientation == 1


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("form", ["PNG", "TIFF"])
def test_every_mode_comes_out_as_the_same_picture(mode, form):
    page = pixels(encoded(gradient().convert(mode), form))
    assert page.shape[:2] == (400, 300)
    assert page.ndim == 2 or page.shape[2] == 3
    assert page[:, :20].mean() < 40
    assert page[:, -20:].mean() > 215


def test_colours_are_blue_green_red():
    assert pixels(encoded(Image.new("RGB", (50, 50), (250, 20, 40)), "PNG"))[0, 0].tolist() == [40, 20, 250]


@pytest.mark.parametrize("depth", [12, 16])
def test_deep_greys_are_scaled_to_eight_bits(depth):
    deep = (np.asarray(gradient()).astype(np.uint16) << (depth - 8)) | ((1 << (depth - 8)) - 1)
    for form in ("PNG", "TIFF"):
        page = pixels(encoded(Image.fromarray(deep), form))
        assert np.abs(page.astype(int) - np.asarray(gradient())).max() <= 1


def test_float_and_cmyk_pictures_are_read():
    floats = Image.fromarray(np.asarray(gradient()).astype(np.float32) / 255)
    assert np.abs(pixels(encoded(floats, "TIFF")).astype(int) - np.asarray(gradient())).max() <= 1
    cmyk = pixels(encoded(gradient().convert("RGB").convert("CMYK"), "JPEG"))
    assert cmyk[:, :20].mean() < 40 < 215 < cmyk[:, -20:].mean()


def test_transparent_paper_is_white():
    ink = Image.new("LA", (100, 100), (0, 0))
    ink.putpixel((50, 50), (0, 255))
    page = pixels(encoded(ink, "PNG"))
    assert page[0, 0].tolist() == [255, 255, 255]
    assert page[50, 50].tolist() == [0, 0, 0]


def test_tiff_pages_may_differ_in_size():
    data = encoded(
        colourful(), "TIFF", save_all=True, append_images=[gradient(120, 80), gradient(700, 900).convert("1")]
    )
    with opened(data) as document:
        assert document.page_count == 3
        shapes = [document.render(number, TARGET).pixels.shape for number in (1, 2, 3, 1)]
    assert shapes == [(400, 300, 3), (80, 120), (900, 700), (400, 300, 3)]


def test_a_tiff_thumbnail_is_no_page():
    thumbnail = TiffImagePlugin.ImageFileDirectory_v2()
    thumbnail[254] = 1
    assert code(encoded(gradient(30, 40), "TIFF", tiffinfo=thumbnail)) is RejectionCode.NO_PAGES


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_told(form, orientation):
    exif = Image.Exif()
    exif[274] = orientation
    with opened(encoded(colourful(), form, exif=exif)) as document:
        assert document.render(1, TARGET).orientation == orientation


def test_large_pictures_are_cut_but_stay_above_the_target():
    for form in ("PNG", "JPEG"):
        page = pixels(encoded(gradient(2400, 3200), form), target=600 * 800)
        assert 600 * 800 <= page.size < 4 * 600 * 800
        assert page.shape[0] / page.shape[1] == pytest.approx(4 / 3, abs=0.01)


def test_a_pdf_header_may_come_late_but_not_too_late():
    assert opened(b"x" * 1000 + blank_pdf(1)).page_count == 1
    assert code(b"x" * 2000 + blank_pdf(1)) is RejectionCode.UNKNOWN_TYPE


def test_bytes_after_the_end_are_ignored():
    for kind in (FileKind.PNG, FileKind.JPEG, FileKind.TIFF):
        assert opened(KINDS[kind] + b"appended by a phone" * 100).page_count == 1
    assert opened(KINDS[FileKind.PDF] + bytes(5000)).page_count == 1


def test_extra_pictures_of_a_phone_are_no_pages():
    assert opened(encoded(colourful(), "MPO", save_all=True, append_images=[colourful()])).page_count == 1


@pytest.mark.parametrize("form", ["WEBP", "PNG"])
def test_an_animation_is_no_document(form):
    data = encoded(colourful(), form, save_all=True, append_images=[gradient().convert("RGB")])
    assert code(data) is RejectionCode.UNKNOWN_TYPE


@pytest.mark.parametrize(
    "data",
    [b"hello, this is a note", b"PK\x03\x04" + bytes(99), encoded(gradient(), "GIF"), encoded(gradient(), "BMP")],
)
def test_other_types_are_unknown(data):
    assert code(data) is RejectionCode.UNKNOWN_TYPE


def test_nothing_is_empty():
    assert code(b"") is RejectionCode.EMPTY


def test_size_is_judged_from_headers_alone():
    assert code(png(60_000, 60_000, b"")) is RejectionCode.PAGE_TOO_LARGE
    assert code(png(20_000, 9_000, b"")) is RejectionCode.PAGE_TOO_LARGE
    assert code(png(30_000, 3, b"")) is RejectionCode.PAGE_TOO_LARGE
    assert code(page_pdf(b"", box=b"0 0 9000 9000")) is RejectionCode.PAGE_TOO_LARGE
    assert code(page_pdf(b"", box=b"0 0 20 4000")) is RejectionCode.PAGE_TOO_LARGE
    assert code(encoded(colourful(), "TIFF"), Limits(max_pixels=100_000)) is RejectionCode.PAGE_TOO_LARGE


def test_limits_on_bytes_and_pages():
    assert code(KINDS[FileKind.PNG], Limits(max_file_bytes=100)) is RejectionCode.FILE_TOO_LARGE
    assert code(blank_pdf(10_000)) is RejectionCode.TOO_MANY_PAGES
    assert opened(blank_pdf(2_000)).page_count == 2_000
    many = encoded(gradient(20, 20), "TIFF", save_all=True, append_images=[gradient(20, 20)] * 4)
    assert code(many, Limits(max_pages=4)) is RejectionCode.TOO_MANY_PAGES
    assert opened(many, Limits(max_pages=5)).page_count == 5


def test_a_page_that_takes_no_room_is_corrupt():
    assert code(png(0, 0, b"")) is RejectionCode.CORRUPT


def test_a_text_chunk_that_swells_is_refused():
    swollen = chunk(b"zTXt", b"a\0\0" + zlib.compress(bytes(80 << 20)))
    assert code(png(10, 10, bytes(110), swollen)) is RejectionCode.CORRUPT
