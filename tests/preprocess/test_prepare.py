from pathlib import Path

import cv2
import numpy as np
import pytest
from drawn_pages import LETTER, drawn, lit, noisy, raster, skewed
from hypothesis import given, settings
from hypothesis import strategies as st

from jsl_pipeline.ingest import Limits, open_document
from jsl_pipeline.preprocess import BlankPage, PreparedPage, PreprocessSettings, prepare
from jsl_pipeline.preprocess.geometry import orient, rotate, turn
from jsl_pipeline.schemas import Rejection, TextLine

SETTINGS = PreprocessSettings()
PAGE = noisy(drawn(LETTER), 2)
SAMPLES = Path(__file__).parents[3] / "shared" / "samples" / "documents"


def prepared(page, options=SETTINGS):
    result = prepare(page, options)
    assert isinstance(result, PreparedPage)
    return result


def pixels(page):
    return cv2.imdecode(np.frombuffer(page.image, np.uint8), cv2.IMREAD_UNCHANGED)


def test_a_large_page_is_reduced_to_the_budget_and_a_small_one_left_alone():
    page = prepared(raster(PAGE))
    assert 0.98 * 960 * 1280 < page.width * page.height <= 960 * 1280
    assert page.width / page.height == pytest.approx(1700 / 2200, abs=0.01)
    assert (page.height, page.width) == pixels(page).shape
    small = cv2.resize(PAGE, (600, 776), interpolation=cv2.INTER_AREA)
    page = prepared(raster(small))
    assert (page.width, page.height) == (600, 776)


def test_png_keeps_every_pixel_and_jpeg_is_smaller():
    small = raster(cv2.resize(PAGE, (800, 1035), interpolation=cv2.INTER_AREA))
    lossless = prepared(small, PreprocessSettings(encoding="png"))
    assert lossless.media_type == "image/png"
    assert (pixels(lossless) == small.pixels).all()
    lossy = prepared(small)
    assert lossy.media_type == "image/jpeg"
    assert len(lossy.image) < len(lossless.image)
    assert np.abs(pixels(lossy).astype(int) - small.pixels).mean() < 3


def test_the_same_raster_gives_the_same_bytes():
    assert prepared(raster(skewed(PAGE, 4))) == prepared(raster(skewed(PAGE, 4)))


def test_colour_stays_and_grey_stays_grey():
    assert pixels(prepared(raster(cv2.merge([PAGE, PAGE, PAGE])))).ndim == 3
    assert pixels(prepared(raster(PAGE))).ndim == 2


@pytest.mark.parametrize("degrees", [-9, -4.3, -1, 0, 0.8, 2.5, 9])
def test_small_skew_is_found_and_removed(degrees):
    quality = prepared(raster(skewed(PAGE, degrees))).quality
    assert quality.skew_degrees == pytest.approx(-degrees, abs=0.3)
    assert quality.rotation == 0


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
@pytest.mark.parametrize("degrees", [0, 3, -6])
def test_a_turned_page_comes_back_upright(quarter, degrees):
    page = prepared(turn(raster(skewed(PAGE, degrees)), quarter))
    assert page.quality.rotation == (360 - quarter) % 360
    upright = pixels(prepared(raster(PAGE)))
    assert ink_profile_similarity(pixels(page), upright) > 0.8


def test_skew_beyond_the_limit_is_removed_as_far_as_the_limit_goes():
    quality = prepared(raster(skewed(PAGE, 6)), PreprocessSettings(max_skew_degrees=5.5)).quality
    assert quality.skew_degrees == -5.5


@settings(max_examples=60, deadline=None)
@given(st.integers(1, 90), st.integers(1, 90), st.booleans(), st.integers(0, 2**32), st.sampled_from([0, 3, 200]))
def test_whatever_the_pixels_nothing_is_raised(width, height, colour, seed, spread):
    rng = np.random.default_rng(seed)
    page = rng.integers(0, 255, (height, width, 3) if colour else (height, width)) // max(1, 200 - spread)
    assert isinstance(prepare(raster(page), PreprocessSettings(width=64, height=64)), PreparedPage | BlankPage)


def test_turning_and_deskewing_can_be_switched_off():
    off = PreprocessSettings(upright=False, max_skew_degrees=0)
    quality = prepared(turn(raster(skewed(PAGE, 4)), 90), off).quality
    assert (quality.rotation, quality.skew_degrees) == (0, 0)


@pytest.mark.parametrize(
    "lines", [[line.upper() for line in LETTER], ["12/03/2024 500 97", "0123456789 11", "45.5 67.8 12,000"] * 3]
)
def test_capitals_and_digits_that_stand_are_not_turned(lines):
    for size in (24, 34, 48):
        assert prepared(raster(drawn(lines, size=size))).quality.rotation == 0


@pytest.mark.parametrize("orientation", range(1, 9))
def test_exif_orientation_is_undone_with_its_boxes(orientation):
    upright = np.zeros((40, 60), np.uint8)
    upright[5:15, 10:30] = 255
    stored = {
        1: upright,
        2: upright[:, ::-1],
        3: upright[::-1, ::-1],
        4: upright[::-1],
        5: upright.T,
        6: np.rot90(upright),
        7: upright.T[::-1, ::-1],
        8: np.rot90(upright, -1),
    }[orientation]
    ys, xs = np.nonzero(stored)
    line = TextLine(text="x", box=(float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1)))
    page = orient(raster(stored, text_layer=(line,), orientation=orientation))
    assert (page.pixels == upright).all()
    assert page.text_layer[0].box == (10, 5, 30, 15)


@pytest.mark.parametrize("quarter", [0, 90, 180, 270])
@pytest.mark.parametrize("degrees", [0, 5])
def test_boxes_follow_the_ink(quarter, degrees):
    word = drawn(["Amoxicillin 500 mg"], at=(600, 1000))
    ys, xs = np.nonzero(word < 128)
    box = (float(xs.min()), float(ys.min()), float(xs.max() + 1), float(ys.max() + 1))
    page = np.minimum(word, drawn(LETTER, at=(150, 1200)))
    start = raster(page, text_layer=(TextLine(text="Amoxicillin 500 mg", box=box),))
    moved = turn(rotate(start, degrees, 10**8), quarter)
    result = prepared(moved)
    left, top, right, bottom = (round(edge) for edge in result.text_layer[0].box)
    assert ((pixels(result) < 128)[top:bottom, left:right]).sum() > 300
    assert bottom - top < 0.4 * (right - left)


def test_rotating_cuts_no_corner():
    page = np.full((600, 400), 255, np.uint8)
    page[:12, :12] = page[-12:, -12:] = page[:12, -12:] = page[-12:, :12] = 0
    turned = rotate(raster(page), 7, 10**8).pixels
    assert (turned < 128).sum() == pytest.approx(4 * 144, rel=0.1)
    assert 0.9 * 600 * 400 < rotate(raster(page), 7, 600 * 400).pixels.size <= 600 * 400


def test_uneven_light_is_levelled():
    photographed = prepared(raster(lit(drawn(LETTER, ink=120))))
    assert photographed.quality.photographed
    blocks = cv2.resize(pixels(photographed), (8, 10), interpolation=cv2.INTER_AREA)
    assert blocks.max() - blocks.min() < 30
    assert not prepared(raster(lit(drawn(LETTER))), PreprocessSettings(level_light=False)).quality.photographed


def test_a_dark_banner_is_no_shadow():
    page = noisy(drawn(LETTER), 1).copy()
    page[:200] = 60
    page[1700:] = 90
    assert not prepared(raster(page)).quality.photographed


def test_quality_tells_blur_contrast_and_ink():
    sharp = prepared(raster(PAGE)).quality
    blurred = prepared(raster(cv2.GaussianBlur(PAGE, (0, 0), 3))).quality
    crowded = prepared(raster(drawn(LETTER * 3))).quality
    assert blurred.sharpness < 0.3 * sharp.sharpness
    assert crowded.ink > 2 * sharp.ink > 0
    faint = prepared(raster(drawn(LETTER, ink=60))).quality
    assert 0.15 < faint.contrast < 0.3 < 0.6 < sharp.contrast


def test_no_upright_sample_is_turned_or_called_blank():
    if not SAMPLES.is_dir():
        pytest.skip("the sample documents are not beside this checkout")
    for path in sorted(SAMPLES.iterdir()):
        document = open_document(path.read_bytes(), Limits())
        assert not isinstance(document, Rejection)
        with document:
            for number in range(1, document.page_count + 1):
                page = prepare(document.render(number, SETTINGS.target_pixels), SETTINGS)
                assert not isinstance(page, BlankPage)
                assert page.quality.rotation == 0
                assert abs(page.quality.skew_degrees) <= 3.5


def ink_profile_similarity(page, other):
    """Correlation of the two pages' ink, each cut to its ink and brought to one size."""
    cut = []
    for image in (page, other):
        ink = (image < 128).astype(np.float32)
        rows, columns = np.flatnonzero(ink.sum(axis=1)), np.flatnonzero(ink.sum(axis=0))
        ink = ink[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
        cut.append(cv2.GaussianBlur(cv2.resize(ink, (300, 300), interpolation=cv2.INTER_AREA), (0, 0), 3).ravel())
    return np.corrcoef(*cut)[0, 1]


@pytest.mark.parametrize("orientation", range(1, 9))
@pytest.mark.parametrize("degrees", [0, 4, 93])
def test_a_prepared_page_tells_where_points_of_its_raster_went(degrees, orientation):
    corners = ((300.0, 420.0), (1100.0, 420.0), (300.0, 900.0))
    lines = tuple(TextLine(text="x", box=(x, y, x, y)) for x, y in corners)
    page = prepared(raster(skewed(PAGE, degrees), text_layer=lines, orientation=orientation))
    assert (page.width, page.height) != (PAGE.shape[1], PAGE.shape[0])
    for (x, y), line in zip(corners, page.text_layer, strict=True):
        assert page.moved.move(x, y) == pytest.approx(line.box[:2], abs=1e-6)
