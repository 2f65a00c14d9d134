import hashlib

import numpy as np
import pytest
from made_files import CATALOG, blank_pdf, colourful, encoded, page_pdf, pdf, photo_pdf, stream

from jsl_pipeline.ingest import Limits, OpenDocument, open_document
from jsl_pipeline.schemas import Rejection

TARGET = 960 * 1280
TABLE = b"""BT /F1 12 Tf 20 300 Td (Aspirin forte) Tj ET BT /F1 12 Tf 140 300 Td (500 mg) Tj ET
BT /F1 12 Tf 230 300 Td (once) Tj ET BT /F1 12 Tf 20 280 Td (Take with) Tj ( plenty of water) Tj ET"""
PHOTO = encoded(colourful(3000, 4000), "JPEG", quality=90)


def raster(data, page_no=1, target=TARGET):
    document = open_document(data, Limits())
    assert isinstance(document, OpenDocument), document
    with document:
        return document.render(page_no, target)


def texts(page):
    return [line.text for line in page.text_layer]


@pytest.mark.parametrize("target", [50_000, TARGET])
def test_a_page_is_drawn_just_within_the_target(target):
    page = raster(blank_pdf(1), target=target)
    assert 0.97 * target < page.width * page.height <= target
    assert page.width / page.height == pytest.approx(0.75, abs=0.01)
    assert (page.pixels == 255).all()


def test_table_cells_are_lines_of_their_own_and_words_are_not():
    assert texts(raster(page_pdf(TABLE))) == ["Aspirin forte", "500 mg", "once", "Take with plenty of water"]


@pytest.mark.parametrize("turn", [0, 90, 180, 270])
@pytest.mark.parametrize("crop", [b"", b"/CropBox[10 50 290 390]"])
def test_boxes_lie_on_the_ink_however_the_page_is_turned(turn, crop):
    page = raster(page_pdf(TABLE, box=b"-30 -20 300 400", entries=b"/Rotate %d%s" % (turn, crop)))
    ink = (page.pixels < 128).any(axis=2)
    assert len(page.text_layer) == 4
    for line in page.text_layer:
        left, top, right, bottom = (round(edge) for edge in line.box)
        assert ink[top : bottom + 1, left : right + 1].sum() > 50
        ink[max(0, top - 3) : bottom + 4, max(0, left - 3) : right + 4] = False
    assert not ink.any()


def test_form_fields_are_drawn_and_take_the_trust_from_the_text_layer():
    field = b"<</Type/Annot/Subtype/Widget/FT/Tx/T(drug)/V(Warfarin)/Rect[50 50 250 90]/AP<</N 6 0 R>>/F 4>>"
    look = stream(b"0 0 200 40 re f", b"/Type/XObject/Subtype/Form/BBox[0 0 200 40]")
    catalog = b"<</Type/Catalog/Pages 2 0 R/AcroForm<</Fields[5 0 R]>>>>"
    page = raster(page_pdf(TABLE, entries=b"/Annots[5 0 R]", others={1: catalog, 5: field, 6: look}))
    assert page.text_layer == ()
    assert page.pixels[round(page.height * 330 / 400), page.width // 2].max() < 50


def test_a_link_leaves_the_text_layer_alone():
    link = b"<</Type/Annot/Subtype/Link/Rect[0 0 10 10]>>"
    assert len(raster(page_pdf(TABLE, entries=b"/Annots[5 0 R]", others={5: link})).text_layer) == 4


def test_a_photograph_comes_at_its_own_resolution_and_looks_as_drawn():
    direct = raster(photo_pdf(PHOTO, 3000, 4000))
    drawn = raster(photo_pdf(PHOTO, 3000, 4000, drawn_over=b"0 0 0 0 re f"))
    assert direct.width * direct.height > 1.5 * drawn.width * drawn.height
    assert close(direct, drawn)


@pytest.mark.parametrize("turn", [90, 180, 270])
def test_a_turned_and_cropped_photograph_looks_as_drawn(turn):
    entries = b"/Rotate %d/CropBox[60 20 300 360]" % turn
    direct = raster(photo_pdf(PHOTO, 3000, 4000, page_entries=entries))
    drawn = raster(photo_pdf(PHOTO, 3000, 4000, page_entries=entries, drawn_over=b"0 0 0 0 re f"))
    assert direct.width > drawn.width
    assert close(direct, drawn)


@pytest.mark.parametrize(
    "difference",
    [{"drawn_over": b"0 g 0 0 300 200 re f"}, {"entries": b"/Decode[1 0 1 0 1 0]"}],
    ids=["drawn over", "inverted"],
)
def test_a_photograph_that_is_not_all_the_page_shows_is_drawn(difference):
    plain, changed = raster(photo_pdf(PHOTO, 3000, 4000)), raster(photo_pdf(PHOTO, 3000, 4000, **difference))
    assert changed.width * changed.height <= TARGET
    assert not close(plain, changed)


def test_visible_text_beside_a_large_picture_is_not_all_the_writing():
    letterhead, hidden = b"BT /F1 12 Tf 20 300 Td (Dr Who) Tj ET", b"BT 3 Tr /F1 12 Tf 20 300 Td (Aspirin) Tj ET"
    assert raster(photo_pdf(PHOTO, 3000, 4000, drawn_over=letterhead)).text_layer == ()
    read_before = raster(photo_pdf(PHOTO, 3000, 4000, drawn_over=hidden))
    assert texts(read_before) == ["Aspirin"]
    assert read_before.width * read_before.height > TARGET


def test_a_pdf_that_only_forbids_changes_opens():
    assert not isinstance(open_document(owner_locked(), Limits()), Rejection)


def close(one, other):
    size = (60, 80) if one.width < one.height else (80, 60)
    small = [block_means(page.pixels, size) for page in (one, other)]
    return np.abs(small[0] - small[1]).max() < 8


def block_means(pixels, size):
    rows = np.linspace(0, pixels.shape[0], size[1] + 1).astype(int)
    columns = np.linspace(0, pixels.shape[1], size[0] + 1).astype(int)
    sums = np.add.reduceat(np.add.reduceat(pixels.astype(float), rows[:-1]), columns[:-1], axis=1)
    return sums / (np.diff(rows)[:, None, None] * np.diff(columns)[None, :, None])


PASSWORD_PADDING = bytes.fromhex("28BF4E5E4E758A4164004E56FFFA01082E2E00B6D0683E802F0CA9FE6453697A")


def owner_locked():
    """Standard security handler, revision 2, with an empty user password (ISO 32000-1, 7.6.3)."""
    owner = rc4(hashlib.md5(b"owner".ljust(32, b"\0")).digest()[:5], PASSWORD_PADDING)
    permissions = (-4).to_bytes(4, "little", signed=True)
    key = hashlib.md5(PASSWORD_PADDING + owner + permissions + b"\0").digest()[:5]
    user = rc4(key, PASSWORD_PADDING)
    lock = b"<</Filter/Standard/V 1/R 2/P -4/O<%s>/U<%s>>>" % (owner.hex().encode(), user.hex().encode())
    tree = b"<</Type/Pages/Count 1/Kids[3 0 R]>>"
    page = b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 300 400]>>"
    return pdf({1: CATALOG, 2: tree, 3: page, 4: lock}, trailer=b"/Encrypt 4 0 R/ID[<00><00>]")


def rc4(key, data):
    state, j = list(range(256)), 0
    for i in range(256):
        j = (j + state[i] + key[i % len(key)]) % 256
        state[i], state[j] = state[j], state[i]
    out, i, j = bytearray(), 0, 0
    for byte in data:
        i = (i + 1) % 256
        j = (j + state[i]) % 256
        state[i], state[j] = state[j], state[i]
        out.append(byte ^ state[(state[i] + state[j]) % 256])
    return bytes(out)
