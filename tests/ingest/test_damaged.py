"""Whatever the bytes: a document, a rejection, or a page that fails by itself. Nothing else, and no warning."""

import io
import random
import struct
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from made_files import CATALOG, PAGE, blank_pdf, colourful, encoded, gradient, pdf, photo_pdf
from PIL import Image

from jsl_pipeline.ingest import Limits, OpenDocument, RenderError, open_document
from jsl_pipeline.schemas import Rejection, RejectionCode

LIMITS = Limits(max_pixels=4_000_000)
SMALL = 100_000
WHOLE = {
    "png": encoded(colourful(), "PNG"),
    "jpeg": encoded(colourful(), "JPEG"),
    "progressive": encoded(colourful(), "JPEG", progressive=True),
    "webp": encoded(colourful(), "WEBP"),
    "tiff": encoded(colourful(), "TIFF", save_all=True, append_images=[gradient()]),
    "tiff lzw": encoded(colourful(), "TIFF", compression="tiff_lzw"),
    "tiff g4": encoded(gradient().convert("1"), "TIFF", compression="group4"),
    "big tiff": encoded(colourful(), "TIFF", big_tiff=True),
    "pdf": blank_pdf(9),
    "photo pdf": encoded(colourful(), "PDF", save_all=True, append_images=[gradient()]),
}
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "documents"


def outcome_of(data):
    """A rejection code, or what became of each page."""
    opened = open_document(data, LIMITS)
    if isinstance(opened, Rejection):
        return opened.code
    assert isinstance(opened, OpenDocument)
    pages = []
    with opened:
        for number in range(1, min(opened.page_count, 10) + 1):
            try:
                pages.append(opened.render(number, SMALL).pixels.shape)
            except RenderError as error:
                pages.append(str(error))
    return pages


@pytest.mark.parametrize("name", WHOLE)
def test_a_file_cut_at_any_of_twenty_points_is_told_so(name):
    whole = WHOLE[name]
    assert outcome_of(b"") is RejectionCode.EMPTY
    for point in range(1, 20):
        assert outcome_of(whole[: len(whole) * point // 20]) is RejectionCode.TRUNCATED


def test_samples_cut_at_any_of_twenty_points_are_told_so():
    if not SAMPLES.is_dir():
        pytest.skip("the sample documents are not beside this checkout")
    for path in sorted(SAMPLES.iterdir()):
        whole = path.read_bytes()
        for point in range(1, 20):
            opened = open_document(whole[: len(whole) * point // 20], Limits())
            assert isinstance(opened, Rejection)
            assert opened.code is RejectionCode.TRUNCATED


def test_the_last_line_of_a_pdf_may_be_missing_but_nothing_before_it():
    whole = blank_pdf(3)
    assert len(outcome_of(whole[: whole.rindex(b"%%EOF")])) == 3
    assert outcome_of(whole[: whole.rindex(b"startxref")]) is RejectionCode.TRUNCATED


def test_a_pdf_with_a_hole_is_not_mended_in_silence():
    whole = blank_pdf(50)
    assert outcome_of(whole[:1000] + whole[1500:]) is RejectionCode.TRUNCATED


def test_a_pdf_whose_table_merely_points_wrong_is_read():
    whole = blank_pdf(3)
    pointer = whole.index(b"startxref\n") + len(b"startxref\n")
    assert len(outcome_of(whole[:pointer] + b"0\n%%EOF\n")) == 3


def test_a_jpeg_that_ends_properly_but_too_soon_loses_its_page():
    whole = WHOLE["jpeg"]
    for point in (0.5, 0.75, 0.98):
        (page,) = outcome_of(whole[: int(len(whole) * point)] + b"\xff\xd9")
        assert "damaged" in page
        (page,) = outcome_of(photo_pdf(whole[: int(len(whole) * point)], 300, 400))
        assert "damaged" in page


def test_a_grey_corner_alone_is_no_damage():
    assert outcome_of(encoded(gradient().point(lambda _: 128), "JPEG")) == [(400, 300)]


def test_a_png_with_a_wrong_sum_is_corrupt():
    data = bytearray(WHOLE["png"])
    data[data.index(b"IDAT") + 20] ^= 0xFF
    assert outcome_of(bytes(data)) is RejectionCode.CORRUPT


def test_a_ring_of_tiff_directories_is_corrupt():
    data = bytearray(WHOLE["tiff"])
    first = at = struct.unpack_from("<I", data, 4)[0]
    while True:
        link = at + 2 + 12 * struct.unpack_from("<H", data, at)[0]
        at = struct.unpack_from("<I", data, link)[0]
        if not at:
            break
    struct.pack_into("<I", data, link, first)
    assert outcome_of(bytes(data)) is RejectionCode.CORRUPT


PAGES = b"<</Type/Pages/Count %d/Kids[%s]>>"


@pytest.mark.parametrize(
    ("objects", "expected"),
    [
        ({2: PAGES % (0, b"")}, RejectionCode.NO_PAGES),
        ({2: PAGES % (2, b"2 0 R")}, RejectionCode.CORRUPT),
        ({2: PAGES % (3, b"3 0 R 2 0 R"), 3: PAGE}, RejectionCode.CORRUPT),
        ({2: PAGES % (5, b"3 0 R"), 3: PAGES % (5, b"2 0 R")}, RejectionCode.CORRUPT),
        ({2: PAGES % (9, b"3 0 R"), 3: PAGE}, RejectionCode.CORRUPT),
        ({n: PAGES % (1, b"%d 0 R" % (n + 1)) for n in range(2, 3000)} | {3000: PAGE}, RejectionCode.CORRUPT),
    ],
    ids=["empty", "own child", "loop", "mutual", "claims more", "deep"],
)
def test_page_trees_that_lie(objects, expected):
    assert outcome_of(pdf({1: CATALOG} | objects)) is expected


def test_a_pdf_that_needs_a_password_is_encrypted():
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<" + b"41" * 32 + b">/U<" + b"42" * 32 + b">>>"
    locked = pdf({1: CATALOG, 2: PAGES % (1, b"3 0 R"), 3: PAGE, 4: lock}, trailer=b"/Encrypt 4 0 R/ID[<00><00>]")
    assert outcome_of(locked) is RejectionCode.ENCRYPTED


def test_one_damaged_tiff_page_leaves_its_neighbours():
    whole = encoded(gradient(), "TIFF", compression="tiff_lzw", save_all=True, append_images=[gradient()] * 2)
    with Image.open(io.BytesIO(whole)) as image:
        image.seek(1)
        strip = image.tag_v2[273][0]
    first, second, third = outcome_of(whole[:strip] + b"\xff" * 100 + whole[strip + 100 :])
    assert first == third == (400, 300)
    assert "damaged" in second


def test_random_damage_never_raises():
    rng = random.Random(7)
    for name, whole in WHOLE.items():
        for _ in range(60):
            data = bytearray(whole)
            for _ in range(rng.choice((1, 3, 20))):
                at = rng.randrange(min(len(data), rng.choice((300, 10**9))))
                data[at] = rng.choice((0, 1, 127, 128, 255, rng.randrange(256)))
            assert outcome_of(bytes(data)) is not None, name


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=400), st.sampled_from([b"", *(whole[:40] for whole in WHOLE.values())]))
def test_random_bytes_never_raise(data, start):
    assert outcome_of(start + data) is not None
