"""A blank page never goes on; a page with one faint short line always does."""

import cv2
import numpy as np
import pytest
from drawn_pages import HEIGHT, LETTER, WIDTH, drawn, lit, noisy, paper, raster

from jsl_pipeline.preprocess import BlankPage, PreparedPage, PreprocessSettings, prepare
from jsl_pipeline.schemas import TextLine

SETTINGS = PreprocessSettings()


def with_dust():
    page, rng = paper(), np.random.default_rng(3)
    for x, y in zip(rng.integers(0, WIDTH, 150).tolist(), rng.integers(0, HEIGHT, 150).tolist(), strict=True):
        cv2.circle(page, (x, y), int(rng.integers(1, 3)), int(rng.integers(60, 200)), -1)
    return page


def with_scan_border():
    page = paper()
    page[:, :25], page[:14], page[-30:] = 20, 40, 10
    return page


def with_punch_holes(thickness):
    page = paper()
    for y in (500, 1700):
        cv2.circle(page, (75, y), 25, 60, thickness)
    return page


def with_rules():
    page = paper()
    for y in range(200, 2100, 70):
        cv2.line(page, (60, y), (WIDTH - 60, y), 180, 2)
    return page


def with_staple():
    page = paper()
    cv2.line(page, (120, 90), (220, 130), 60, 4)
    return page


def with_stain():
    page = paper()
    cv2.ellipse(page, (900, 1300), (200, 150), 0, 0, 360, 222, -1)
    return cv2.GaussianBlur(page, (0, 0), 6)


def shining_through(ink, blur):
    behind = drawn(LETTER, ink=ink)[:, ::-1]
    return cv2.GaussianBlur(np.ascontiguousarray(behind), (0, 0), blur)


BLANK = {
    "white": paper(255),
    "grey": paper(190),
    "noise": noisy(paper(), 5),
    "strong noise": noisy(paper(), 12),
    "dust": with_dust(),
    "scan border": with_scan_border(),
    "punch holes": with_punch_holes(-1),
    "rings": with_punch_holes(3),
    "rules": with_rules(),
    "staple": with_staple(),
    "stain": with_stain(),
    "shining through, soft": shining_through(28, 3),
    "shining through, clearer": shining_through(22, 2),
    "photographed": lit(paper()),
}


def jpeg(page, quality=80):
    return cv2.imdecode(cv2.imencode(".jpg", page, [cv2.IMWRITE_JPEG_QUALITY, quality])[1], cv2.IMREAD_GRAYSCALE)


@pytest.mark.parametrize("name", BLANK)
def test_blank_paper_goes_no_further(name):
    assert isinstance(prepare(raster(jpeg(noisy(BLANK[name], 1.5))), SETTINGS), BlankPage)


@pytest.mark.parametrize("text", ["N/A", "Rx 5 mg od", "Omeprazole 40 mg once daily"])
@pytest.mark.parametrize("ink", [20, 30, 60, 200])
@pytest.mark.parametrize("noise", [0, 3])
def test_one_short_faint_line_goes_on(text, ink, noise):
    page = noisy(drawn([text], size=28, ink=ink, at=(300, 900)), noise)
    assert isinstance(prepare(raster(jpeg(page)), SETTINGS), PreparedPage)


@pytest.mark.parametrize("at", [(30, 30), (30, 2150), (1400, 2150)])
def test_a_line_in_a_corner_goes_on(at):
    page = drawn(["seen, no change"], size=30, ink=80, at=at)
    assert isinstance(prepare(raster(jpeg(page)), SETTINGS), PreparedPage)


@pytest.mark.parametrize("name", ["dust", "scan border", "punch holes", "rules", "stain", "photographed"])
def test_a_line_among_what_does_not_count_goes_on(name):
    line = drawn(["Warfarin 3 mg"], size=32, ink=90, at=(500, 1010))
    page = np.minimum(BLANK[name], line) if name != "photographed" else lit(line)
    assert isinstance(prepare(raster(jpeg(page)), SETTINGS), PreparedPage)


def test_a_scrawl_and_a_lone_digit_go_on():
    t = np.linspace(0, 12, 400)
    stroke = np.stack([400 + 40 * t, 800 + 25 * np.sin(3 * t) + 10 * np.sin(7 * t)], axis=1).astype(np.int32)
    scrawl = cv2.polylines(paper(), [stroke], False, 200, 3, cv2.LINE_AA)
    for page in (scrawl, drawn(["7"], size=40, at=(1500, 2000))):
        assert isinstance(prepare(raster(jpeg(page)), SETTINGS), PreparedPage)


def test_a_page_with_a_text_layer_goes_on_whatever_its_pixels():
    line = TextLine(text="white on white", box=(10, 10, 200, 30))
    assert isinstance(prepare(raster(paper(), text_layer=(line,)), SETTINGS), PreparedPage)


@pytest.mark.parametrize("shape", [(1, 1), (3, 700), (700, 3), (20, 20), (20, 20, 3)])
def test_tiny_pages_are_blank_and_raise_nothing(shape):
    assert isinstance(prepare(raster(np.full(shape, 255)), SETTINGS), BlankPage)
